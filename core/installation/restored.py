"""The guard against a database that was restored to an older state, and does not know what has left since (P1, P12).

When an attempt has started, and before DATA, its number and id are written down outside Postgres as well
(`jobs/start_log.py`). Whoever is about to claim asks here whether Postgres remembers that the attempts written there
have started. If it does not, the database is older than what has left: sending stops, until a person has read what may
have gone out, and says so.

Starts count, not claims: a copy that was made while an attempt was connecting knows the attempt, and not that its mail
left right afterwards. A crash between `start` and the note loses nothing: DATA comes after both.

The ids are asked for and not only the numbers: a sequence runs ahead of what was committed, so that a standby which
lost the last attempts may well stand further on than they did. And the last few starts are asked for rather than one:
they commit in another order than they were counted in, and a copy may end between two of them.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF, Actor
from core.delivery.leased import wait_for_starts
from core.errors import Refusal
from core.ids import UUID
from core.installation import kill_switch
from core.models import Attempt, Campaign, Delivery, Draft, Installation
from core.taxonomy import DeliveryStatus, DraftStatus, StoppedBy, Verb

#: Deliveries and drafts that a report names one by one.
MOST_NAMED = 50
_NOT_SENT_YET = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.SENDING)


@dataclass(frozen=True)
class Mark:
    """A high-water mark outside Postgres: an attempt that is known to have started."""

    number: int
    attempt_id: UUID


def lost_mark(tx: Connection, marks: Sequence[Mark]) -> Mark | None:
    """The highest mark whose start this database does not remember and nobody answered for; None if all is well."""
    if not marks:
        return None
    forgotten, confirmed = tx.execute(_FORGOTTEN, {"ids": [mark.attempt_id for mark in marks]}).one()
    lost = [mark for mark in marks if mark.attempt_id in forgotten and mark.number > confirmed]
    return max(lost, key=lambda mark: mark.number) if lost else None


#: Every claim asks, and the answer is short as long as all is well.
_FORGOTTEN = sa.text("""
    SELECT ARRAY(
        SELECT marked FROM unnest(CAST(:ids AS uuid[])) marked
        WHERE NOT EXISTS (SELECT FROM send_attempts WHERE id = marked AND started_at IS NOT NULL)
    ), confirmed_number
    FROM installation
""")


def stop_if_behind(tx: Connection, marks: Sequence[Mark]) -> bool:
    """Stop sending if the database does not remember what is written outside of it; True if it does not."""
    lost = lost_mark(tx, marks)
    if lost is None:
        return False
    last = _last_number(tx)
    if kill_switch.stopped(tx) is None:
        with suppress(Refusal):  # another worker has just found out, too
            kill_switch.stop(
                tx,
                _sentence(lost.number, last),
                SIGNOFF,
                StoppedBy.RESTORE,
                {"outside": lost.number, "remembered": last},
            )
    return True


def _sentence(outside: int, remembered: int) -> str:
    lacks = f"those after number {remembered:,}" if remembered else "them all"
    if remembered >= outside:
        lacks = "some of them"
    return (
        f"{outside:,} send attempts were started here, and the database lacks {lacks}. "
        "It was restored from an older backup, or is new beside an older SIGNOFF_HOME or Redis. "
        "`signoff installation confirm` shows what may have been sent already, and starts sending again."
    )


def _last_number(tx: Connection) -> int:
    """The number of the last attempt that has started here; ids grow with time, numbers have no index."""
    started = sa.select(Attempt.number).where(Attempt.started_at.is_not(None))
    return tx.scalar(started.order_by(Attempt.id.desc()).limit(1)) or 0


@dataclass(frozen=True)
class MayHaveLeft:
    """An approved draft whose mail may be out already."""

    draft_id: UUID
    key: str = field(repr=False)
    campaign: str
    approved_at: datetime | None


@dataclass(frozen=True)
class Report:
    """What a database that was restored cannot know."""

    outside: int
    remembered: int
    #: When the last mail left of which it knows: all after that is in doubt.
    since: datetime | None
    #: Approved and not sent, the first of them by name; and what waits for review, which may have been approved since.
    approved: int
    in_review: int
    named: tuple[MayHaveLeft, ...]


def report(tx: Connection, marks: Sequence[Mark]) -> Report | None:
    """What may have gone out without this database knowing; None if it is not behind."""
    lost = lost_mark(tx, marks)
    if lost is None:
        return None
    waits = Delivery.status.in_(_NOT_SENT_YET)
    named = tx.execute(
        sa.select(Draft.id, Draft.key, Campaign.slug, Draft.decided_at)
        .join(Delivery, Delivery.draft_id == Draft.id)
        .join(Campaign, Campaign.id == Draft.campaign_id)
        .where(waits)
        .order_by(Draft.decided_at, Draft.id)
        .limit(MOST_NAMED)
    )
    in_review = Draft.status.in_([DraftStatus.PENDING, DraftStatus.NEEDS_REVIEW, DraftStatus.MANUAL_REVIEW])
    return Report(
        outside=lost.number,
        remembered=_last_number(tx),
        since=tx.scalar(
            sa.select(Attempt.started_at).where(Attempt.started_at.is_not(None)).order_by(Attempt.id.desc()).limit(1)
        ),
        approved=tx.execute(sa.select(sa.func.count()).select_from(Delivery).where(waits)).scalar_one(),
        in_review=tx.execute(sa.select(sa.func.count()).select_from(Draft).where(in_review)).scalar_one(),
        named=tuple(MayHaveLeft(*row) for row in named),
    )


def confirm(tx: Connection, marks: Sequence[Mark], by: Actor) -> None:
    """A person has read the report: go on from the highest number that was ever used, and let mail go.

    If a person had stopped sending besides, that stays. Raises `Refusal` when there is nothing to confirm.
    """
    wait_for_starts(tx)
    lost = lost_mark(tx, marks)
    if lost is not None:
        tx.execute(sa.update(Installation).values(confirmed_number=lost.number))
        # No number is given out twice: a mark of another host would be taken for one that was answered for.
        tx.execute(
            sa.text("SELECT setval('attempt_numbers', greatest(:outside, last_value)) FROM attempt_numbers"),
            {"outside": lost.number},
        )
    confirmed = {"confirmed": lost.number if lost else None}
    was = kill_switch.stopped(tx)
    if lost is not None and (was is None or was.by == StoppedBy.PERSON):
        events.write(tx, by, events.Entry(Verb.ALLOW_SENDING, data={"stopped_by": StoppedBy.RESTORE, **confirmed}))
        return
    kill_switch.allow(tx, by, StoppedBy.RESTORE, confirmed)
