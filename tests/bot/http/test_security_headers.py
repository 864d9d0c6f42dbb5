"""Every answer carries the security headers and a request id, and every request leaves one line that tells nothing."""

import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.http.request_log import RequestLog
from bot.http.security_headers import SecurityHeaders
from core.telemetry.log_guard import guard

SECRET = "Dear Dana"


async def fine(_request: Request) -> Response:
    structlog.get_logger().info("inside")
    return PlainTextResponse("fine")


async def kept(_request: Request) -> Response:
    return PlainTextResponse("kept", headers={"Cache-Control": "public, max-age=60"})


async def broken(_request: Request) -> Response:
    raise ValueError(SECRET)


def app(*, https: bool = False) -> Starlette:
    return Starlette(
        routes=[
            Route("/fine", fine),
            Route("/kept", kept),
            Route("/broken", broken),
            Route("/u/{token}", fine),
            Route("/healthz", fine),
        ],
        middleware=[Middleware(SecurityHeaders, https=https), Middleware(RequestLog)],
    )


async def ask(path: str, *, https: bool = False, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(app(https=https), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path)


pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    processors = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, guard]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    yield stream
    structlog.reset_defaults()


def parsed(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.parametrize(("path", "status"), [("/fine", 200), ("/nowhere", 404), ("/broken", 500)])
async def test_every_answer_has_the_headers(lines: io.StringIO, path: str, status: int) -> None:
    answer = await ask(path)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "script" not in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 32
    assert "strict-transport-security" not in answer.headers


async def test_a_wrong_method_has_the_headers_too(lines: io.StringIO) -> None:
    answer = await ask("/fine", method="DELETE")
    assert answer.status_code == 405
    assert answer.headers["x-frame-options"] == "DENY"


async def test_on_https_browsers_are_told_to_stay_there(lines: io.StringIO) -> None:
    answer = await ask("/fine", https=True)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_an_answer_may_say_how_long_it_is_kept(lines: io.StringIO) -> None:
    assert (await ask("/kept")).headers["cache-control"] == "public, max-age=60"


async def test_a_request_is_one_line_with_route_status_and_time(lines: io.StringIO) -> None:
    answer = await ask("/u/a-secret-token?email=dana@example.org")
    inside, request = parsed(lines)
    assert inside["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert {**request, "ms": 0, "request_id": ""} == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/u/{token}",
        "status": 200,
        "ms": 0,
        "request_id": "",
    }
    assert "a-secret-token" not in lines.getvalue()


async def test_a_request_that_no_route_fits_is_logged_without_its_path(lines: io.StringIO) -> None:
    await ask("/secret-path")
    assert parsed(lines)[-1]["route"] == "unknown"
    assert "secret" not in lines.getvalue()


async def test_probes_that_are_well_are_not_logged(lines: io.StringIO) -> None:
    await ask("/healthz")
    assert [line["event"] for line in parsed(lines)] == ["inside"]


async def test_a_failure_is_logged_by_type_and_answered_by_its_id(lines: io.StringIO) -> None:
    answer = await ask("/broken")
    assert answer.text == f"Something went wrong on our side. Request {answer.headers['x-request-id']}.\n"
    failed, request = parsed(lines)
    assert failed["event"] == "request failed"
    assert failed["error"] == "ValueError"
    assert (request["event"], request["status"]) == ("request", 500)
    assert SECRET not in lines.getvalue() + answer.text


async def test_an_id_from_outside_is_not_believed(lines: io.StringIO) -> None:
    transport = httpx.ASGITransport(app())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/fine", headers={"X-Request-Id": "forged"})
    assert answer.headers["x-request-id"] != "forged"
    assert "forged" not in lines.getvalue()
