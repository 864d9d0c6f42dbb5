"""Whose token SLACK_BOT_TOKEN is: asked of Slack once, so that no other team's cards go by it."""

import threading
import time

import structlog
from slack_sdk import WebClient

from core.settings import settings

log = structlog.get_logger("jobs.slack.token_team")

#: Seconds that Slack may take to answer.
TIMEOUT = 3
#: Seconds after which Slack is asked again that did not say.
ASK_AGAIN = 60.0

_turn = threading.Lock()
#: By address of the API and token: the team, None for a token of many; or when to ask again.
_known: dict[tuple[str, str], str | None] = {}
_ask_after: dict[tuple[str, str], float] = {}


def token_team() -> str | None:
    """The Slack team of SLACK_BOT_TOKEN. None where it is good for a whole organisation, or Slack does not say.

    May wait for Slack, for `TIMEOUT` seconds: not for what has to be quick. Never raises.
    """
    key = settings().slack_api_url, settings().slack_bot_token.get_secret_value()
    with _turn:
        if key not in _known and time.monotonic() >= _ask_after.get(key, 0.0):
            _ask(*key)
    return _known.get(key)


def _ask(url: str, token: str) -> None:
    """https://docs.slack.dev/reference/methods/auth.test"""
    try:
        said = WebClient(base_url=url, timeout=TIMEOUT, retry_handlers=[]).auth_test(token=token)
        team = None if said.get("is_enterprise_install") else said.get("team_id")
    except Exception as error:  # noqa: BLE001  slack_sdk reads bodies without suspicion
        log.warning("token of no known team", error=type(error).__name__)
        _ask_after[url, token] = time.monotonic() + ASK_AGAIN
        return
    if not said.get("is_enterprise_install") and not isinstance(team, str):  # an answer that is none
        _ask_after[url, token] = time.monotonic() + ASK_AGAIN
        return
    _known[url, token] = team


def forget() -> None:
    """Ask anew: for tests."""
    _known.clear()
    _ask_after.clear()
