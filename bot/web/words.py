"""How the page says it: the words of core/text/words as HTML, with what is strong, times and names filled in."""

import re

from markupsafe import Markup

from bot.web.moments import clock, moment, to_come
from core.drafts.state import OF_FEEDBACK, OPEN
from core.taxonomy import AttemptOutcome, DraftState, Risk, Surface
from core.text.words import states
from core.text.words.states import DRAFT_KINDS, NO_SUBJECT, NO_TEXT, NOT_ASSESSED, PHASES, SURFACES
from core.views.came_back import CameBack
from core.views.draft import DraftView
from core.views.draft_page import DraftPage
from core.views.history import AttemptView, HistoryEvent
from core.views.sentences import (
    attempt_reason,
    event_sentence,
    heard,
    heard_too,
    nothing_sent,
    overruled_words,
    said_by_state,
    state_words,
    why,
)

__all__ = [
    "NOT_ASSESSED",
    "NO_SUBJECT",
    "NO_TEXT",
    "also_came_back",
    "attempt_outcome",
    "attempt_reason",
    "event_actor",
    "event_sentence",
    "kind",
    "overruled_sentence",
    "percent",
    "phase",
    "risk",
    "state_sentence",
    "state_tone",
    "surface",
    "whose",
]

#: The tone of a state and of a try's outcome: a colour and a sign of the style sheet.
_TONES: dict[DraftState, str] = {
    DraftState.PENDING: "wait",
    DraftState.CHANGES_ASKED: "wait",
    DraftState.NEEDS_REVIEW: "wait",
    DraftState.FAILED_BACK: "stop",
    DraftState.MANUAL_REVIEW: "stop",
    DraftState.SENDING: "go",
    DraftState.WAITING: "wait",
    DraftState.SENT: "done",
    DraftState.BOUNCED: "stop",
    DraftState.ANSWERED: "done",
    DraftState.UNSUBSCRIBED: "stop",
    DraftState.REPORTED: "stop",
    DraftState.OUTCOME_UNKNOWN: "doubt",
    DraftState.REJECTED: "stop",
    DraftState.EXPIRED: "stop",
    DraftState.SKIPPED: "stop",
}
_ATTEMPT_TONES: dict[str, str] = {
    AttemptOutcome.SENT: "done",
    AttemptOutcome.NOT_SENT: "stop",
    AttemptOutcome.UNKNOWN: "doubt",
}
_STRONG = re.compile(r"\*([^*]+)\*")


def _strong(words: str) -> Markup:
    """Words of ours, to be filled in: what is between stars is strong."""
    return Markup(_STRONG.sub(r"<strong>\1</strong>", words))  # noqa: S704  constants of core/text/words


def _plain(words: str) -> str:
    """The same where nothing is strong."""
    return _STRONG.sub(r"\1", words)


def state_tone(page: DraftPage) -> str:
    """wait, go, done, stop or doubt."""
    return _TONES[page.draft.state]


def state_sentence(page: DraftPage) -> Markup:
    """The derived state in one plain sentence, its beginning strong; names and reasons escaped."""
    draft, zone = page.draft, page.draft.timezone
    return _strong(state_words(draft).page_sentence).format(
        who=page.decided_by or "somebody",
        at=clock(draft.decided_at, zone),
        ended=clock(draft.ended_at, zone),
        to=draft.to_address,
        reason=why(draft),
        skipper=draft.skipper or states.AN_OPERATOR,
        nothing=nothing_sent(draft),
        risks=" ".join(draft.risk_reasons),
        note=draft.decision_note or states.NO_REASON,
        leaves=clock(draft.undo_until, zone),
        asker=page.name(draft.change_asked_by),
        asked=clock(draft.change_asked_at, zone),
        change=draft.change_note or "",
        heard=_heard(draft, said_by_state(draft)),
        sent=moment(draft.ended_at, zone) if draft.ended_at else "at an unknown time",
        until=Markup(" until {}").format(to_come(draft.due_at, zone)) if draft.due_at else "",
    )


def _heard(draft: DraftView, one: CameBack | None) -> Markup | str:
    return Markup(heard(one, str(moment(one.at, draft.timezone)))) if one else ""  # noqa: S704  words, counts and times


def also_came_back(page: DraftPage) -> list[tuple[str, Markup]]:
    """The tone of what else came back of it, and its sentence."""
    draft = page.draft
    return [
        (_TONES[OF_FEEDBACK[one.verb]], _strong(states.HEARD_TOO[one.verb]).format(heard=_heard(draft, one)))
        for one in heard_too(draft)
    ]


def whose(page: DraftPage) -> list[Markup]:
    """Who has approved already, whose it is to decide, and until when it rests."""
    draft = page.draft
    if draft.state not in OPEN:
        return []
    said = []
    if draft.quorum > 1:
        by = ", ".join(page.name(member) for member in draft.endorsed_by) or states.NOBODY_YET
        said.append(_strong(states.ENDORSED.page).format(have=len(draft.endorsed_by), needed=draft.quorum, by=by))
    if draft.assigned_to:
        said.append(_strong(states.ASSIGNED.page).format(who=page.name(draft.assigned_to)))
    if draft.snoozed_until:
        until = to_come(draft.snoozed_until, draft.timezone)
        said.append(_strong(states.SNOOZED.page).format(until=until, who=page.name(draft.snoozed_by)))
    return said


def overruled_sentence(page: DraftPage) -> str:
    """That somebody had it sent again, and what came of the first try."""
    past = page.draft.overruled
    if past is None:
        return ""
    by = next((attempt.overruled_by for attempt in page.attempts if attempt.overruled_by), None) or "Somebody"
    return _plain(overruled_words(past)).format(who=by, at="")


def kind(name: str) -> str:
    """The kind of a draft."""
    return DRAFT_KINDS[name]


def surface(name: str) -> str:
    """Where something came from: "in Slack"; empty for Signoff itself."""
    return SURFACES.get(name, f"from {name}")


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


def risk(level: str) -> str:
    """What a reviewer is to do about a risk: "Needs a look"."""
    return states.RISK_MENU[Risk(level)]


def attempt_outcome(attempt: AttemptView) -> tuple[str, str]:
    """The tone and the words for what became of an attempt."""
    outcome = str(attempt.outcome)
    return _ATTEMPT_TONES.get(outcome, "go"), states.ATTEMPTS.get(outcome, states.UNDER_WAY)


def percent(share: float) -> str:
    """0.876 as "88 %"."""
    return f"{share:.0%}"
