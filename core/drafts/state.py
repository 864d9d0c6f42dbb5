"""What a person sees: the one state that both machines of DESIGN §3 come down to. Never stored."""

from core.taxonomy import DeliveryStatus, DraftState, DraftStatus, Verb

#: The states in which a person may still decide.
OPEN = frozenset({DraftState.NEEDS_REVIEW, DraftState.FAILED_BACK, DraftState.MANUAL_REVIEW})
#: The states in which a person may still write another text, or reject it.
EDITABLE = OPEN | {DraftState.PENDING, DraftState.CHANGES_ASKED}

_OF_DRAFT: dict[str, DraftState] = {
    DraftStatus.PENDING: DraftState.PENDING,
    DraftStatus.MANUAL_REVIEW: DraftState.MANUAL_REVIEW,
    DraftStatus.REJECTED: DraftState.REJECTED,
    DraftStatus.EXPIRED: DraftState.EXPIRED,
}
_OF_DELIVERY: dict[str, DraftState] = {
    DeliveryStatus.CLAIMED: DraftState.SENDING,
    DeliveryStatus.SENDING: DraftState.SENDING,
    DeliveryStatus.SENT: DraftState.SENT,
    DeliveryStatus.OUTCOME_UNKNOWN: DraftState.OUTCOME_UNKNOWN,
    DeliveryStatus.SKIPPED: DraftState.SKIPPED,
}
#: What is sent is called by what came back of it.
OF_FEEDBACK: dict[str, DraftState] = {
    Verb.COMPLAIN: DraftState.REPORTED,
    Verb.UNSUBSCRIBE: DraftState.UNSUBSCRIBED,
    Verb.REPLY: DraftState.ANSWERED,
    Verb.BOUNCE: DraftState.BOUNCED,
}


def draft_state(
    draft_status: str,
    *,
    returned: bool,
    delivery_status: str | None,
    held_back: bool,
    changes_asked: bool = False,
    came_back: str | None = None,
) -> DraftState:
    """The state to show. `returned`: the draft came back with a reason; `held_back`: what is queued cannot go yet.

    `changes_asked`: somebody wants another text; `came_back`: the weightiest that came back of what was sent.
    """
    if draft_status == DraftStatus.NEEDS_REVIEW:
        return DraftState.FAILED_BACK if returned else DraftState.NEEDS_REVIEW
    if draft_status == DraftStatus.PENDING and changes_asked:
        return DraftState.CHANGES_ASKED
    if draft_status != DraftStatus.APPROVED:
        return _OF_DRAFT[draft_status]
    if delivery_status in (None, DeliveryStatus.QUEUED):
        return DraftState.WAITING if held_back else DraftState.SENDING
    if delivery_status == DeliveryStatus.SENT and came_back:
        return OF_FEEDBACK[came_back]
    return _OF_DELIVERY.get(str(delivery_status), DraftState.SENDING)
