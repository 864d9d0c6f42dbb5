"""Mute: a member wants no cards, reminders and digests for a while. What they have open stays, and stays true."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.drafts.order import OPEN_STATUS
from core.errors import BadInput, Refusal
from core.ids import UUID
from core.models import Draft, Member
from core.reviewers.people import LONGEST_WAIT
from core.taxonomy import RefusalCode, Verb

#: For who does not say until when.
UNTIL_THEY_SAY = datetime(9999, 1, 1, tzinfo=UTC)


def mute(tx: Connection, by: Actor, until: datetime | None) -> None:
    """Mute this member: nothing new comes to them until then; None: until they say so. A second time moves that moment.

    For more than a day: what is assigned to them is looked at again, and handed on. Raises `BadInput` for a moment that
    is past.
    """
    now = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    if until is not None and until <= now:
        raise BadInput("Choose a time in the future.", "until")
    if (until or UNTIL_THEY_SAY) > now + LONGEST_WAIT:
        theirs = OPEN_STATUS & (Draft.assigned_to == _member(by))
        tx.execute(sa.update(Draft).where(theirs).values(revision=Draft.revision + 1))  # before members, as everybody
    tx.execute(sa.update(Member).where(Member.id == _member(by)).values(muted_until=until or UNTIL_THEY_SAY))
    data = {"until": until.isoformat(timespec="seconds")} if until else {}
    events.write(tx, by, events.Entry(Verb.MUTE, data=data))


def unmute(tx: Connection, by: Actor) -> None:
    """A conditional update: end the mute. Raises `Refusal` (NOTHING_TO_DO) for a member who is not muted."""
    unmuted = tx.execute(
        sa.update(Member)
        .where(Member.id == _member(by), Member.muted_until > sa.func.clock_timestamp())
        .values(muted_until=None, owed=True)
    )
    if unmuted.rowcount == 0:
        raise Refusal(RefusalCode.NOTHING_TO_DO, "You are not muted.")
    events.write(tx, by, events.Entry(Verb.UNMUTE))


def _member(by: Actor) -> UUID:
    if by.member_id is None:
        raise Refusal(RefusalCode.UNKNOWN_MEMBER, "You are not a member of this workspace in Signoff. Ask an admin.")
    return by.member_id
