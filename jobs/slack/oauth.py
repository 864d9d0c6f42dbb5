"""The app speaks to Slack about itself: a code for a token, and a token for the next one.

https://docs.slack.dev/reference/methods/oauth.v2.access: the app's id and secret stand for it, and no team's token.
"""

from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from slack_sdk import WebClient

from core.settings import settings
from core.teams.tokens import Tokens
from jobs.slack import answers
from jobs.slack.trouble import SlackTrouble

log = structlog.get_logger("jobs.slack.oauth")

#: Seconds.
TIMEOUT = 5.0


def exchange(code: str, redirect_uri: str) -> dict[str, Any]:
    """What Slack grants for the code that it sent along with an installer. Raises `SlackTrouble`."""
    return _ask({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri})


def refresh(token: str) -> Tokens:
    """New tokens for the one that renews. Raises `SlackTrouble`."""
    return tokens_in(_ask({"grant_type": "refresh_token", "refresh_token": token}))


@dataclass(frozen=True)
class Person:
    """What Slack tells of somebody who installed the app."""

    name: str
    timezone: str


def person(token: str, user_id: str) -> Person | None:
    """Their name and time zone, by a token that Slack has just given; None where it does not tell."""
    try:
        said = WebClient(token, base_url=settings().slack_api_url, timeout=int(TIMEOUT), retry_handlers=[]).users_info(
            user=user_id
        )
        user = said["user"]
        return Person(str(user.get("real_name") or user["name"]), str(user.get("tz") or "UTC"))
    except Exception as error:  # noqa: BLE001  slack_sdk reads bodies without suspicion, and a name is only a name
        log.warning("installer unknown", error=type(error).__name__)
        return None


def tokens_in(answer: dict[str, Any]) -> Tokens:
    """The bot's tokens in an answer of Slack's. Raises `SlackTrouble` where there is none."""
    token, renews, lasts = answer.get("access_token"), answer.get("refresh_token"), answer.get("expires_in")
    if answer.get("token_type") != "bot" or not isinstance(token, str) or not token:
        raise SlackTrouble("no_bot_token")
    if isinstance(renews, str) and renews and isinstance(lasts, int | float):
        return Tokens(token, renews, float(lasts))
    return Tokens(token)


def _ask(form: dict[str, str]) -> dict[str, Any]:
    app = httpx.BasicAuth(settings().slack_client_id, settings().slack_client_secret.get_secret_value())
    try:
        response = httpx.post(f"{settings().slack_api_url}oauth.v2.access", data=form, auth=app, timeout=TIMEOUT)
    except httpx.HTTPError as error:
        log.warning("slack unreachable", method="oauth.v2.access", error=type(error).__name__)
        raise SlackTrouble("unreachable", left=True) from error
    try:
        answer: object = response.json()
    except (ValueError, RecursionError):
        answer = None
    if response.status_code == httpx.codes.OK and isinstance(answer, dict) and answer.get("ok") is True:
        return answer
    trouble = answers.refused(response.status_code, response.headers, answer)
    log.warning("slack refused", method="oauth.v2.access", code=trouble.code)
    raise trouble
