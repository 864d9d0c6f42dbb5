"""From a payload of Slack's to the handler that it is for, whichever way it came; and its answer."""

import time
from collections.abc import Callable
from functools import lru_cache

import structlog
from slack_bolt import App, BoltRequest, BoltResponse

from bot.slack.app import make_app
from bot.slack.payload import AfterAck, Body
from core.telemetry import metrics

log = structlog.get_logger("bot.slack")

#: Slack waits three seconds for the ack. At this point the database is cut off, and the person told (P6).
DEADLINE_SECONDS = 2.2

Task = Callable[[], object]
#: What Bolt raises on a payload of a shape that no Slack sends. It looks into them without suspicion.
_MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)


@lru_cache(maxsize=1)
def bolt() -> App:
    """The one Bolt app of this process."""
    return make_app()


def dispatch(payload: Body, after_ack: AfterAck) -> BoltResponse:
    """Run the handler on this thread; what can wait until after the answer goes to `after_ack`. Never raises.

    200 is an ack: what was asked is recorded (P6). Everything else says that it is not.
    """
    # "socket_mode" is Bolt's word for a body that has been read already; it would read and unquote it all again.
    try:
        request = BoltRequest(body=payload, context={"after_ack": after_ack}, mode="socket_mode")
        answer: BoltResponse = bolt().dispatch(request)
    except _MISSHAPEN as error:
        log.warning("misshapen payload", error=type(error).__name__)
        return BoltResponse(status=400)
    return answer


def count(payload: Body, began: float) -> None:
    """Count an answer that is ready to leave, and how long it took since `began` (`time.perf_counter`)."""
    metrics.ack(_kind(payload), time.perf_counter() - began)


def run_all(tasks: list[Task]) -> None:
    """After the answer, on a thread. One that fails does not keep the others from running."""
    for task in tasks:
        try:
            task()
        except Exception as error:
            log.exception("after the ack", error=type(error).__name__)


def _kind(payload: Body) -> str:
    """The sort of payload, in the few words that our metrics know."""
    kind = payload.get("type")
    if kind in ("block_actions", "view_submission", "view_closed"):
        return str(kind)
    if "command" in payload:
        return "command"
    return "event" if "event" in payload or kind == "url_verification" else "other"
