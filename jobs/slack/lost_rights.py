"""What becomes of a refusal of Slack's: how long it is left alone, and whether admins hear of it.

What each code means, and how far it reaches, stands in `core/slack_codes.py`. What was refused is not asked for again
and again: its door is shut, for ever longer, and what is not behind that door goes on.
"""

import time

import structlog

from core.db import transaction
from core.errors import DatabaseAway
from core.notices.alarms import slack_refused
from core.slack_codes import Code, Meaning, Reach, meant_by
from jobs.slack import budget
from jobs.slack.access import Access
from jobs.slack.bucket import Backoff
from jobs.slack.methods import AT_ONCE, method_named

log = structlog.get_logger("jobs.slack.lost_rights")

#: Seconds for which a process leaves alone what it has noted.
NOTED_FOR = 300.0
#: Seconds for which nobody asks again what was refused. A new token, a new scope, a setting that was changed back is
#: noticed within that time.
PAUSE = 5.0
BACKOFF = {
    Meaning.ADMIN: Backoff(PAUSE, 300.0),
    Meaning.UNKNOWN: Backoff(PAUSE, 300.0),
    Meaning.LATER: Backoff(PAUSE, 160.0, lenient=True),
}
#: All that goes by a token waits for one that is good.
BACKOFF_OF_TOKEN = Backoff(PAUSE, 60.0)
#: Seconds until the same call is made again of which nothing but the call is at fault.
SAME_AGAIN = 300.0
#: What may pass by itself is told once it is left alone for so many seconds: then it has lasted for some minutes.
TOLD_FROM = 160.0
#: Not told: to whom, if Slack does not answer.
NOT_TOLD = frozenset({"unreachable"})
#: Of a channel, unlike a DM, we ask and do without: it may be written to and not read.
NOT_NEEDED = frozenset({"conversations.history", "conversations.replies"})

#: When what was noted last: (budget, code, place) → monotonic seconds.
_noted: dict[tuple[str, str, str | None], float] = {}


def note(by: Access, method: str, place: str | None, code: str) -> float | None:
    """Note that Slack refused a call with this code. Returns the seconds before which the same again is in vain, where
    that is known. Never raises: the call has its own trouble to tell.
    """
    found = meant_by(code)
    if found.meaning is Meaning.ADMIN and method in NOT_NEEDED and not str(place).startswith("D"):
        return None
    wait = _leave_alone(by, method, place, code, found)
    if found.meaning is Meaning.OURS:
        log.error("slack does not take what we make", method=method, code=code)
    elif found.meaning is Meaning.ADMIN or (wait or 0.0) >= TOLD_FROM:
        _tell(by, method, place if found.reach is Reach.PLACE else None, code)
    return wait


def _leave_alone(by: Access, method: str, place: str | None, code: str, found: Code) -> float | None:
    """Shut the door that this refusal stands for."""
    if found.meaning is Meaning.OURS or (found.meaning is Meaning.ADMIN and found.reach is Reach.CALL):
        return SAME_AGAIN
    if found.reach is Reach.TOKEN:
        return budget.shut(by.budget, None, None, BACKOFF_OF_TOKEN, code)
    if found.meaning not in BACKOFF or found.reach is Reach.CALL or method_named(method).rate is AT_ONCE:
        return None
    if found.reach is Reach.METHOD:
        return budget.shut(by.budget, method, None, BACKOFF[found.meaning], code)
    return budget.shut(by.budget, method, place, BACKOFF[found.meaning], code) if place else None


def _tell(by: Access, method: str, place: str | None, code: str) -> None:
    key = (by.budget, code, place)
    if code in NOT_TOLD or time.monotonic() < _noted.get(key, -NOTED_FOR) + NOTED_FOR:
        return
    log.error("slack permissions lost", method=method, code=code)
    try:
        with transaction() as tx:
            slack_refused(tx, by.workspace_id, code, place)
    except DatabaseAway:
        return  # the next refusal is as good
    _noted[key] = time.monotonic()


def forget() -> None:
    """Know of nothing noted: the workspace has a new token, or a test begins anew."""
    _noted.clear()
