"""`POST /slack/events`: the one door for all of Slack."""

import asyncio
import json
import time
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qsl

import structlog
from anyio import CapacityLimiter, to_thread
from slack_bolt import App, BoltRequest, BoltResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.body import TooLarge, read_body
from bot.slack.app import make_app
from bot.slack.payload import Body
from bot.slack.signature import is_signed
from core import metrics
from core.deadline import Deadline
from core.settings import settings

log = structlog.get_logger("bot.slack")

#: Slack waits three seconds for the ack. At this point the database is cut off, and the person told (P6).
DEADLINE_SECONDS = 2.2
#: Slack's largest payload is a view of 250 kB, form-encoded.
LARGEST = 2 * 1024 * 1024
#: Clicks at a time. More wait their turn: the database would be no faster.
THREADS = 64

UNAUTHORIZED = 401
#: What Bolt raises on a payload of a shape that no Slack sends. It looks into them without suspicion.
MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)


@lru_cache(maxsize=1)
def _bolt() -> App:
    return make_app()


@lru_cache(maxsize=1)
def _threads() -> CapacityLimiter:
    return CapacityLimiter(THREADS)


async def slack_events(request: Request) -> Response:
    """Verify, hand to Bolt on a thread, answer; what can wait happens after the answer."""
    began = time.perf_counter()
    try:
        body = await read_body(request, LARGEST)
    except (TooLarge, ClientDisconnect):
        return Response(status_code=UNAUTHORIZED)  # nothing that Slack signs is as large
    if not is_signed(settings().slack_signing_secret.get_secret_value(), body, request.headers):
        return Response(status_code=UNAUTHORIZED)
    payload = _payload(body)
    if payload is None:
        return Response(status_code=400)
    tasks: list[Callable[[], object]] = []
    # "socket_mode" is Bolt's word for a body that has been read already; it would read and unquote it all again.
    try:
        answer = await _in_time(BoltRequest(body=payload, context={"later": tasks.append}, mode="socket_mode"))
    except MISSHAPEN as error:
        log.warning("misshapen payload", error=type(error).__name__)
        return Response(status_code=400)
    metrics.ack(_kind(payload), time.perf_counter() - began)
    return Response(
        content=answer.body,
        status_code=answer.status,
        media_type=answer.first_headers().get("content-type"),
        background=BackgroundTask(_run_all, tasks) if tasks else None,
    )


async def _in_time(request: BoltRequest) -> BoltResponse:
    """Run Bolt on a thread; when time is up, cut its database connection, so that it can still answer."""
    with Deadline() as deadline:
        timer = asyncio.get_running_loop().call_later(DEADLINE_SECONDS, deadline.cut)
        try:
            answer: BoltResponse = await to_thread.run_sync(_bolt().dispatch, request, limiter=_threads())
            return answer
        finally:
            timer.cancel()


def _run_all(tasks: list[Callable[[], object]]) -> None:
    """After the answer, on a thread. One that fails does not keep the others from running."""
    for task in tasks:
        try:
            task()
        except Exception as error:
            log.exception("after the ack", error=type(error).__name__)


def _payload(body: bytes) -> Body | None:
    """What Slack says: a JSON object, a form with one in `payload`, or a form; None for what no Slack sends."""
    try:
        text = body.decode()
        if text.startswith("{"):
            payload = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            payload = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _kind(payload: Body) -> str:
    """The sort of payload, in the few words that our metrics know."""
    kind = payload.get("type")
    if kind in ("block_actions", "view_submission", "view_closed"):
        return str(kind)
    if "command" in payload:
        return "command"
    return "event" if "event" in payload or kind == "url_verification" else "other"


routes = [Route("/slack/events", slack_events, methods=["POST"])]
