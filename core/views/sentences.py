"""What a view says in words, before a surface gives them their looks: where a draft stands, what happened, and why."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from core.delivery.outcomes import sentence_for
from core.drafts.state import OF_FEEDBACK
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, DraftState, Phase, Reason, Timing, Verb
from core.text.phrases import as_sentence
from core.text.words import events, states
from core.text.words.refusals import REFUSALS
from core.text.words.states import DRAFT_STATES, PHASES, SENDING_AT, SKIPPED_BACK, StateWords
from core.time_zones import zone_of
from core.views.came_back import CameBack
from core.views.draft import DraftView, OverruledAttempt
from core.views.history import AttemptView, HistoryEvent


def state_words(draft: DraftView) -> StateWords:
    """The words for where a draft stands. Their names in braces are its surface's to fill in."""
    if draft.state == DraftState.MANUAL_REVIEW and draft.blocked_by:
        return states.BLOCKED
    if draft.state == DraftState.SENDING and draft.undo_until:
        return SENDING_AT
    if draft.state == DraftState.FAILED_BACK and draft.skipped:
        return SKIPPED_BACK
    return DRAFT_STATES[draft.state]


def why(draft: DraftView) -> str:
    """{reason}: of a person's own words, as a sentence that another may follow."""
    return as_sentence(draft.reason or "") if draft.skipped else draft.reason or ""


def nothing_sent(draft: DraftView) -> str:
    """{nothing}: what a try that failed sent."""
    return states.NOTHING_WAS_SENT if draft.overruled is None else states.THIS_TRY_SENT_NOTHING


def heard(one: CameBack, last: str) -> str:
    """{heard}: what came back, `last` being when, as the surface says it. Nothing in it is a person's own words."""
    more = {Verb.REPLY: one.times > 1, Verb.BOUNCE: one.hard}.get(one.verb, False)
    return states.HEARD[one.verb, more].format(times=f"{one.times:,}", last=last)


def said_by_state(draft: DraftView) -> CameBack | None:
    """What came back, where it is what the draft is called by."""
    return next((one for one in draft.came_back if OF_FEEDBACK[one.verb] == draft.state), None)


def heard_too(draft: DraftView) -> tuple[CameBack, ...]:
    """What else came back: each in a line of its own."""
    return tuple(one for one in draft.came_back if OF_FEEDBACK[one.verb] != draft.state)


def overruled_words(overruled: OverruledAttempt) -> str:
    """That somebody had it sent again; and that the first one arrived after all."""
    if overruled.twice:
        return states.ARRIVED_TWICE
    return states.ARRIVED_AFTER_ALL if overruled.arrived else states.NEVER_ANSWERED


def event_sentence(event: HistoryEvent, timezone: str = "UTC") -> str:
    """What happened, in words: "Tried to approve: refused, it was already decided"."""
    if event.verb == Verb.REFUSE:
        tried = events.ATTEMPTED.get(str(event.data.get("wanted")), events.TRIED_TO_ACT)
        return f"{tried}: refused, {REFUSALS.get(str(event.code), str(event.code))}"
    more = _MORE.get(event.verb)
    return events.EVENTS.get(event.verb, event.verb) + (more(event, timezone) if more else "")


def _version(event: HistoryEvent, _timezone: str) -> str:
    number = event.data.get("version")
    for_later = ", for the next free slot" if event.data.get("timing") == Timing.NEXT_SLOT else ""
    return (f" version {number}" if number else "") + for_later


def _new_version(event: HistoryEvent, _timezone: str) -> str:
    number = None if event.data.get("same_text") else event.data.get("version")
    return f": now version {number}" if number else ""


def _of_several(event: HistoryEvent, _timezone: str) -> str:
    return f": {event.data.get('have')} of {event.data.get('needed')}"


def _until(event: HistoryEvent, timezone: str) -> str:
    try:
        until = datetime.fromisoformat(str(event.data.get("until"))).astimezone(zone_of(timezone))
    except (ValueError, ZoneInfoNotFoundError):
        return ""
    return f" until {until:%a} {until.day} {until:%b %H:%M}"


def _to(event: HistoryEvent, _timezone: str) -> str:
    return f" to {event.whom}" if event.whom else ""


def _for_good(event: HistoryEvent, _timezone: str) -> str:
    return " (hard)" if event.data.get("hard") else " (soft)"


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
    Verb.BOUNCE: _for_good,
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
