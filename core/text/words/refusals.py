"""Why an act changed nothing: in a few words for a history, and in a sentence for whoever is refused."""

from core.taxonomy import DeliveryStatus, DraftStatus, RefusalCode, TaskStatus

#: In a history: "Tried to approve: refused, it was decided already".
REFUSALS: dict[str, str] = {
    RefusalCode.UNKNOWN_MEMBER: "not a member here",
    RefusalCode.ROLE_TOO_LOW: "the role does not allow it",
    RefusalCode.NOT_FOUND: "there is no such draft",
    RefusalCode.STALE_VERSION: "the text had changed",
    RefusalCode.ALREADY_DECIDED: "it was decided already",
    RefusalCode.DRAFT_ALREADY_SENDING: "it was being sent already",
    RefusalCode.SEND_OUTCOME_UNKNOWN: "its outcome is unknown",
    RefusalCode.BLOCKED: "it cannot be sent as it is",
    RefusalCode.NOTHING_TO_DO: "there was nothing to do",
    RefusalCode.TOO_EARLY: "it was too early",
    RefusalCode.TOO_LATE: "it was too late",
    RefusalCode.NOT_A_REVIEWER: "only the campaign's reviewers decide",
    RefusalCode.OWN_WORK: "nobody approves their own text here",
    RefusalCode.ADMINS_ONLY: "a draft of this risk is for admins",
    RefusalCode.ALREADY_ENDORSED: "they had approved it already",
    RefusalCode.ALREADY_ANSWERED: "another draft answers the same message",
    RefusalCode.UNKNOWN_CAMPAIGN: "there is no such campaign",
    RefusalCode.UNCLEAR_CAMPAIGN: "more than one campaign fits",
}

#: A draft that is decided already, by its status and its delivery's: the code, and who did what, when, and which.
DECIDED: dict[tuple[str, str | None], tuple[RefusalCode, str]] = {
    (DraftStatus.APPROVED, DeliveryStatus.QUEUED): (
        RefusalCode.ALREADY_DECIDED,
        "{who} approved this at {at}, for {to}; it has not left yet.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.CLAIMED): (
        RefusalCode.DRAFT_ALREADY_SENDING,
        "{who} approved this at {at}, for {to}; it is already being sent.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.SENDING): (
        RefusalCode.DRAFT_ALREADY_SENDING,
        "{who} approved this at {at}, for {to}; it is already being sent.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.SENT): (
        RefusalCode.ALREADY_DECIDED,
        "{who} approved this at {at}, for {to}, and it was sent.",
    ),
    (DraftStatus.APPROVED, DeliveryStatus.OUTCOME_UNKNOWN): (
        RefusalCode.SEND_OUTCOME_UNKNOWN,
        "{who} approved this at {at}, for {to}. Whether it arrived is not known, so it is not sent again.",
    ),
    (DraftStatus.APPROVED, None): (RefusalCode.ALREADY_DECIDED, "{who} approved this at {at}, for {to}."),
    (DraftStatus.REJECTED, None): (RefusalCode.ALREADY_DECIDED, "{who} rejected this at {at}, for {to}."),
}

#: A draft that is not decided, and that an act did not change all the same.
NO_SUCH_DRAFT = "There is no such draft in your workspace."
EXPIRED = "This draft has expired: nobody decided in time."
CHANGED_SINCE = "This draft has changed since your card was drawn. Read it again, then decide."
CANNOT_BE_SENT = "This draft cannot be sent as it is."
WAITS_FOR_CHANGES = "Changes were asked for: this waits for its next version."
NOT_READY = "This draft is not ready for that yet."

#: An approval that cannot be taken back any more, by its delivery's status.
TOO_LATE_TO_UNDO: dict[str, str] = {
    DeliveryStatus.CLAIMED: "Too late to take it back: it is being sent.",
    DeliveryStatus.SENDING: "Too late to take it back: it is being sent.",
    DeliveryStatus.SENT: "Too late to take it back: it was sent.",
    DeliveryStatus.OUTCOME_UNKNOWN: "Too late to take it back: it may have been sent, nobody knows.",
}
ANOTHER_APPROVAL = "This approval is not the one you saw. Look at the card again: it can be taken back there."
NO_APPROVAL = "There is no approval to take back."

#: A delivery that cannot be skipped, by its status; and one that waits in no queue.
NOT_SKIPPED: dict[str, tuple[RefusalCode, str]] = {
    DeliveryStatus.CLAIMED: (RefusalCode.DRAFT_ALREADY_SENDING, "It is being sent right now. Pause its campaign."),
    DeliveryStatus.SENDING: (RefusalCode.DRAFT_ALREADY_SENDING, "It is being sent right now."),
    DeliveryStatus.SENT: (RefusalCode.ALREADY_DECIDED, "It was sent."),
    DeliveryStatus.OUTCOME_UNKNOWN: (RefusalCode.SEND_OUTCOME_UNKNOWN, "Whether it arrived is not known."),
}
NOT_IN_THE_QUEUE = "It is not in the queue."

#: A task of which something was said already.
TASK_DECIDED: dict[str, str] = {
    TaskStatus.DONE: "{who} did this at {at}, for {to}.",
    TaskStatus.COULD_NOT: "{who} could not do this, at {at}, for {to}.",
}
