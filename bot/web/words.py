"""What the page says: the state in one sentence, and events, attempts and surfaces in words."""

from markupsafe import Markup

from bot.web.moments import clock, to_come
from core.drafts.state import OPEN
from core.taxonomy import AttemptOutcome, DraftState, Surface
from core.views.draft_page import DraftPage
from core.views.history import AttemptView, HistoryEvent
from core.views.words import PHASES, attempt_reason, event_sentence

__all__ = [
    "attempt_outcome",
    "attempt_reason",
    "event_actor",
    "event_sentence",
    "overruled_sentence",
    "percent",
    "phase",
    "state_sentence",
    "state_tone",
    "surface",
    "whose",
]

#: State → tone (a colour and a sign of the style sheet), headline, and the rest of the sentence.
_STATES: dict[DraftState, tuple[str, str, str]] = {
    DraftState.PENDING: ("wait", "Being prepared.", ""),
    DraftState.CHANGES_ASKED: ("wait", "{asker} asked for changes", "at {asked}: {change}"),
    DraftState.NEEDS_REVIEW: ("wait", "Waits for review.", ""),
    DraftState.FAILED_BACK: ("stop", "Failed:", "{reason} {nothing}; it is back in review."),
    DraftState.MANUAL_REVIEW: ("stop", "Cannot be sent as it is:", "{risks} Edit it or reject it."),
    DraftState.SENDING: ("go", "Approved by {who}", "at {decided}; {sending}."),
    DraftState.WAITING: ("wait", "Approved by {who}", "at {decided}. Waits{until}: {reason}"),
    DraftState.SENT: ("done", "Sent by {who}", "at {ended} to {to}."),
    DraftState.OUTCOME_UNKNOWN: ("doubt", "Outcome unknown:", "{reason} Approved by {who} at {decided}."),
    DraftState.REJECTED: ("stop", "Rejected by {who}", "at {decided}: {note}"),
    DraftState.EXPIRED: ("stop", "Expired:", "nobody decided in time. Nothing was sent."),
    DraftState.SKIPPED: ("stop", "Skipped:", "{reason}"),
}

_SURFACES: dict[str, str] = {
    Surface.SLACK: "in Slack",
    Surface.WEB: "on the web",
    Surface.API: "through the API",
    Surface.CLI: "on the command line",
    Surface.JOB: "",
    Surface.PROVIDER: "from the mail provider",
}

_OUTCOMES: dict[str, tuple[str, str]] = {
    AttemptOutcome.SENT: ("done", "Sent"),
    AttemptOutcome.NOT_SENT: ("stop", "Not sent"),
    AttemptOutcome.UNKNOWN: ("doubt", "Outcome unknown"),
}


def state_tone(page: DraftPage) -> str:
    """wait, go, done, stop or doubt."""
    return _STATES[page.draft.state][0]


def state_sentence(page: DraftPage) -> Markup:
    """The derived state in one plain sentence, its beginning strong; names and reasons escaped."""
    draft, zone = page.draft, page.draft.timezone
    _, headline, rest = _STATES[draft.state]
    words = {
        "who": page.decided_by or "somebody",
        "decided": clock(draft.decided_at, zone),
        "ended": clock(draft.ended_at, zone),
        "to": draft.to_address,
        "reason": draft.reason or "",
        "nothing": "Nothing was sent" if draft.overruled is None else "This try sent nothing",
        "risks": " ".join(draft.risk_reasons),
        "note": draft.decision_note or "no reason given",
        "sending": Markup("sending at {}").format(clock(draft.undo_until, zone)) if draft.undo_until else "sending",
        "asker": page.name(draft.change_asked_by),
        "asked": clock(draft.change_asked_at, zone),
        "change": draft.change_note or "",
        "until": Markup(" until {}").format(to_come(draft.due_at, zone)) if draft.due_at else "",
    }
    return Markup(f"<strong>{headline}</strong> {rest}").format(**words)  # noqa: S704  both parts are constants above


def whose(page: DraftPage) -> list[Markup]:
    """Who has approved already, whose it is to decide, and until when it rests."""
    draft = page.draft
    if draft.state not in OPEN:
        return []
    said = []
    if draft.quorum > 1:
        by = ", ".join(page.name(member) for member in draft.endorsed_by) or "nobody yet"
        said.append(Markup("{} of {} approved: {}.").format(len(draft.endorsed_by), draft.quorum, by))
    if draft.assigned_to:
        said.append(Markup("For {}.").format(page.name(draft.assigned_to)))
    if draft.snoozed_until:
        until = to_come(draft.snoozed_until, draft.timezone)
        said.append(Markup("Snoozed until {} by {}.").format(until, page.name(draft.snoozed_by)))
    return said


def overruled_sentence(page: DraftPage) -> str:
    """That somebody had it sent again, and what came of the first try."""
    past = page.draft.overruled
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


def event_actor(event: HistoryEvent) -> str:
    """Who it was, as well as is known."""
    if event.member:
        return event.member
    if event.api_key:
        return f"API key {event.api_key}"
    return "Signoff" if event.surface == Surface.JOB else "Somebody"


def phase(name: str | None) -> str:
    """The step of the SMTP conversation, in words."""
    return PHASES.get(str(name), str(name)) if name else ""


def attempt_outcome(attempt: AttemptView) -> tuple[str, str]:
    """The tone and the words for what became of an attempt."""
    return _OUTCOMES.get(str(attempt.outcome), ("go", "Under way"))


def percent(share: float) -> str:
    """0.876 as "88 %"."""
    return f"{share:.0%}"
