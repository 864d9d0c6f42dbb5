"""Ingest a file of drafts and tasks, one JSON object a line: good lines are kept, each bad one is named, and why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from sqlalchemy.engine import Connection

from core.actor import Actor
from core.db import together_or_each, transaction
from core.drafts.ingest import DraftIn, ingest
from core.errors import BadInput, KeyTaken
from core.ids import UUID
from core.intake.json_input import SIZE_LIMIT, read_line
from core.tasks.ingest import TaskIn, ingest_task

#: Lines a transaction: a crash loses no more than these, and running the file again finds the others by their keys.
BATCH_LINES = 50


@dataclass(frozen=True)
class Line:
    """One line of a file: its number from 1, its bytes (one more than are allowed, if it is too long), its length."""

    number: int
    raw: bytes
    size: int


@dataclass
class Batch:
    """What became of a few lines. `new` are drafts; `size` is how many bytes of the file they were."""

    new: list[UUID] = field(default_factory=list)
    tasks: list[UUID] = field(default_factory=list)
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    size: int = 0


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of a file; of one that is too long, the beginning."""
    number = 0
    while raw := stream.readline(SIZE_LIMIT + 1):
        number += 1
        size, rest = len(raw), raw
        while not rest.endswith(b"\n") and (rest := stream.readline(SIZE_LIMIT)):
            size += len(rest)
        yield Line(number, raw.rstrip(b"\r\n"), size)


def ingest_lines(lines: Iterable[Line], workspace_id: UUID, by: Actor, *, dry_run: bool = False) -> Iterator[Batch]:
    """Take the lines in, a transaction for every few; each batch is committed when it is handed out.

    A dry run does all of it and rolls it back. Raises `DatabaseAway`: what was handed out before is kept.
    """
    remaining = iter(lines)
    seen: dict[str, str] = {}
    while some := list(islice(remaining, BATCH_LINES)):
        yield _batch(some, workspace_id, by, seen if dry_run else None)


def _batch(lines: Sequence[Line], workspace_id: UUID, by: Actor, seen: dict[str, str] | None) -> Batch:
    batch = Batch(size=sum(line.size for line in lines))
    drafts: list[tuple[int, DraftIn | TaskIn]] = []
    for line in lines:
        if not line.raw.strip():
            continue
        try:
            drafts.append((line.number, _read(line)))
        except BadInput as error:
            batch.refused.append((line.number, str(error)))
    for stored in together_or_each(drafts, lambda some: _store(some, workspace_id, by, seen)):
        batch.new += stored.new
        batch.tasks += stored.tasks
        batch.known += stored.known
        batch.refused += stored.refused
    batch.refused.sort()
    return batch


def _read(line: Line) -> DraftIn | TaskIn:
    if len(line.raw) > SIZE_LIMIT:
        raise BadInput(f"this line has {line.size:,} bytes; at most {SIZE_LIMIT:,} are allowed")
    return read_line(line.raw)


def _store(
    drafts: Sequence[tuple[int, DraftIn | TaskIn]], workspace_id: UUID, by: Actor, seen: dict[str, str] | None
) -> Batch:
    """`seen` holds the keys of earlier batches of a dry run, which the database has forgotten again."""
    batch = Batch()
    taken: dict[str, str] = {}
    with transaction() as tx:
        whole = tx.begin_nested()
        for number, draft in drafts:
            before = (seen or {}).get(_name(draft))
            try:
                created = _store_one(tx, draft, workspace_id, by, before)
            except (BadInput, KeyTaken) as error:
                batch.refused.append((number, str(error)))
                continue
            taken[_name(draft)] = draft.fingerprint()
            if created is None or before is not None:
                batch.known += 1
            else:
                (batch.tasks if isinstance(draft, TaskIn) else batch.new).append(created)
        if seen is None:
            whole.commit()
        else:
            whole.rollback()
    if seen is not None:
        seen.update(taken)
    return batch


def _store_one(
    tx: Connection, draft: DraftIn | TaskIn, workspace_id: UUID, by: Actor, before: str | None
) -> UUID | None:
    """The id of a new draft or task, None for a known one. In a savepoint: a refused line leaves nothing behind."""
    if before not in (None, draft.fingerprint()):
        raise KeyTaken(f"key: {draft.key!r} is already used by an earlier line with different content.")
    with tx.begin_nested():
        if isinstance(draft, TaskIn):
            task = ingest_task(tx, workspace_id, draft, by)
            return task.task_id if task.created else None
        ingested = ingest(tx, workspace_id, draft, by)
    return ingested.draft_id if ingested.created else None


def _name(line: DraftIn | TaskIn) -> str:
    """Tasks and drafts may have the same keys."""
    return f"task {line.key}" if isinstance(line, TaskIn) else line.key
