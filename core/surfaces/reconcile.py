"""The rows of a reconcile loop: what is behind, who draws it now, and what was drawn, for every kind of surface (P9).

Level-triggered: whoever draws reads the latest state under a drawing lock, and records what Slack shows, fenced on that
lock. What could not be drawn stays behind its source, and the clock rings again.
"""

from datetime import timedelta
from enum import Enum, auto
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.db import from_now
from core.ids import UUID, new_id
from core.surfaces.kinds import Drawing, Kind, L, Locked, Source

#: Longer than Slack takes to answer the calls that draw one row. Then somebody else may try.
DRAWING_LOCK = timedelta(seconds=30)
#: After a ring the clock leaves a source to the jobs for this long.
RING_AGAIN = timedelta(seconds=10)


class Result(Enum):
    """How what Slack shows stands after it was drawn."""

    #: All of it shows the latest state.
    DONE = auto()
    #: The source has changed meanwhile: another round.
    CHANGED = auto()
    #: Some of it somebody else is drawing, or has drawn.
    LEFT = auto()


def take_behind(tx: Connection, source: Source, limit: int = 100, *which: sa.ColumnElement[bool]) -> list[UUID]:
    """Those that Slack shows less of than is so, the longest waiting first; each once per `RING_AGAIN`."""
    due = (*which, source.behind, source.sync_after <= sa.func.now())
    return take(tx, source, sa.select(source.id).where(*due).order_by(source.sync_after).limit(limit))


def take(tx: Connection, source: Source, found: sa.Select[Any]) -> list[UUID]:
    """Take these (a select of ids, locked with SKIP LOCKED) off the clock for `RING_AGAIN`; returns those it took."""
    locked = found.with_for_update(skip_locked=True).cte()  # PostgreSQL carries out what locks once, whoever reads it
    later = sa.func.now() + sa.cast(RING_AGAIN, sa.Interval)
    return list(
        tx.scalars(
            sa.update(source.table)
            .where(source.id == locked.c[source.id.key])
            .values({source.sync_after: later})
            .returning(source.id)
        )
    )


def behind(tx: Connection, kind: Kind[Any], source_id: UUID, shows: int | str) -> list[UUID]:
    """The rows that show less than `shows`, in the order in which every job draws them."""
    less = (kind.source_id == source_id, kind.shows_less(shows), *kind.drawable)
    return list(tx.scalars(sa.select(kind.id).where(*less).order_by(kind.id)))


def lock(tx: Connection, kind: Kind[L], row_id: UUID, shows: int | str | None = None) -> L | None:
    """Take the drawing lock of a row, to show `shows`. None when somebody else has it, or it shows that already."""
    free = kind.lock.is_(None) | (kind.lock < sa.func.clock_timestamp())
    row = tx.execute(
        sa.update(kind.table)
        .where(kind.id == row_id, free, *kind.drawable, *([] if shows is None else [kind.shows_less(shows)]))
        .values({kind.lock: from_now(DRAWING_LOCK), **kind.at_lock})
        .returning(kind.id.label("row_id"), kind.lock.label("locked_until"), *kind.reads)
    ).first()
    return None if row is None else kind.gives(kind, **row._mapping)


def mark_in_doubt(tx: Connection, locked: Locked) -> bool:
    """Note, before the call, that a first post or another picture leaves: until it is recorded it is in doubt.

    Fenced on the drawing lock: False where that ran out, and somebody else may be drawing this row.
    """
    kind = locked.kind
    doubt = {kind.shows: kind.unknown} if kind.tried is None else {kind.tried: sa.func.clock_timestamp()}
    still = kind.lock > sa.func.clock_timestamp()
    return bool(tx.execute(sa.update(kind.table).where(*_ours(locked), still).values(doubt)).rowcount)


def settle_doubt(tx: Connection, drawing: Drawing) -> None:
    """Slack said no: what left has not arrived. Fenced on the drawing lock."""
    tx.execute(sa.update(drawing.kind.table).where(*_ours(drawing)).values({drawing.kind.tried: None}))


def record_drawn(
    tx: Connection, locked: Locked, shows: int | str, channel: str | None = None, ts: str | None = None
) -> Result:
    """Record what Slack shows now, fenced on the drawing lock, and free it. LEFT where the lock ran out meanwhile."""
    kind = locked.kind
    values = {kind.shows: shows, kind.lock: None, **kind.at_record}
    values |= {column: value for column, value in ((kind.channel, channel), (kind.ts, ts)) if column is not None}
    recorded = tx.execute(sa.update(kind.table).where(*_ours(locked)).values(values).returning(kind.changed)).first()
    if recorded is None:
        return Result.LEFT
    return Result.CHANGED if recorded[0] else Result.DONE


def distrust_late(tx: Connection, drawing: Drawing, channel: str, ts: str | None) -> None:
    """A drawing that outlived its lock may have covered a newer one: all of this source are drawn again.

    The message itself, should nobody know it, becomes a row too: no button outlives its meaning (P9).
    """
    if drawing.kind.stray and ts:
        keep_stray(tx, drawing.kind, drawing.workspace_id, drawing.source_id, (channel, ts))
    distrust(tx, drawing.kind, drawing.source_id)


def keep_stray(tx: Connection, kind: Kind[Any], workspace_id: UUID, source_id: UUID, place: tuple[str, str]) -> None:
    """Insert a row for a message (its channel and ts) that no row knows; idempotent."""
    row: dict[Any, Any] = {kind.id: new_id(), "workspace_id": workspace_id, kind.source_id: source_id, **kind.stray}
    row |= dict(zip((kind.channel, kind.ts), place, strict=True))
    tx.execute(insert(kind.table).values(row).on_conflict_do_nothing())


def distrust(tx: Connection, kind: Kind[Any], source_id: UUID) -> None:
    """Mark what Slack shows of this source as unknown, so that all of it is drawn again."""
    source = kind.source
    tx.execute(sa.update(kind.table).where(kind.source_id == source_id).values({kind.shows: kind.unknown}))
    if source.drawn_revision is not None:
        tx.execute(sa.update(source.table).where(source.id == source_id).values({source.drawn_revision: 0}))


def unlock(tx: Connection, locked: Locked) -> None:
    """Free a drawing lock, fenced on it, without having drawn: anybody may try again."""
    tx.execute(sa.update(locked.kind.table).where(*_ours(locked)).values({locked.kind.lock: None}))


def forget_message(tx: Connection, drawing: Drawing) -> None:
    """Forget a message that is gone from Slack, and what is beneath it: a new one is posted. The lock stays."""
    kind = drawing.kind
    gone = {column: None for column in (kind.ts, kind.tried, *kind.beneath) if column is not None}
    tx.execute(sa.update(kind.table).where(kind.id == drawing.row_id).values(gone))


def give_up(tx: Connection, drawing: Drawing, shows: int | str, reason: str) -> None:
    """Close a place for good in which no message can be had; where a kind has no such end, it counts as drawn."""
    kind, source = drawing.kind, drawing.kind.source
    if kind.gone is None:
        record_drawn(tx, drawing, shows)
        return
    tx.execute(sa.update(kind.table).where(kind.id == drawing.row_id).values({kind.gone: reason, kind.lock: None}))
    if kind.asks_others and source.revision is not None:
        changed = {source.revision: source.revision + 1}
        tx.execute(sa.update(source.table).where(source.id == drawing.source_id).values(changed))


def settle(tx: Connection, kind: Kind[Any], source_id: UUID, revision: int) -> Result:
    """Note that all rows of a source show `revision`, if they do; returns how they stand."""
    source = kind.source
    assert source.revision is not None
    assert source.drawn_revision is not None
    if behind(tx, kind, source_id, revision):
        return Result.LEFT
    drawn = sa.func.greatest(source.drawn_revision, revision)
    latest = tx.scalars(
        sa.update(source.table)
        .where(source.id == source_id)
        .values({source.drawn_revision: drawn, source.sync_after: sa.func.now()})
        .returning(source.revision)
    ).one()
    return Result.CHANGED if latest > revision else Result.DONE


def postpone(tx: Connection, kind: Kind[Any], source_id: UUID, seconds: float, revision: int | None = None) -> None:
    """Back off: the clock rings for this source after so many seconds; one past this `revision` is left as it is.

    The lock of a source that is its own surface is released.
    """
    source = kind.source
    values: dict[Any, Any] = {source.sync_after: from_now(timedelta(seconds=seconds))}
    if kind.table is source.table:
        values[kind.lock] = None
    unchanged = [source.revision == revision] if source.revision is not None and revision is not None else []
    tx.execute(sa.update(source.table).where(source.id == source_id, *unchanged).values(values))


def _ours(locked: Locked) -> tuple[sa.ColumnElement[bool], ...]:
    return (locked.kind.id == locked.row_id, locked.kind.lock == locked.locked_until)
