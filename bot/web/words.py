"""What the page says: the state in one sentence, and events, attempts and surfaces in words."""

from markupsafe import Markup

from bot.web.moments import clock, to_come
from core.delivery.outcomes import sentence_for
from core.draft_page import DraftPage, Happened, Tried
from core.shown import Shown
from core.smtp_words import PHASES
from core.taxonomy import AttemptOutcome, Phase, RefusalCode, Surface, Verb
from core.transports.outcome import Outcome, Reason

#: State → tone (a colour and a sign of the style sheet), headline, and the rest of the sentence.
_STATES: dict[Shown, tuple[str, str, str]] = {
    Shown.PENDING: ("wait", "Being prepared.", ""),
    Shown.NEEDS_REVIEW: ("wait", "Waits for review.", ""),
    Shown.FAILED_BACK: ("stop", "Failed:", "{reason} {nothing}; it is back in review."),
    Shown.MANUAL_REVIEW: ("stop", "Cannot be sent as it is:", "{risks} Edit it or reject it."),
    Shown.SENDING: ("go", "Approved by {who}", "at {decided}; sending."),
    Shown.WAITING: ("wait", "Approved by {who}", "at {decided}. Waits{until}: {reason}"),
    Shown.SENT: ("done", "Sent by {who}", "at {ended} to {to}."),
    Shown.OUTCOME_UNKNOWN: ("doubt", "Outcome unknown:", "{reason} Approved by {who} at {decided}."),
    Shown.REJECTED: ("stop", "Rejected by {who}", "at {decided}: {note}"),
    Shown.EXPIRED: ("stop", "Expired:", "nobody decided in time. Nothing was sent."),
    Shown.SKIPPED: ("stop", "Skipped:", "{reason}"),
}

_SURFACES: dict[str, str] = {
    Surface.SLACK: "in Slack",
    Surface.WEB: "on the web",
    Surface.API: "through the API",
    Surface.CLI: "on the command line",
    Surface.JOB: "",
    Surface.PROVIDER: "from the mail provider",
}

_EVENTS: dict[str, str] = {
    Verb.INGEST: "Arrived",
    Verb.SUBMIT: "Put up for review",
    Verb.BLOCK: "Held for a person",
    Verb.EDIT: "Edited",
    Verb.APPROVE: "Approved",
    Verb.REJECT: "Rejected",
    Verb.EXPIRE: "Expired",
    Verb.RETURN: "Came back to review",
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
    Verb.REFUSE: "Refused",
    Verb.PAUSE: "Paused",
    Verb.RESUME: "Resumed",
    Verb.DECLARE: "Declared",
}

_WANTED: dict[str, str] = {
    Verb.APPROVE: "Tried to approve",
    Verb.REJECT: "Tried to reject",
    Verb.EDIT: "Tried to edit",
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
}

_OUTCOMES: dict[str, tuple[str, str]] = {
    AttemptOutcome.SENT: ("done", "Sent"),
    AttemptOutcome.NOT_SENT: ("stop", "Not sent"),
    AttemptOutcome.UNKNOWN: ("doubt", "Outcome unknown"),
}


def state_tone(page: DraftPage) -> str:
    """wait, go, done, stop or doubt."""
    return _STATES[page.facts.state][0]


def state_sentence(page: DraftPage) -> Markup:
    """The derived state in one plain sentence, its beginning strong; names and reasons escaped."""
    facts = page.facts
    _, headline, rest = _STATES[facts.state]
    words = {
        "who": page.decided_by or "somebody",
        "decided": clock(facts.decided_at, facts.timezone),
        "ended": clock(facts.ended_at, facts.timezone),
        "to": facts.to_address,
        "reason": facts.reason or "",
        "nothing": "Nothing was sent" if facts.given_up is None else "This try sent nothing",
        "risks": " ".join(facts.risk_reasons),
        "note": facts.decision_note or "no reason given",
        "until": Markup(" until {}").format(to_come(facts.due_at, facts.timezone)) if facts.due_at else "",
    }
    return Markup(f"<strong>{headline}</strong> {rest}").format(**words)  # noqa: S704  both parts are constants above


def given_up_sentence(page: DraftPage) -> str:
    """That somebody had it sent again, and what came of the first try."""
    past = page.facts.given_up
    if past is None:
        return ""
    by = next((attempt.overruled_by for attempt in page.attempts if attempt.overruled_by), None) or "Somebody"
    if past.twice:
        return f"It arrived after all: this person got it twice. {by} had it sent again."
    if past.arrived:
        return f"It arrived after all: do not send it again. {by} had it sent again, but the first try was taken."
    return f"{by} had it sent again, as its first try never got an answer."


def surface(name: str) -> str:
    """Where something came from: "in Slack"; empty for Signoff itself."""
    return _SURFACES.get(name, f"from {name}")


def event_actor(event: Happened) -> str:
    """Who it was, as well as is known."""
    if event.member:
        return event.member
    if event.api_key:
        return f"API key {event.api_key}"
    return "Signoff" if event.surface == Surface.JOB else "Somebody"


def event_sentence(event: Happened) -> str:
    """What happened, in words: "Tried to approve: refused, it was decided already"."""
    data = event.data
    if event.verb == Verb.REFUSE:
        tried = _WANTED.get(str(data.get("wanted")), "Tried to act")
        return f"{tried}: refused, {_REFUSALS.get(str(event.code), str(event.code))}"
    said = _EVENTS.get(event.verb, event.verb)
    if event.verb in (Verb.EDIT, Verb.APPROVE, Verb.REJECT) and "version" in data:
        said += f"{': now' if event.verb == Verb.EDIT else ''} version {data['version']}"
    if event.verb == Verb.APPROVE and data.get("timing") == "next_slot":
        said += ", for the next free slot"
    if event.verb == Verb.CLAIM and data.get("try", 1) != 1:
        said += f", try {data['try']}"
    if event.verb in (Verb.RETRY, Verb.FAIL) and data.get("phase"):
        code = f" ({data['smtp_code']})" if data.get("smtp_code") else ""
        said += f": stopped at {phase(str(data['phase']))}{code}"
    return said


def phase(name: str | None) -> str:
    """The step of the SMTP conversation, in words."""
    return PHASES.get(str(name), str(name)) if name else ""


def attempt_outcome(attempt: Tried) -> tuple[str, str]:
    """The tone and the words for what became of an attempt."""
    return _OUTCOMES.get(str(attempt.outcome), ("go", "Under way"))


def attempt_reason(attempt: Tried) -> str:
    """What happened in one sentence; empty while it runs, and when all was well."""
    if attempt.outcome in (None, AttemptOutcome.SENT) or attempt.reason not in list(Reason):
        return ""
    kind, stopped = AttemptOutcome(str(attempt.outcome)), Phase(attempt.phase or Phase.CONNECT)
    return sentence_for(Outcome(kind, stopped, Reason(str(attempt.reason)), code=attempt.code))


def percent(share: float) -> str:
    """0.876 as "88 %"."""
    return f"{share:.0%}"
