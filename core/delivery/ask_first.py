"""What an approval asks first, because it would do what its author may not mean. Touches nothing."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.delivery.closed_hours import ClosedHours
from core.delivery.next_slot import NOTHING_TOLD, Told, sends_now
from core.errors import AskFirst
from core.ids import UUID
from core.models import Contact, Draft, DraftVersion, Event
from core.states import DRAFT
from core.taxonomy import Timing, Verb
from core.text.phrases import weekday_time
from core.text.words.refusals import JUST_NOW, NO_LONGER_HELD, OUTSIDE_BY_THEN, OUTSIDE_HOURS, RECIPIENT

#: An approval so soon after the same person's undo may be the second click of that, on what took its place.
A_MOMENT_AGO = timedelta(seconds=10)


def ask_first(tx: Connection, draft_id: UUID, seen: int, by: Actor, timing: Timing, told: Told = NOTHING_TOLD) -> None:
    """Raise `AskFirst` where this person brought the draft back a moment ago: undid its approval, or restored it; where
    it would leave outside of business hours, and they were not told; and where they were told that it waits, and
    nothing holds it any more.

    What cannot be approved anyway is for `approve` to refuse.
    """
    brought_back = (
        sa.select(Event.verb)
        .where(
            Event.draft_id == Draft.id,
            Event.verb.in_(JUST_NOW),
            Event.member_id == by.member_id,
            Event.at > sa.func.clock_timestamp() - sa.cast(A_MOMENT_AGO, sa.Interval),
        )
        .order_by(Event.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = tx.execute(
        sa.select(brought_back.label("brought_back"), DraftVersion.subject, Contact.email.label("to"))
        .select_from(Draft)
        .join(Contact)
        .join(DraftVersion, sa.and_(DraftVersion.draft_id == Draft.id, DraftVersion.version == Draft.version))
        .where(
            Draft.id == draft_id,
            Draft.workspace_id == by.workspace_id,
            Draft.review_round == seen,
            Draft.status.in_(DRAFT.sources(Verb.APPROVE)),
        )
    ).first()
    if row is None:
        return
    said = [JUST_NOW[Verb(row.brought_back)]] if row.brought_back else []
    if timing == Timing.EARLIEST:
        now = sends_now(tx, [draft_id])[draft_id]
        said += [closed_words(now.closed)] if now.closed and not told.closed else []
        said += [NO_LONGER_HELD] if told.held and now.why is None else []
    if said:
        raise AskFirst(" ".join(said), f"{row.subject} · {row.to}")


def closed_words(closed: ClosedHours) -> str:
    """Whose hours are over: "It is Sunday 22:40 at sam@example.com, outside business hours."."""
    words = OUTSIDE_BY_THEN if closed.as_yet_open else OUTSIDE_HOURS
    return words.format(at=weekday_time(closed.leaves, closed.timezone), whose=closed.address or RECIPIENT)
