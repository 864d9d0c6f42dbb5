"""What Slack refuses because the bot may no longer do it: kept for admins, who hear of it when Slack lets us tell."""

import time

import structlog

from core.alarms import PERMISSION_CODES, slack_refused
from core.db import transaction
from core.errors import DatabaseAway
from core.ids import UUID

log = structlog.get_logger("jobs.slack_refusals")

#: Seconds for which a process leaves alone what it has noted.
NOTED_FOR = 300.0

#: We ask, and do without: a campaign's channel may be written to and not read.
NOT_NEEDED = frozenset({"conversations.history"})

#: When what was noted last: (workspace, code) → monotonic seconds.
_noted: dict[tuple[UUID | None, str], float] = {}


def note(workspace_id: UUID | None, method: str, code: str) -> None:
    """Note that Slack refused a call with this code. Never raises: the call has its own trouble to tell."""
    if code not in PERMISSION_CODES or method in NOT_NEEDED:
        return
    if time.monotonic() < _noted.get((workspace_id, code), -NOTED_FOR) + NOTED_FOR:
        return
    log.error("slack permissions lost", method=method, code=code)
    try:
        with transaction() as tx:
            slack_refused(tx, workspace_id, code)
    except DatabaseAway:
        return  # the next refusal is as good
    _noted[workspace_id, code] = time.monotonic()
