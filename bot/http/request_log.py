"""One line for each request: its id, method, route, status and duration. Never a path, a query or an address (P11)."""

import time

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.http.json_api import error, is_api
from core.ids import new_id
from core.telemetry.logs import context, logger

#: Routes that a machine asks for every few seconds: logged only when they go wrong.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/static/{path}"})


class RequestLog:
    """Gives the request an id of our own, which is on every line logged for it and in `X-Request-Id` of the answer.

    An exception that nobody else handled ends here, as a 500 that says nothing but the id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_id().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        began = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        with context(request_id=request_id):
            try:
                await self.app(scope, receive, answer)
            except Exception:  # noqa: BLE001  the last place that can answer; it is logged
                logger.exception("request failed", method=scope["method"], route=route_of(scope))
                if not status:
                    await _sorry(scope["path"], request_id)(scope, receive, answer)
            finally:
                ms = round((time.perf_counter() - began) * 1000, 1)
                route = route_of(scope)
                if status >= 400 or status == 0 or route not in _QUIET:
                    logger.info("request", method=scope["method"], route=route, status=status, ms=ms)


def _sorry(path: str, request_id: str) -> Response:
    sentence = f"Something went wrong on our side. Request {request_id}."
    return error(500, sentence) if is_api(path) else PlainTextResponse(f"{sentence}\n", 500)


def route_of(scope: Scope) -> str:
    """The template of the route, such as `/drafts/{id}`: what was filled in may be a token. `unknown` without one."""
    route = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path if isinstance(path, str) else "unknown"
