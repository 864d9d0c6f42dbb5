"""The Slack Web client: every call of the bot, linted, within its budget, by the token of its workspace."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.cards.limits.lint import lint_message, lint_view
from core.ids import UUID
from core.settings import settings
from jobs.slack import answers, budget, lost_rights
from jobs.slack.access import access
from jobs.slack.budget import Priority
from jobs.slack.trouble import SlackTrouble

__all__ = ["Priority", "SlackTrouble", "call", "web_client"]

log = structlog.get_logger("slack")

#: Seconds. Slack answers in 0.1 to 1; a call that takes longer is tried again by a later job.
TIMEOUT = 10
#: Arguments that say where, or for whom, something is called: the first that a call has is its place.
PLACES = ("channel", "user", "users", "user_id")


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
    leaving: Callable[[], None] | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    """Call a Web API method for a workspace, named by its id or its Slack team; where none is named, there is but one.

    `leaving` is called once nothing is in the way any more: what it notes is noted before the call leaves. Returns an
    answer that holds what this method answers (`jobs/slack/methods.py`). Raises `SlackTrouble`; for a call over budget
    at once, before it leaves, with the code `ratelimited`. Raises ValueError when our own payload breaks a limit of
    Slack's.
    """
    _lint(method, arguments)
    by, place = access(workspace_id, team_id), _place(arguments)
    if wait := budget.take(by.budget, method, place, priority):
        log.debug("not called", method=method, code=wait.code, seconds=round(wait.seconds, 1))
        here_alone = wait.last_alone and place is not None
        raise SlackTrouble(wait.code, wait.seconds, here_alone=here_alone, method=method)
    if leaving is not None:
        leaving()
    try:
        answer = _ask(method, by.token, timeout, arguments)
    except SlackTrouble as trouble:
        trouble.method = method
        log.warning("slack refused", method=method, code=trouble.code, retry_after=trouble.retry_after)
        if trouble.code == "ratelimited":
            budget.close(by.budget, method, place, trouble.retry_after or answers.AFTER_429)
        else:
            trouble.retry_after = lost_rights.note(by, method, place, trouble.code) or trouble.retry_after
        raise
    budget.let_through(by.budget, method, place)
    return answer


def _ask(method: str, token: str, timeout: int, arguments: dict[str, Any]) -> dict[str, Any]:
    """Slack's answer, whatever came over the line. Raises nothing but `SlackTrouble`."""
    try:
        # slack_sdk knows which methods take JSON, and which (users.info and other reads) only a form.
        response = getattr(web_client(timeout), method.replace(".", "_"))(token=token, **arguments)
    except SlackApiError as error:
        said = error.response
        raise answers.refused(said.status_code, said.headers, said.data) from error
    except OSError as error:
        log.warning("slack unreachable", method=method, error=type(error).__name__)
        raise SlackTrouble("unreachable", left=True) from error
    except Exception as error:  # it reads bodies without suspicion: a list, a charset that is none, half a body
        log.warning("answer that is none", method=method, error=type(error).__name__)
        raise SlackTrouble("no_answer", left=True) from error
    return answers.checked(method, response.data)


def _place(arguments: dict[str, Any]) -> str | None:
    """The conversation, or the person, that a call is about; None for a call that is about neither."""
    return next((str(arguments[name]) for name in PLACES if arguments.get(name)), None)


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
