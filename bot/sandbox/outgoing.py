"""Posts to the app, and waits as long for its answer as Slack does."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httpx

from bot.sandbox.errors import SlackError
from bot.sandbox.signing import SignedRequest
from bot.sandbox.state import Json, Sandbox

# What Slack calls a failure, in X-Slack-Retry-Reason: https://docs.slack.dev/apis/events-api#retries
TIMEOUT, UNREACHED, BAD_STATUS, REDIRECTED = "http_timeout", "connection_failed", "http_error", "too_many_redirects"


@dataclass(frozen=True)
class Reply:
    """What came back within the deadline. `failure` is None when the app said 2xx."""

    status: int | None
    body: str
    content_type: str
    milliseconds: float
    failure: str | None
    no_retry: bool = False

    def described(self) -> dict[str, Any]:
        """As JSON for the control API."""
        return {
            "ok": self.failure is None,
            "status": self.status,
            "body": self.body,
            "ms": round(self.milliseconds, 2),
            "failure": self.failure,
        }


def target(sandbox: Sandbox, ask: Json) -> str:
    """Where the app listens: what this one ask says, or what the sandbox was told; raises no_events_url."""
    url = ask.get("url") or sandbox.events_url
    if not url:
        raise SlackError("no_events_url")
    return str(url)


async def send(sandbox: Sandbox, request: SignedRequest, more: dict[str, str] | None = None) -> Reply:
    """Posts a signed request; never raises for what the app or the network does."""
    started = time.perf_counter()
    headers = request.headers | (more or {})
    try:
        async with asyncio.timeout(sandbox.config.ack_deadline):
            response = await sandbox.http.post(
                request.url, content=request.body.encode(), headers=headers, timeout=sandbox.config.ack_deadline + 1
            )
    except (TimeoutError, httpx.TimeoutException):
        return _failed(TIMEOUT, started)
    except (httpx.HTTPError, httpx.InvalidURL):
        return _failed(UNREACHED, started)
    failure = None if response.is_success else REDIRECTED if response.is_redirect else BAD_STATUS
    return Reply(
        status=response.status_code,
        body=response.text,
        content_type=response.headers.get("content-type", ""),
        milliseconds=(time.perf_counter() - started) * 1000,
        failure=failure,
        no_retry=response.headers.get("x-slack-no-retry") == "1",
    )


def _failed(failure: str, started: float) -> Reply:
    return Reply(None, "", "", (time.perf_counter() - started) * 1000, failure)
