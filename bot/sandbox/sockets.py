"""Socket Mode: the app holds WebSockets open, and what happens comes through one of them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.config import APP_ID
from bot.sandbox.errors import SlackError
from bot.sandbox.replies import TIMEOUT, UNREACHED, Reply, failed

Json = dict[str, Any]

TICKET_LIFE = 30.0  # seconds that the address from apps.connections.open is good for
MOST = 10  # "Socket Mode allows your app to maintain up to 10 open WebSocket connections at the same time"
ANSWERED = frozenset({"view_submission", "block_suggestion"})  # interactions whose ack may carry a payload
REASONS = ("warning", "refresh_requested", "link_disabled")


@dataclass
class Sockets:
    """The open connections of the app, and the envelopes that wait for an ack."""

    open: list[WebSocket] = field(default_factory=list)
    tickets: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    turn: int = 0

    def address(self, base_url: str, now: float) -> str:
        """Where to connect, once, within 30 s; raises too_many_websockets."""
        if len(self.open) >= MOST:
            raise SlackError("too_many_websockets")
        ticket = secrets.token_hex(16)
        self.tickets[ticket] = now + TICKET_LIFE
        return f"ws{base_url.removeprefix('http')}/link/?ticket={ticket}&app_id={APP_ID}"

    def admit(self, ticket: str, now: float) -> bool:
        """True for a ticket that is still good; it is spent by asking."""
        return self.tickets.pop(ticket, 0.0) >= now

    async def tell(self, kind: str, payload: Json, deadline: float, retry: tuple[int, str] | None) -> Reply:
        """Sends an envelope through one connection, the next in turn, and waits for its ack."""
        started = time.perf_counter()
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind == "slash_commands" or payload.get("type") in ANSWERED,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        self.turn += 1
        socket = self.open[self.turn % len(self.open)]
        self.waiting[envelope_id] = ack = asyncio.get_running_loop().create_future()
        try:
            await socket.send_text(json.dumps(envelope))
            async with asyncio.timeout(deadline):
                answer = await ack
        except TimeoutError:
            return failed(TIMEOUT, started)
        except (WebSocketDisconnect, RuntimeError):
            return failed(UNREACHED, started)
        finally:
            del self.waiting[envelope_id]
        said = answer.get("payload") if envelope["accepts_response_payload"] else None
        body = json.dumps(said) if said else ""
        return Reply(200, body, "application/json", (time.perf_counter() - started) * 1000, None)

    async def disconnect(self, reason: str) -> int:
        """Tells every connection that it will end, and ends it, unless it is only a warning; returns how many."""
        if reason not in REASONS:
            raise ValueError(f"reason must be one of {', '.join(REASONS)}")
        ending = list(self.open)
        for socket in ending:
            await socket.send_text(json.dumps({"type": "disconnect", "reason": reason, "debug_info": _debug()}))
            if reason != "warning":
                await socket.close()
        return len(ending)

    def heard(self, text: str) -> None:
        """Takes what came in: an ack for a waiting envelope. All else is no concern of Slack's."""
        try:
            answer = json.loads(text)
        except ValueError:
            return
        envelope_id = answer.get("envelope_id") if isinstance(answer, dict) else None
        ack = self.waiting.get(envelope_id) if isinstance(envelope_id, str) else None
        if ack is not None and not ack.done():
            ack.set_result(answer)


async def link(socket: WebSocket) -> None:
    """The WebSocket behind the address of apps.connections.open: hello, then envelopes out and acks in."""
    sandbox = socket.app.state.sandbox
    sockets: Sockets = sandbox.sockets
    if not sockets.admit(socket.query_params.get("ticket", ""), sandbox.now()):
        await socket.close()
        return
    await socket.accept()
    sockets.open.append(socket)
    hello = {"num_connections": len(sockets.open), "debug_info": _debug(), "connection_info": {"app_id": APP_ID}}
    try:
        await socket.send_text(json.dumps({"type": "hello"} | hello))
        while True:
            sockets.heard(await socket.receive_text())
    except (WebSocketDisconnect, RuntimeError, KeyError):
        pass  # gone, or it sent bytes, which Slack's clients never do
    finally:
        sockets.open.remove(socket)


def _debug() -> Json:
    return {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060}
