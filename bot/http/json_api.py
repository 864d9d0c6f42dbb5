"""What every door of the HTTP API does alike: the key first, then JSON of a bounded size, and each fault in its status.

400 broken JSON, 401 no key (and not a word more), 404 not there, 405 another method (`Allow` says which), 409 refused
as things stand (with a `code`), 413 more than 1 MiB, 415 no JSON, 422 with the fields that are wrong, 503 with
`Retry-After` when the database is away or busy. A 503 may be retried at will: the same again changes nothing.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.http.body import TooLarge, read_body
from bot.http.media_type import is_json
from core import api_keys
from core.actor import Actor
from core.db import transaction
from core.errors import BadInput, DatabaseAway, KeyTaken, Refusal
from core.intake.json_input import SIZE_LIMIT, BrokenJson
from core.taxonomy import RefusalCode
from core.text.validation import Fault, Faulty

RETRY_AFTER_SECONDS = 5

Json = dict[str, Any]
Endpoint = Callable[[Request, Actor], Awaitable[Response]]


class NotJson(Exception):
    """The headers say that the body is no JSON, or not in UTF-8."""


def opened_by_key(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """The key first: without one nothing of the request is read and nothing is told. Then its faults."""

    @wraps(endpoint)
    async def opened(request: Request) -> Response:
        try:
            by = await run_in_threadpool(_authenticate, request.headers.get("authorization", ""))
            if by is None:
                return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
            return await _answered(endpoint, request, by)
        except DatabaseAway:
            sentence = "The database does not answer. Try again: a repeated request changes nothing."
            return error(503, sentence, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

    return opened


async def _answered(endpoint: Endpoint, request: Request, by: Actor) -> Response:
    try:
        return await endpoint(request, by)
    except NotJson:
        return error(415, "Send JSON: Content-Type: application/json, in UTF-8, without Content-Encoding.")
    except TooLarge:
        # What is left unread on this connection is not another request.
        return error(413, f"A request can have at most {SIZE_LIMIT:,} bytes.", headers={"Connection": "close"})
    except ClientDisconnect:
        return Response(status_code=400)
    except BrokenJson as fault:
        return error(400, str(fault))
    except KeyTaken as fault:
        return error(409, str(fault))
    except Refusal as refusal:
        return error(404 if refusal.code == RefusalCode.NOT_FOUND else 409, str(refusal), code=refusal.code)
    except BadInput as fault:
        return _refused(fault)


def is_api(path: str) -> bool:
    """Whether programs ask here, who read JSON."""
    return path == "/api" or path.startswith("/api/")


async def nothing_here(request: Request, wrong: HTTPException) -> Response:
    """A path or method that the API does not have (404, 405): JSON, and only for who has a key."""

    @opened_by_key
    async def answer(_request: Request, _by: Actor) -> Response:
        if wrong.status_code == 405:
            allowed = (wrong.headers or {}).get("Allow", "")
            sentence = f"This endpoint does not accept {request.method}; it accepts {allowed}."
            return error(405, sentence, headers={"Allow": allowed})
        return error(404, "There is no such API endpoint.")

    return await answer(request)


async def json_body(request: Request) -> bytes:
    """The body of a request that says it holds JSON, at most 1 MiB of it. Raises `NotJson`, `TooLarge`."""
    encoded = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    if encoded or not is_json(request.headers.get("content-type", "")):
        raise NotJson
    return await read_body(request, SIZE_LIMIT)


def error(status: int, sentence: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """An answer that says in a sentence what is wrong."""
    return JSONResponse({"error": sentence, **more}, status, headers=headers)


def _authenticate(header: str) -> Actor | None:
    """Who calls, by `Authorization: Bearer …` (RFC 6750 §2.1)."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not api_keys.TOKEN.fullmatch(token):
        return None
    with transaction() as tx:
        return api_keys.find(tx, token)


def _refused(fault: BadInput) -> Response:
    """422 with the fields. A sentence of the domain begins with the field that it is about."""
    if isinstance(fault, Faulty):
        faults = fault.faults
    else:
        field, separator, problem = str(fault).partition(": ")
        faults = (Fault((field,), problem) if separator and field.isidentifier() else Fault((), str(fault)),)
    fields = [{"field": each.field, "problem": each.problem} for each in faults]
    return error(422, str(fault), fields=fields)
