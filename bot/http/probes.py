"""`/healthz`, `/readyz` and `/metrics`: each answers within two seconds, even when a server hangs.

`/healthz`  the process is alive: always 200
`/readyz`   200 ok; 200 degraded, with Redis away (P5: it costs seconds, never a message); 503 down, with Postgres away,
            read-only (a standby), or behind this version's migrations. Says nothing but that.
`/metrics`  numbers, for whoever sends a key of the API as Bearer. On a machine that serves nobody else (PUBLIC_URL is
            loopback) a loopback client needs no key.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import anyio
from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import Metric
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core import api_keys
from core.db import transaction
from core.deadline import Deadline
from core.errors import DatabaseAway
from core.mail.smtp_url import is_loopback
from core.settings import settings
from core.telemetry import metrics
from core.telemetry.probes import Health, postgres_health, redis_health

T = TypeVar("T")

#: Seconds that a question may take, and that a key stays good while Postgres cannot be asked about it.
PROBE_SECONDS, KEY_SECONDS = 0.9, 600.0
#: Probes that hang must not take the threads that clicks need.
_threads = anyio.CapacityLimiter(8)
_good_keys: dict[str, float] = {}


async def healthz(_request: Request) -> Response:
    """GET /healthz"""
    return PlainTextResponse("ok\n")


async def readyz(_request: Request) -> Response:
    """GET /readyz"""
    postgres, redis = await asyncio.gather(_postgres(), _redis())
    ready = postgres == Health.OK
    status = ("ok" if redis == Health.OK else "degraded") if ready else "down"
    return JSONResponse({"status": status, "postgres": postgres, "redis": redis}, 200 if ready else 503)


async def scraped(request: Request) -> Response:
    """GET /metrics"""
    if not (_at_home(request) or await _has_key(request)):
        return PlainTextResponse("", 401, headers={"WWW-Authenticate": "Bearer"})
    found: list[Metric] = []
    deadline = Deadline()
    postgres, redis = await asyncio.gather(
        _within(PROBE_SECONDS, lambda: metrics.ask_postgres(deadline, found), deadline), _redis()
    )
    text = metrics.text(list(found), postgres=postgres or Health.AWAY, redis=redis)
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)


async def _postgres() -> Health:
    deadline = Deadline()
    return await _within(PROBE_SECONDS, lambda: postgres_health(deadline), deadline) or Health.AWAY


async def _redis() -> Health:
    return await _within(PROBE_SECONDS, redis_health) or Health.AWAY


async def _within(seconds: float, ask: Callable[[], T], deadline: Deadline | None = None) -> T | None:
    """The answer of `ask`, run in a thread; None when it takes longer. The thread ends by its own timeouts."""
    with anyio.move_on_after(seconds):
        return await to_thread.run_sync(ask, abandon_on_cancel=True, limiter=_threads)
    if deadline is not None:
        deadline.cut()
    return None


def _at_home(request: Request) -> bool:
    """A client on this machine, of a Signoff that is reached on this machine only: no proxy stands between them."""
    public = urlsplit(settings().public_url).hostname or ""
    client = request.client.host if request.client else ""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip"))
    return is_loopback(public) and is_loopback(client) and not forwarded


async def _has_key(request: Request) -> bool:
    """Whether the request bears a key of the API. One that was good a while ago still is when Postgres is away: that is
    when the numbers are needed.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token:
        return False
    known = hashlib.sha256(token.strip().encode()).hexdigest()
    deadline = Deadline()

    def find() -> bool:
        with deadline, transaction() as tx:
            return api_keys.find(tx, token.strip()) is not None

    try:
        good = await _within(PROBE_SECONDS, find, deadline)
    except DatabaseAway:
        good = None
    if good is None:
        return _good_keys.get(known, 0.0) > time.monotonic()
    if good:
        _good_keys[known] = time.monotonic() + KEY_SECONDS
    else:
        _good_keys.pop(known, None)
    return good


routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scraped)]
