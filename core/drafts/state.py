"""What a person sees: the one state that both machines of DESIGN §3 come down to. Never stored."""

from enum import StrEnum

from core.taxonomy import DeliveryStatus, DraftStatus


class Shown(StrEnum):
    """The states that a card, a page and a command know."""

    PENDING = "pending"
    #: Out of the queue until its author, or a person, writes a new version.
    CHANGES_ASKED = "changes_asked"
    NEEDS_REVIEW = "needs_review"
    #: Back in review after a delivery came to nothing.
    FAILED_BACK = "failed_back"
    MANUAL_REVIEW = "manual_review"
    SENDING = "sending"
    #: Approved, and held back: by a pause, or until the next try.
    WAITING = "waiting"
    SENT = "sent"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    EXPIRED = "expired"


#: The states in which a person may still decide.
OPEN = frozenset({Shown.NEEDS_REVIEW, Shown.FAILED_BACK, Shown.MANUAL_REVIEW})
#: The states in which a person may still write another text, or reject it.
EDITABLE = OPEN | {Shown.PENDING, Shown.CHANGES_ASKED}

_OF_DRAFT: dict[str, Shown] = {
    DraftStatus.PENDING: Shown.PENDING,
    DraftStatus.MANUAL_REVIEW: Shown.MANUAL_REVIEW,
    DraftStatus.REJECTED: Shown.REJECTED,
    DraftStatus.EXPIRED: Shown.EXPIRED,
}
_OF_DELIVERY: dict[str, Shown] = {
    DeliveryStatus.CLAIMED: Shown.SENDING,
    DeliveryStatus.SENDING: Shown.SENDING,
    DeliveryStatus.SENT: Shown.SENT,
    DeliveryStatus.OUTCOME_UNKNOWN: Shown.OUTCOME_UNKNOWN,
    DeliveryStatus.SKIPPED: Shown.SKIPPED,
}


def shown(
    draft_status: str,
    *,
    returned: bool,
    delivery_status: str | None,
    held_back: bool,
    changes_asked: bool = False,
) -> Shown:
    """The state to show. `returned`: the draft came back with a reason; `held_back`: what is queued cannot go yet.

    `changes_asked`: somebody wants another text.
    """
    if draft_status == DraftStatus.NEEDS_REVIEW:
        return Shown.FAILED_BACK if returned else Shown.NEEDS_REVIEW
    if draft_status == DraftStatus.PENDING and changes_asked:
        return Shown.CHANGES_ASKED
    if draft_status != DraftStatus.APPROVED:
        return _OF_DRAFT[draft_status]
    if delivery_status in (None, DeliveryStatus.QUEUED):
        return Shown.WAITING if held_back else Shown.SENDING
    return _OF_DELIVERY.get(str(delivery_status), Shown.SENDING)
