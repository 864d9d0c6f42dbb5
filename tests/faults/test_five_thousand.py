"""Five thousand drafts, twenty reviewers, Slack's limits: decisions first, no storm, full hands, and no growth.

With `make proofs`. Times depend on the machine: this prints them, and
`python -m tests.bench --only crowd` holds them against their aim.
"""

import pytest

from jobs.clock import PILE
from tests.bench.figures import percentile
from tests.faults.conftest import Open
from tests.fixtures.crowd import LIMIT, REVIEWERS, gather
from tests.fixtures.crowd_outcome import Outcome, outcome

pytestmark = [pytest.mark.faults, pytest.mark.proofs]

#: So many times as fast as Slack, on both sides: the twenty minutes that such a morning takes pass in forty seconds.
SCALE = 30
DRAFTS, EACH, EVERY = 5_000, 12, 3.0
#: 429s that clocks which differ explain; megabytes that a process may gain.
HANDFUL, GROWTH = 5, 30.0


def test_five_thousand_drafts_for_twenty_reviewers(own_full_stack: Open, capsys: pytest.CaptureFixture[str]) -> None:
    with own_full_stack(SLACK_RATE=str(SCALE)) as full_stack:
        crowd = gather(full_stack, DRAFTS, SCALE)
        crowd.work(EACH, EVERY)
        found = outcome(crowd)
    with capsys.disabled():
        print(told(found))  # noqa: T201  the figures are half of the proof

    # Nearly all decided: of a card that three have, one decides, and the others are told.
    assert found.decisions > 0.9 * EACH * len(REVIEWERS)
    # Hundreds of drafts are rung for when somebody decides, and the decision does not wait for them: it goes as soon as
    # a thread is free. The median, as some wait for Slack's budget, while those looks, which call nobody, go on.
    assert sum(found.overtaken) > 0, "nothing was there to overtake"
    assert percentile([float(looks) for looks in found.overtaken], 0.5) < PILE / 2
    # No storm, and no payload that Slack refuses.
    assert found.refused <= HANDFUL
    assert found.repeated == 0
    assert found.errors == {}
    assert found.most_open == LIMIT
    assert {name: after - before for name, (before, after) in found.memory.items() if after - before > GROWTH} == {}


def told(found: Outcome) -> str:
    """The figures, in Slack's time: a second of the wall is SCALE of them."""

    def times(seconds: list[float]) -> str:
        return " / ".join(f"{percentile(seconds, share) * SCALE:.1f}" for share in (0.5, 0.95, 1.0))

    looks = " / ".join(str(percentile(list(map(float, found.overtaken)), share)) for share in (0.5, 0.95, 1.0))
    memory = ", ".join(f"{name} {before:.0f} -> {after:.0f} MB" for name, (before, after) in found.memory.items())
    return (
        f"\n{found.decisions} decisions, {found.waiting} drafts not looked at when the last was made;"
        f" p50 / p95 / max of Slack's seconds until every card showed it: {times(found.shown)},"
        f" and its end: {times(found.final)}; looks that ended before the update: {looks};"
        f" refused {found.refused}, most open {found.most_open}; {memory}; {dict(found.calls)}"
    )
