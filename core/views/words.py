"""What happened to a draft, in words: one sentence for each event, and for what became of a try."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.delivery.outcomes import sentence_for
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason, RefusalCode, Timing, Verb
from core.views.history import AttemptView, HistoryEvent

_EVENTS: dict[str, str] = {
    Verb.INGEST: "Arrived",
    Verb.SUBMIT: "Put up for review",
    Verb.BLOCK: "Held for a person",
    Verb.EDIT: "Edited",
    Verb.APPROVE: "Approved",
    Verb.REJECT: "Rejected",
    Verb.EXPIRE: "Expired",
    Verb.RETURN: "Came back to review",
    Verb.ENDORSE: "Approved, as one of several",
    Verb.UNDO: "Took the approval back",
    Verb.REQUEST_CHANGES: "Asked for changes",
    Verb.SNOOZE: "Snoozed",
    Verb.WAKE: "Asks for attention again",
    Verb.ASSIGN: "Assigned",
    Verb.RESTORE: "Restored",
    Verb.REMIND: "Reviewers were reminded",
    Verb.ESCALATE: "Nobody decided: admins were told",
    Verb.CLAIM: "Taken up for sending",
    Verb.RELEASE: "Put back in the queue: held by a pause",
    Verb.START: "Began to hand over (DATA)",
    Verb.DELIVER: "Accepted by the mail server",
    Verb.RETRY: "Not sent, to be tried again",
    Verb.FAIL: "Not sent",
    Verb.LOSE: "No answer from the mail server: outcome unknown",
    Verb.CONFIRM: "Found to have been sent",
    Verb.RESEND: "Did not arrive: queued to be sent again",
    Verb.CONTRADICT: "Something else was heard of it than what is recorded",
    Verb.DUPLICATE: "It arrived twice",
    Verb.STOP_SENDING: "All sending stopped",
    Verb.ALLOW_SENDING: "Sending allowed again",
    Verb.CANCEL: "Delivery cancelled",
    Verb.SKIP: "Delivery skipped",
    Verb.BOUNCE: "Bounced",
    Verb.COMPLAIN: "Reported as spam",
    Verb.REPLY: "They replied",
    Verb.UNSUBSCRIBE: "They asked not to be written to",
    Verb.READ: "Read",
    Verb.REFUSE: "Refused",
    Verb.PAUSE: "Paused",
    Verb.RESUME: "Resumed",
    Verb.MUTE: "Muted",
    Verb.UNMUTE: "Unmuted",
    Verb.OFFER: "Offered as a task",
    Verb.DONE: "Done by a person",
    Verb.COULD_NOT: "Could not be done",
    Verb.INSTALL: "Installed in Slack",
    Verb.UNINSTALL: "Removed from Slack",
    Verb.DECLARE: "Declared",
}

_WANTED: dict[str, str] = {
    Verb.APPROVE: "Tried to approve",
    Verb.REJECT: "Tried to reject",
    Verb.EDIT: "Tried to edit",
    Verb.UNDO: "Tried to take the approval back",
    Verb.REQUEST_CHANGES: "Tried to ask for changes",
    Verb.SNOOZE: "Tried to snooze",
    Verb.WAKE: "Tried to end the snooze",
    Verb.ASSIGN: "Tried to assign",
    Verb.RESTORE: "Tried to restore",
    Verb.PAUSE: "Tried to pause the campaign",
    Verb.SKIP: "Tried to skip",
    Verb.READ: "Tried to read",
    Verb.DONE: "Tried to say that it is done",
    Verb.COULD_NOT: "Tried to say that it could not be done",
    Verb.CONFIRM: "Tried to say that it arrived",
    Verb.RESEND: "Tried to have it sent again",
}

_REFUSALS: dict[str, str] = {
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
    RefusalCode.UNKNOWN_CAMPAIGN: "there is no such campaign",
    RefusalCode.UNCLEAR_CAMPAIGN: "more than one campaign fits",
}


def event_sentence(event: HistoryEvent, timezone: str = "UTC") -> str:
    """What happened, in words: "Tried to approve: refused, it was decided already"."""
    if event.verb == Verb.REFUSE:
        tried = _WANTED.get(str(event.data.get("wanted")), "Tried to act")
        return f"{tried}: refused, {_REFUSALS.get(str(event.code), str(event.code))}"
    more = _MORE.get(event.verb)
    return _EVENTS.get(event.verb, event.verb) + (more(event, timezone) if more else "")


def _version(event: HistoryEvent, _timezone: str) -> str:
    number = event.data.get("version")
    for_later = ", for the next free slot" if event.data.get("timing") == Timing.NEXT_SLOT else ""
    return (f" version {number}" if number else "") + for_later


def _new_version(event: HistoryEvent, _timezone: str) -> str:
    number = event.data.get("version")
    return f": now version {number}" if number else ""


def _of_several(event: HistoryEvent, _timezone: str) -> str:
    return f": {event.data.get('have')} of {event.data.get('needed')}"


def _until(event: HistoryEvent, timezone: str) -> str:
    try:
        until = datetime.fromisoformat(str(event.data.get("until"))).astimezone(ZoneInfo(timezone))
    except (ValueError, ZoneInfoNotFoundError):
        return ""
    return f" until {until:%a} {until.day} {until:%b %H:%M}"


def _to(event: HistoryEvent, _timezone: str) -> str:
    return f" to {event.whom}" if event.whom else ""


def _another_try(event: HistoryEvent, _timezone: str) -> str:
    number = event.data.get("try", 1)
    return "" if number == 1 else f", try {number}"


def _stopped_at(event: HistoryEvent, _timezone: str) -> str:
    stopped = event.data.get("phase")
    if not stopped:
        return ""
    code = f" ({event.data['smtp_code']})" if event.data.get("smtp_code") else ""
    return f": stopped at {PHASES.get(str(stopped), str(stopped))}{code}"


#: What an event's own data adds to its words.
_MORE: dict[str, Callable[[HistoryEvent, str], str]] = {
    Verb.EDIT: _new_version,
    Verb.APPROVE: _version,
    Verb.REJECT: _version,
    Verb.ENDORSE: _of_several,
    Verb.SNOOZE: _until,
    Verb.ASSIGN: _to,
    Verb.CLAIM: _another_try,
    Verb.RETRY: _stopped_at,
    Verb.FAIL: _stopped_at,
}


def attempt_reason(attempt: AttemptView) -> str:
    """What happened in one sentence; empty while it runs, and when all was well."""
    if attempt.outcome in (None, AttemptOutcome.SENT) or attempt.reason not in list(Reason):
        return ""
    kind, stopped = AttemptOutcome(str(attempt.outcome)), Phase(attempt.phase or Phase.CONNECT)
    return sentence_for(Outcome(kind, stopped, Reason(str(attempt.reason)), code=attempt.code))


PHASES: dict[str, str] = {
    Phase.CONNECT: "connecting",
    Phase.GREETING: "the server's greeting",
    Phase.EHLO: "EHLO",
    Phase.STARTTLS: "encryption (STARTTLS)",
    Phase.AUTH: "logging in",
    Phase.MAIL: "naming the sender (MAIL)",
    Phase.RCPT: "naming the recipient (RCPT)",
    Phase.START: "our last check before DATA",
    Phase.DATA: "DATA",
    Phase.BODY: "writing the mail",
    Phase.DOT: "the reply to the final dot",
    Phase.QUIT: "QUIT",
}
