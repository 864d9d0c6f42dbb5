"""Socket Mode: a line to Slack is held open, and what comes through it goes to the very same handlers as over HTTP.

There is no signature here: the connection is ours, opened with the app-level token. An envelope is acked once what it
asks is recorded, with what its handler answers (P6); where nothing could be recorded there is no ack, and Slack says so
to the person, or sends the event again.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
import websocket
from slack_bolt import BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.http.media_type import media_type
from bot.slack.dispatch import DEADLINE_SECONDS, Task, count, dispatch, run_all
from bot.slack.payload import Body
from bot.slack.socket.connection import Envelope, Line
from core.deadline import Deadline
from core.errors import SignoffError
from core.settings import settings
from jobs.slack.answers import refused

log = structlog.get_logger("bot.slack.socket.connections")

#: Clicks at a time. More wait their turn: the database would be no faster.
THREADS = 32
#: Seconds to wait before the next try to connect: the first, and at most.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: What Slack says of a token that will never do. https://docs.slack.dev/reference/methods/apps.connections.open
HOPELESS = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope"}
)


class Switchboard:
    """The lines to Slack: one, and for some seconds two, when Slack is about to end the older one."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._handlers = ThreadPoolExecutor(THREADS, thread_name_prefix="slack")
        self._lines: list[Line] = []

    def run(self) -> None:
        """Hold a line until told to stop. Raises `SignoffError` when Slack does not want us."""
        try:
            while (line := self._connect()) is not None:
                self._lines = [*(older for older in self._lines if older.is_open), line]
                while not line.ending.wait(0.1) and not self._stopping.is_set():
                    pass
                if line.reason == "link_disabled":
                    raise SignoffError("Socket Mode is switched off for this app: switch it on at api.slack.com/apps.")
        finally:
            self._stopping.set()
            self._handlers.shutdown(wait=True)  # what is at hand is recorded, and acked
            for line in self._lines:
                line.close()

    def _connect(self) -> Line | None:
        """A new line, however long that takes; None when told to stop meanwhile."""
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                line = Line(_address(), self._take)
            except SlackApiError as error:
                said = refused(error.response.status_code, error.response.headers, error.response.data)
                if said.code in HOPELESS:
                    raise SignoffError(f"Slack does not accept SLACK_APP_TOKEN: {said.code}.") from None
                log.warning("no line to slack", code=said.code)
                self._stopping.wait(max(pause, said.retry_after or 0.0))
            except (OSError, websocket.WebSocketException) as error:
                log.warning("no line to slack", error=type(error).__name__)
                self._stopping.wait(pause)
            else:
                log.info("line to slack is open")
                return line
            pause = min(pause * 2, LONGEST_PAUSE)
        return None

    def _take(self, line: Line, envelope: Envelope) -> None:
        if not self._stopping.is_set():
            self._handlers.submit(self._handle, line, envelope, time.perf_counter())

    def _handle(self, line: Line, envelope: Envelope, began: float) -> None:
        """Run the handler, ack what it recorded, and then do what can wait."""
        payload: Body = envelope["payload"]
        tasks: list[Task] = []
        answer = _in_time(payload, tasks, began)
        count(payload, began)
        if answer.status == 200:
            said = _said(answer) if envelope.get("accepts_response_payload") else None
            # Where the line has gone meanwhile, a newer one will do.
            any(one.ack(envelope["envelope_id"], said) for one in (line, *reversed(self._lines)))
        run_all(tasks)


def _in_time(payload: Body, tasks: list[Task], began: float) -> BoltResponse:
    """Run the handler; when time is up, cut its database connection, so that it can still answer."""
    with Deadline() as deadline:
        timer = threading.Timer(DEADLINE_SECONDS - (time.perf_counter() - began), deadline.cut)
        timer.daemon = True
        timer.start()
        try:
            return dispatch(payload, tasks.append)
        finally:
            timer.cancel()


def _said(answer: BoltResponse) -> object:
    """What a handler answers, for an ack; None where that is nothing."""
    if not answer.body:
        return None
    as_json = media_type(str(answer.first_headers().get("content-type"))) == "application/json"
    return json.loads(answer.body) if as_json else {"text": answer.body}


def _address() -> str:
    """Where to connect: good once, and for half a minute. Raises SlackApiError, OSError."""
    client = WebClient(base_url=settings().slack_api_url, timeout=10, retry_handlers=[])
    try:
        answer = client.apps_connections_open(app_token=settings().slack_app_token.get_secret_value())
        url = answer["url"]
    except (SlackApiError, OSError):
        raise
    except Exception as error:  # slack_sdk reads bodies without suspicion
        raise OSError("an answer that is none") from error
    if not isinstance(url, str) or not url.startswith(("ws://", "wss://")):
        raise OSError("an answer that is none")
    return url
