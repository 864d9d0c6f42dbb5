"""Ephemeral messages: told to one person by the `response_url` of their click, and seen by nobody else."""

from typing import Any
from urllib.parse import urlsplit

import structlog
from slack_sdk.webhook import WebhookClient

from core.cards.limits.lint import lint_message
from core.cards.mrkdwn import cut, escape
from core.settings import settings

log = structlog.get_logger("bot.tell")

#: Seconds. The person has been acked already; this must not hold a thread for long.
TIMEOUT = 3


def tell(response_url: str, sentence: str) -> None:
    """Post an ephemeral sentence to the `response_url` of a click. Never raises: the card is what counts."""
    payload = {"text": cut(escape(sentence), 2_900), "response_type": "ephemeral", "replace_original": False}
    if not lint_message(payload):
        post(response_url, payload)


def post(response_url: str, payload: dict[str, Any]) -> None:
    """Post to a `response_url`. Never raises.

    https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
    """
    if not _is_slack(response_url):
        return
    try:
        answer = WebhookClient(response_url, timeout=TIMEOUT).send_dict(payload)
    except Exception as error:  # noqa: BLE001  whatever the network does, the act itself is done and recorded
        log.warning("could not tell", error=type(error).__name__)
        return
    if answer.status_code != 200:
        log.warning("could not tell", status=answer.status_code)


#: Where Slack, and Slack for governments (https://docs.slack.dev/govslack), take what is posted to a response_url.
HOOKS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


def _is_slack(url: str) -> bool:
    """Only Slack's own hosts over https, or the host of SLACK_API_URL (the sandbox), are written to."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return (parts.scheme == "https" and host in HOOKS) or host == urlsplit(settings().slack_api_url).hostname
