"""The Slack Web client: every call of the bot, linted, within its budget, by the token of its workspace."""

from functools import lru_cache
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.cards.limits.lint import lint_message, lint_view
from core.ids import UUID
from core.settings import settings
from jobs.slack import budget, lost_rights
from jobs.slack.access import access
from jobs.slack.budget import Priority
from jobs.slack.methods import method_named
from jobs.slack.trouble import SlackTrouble

__all__ = ["Priority", "SlackTrouble", "call", "web_client"]

log = structlog.get_logger("slack")

#: Seconds. Slack answers in 0.1 to 1; a call that takes longer is tried again by a later job.
TIMEOUT = 10
#: Seconds to wait after a 429 that does not say how long.
AFTER_429 = 30.0


@lru_cache(maxsize=4)
def web_client(timeout: int = TIMEOUT) -> WebClient:
    """One client a process and timeout: threads may share it. It never sleeps and never retries: the jobs do that.

    It has no token: each call brings its workspace's.
    """
    return WebClient(base_url=settings().slack_api_url, timeout=timeout, retry_handlers=[])


def call(
    method: str,
    *,
    workspace_id: UUID | None = None,
    team_id: str | None = None,
    priority: Priority = Priority.CARD,
    timeout: int = TIMEOUT,
    **arguments: Any,
) -> dict[str, Any]:
    """Call a Web API method for a workspace, named by its id or its Slack team; where none is named, there is but one.

    Raises `SlackTrouble`; for a call over budget at once, before it leaves, with the code `ratelimited`. Raises
    ValueError when our own payload breaks a limit of Slack's.
    """
    _lint(method, arguments)
    by, channel = access(workspace_id, team_id), arguments.get("channel")
    if wait := budget.take(by.budget, method, channel, priority):
        log.debug("not called", method=method, code=wait.code, seconds=round(wait.seconds, 1))
        alone = wait.last_alone and method_named(method).per_channel is not None
        raise SlackTrouble(wait.code, wait.seconds, here_alone=alone)
    try:
        # slack_sdk knows which methods take JSON, and which (users.info and other reads) only a form.
        answer = getattr(web_client(timeout), method.replace(".", "_"))(token=by.token, **arguments)
    except SlackApiError as error:
        trouble = _refused(method, error)
        lost_rights.note(by, method, channel, trouble.code)
        if trouble.code == "ratelimited":
            budget.close(by.budget, method, channel, trouble.retry_after or AFTER_429)
        raise trouble from error
    except (OSError, TimeoutError) as error:
        log.warning("slack unreachable", method=method, error=type(error).__name__)
        raise SlackTrouble("unreachable") from error
    data: dict[str, Any] = answer.data
    return data


def _refused(method: str, error: SlackApiError) -> SlackTrouble:
    response = error.response
    said = response.headers.get("Retry-After") or response.headers.get("retry-after")
    code = "ratelimited" if response.status_code == 429 else str(response.get("error", "unknown_error"))
    log.warning("slack refused", method=method, code=code, retry_after=said)
    return SlackTrouble(code, float(said) if said else None)


def _lint(method: str, arguments: dict[str, Any]) -> None:
    faults: list[str] = []
    if "view" in arguments:
        faults = lint_view(arguments["view"])
    elif "blocks" in arguments:
        faults = lint_message(arguments)
    if faults:
        # The places of the faults, not the texts in them.
        log.error("payload breaks a limit of Slack's", method=method, faults=len(faults))
        raise ValueError(f"{method}: {faults[0]}")
