"""The benches still run: each once with tiny counts. No figure is judged here."""

from pathlib import Path

import pytest

from tests.bench import report
from tests.bench.figures import Aim, Figure, percentile
from tests.bench.ground import on
from tests.bench.plan import BENCHES, TINY
from tests.fakes.smtp.client import running_smtp

pytestmark = pytest.mark.slow

QUICK = ("claims",)


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.proofs) for name in BENCHES]
)
def test_a_bench_runs_and_its_table_has_a_line_for_each_figure(
    name: str, database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smtp_log = tmp_path / "accepted.jsonl"
    with running_smtp(smtp_log) as smtp:
        smtp_url = f"smtp://127.0.0.1:{smtp.port}"
        with on(monkeypatch, tmp_path, database, redis_url, smtp_url) as ground:
            figures = BENCHES[name](ground, smtp, TINY)
    assert all(figure.ours > 0 and figure.floor for figure in figures)
    assert len(report.table(figures).splitlines()) == len(figures) + 2


def test_every_bench_is_explained_on_the_page() -> None:
    assert list(report.HOW) == list(BENCHES)


def test_the_nearest_rank_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.5) == 7.0


def test_an_aim_bounds_the_ratio_or_the_value_from_above_or_from_below() -> None:
    assert Figure("ack", "ms", ours=5, floor=2, aim=Aim(2.5)).met is True
    assert Figure("ack", "ms", ours=5.1, floor=2, aim=Aim(2.5)).met is False
    assert Figure("way", "ms", ours=151, floor=2, aim=Aim(150, of="ours")).met is False
    assert Figure("claims", "/s", ours=49, floor=100, aim=Aim(0.5, at_least=True)).met is False
    assert Figure("claims", "/s", ours=50, floor=100, aim=Aim(0.5, at_least=True)).met is True
