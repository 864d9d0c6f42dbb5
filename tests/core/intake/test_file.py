"""A file of drafts: the good lines are kept, the others named by number and reason."""

import io
import json
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from core.actor import Actor
from core.db import transaction
from core.ids import UUID
from core.intake import file as module
from core.intake.file import BATCH_LINES, Batch, Line, ingest_lines, read_lines
from core.intake.json_input import SIZE_LIMIT
from core.models import Account, Draft
from core.taxonomy import Surface
from tests.core.drafts.ingest_parts import fields, workspace_id

pytestmark = pytest.mark.slow

__all__ = ["workspace_id"]


def lines(*drafts: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(draft).encode() + b"\n" for draft in drafts)


def run(workspace_id: UUID, raw: bytes, *, dry_run: bool = False) -> Batch:
    """All batches as one."""
    total = Batch()
    by = Actor(Surface.CLI, workspace_id)
    for batch in ingest_lines(read_lines(io.BytesIO(raw)), workspace_id, by, dry_run=dry_run):
        total.new += batch.new
        total.tasks += batch.tasks
        total.known += batch.known
        total.refused += batch.refused
        total.size += batch.size
    return total


def keys() -> set[str]:
    with transaction() as tx:
        return set(tx.scalars(sa.select(Draft.key)).all())


def test_good_lines_are_kept_and_every_other_is_named_with_its_reason(workspace_id: UUID) -> None:
    raw = lines(fields(key="a"), fields(key="b", to={"email": "nope"}), fields(key="c", campaign="nope"))
    raw += b"\n   \n{\n\xff\n" + lines(fields(key="a", subject="Else"), fields(key="d"))
    done = run(workspace_id, raw)
    assert keys() == {"a", "d"}
    assert len(done.new) == 2
    assert [number for number, _ in done.refused] == [2, 3, 6, 7, 8]
    reasons = dict(done.refused)
    assert reasons[2].startswith("to.email: ")
    assert reasons[3].startswith("campaign: there is no campaign 'nope'")
    assert reasons[6] == "this is not JSON: a name in double quotes is missing (column 2)"
    assert reasons[7] == "this is not UTF-8 (byte 1)"
    assert reasons[8].startswith("key: 'a' is already used")
    assert done.size == len(raw)


#: So many lines a batch, where a test fills some.
FEW = 3


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_LINES", FEW)


@pytest.mark.usefixtures("few")
def test_a_file_run_again_finds_all_its_drafts_known(workspace_id: UUID) -> None:
    raw = lines(*(fields(key=f"k{n}", to={"email": f"p{n}@example.org"}) for n in range(FEW + 3)))
    batches = list(ingest_lines(read_lines(io.BytesIO(raw)), workspace_id, Actor(Surface.CLI, workspace_id)))
    assert [(len(batch.new), batch.known, batch.refused) for batch in batches] == [(FEW, 0, []), (3, 0, [])]
    assert sum(batch.size for batch in batches) == len(raw)
    again = run(workspace_id, raw)
    assert (len(again.new), again.known, again.refused) == (0, FEW + 3, [])


@pytest.mark.usefixtures("few")
def test_a_dry_run_tells_the_same_and_keeps_nothing(workspace_id: UUID) -> None:
    many = [fields(key=f"k{n}") for n in range(FEW)]
    raw = lines(*many, fields(key="k0"), fields(key="k1", subject="Else"), fields(key="z", campaign="nope"))
    dry = run(workspace_id, raw, dry_run=True)
    assert keys() == set()
    real = run(workspace_id, raw)
    assert (len(dry.new), dry.known, dry.size) == (len(real.new), real.known, real.size) == (FEW, 1, len(raw))
    for done in (dry, real):
        assert [number for number, _ in done.refused] == [FEW + 2, FEW + 3]
    assert dry.refused[0][1] == "key: 'k1' is already used by an earlier line with different content."


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_key_that_stands_twice_in_a_batch_is_one_draft(workspace_id: UUID, dry_run: bool) -> None:
    raw = lines(fields(key="a"), fields(key="a", subject="Else"), fields(key="a"), fields(key="b"))
    [batch] = ingest_lines(read_lines(io.BytesIO(raw)), workspace_id, Actor(Surface.CLI, workspace_id), dry_run=dry_run)
    assert (len(batch.new), batch.known, [number for number, _ in batch.refused]) == (2, 1, [2])


@pytest.mark.usefixtures("few")
def test_what_was_handed_out_is_committed_even_if_nobody_asks_for_more(workspace_id: UUID) -> None:
    raw = lines(*(fields(key=f"k{n}") for n in range(FEW + 1)))
    batches = ingest_lines(read_lines(io.BytesIO(raw)), workspace_id, Actor(Surface.CLI, workspace_id))
    next(batches)
    assert len(keys()) == FEW


def test_a_line_that_is_too_long_is_refused_and_the_next_one_is_read(workspace_id: UUID) -> None:
    raw = b'{"key": "' + b"x" * (3 * SIZE_LIMIT) + b'"}\n' + lines(fields(key="next"))
    done = run(workspace_id, raw)
    [(number, reason)] = done.refused
    assert (number, keys()) == (1, {"next"})
    assert reason == f"this line has {3 * SIZE_LIMIT + 12:,} bytes; at most {SIZE_LIMIT:,} are allowed"
    assert done.size == len(raw)


@pytest.mark.parametrize(("end", "more"), [(b"\n", 0), (b"\r\n", 0), (b"", 0), (b"\n", 1), (b"\n", SIZE_LIMIT * 2)])
def test_a_line_is_read_up_to_the_limit_and_one_byte_of_what_is_more(end: bytes, more: int) -> None:
    whole = b"x" * (SIZE_LIMIT + more) + end
    assert [*read_lines(io.BytesIO(whole + b"\n" * (not end) + b"y"))] == [
        Line(1, whole[: SIZE_LIMIT + min(more, 1)], len(whole) + (not end)),
        Line(2, b"y", 1),
    ]


def test_a_line_of_exactly_the_limit_is_taken(workspace_id: UUID) -> None:
    raw = json.dumps(fields(key="a")).encode()
    assert run(workspace_id, raw.ljust(SIZE_LIMIT) + b"\n" + raw.ljust(SIZE_LIMIT + 1)).refused == [
        (2, "this line has 1,048,577 bytes; at most 1,048,576 are allowed")
    ]
    assert keys() == {"a"}


@pytest.mark.parametrize("raw", [b"a\r\nb\n", b"a\nb", b"a\nb\r\n"])
def test_lines_end_as_they_do_anywhere(raw: bytes) -> None:
    assert [(line.number, line.raw) for line in read_lines(io.BytesIO(raw))] == [(1, b"a"), (2, b"b")]


def test_a_byte_order_mark_before_the_first_line_is_no_fault(workspace_id: UUID) -> None:
    assert run(workspace_id, b"\xef\xbb\xbf" + lines(fields())).refused == []


def test_two_files_with_the_same_people_in_another_order_are_both_taken(workspace_id: UUID) -> None:
    """Each holds the contact that the other wants next: PostgreSQL ends one of the two transactions."""
    people = [f"p{n}@example.org" for n in range(BATCH_LINES)]
    files = [
        lines(*(fields(key=f"{name}-{email}", to={"email": email}) for email in order))
        for name, order in (("up", people), ("down", people[::-1]))
    ]
    run(workspace_id, lines(*(fields(key=email, to={"email": email}) for email in people)))
    barrier = threading.Barrier(2)
    refused: list[Any] = []

    def one(raw: bytes) -> None:
        barrier.wait(10)
        refused.extend(run(workspace_id, raw).refused)

    threads = [threading.Thread(target=one, args=(raw,)) for raw in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert refused == []
    assert len(keys()) == 3 * BATCH_LINES


def test_a_batch_that_the_database_ends_is_taken_line_by_line(
    workspace_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    store = module._store

    def ended_at_first(drafts: Any, *rest: Any) -> Batch:
        sizes.append(len(drafts))
        if len(sizes) == 1:
            with transaction() as tx:
                tx.execute(sa.text("SET LOCAL statement_timeout = 1"))
                tx.execute(sa.text("SELECT pg_sleep(5)"))
        return store(drafts, *rest)

    seat(workspace_id)
    run(workspace_id, lines(fields(key="a")))
    monkeypatch.setattr(module, "_store", ended_at_first)
    nobody = fields(key="d", campaign="nope")
    done = run(workspace_id, lines(fields(key="a"), TASK, nobody, fields(key="b"), fields(key="c")))
    assert (len(done.new), len(done.tasks), done.known, len(done.refused)) == (2, 1, 1, 1)
    assert sizes == [5, 1, 1, 1, 1, 1]


TASK = {
    "task": "linkedin_message",
    "key": "a",
    "campaign": "launch",
    "to": {"email": "robin@example.net", "linkedin_url": "linkedin.com/in/robin"},
    "text": "Hi Robin.",
}


def seat(workspace_id: UUID) -> None:
    """Who does tasks."""
    with transaction() as tx:
        tx.execute(
            sa.insert(Account).values(
                workspace_id=workspace_id,
                channel="linkedin",
                address="https://www.linkedin.com/in/sam",
                name="Sam",
                smtp_url="",
                timezone="Europe/London",
            )
        )


def test_a_line_with_a_task_is_one(workspace_id: UUID) -> None:
    seat(workspace_id)
    bad = [TASK | {"key": "b", "to": {"email": "robin@example.net"}}, TASK | {"text": "Else."}]
    raw = lines(fields(key="a"), TASK, TASK, *bad)
    dry, done = run(workspace_id, raw, dry_run=True), run(workspace_id, raw)
    for batch in (dry, done):
        assert (len(batch.new), len(batch.tasks), batch.known) == (1, 1, 1), "a task and a draft may share a key"
        assert [number for number, _ in batch.refused] == [4, 5]
        assert "to.linkedin_url: is missing" in batch.refused[0][1]
        assert "is already used by" in batch.refused[1][1]


def test_a_dry_run_does_not_take_a_task_for_a_draft_of_the_same_key(
    workspace_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_LINES", 1)
    seat(workspace_id)
    dry = run(workspace_id, lines(TASK, fields(key="a"), TASK), dry_run=True)
    assert (len(dry.new), len(dry.tasks), dry.known, dry.refused) == (1, 1, 1, [])
