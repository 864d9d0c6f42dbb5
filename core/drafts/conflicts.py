"""Why a verb changed nothing: the one look at the row after a conditional UPDATE came back empty."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.drafts.permissions import refusal_to_approve, refusal_to_decide
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.models import Delivery, Draft, Member, Workspace
from core.states import LIVE_DELIVERY
from core.taxonomy import DeliveryStatus, DraftStatus, RefusalCode

#: (draft, delivery) → code and the verb of the sentence "Alice … this at 14:05".
_DECIDED: dict[tuple[str, str | None], tuple[RefusalCode, str]] = {
    (DraftStatus.APPROVED, DeliveryStatus.QUEUED): (
        RefusalCode.DRAFT_ALREADY_SENDING,
        "{who} approved this at {at}; it is on its way.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.CLAIMED): (
        RefusalCode.DRAFT_ALREADY_SENDING,
        "{who} approved this at {at}; it is already being sent.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.SENDING): (
        RefusalCode.DRAFT_ALREADY_SENDING,
        "{who} approved this at {at}; it is already being sent.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.SENT): (
        RefusalCode.ALREADY_DECIDED,
        "{who} approved this at {at}, and it was sent.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.OUTCOME_UNKNOWN): (
        RefusalCode.SEND_OUTCOME_UNKNOWN,
        "{who} approved this at {at}. Whether it arrived is not known, so it is not sent again.",
    ),
    (DraftStatus.APPROVED, None): (RefusalCode.ALREADY_DECIDED, "{who} approved this at {at}."),
    (DraftStatus.REJECTED, None): (RefusalCode.ALREADY_DECIDED, "{who} rejected this at {at}."),
}


def explain_conflict(
    tx: Connection, draft_id: UUID, version: int | None, by: Actor, *, approving: bool = False
) -> Refusal:
    """The refusal to raise after an optimistic update found no row: `Conflict` with who and when, `Stale`, or another.

    `version` is the one that the person saw, where that mattered.
    `approving`: also whatever a campaign asks of those who approve.
    """
    row = tx.execute(
        sa.select(
            Draft.status,
            Draft.version,
            Draft.decided_at,
            Draft.risk_reasons,
            Draft.change_note,
            Member.name.label("who"),
            Workspace.timezone,
            Delivery.status.label("delivery_status"),
        )
        .join(Workspace, Workspace.id == Draft.workspace_id)
        .outerjoin(Member, Member.id == Draft.decided_by)
        .outerjoin(Delivery, (Delivery.draft_id == Draft.id) & Delivery.status.in_(LIVE_DELIVERY))
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
    ).first()
    if row is None:
        return Refusal(RefusalCode.NOT_FOUND, "There is no such draft in your workspace.")
    decided = _DECIDED.get((row.status, row.delivery_status))
    if decided:
        code, sentence = decided
        who = row.who or "Somebody"
        at = f"{row.decided_at.astimezone(ZoneInfo(row.timezone)):%H:%M}"
        return Conflict(code, sentence.format(who=who, at=at), who=who, at=row.decided_at)
    if not_theirs := refusal_to_decide(tx, draft_id, by):
        return not_theirs
    if row.status == DraftStatus.EXPIRED:
        return Refusal(RefusalCode.ALREADY_DECIDED, "This draft has expired: nobody decided in time.")
    if version not in (None, row.version):
        return Stale(
            "This draft has changed since your card was drawn. Read it again, then decide.", current=row.version
        )
    if row.status == DraftStatus.MANUAL_REVIEW:
        return Refusal(RefusalCode.BLOCKED, " ".join(["This draft cannot be sent as it is.", *row.risk_reasons]))
    if row.status == DraftStatus.PENDING and row.change_note:
        return Refusal(RefusalCode.NOTHING_TO_DO, "Changes were asked for: this waits for its next version.")
    if approving and (not_theirs := refusal_to_approve(tx, draft_id, by)):
        return not_theirs
    return Refusal(RefusalCode.NOTHING_TO_DO, "This draft is not ready for that yet.")
