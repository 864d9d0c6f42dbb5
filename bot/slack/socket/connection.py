"""One WebSocket to Slack (Socket Mode): envelopes come in, acks go out.

https://docs.slack.dev/apis/events-api/using-socket-mode. Slack ends every connection after some hours and says so
before; a second one is open by then. slack_sdk has clients of its own: its built-in one cuts a frame of more than 16 kB
over TLS (`send` where it needs `sendall`), as our modals are, and both of them reuse an address that is good once.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
import websocket

log = structlog.get_logger("bot.slack.socket.connection")

#: Seconds: to connect, between two looks whether the other side is there, and until it counts as gone.
CONNECT_SECONDS, LOOK_SECONDS, GONE_SECONDS = 10.0, 5.0, 20.0
#: Seconds that the other side may take to answer when we hang up.
CLOSE_SECONDS = 1.0

Envelope = dict[str, Any]


class Line:
    """An open connection. `take` is called on the reading thread with each envelope, and must not keep it."""

    def __init__(self, url: str, take: Callable[["Line", Envelope], None]) -> None:
        """Connect. Raises OSError or `websocket.WebSocketException`."""
        self._socket = websocket.create_connection(url, timeout=CONNECT_SECONDS, enable_multithread=True)
        self._socket.settimeout(LOOK_SECONDS)
        self._take = take
        #: Set when another line is needed: this one is at its end, or has been announced to be.
        self.ending = threading.Event()
        #: Slack's word for why: `refresh_requested`, `warning`, `link_disabled`; ours: `lost`.
        self.reason = ""
        self.is_open = True
        self._thread = threading.Thread(target=self._read_all, name="slack-line", daemon=True)
        self._thread.start()

    def ack(self, envelope_id: str, payload: Any = None) -> bool:
        """Say that an envelope was taken, with what a modal or a command answers. False when the line is gone."""
        answer = {"envelope_id": envelope_id} | ({"payload": payload} if payload is not None else {})
        try:
            self._socket.send(json.dumps(answer))
        except (OSError, websocket.WebSocketException) as error:
            log.warning("not acked", error=type(error).__name__)
            return False
        return True

    def close(self) -> None:
        """Hang up, in order: what was sent arrives."""
        try:
            self._socket.send_close()
        except (OSError, websocket.WebSocketException) as error:
            log.debug("line was gone", error=type(error).__name__)
        self._thread.join(CLOSE_SECONDS)
        self._hang_up()

    def _read_all(self) -> None:
        heard = time.monotonic()
        while self.is_open:
            try:
                opcode, data = self._socket.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if time.monotonic() - heard > GONE_SECONDS or not self._ping():
                    break
                continue
            except (OSError, websocket.WebSocketException, ValueError) as error:
                log.debug("line lost", error=type(error).__name__)
                break
            heard = time.monotonic()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                break
            if opcode == websocket.ABNF.OPCODE_TEXT:
                self._heard(data)
        self._hang_up()
        self._end("lost")

    def _hang_up(self) -> None:
        self.is_open = False
        self._socket.shutdown()  # type: ignore[no-untyped-call]  # the library leaves it untyped

    def _ping(self) -> bool:
        try:
            self._socket.ping()
        except (OSError, websocket.WebSocketException):
            return False
        return True

    def _heard(self, data: bytes) -> None:
        try:
            said = json.loads(data)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        if said.get("type") == "disconnect":
            self._end(str(said.get("reason", "refresh_requested")))
        elif isinstance(said.get("envelope_id"), str) and isinstance(said.get("payload"), dict):
            self._take(self, said)

    def _end(self, reason: str) -> None:
        if not self.ending.is_set():
            self.reason = reason
            self.ending.set()
