"""What Slack refuses because the bot may no longer do it: kept for admins, and not asked for again and again."""

import time

import structlog

from core.db import transaction
from core.errors import DatabaseAway
from core.notices.alarms import PERMISSION_CODES, slack_refused
from jobs.slack import budget
from jobs.slack.access import Access

log = structlog.get_logger("jobs.slack.lost_rights")

#: Seconds for which a process leaves alone what it has noted.
NOTED_FOR = 300.0
#: Seconds for which nobody asks again what was refused. A new token, or a new scope, is noticed within that time.
PAUSE = 5.0

#: The token is no good: no method of this workspace will do.
DEAD = frozenset({"not_authed", "invalid_auth", "account_inactive", "token_revoked"})
#: This method will not do.
FORBIDDEN = frozenset({"missing_scope"})
#: Of a channel, unlike a DM, we ask and do without: it may be written to and not read.
NOT_NEEDED = frozenset({"conversations.history", "conversations.replies"})

#: When what was noted last: (budget, code) → monotonic seconds.
_noted: dict[tuple[str, str], float] = {}


def note(by: Access, method: str, channel: str | None, code: str) -> None:
    """Note that Slack refused a call with this code. Never raises: the call has its own trouble to tell."""
    if code not in PERMISSION_CODES or (method in NOT_NEEDED and not str(channel).startswith("D")):
        return
    if code in DEAD | FORBIDDEN:
        budget.close(by.budget, None if code in DEAD else method, None, PAUSE, code)
    if time.monotonic() < _noted.get((by.budget, code), -NOTED_FOR) + NOTED_FOR:
        return
    log.error("slack permissions lost", method=method, code=code)
    try:
        with transaction() as tx:
            slack_refused(tx, by.workspace_id, code)
    except DatabaseAway:
        return  # the next refusal is as good
    _noted[by.budget, code] = time.monotonic()


def forget() -> None:
    """Know of nothing noted: the workspace has a new token, or a test begins anew."""
    _noted.clear()
