"""`POST /slack/events`: the one door for all of Slack."""

import asyncio
import json
import time
from functools import lru_cache
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from slack_bolt import BoltResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.http.body import TooLarge, read_body
from bot.slack.dispatch import DEADLINE_SECONDS, Task, count, dispatch, run_all
from bot.slack.payload import Body
from bot.slack.signature import is_signed
from core.deadline import Deadline
from core.settings import settings

#: Slack's largest payload is a view of 250 kB, form-encoded.
LARGEST = 2 * 1024 * 1024
#: Clicks at a time. More wait their turn: the database would be no faster.
THREADS = 64

UNAUTHORIZED = 401


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
    tasks: list[Task] = []
    answer = await _in_time(payload, tasks)
    count(payload, began)
    return Response(
        content=answer.body,
        status_code=answer.status,
        media_type=answer.first_headers().get("content-type"),
        background=BackgroundTask(run_all, tasks) if tasks else None,
    )


async def _in_time(payload: Body, tasks: list[Task]) -> BoltResponse:
    """Run the handler on a thread; when time is up, cut its database connection, so that it can still answer."""
    with Deadline() as deadline:
        timer = asyncio.get_running_loop().call_later(DEADLINE_SECONDS, deadline.cut)
        try:
            return await to_thread.run_sync(dispatch, payload, tasks.append, limiter=_threads())
        finally:
            timer.cancel()


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


#: With a slash at the end as well: to redirect would be to lose what was posted.
routes = [Route(path, slack_events, methods=["POST"]) for path in ("/slack/events", "/slack/events/")]
