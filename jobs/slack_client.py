"""The Slack Web client: every call of the bot, linted before it leaves."""

from functools import lru_cache
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.cards.lint import lint_message, lint_view
from core.settings import settings

log = structlog.get_logger("slack")

#: Seconds. Slack answers in 0.1 to 1; a call that takes longer is tried again by a later job.
TIMEOUT = 10


class SlackTrouble(Exception):
    """Slack refused a call, or did not answer. `code` is Slack's own error, or `unreachable`."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after


@lru_cache(maxsize=4)
def web_client(timeout: int = TIMEOUT) -> WebClient:
    """One client a process and timeout: threads may share it. It never sleeps and never retries: the jobs do that."""
    return WebClient(
        token=settings().slack_bot_token.get_secret_value(),
        base_url=settings().slack_api_url,
        timeout=timeout,
        retry_handlers=[],
    )


def call(method: str, *, timeout: int = TIMEOUT, **arguments: Any) -> dict[str, Any]:
    """Call a Web API method. Raises `SlackTrouble`, or ValueError when our own payload breaks a limit of Slack's."""
    _lint(method, arguments)
    try:
        # slack_sdk knows which methods take JSON, and which (users.info and other reads) only a form.
        answer = getattr(web_client(timeout), method.replace(".", "_"))(**arguments)
    except SlackApiError as error:
        response = error.response
        retry_after = response.headers.get("Retry-After") or response.headers.get("retry-after")
        code = "ratelimited" if response.status_code == 429 else str(response.get("error", "unknown_error"))
        log.warning("slack refused", method=method, code=code, retry_after=retry_after)
        raise SlackTrouble(code, float(retry_after) if retry_after else None) from error
    except (OSError, TimeoutError) as error:
        log.warning("slack unreachable", method=method, error=type(error).__name__)
        raise SlackTrouble("unreachable") from error
    data: dict[str, Any] = answer.data
    return data


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
