"""Tells the app what happened, and waits as long for its answer as Slack does.

Where the app holds a socket open (Socket Mode) it goes through there; else it is posted, signed, to the events URL.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from bot.sandbox.errors import SlackError
from bot.sandbox.replies import BAD_STATUS, REDIRECTED, TIMEOUT, UNREACHED, Reply, failed
from bot.sandbox.signing import SignedRequest, signed
from bot.sandbox.state import Json, Sandbox

FORM, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Message:
    """Something for the app. `kind` as an envelope of Socket Mode names it: interactive, slash_commands, events_api."""

    kind: str
    payload: Json

    def body(self) -> tuple[str, str]:
        """The body of a POST, and its content type."""
        written = json.dumps(self.payload, separators=(",", ":"))
        if self.kind == "interactive":
            return urlencode({"payload": written}), FORM
        if self.kind == "slash_commands":
            return urlencode(self.payload), FORM
        return written, JSON_TYPE


def request(sandbox: Sandbox, message: Message, ask: Json) -> SignedRequest:
    """The signed request that carries a message; `ask` may name a `url`. Raises no_events_url."""
    url = ask.get("url") or sandbox.events_url
    if not url:
        raise SlackError("no_events_url")
    return signed(sandbox.config.signing_secret, str(url), *message.body())


async def tell(sandbox: Sandbox, message: Message, ask: Json, retry: tuple[int, str] | None = None) -> Reply:
    """Hands a message over and waits for the answer; `retry` is its number and reason. Raises no_events_url only."""
    if sandbox.sockets.open and not ask.get("url"):
        return await sandbox.sockets.tell(message.kind, message.payload, sandbox.config.ack_deadline, retry)
    more = {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]} if retry else {}
    return await _post(sandbox, request(sandbox, message, ask), more)


async def _post(sandbox: Sandbox, request: SignedRequest, more: dict[str, str]) -> Reply:
    """Posts a signed request; never raises for what the app or the network does."""
    started = time.perf_counter()
    headers = request.headers | more
    try:
        async with asyncio.timeout(sandbox.config.ack_deadline):
            response = await sandbox.http.post(
                request.url, content=request.body.encode(), headers=headers, timeout=sandbox.config.ack_deadline + 1
            )
    except (TimeoutError, httpx.TimeoutException):
        return failed(TIMEOUT, started)
    except (httpx.HTTPError, httpx.InvalidURL):
        return failed(UNREACHED, started)
    failure = None if response.is_success else REDIRECTED if response.is_redirect else BAD_STATUS
    return Reply(
        status=response.status_code,
        body=response.text,
        content_type=response.headers.get("content-type", ""),
        milliseconds=(time.perf_counter() - started) * 1000,
        failure=failure,
        no_retry=response.headers.get("x-slack-no-retry") == "1",
    )
