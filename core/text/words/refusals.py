"""Why an act changed nothing: in a few words for a history, and in a sentence for whoever is refused."""

from core.taxonomy import BlockedBy, DeliveryStatus, DraftStatus, RefusalCode, TaskStatus, Verb

#: In a history: "Tried to approve: refused, it was already decided".
REFUSALS: dict[str, str] = {
    RefusalCode.UNKNOWN_MEMBER: "not a member here",
    RefusalCode.ROLE_TOO_LOW: "the role does not allow it",
    RefusalCode.NOT_FOUND: "there is no such draft",
    RefusalCode.STALE_VERSION: "the text had changed",
    RefusalCode.ALREADY_DECIDED: "it was already decided",
    RefusalCode.DRAFT_ALREADY_SENDING: "it was already being sent",
    RefusalCode.SEND_OUTCOME_UNKNOWN: "its outcome is unknown",
    RefusalCode.BLOCKED: "it cannot be sent as it is",
    RefusalCode.NOTHING_TO_DO: "there was nothing to do",
    RefusalCode.TOO_EARLY: "it was too early",
    RefusalCode.TOO_LATE: "it was too late",
    RefusalCode.NOT_A_REVIEWER: "only the campaign's reviewers can decide",
    RefusalCode.OWN_WORK: "approving your own text is not allowed here",
    RefusalCode.ADMINS_ONLY: "a draft of this risk needs an admin",
    RefusalCode.ALREADY_ENDORSED: "they had already approved it",
    RefusalCode.ALREADY_ANSWERED: "another draft answers the same message",
    RefusalCode.UNKNOWN_CAMPAIGN: "there is no such campaign",
    RefusalCode.UNCLEAR_CAMPAIGN: "more than one campaign matches",
}

#: Why no mail of a draft may leave, whatever its text: what its card says, and the gate.
LASTING: dict[str, str] = {
    BlockedBy.ENDED: "The campaign has ended.",
    BlockedBy.ADDRESS: "This address is on the suppression list.",
    BlockedBy.DOMAIN: "This domain is on the suppression list.",
    BlockedBy.COMPANY: "This company is on the suppression list.",
    BlockedBy.OPTED_OUT: "The contact has opted out.",
    BlockedBy.REPLIED: "The contact has replied: answer them instead.",
}

#: A draft that is decided already, by its status and its delivery's: the code, and who did what, when, and which.
DECIDED: dict[tuple[str, str | None], tuple[RefusalCode, str]] = {
    (DraftStatus.APPROVED, DeliveryStatus.QUEUED): (
        RefusalCode.ALREADY_DECIDED,
        "{who} approved this at {at}, for {to}; it has not been sent yet.",
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
        "{who} approved this at {at}, for {to}. It is not known whether it arrived, so it is not sent again.",
    ),
    (DraftStatus.APPROVED, None): (RefusalCode.ALREADY_DECIDED, "{who} approved this at {at}, for {to}."),
    (DraftStatus.REJECTED, None): (RefusalCode.ALREADY_DECIDED, "{who} rejected this at {at}, for {to}."),
}

#: A draft that is not decided, and that an act did not change all the same.
NO_SUCH_DRAFT = "There is no such draft in your workspace."
EXPIRED = "This draft has expired: nobody decided in time."
CHANGED_SINCE = "This draft has changed since you saw it. Read it again, then decide."
CANNOT_BE_SENT = "This draft cannot be sent as it is."
BLOCKED = "This draft is blocked."
WAITS_FOR_CHANGES = "Changes were requested: this waits for a new version."
NOT_READY = "This draft is not ready for that yet."

#: What an approval asks first.
OUTSIDE_HOURS = "It is {at} for {whose}, outside business hours."
NO_LONGER_HELD = "The card said that it would wait. Nothing holds it back now: it would be sent at once."
OUTSIDE_BY_THEN = "It would be sent on {at} for {whose}, outside business hours."
RECIPIENT = "the recipient"
#: The same on a card, which may be read the next day.
UNTIL_OPEN = "Until {opens} it would be sent outside business hours for {whose}."
NEVER_OPEN = "It would be sent outside business hours for {whose}."
JUST_NOW: dict[Verb, str] = {
    Verb.UNDO: "You undid this approval a moment ago.",
    Verb.RESTORE: "You restored this a moment ago.",
}

#: An approval that cannot be taken back any more, by its delivery's status.
TOO_LATE_TO_UNDO: dict[str, str] = {
    DeliveryStatus.CLAIMED: "Too late to undo: it is being sent.",
    DeliveryStatus.SENDING: "Too late to undo: it is being sent.",
    DeliveryStatus.SENT: "Too late to undo: it was sent.",
    DeliveryStatus.OUTCOME_UNKNOWN: "Too late to undo: it may have been sent, its outcome is unknown.",
}
ANOTHER_APPROVAL = "This is not the approval you saw. Check the card again: you can undo it there."
NO_APPROVAL = "There is no approval to undo."

#: A delivery that cannot be skipped, by its status; and one that waits in no queue.
NOT_SKIPPED: dict[str, tuple[RefusalCode, str]] = {
    DeliveryStatus.CLAIMED: (RefusalCode.DRAFT_ALREADY_SENDING, "It is being sent right now. Pause its campaign."),
    DeliveryStatus.SENDING: (RefusalCode.DRAFT_ALREADY_SENDING, "It is being sent right now."),
    DeliveryStatus.SENT: (RefusalCode.ALREADY_DECIDED, "It was sent."),
    DeliveryStatus.OUTCOME_UNKNOWN: (RefusalCode.SEND_OUTCOME_UNKNOWN, "It is not known whether it arrived."),
}
NOT_IN_THE_QUEUE = "It is not in the queue."

#: A task of which something was said already.
TASK_DECIDED: dict[str, str] = {
    TaskStatus.DONE: "{who} did this at {at}, for {to}.",
    TaskStatus.COULD_NOT: "{who} could not do this, at {at}, for {to}.",
}
