"""The HTTP API: `POST /api/drafts` and `GET /api/drafts/{id}`, opened by a key of `signoff keys create`.

    curl -H "Authorization: Bearer so_…" -H "Content-Type: application/json" -d @draft.json …/api/drafts

201 a new draft, 200 the same again, 400 broken JSON, 401 no key (and not a word more), 409 the key of the draft is
taken by other content, 413 more than 1 MiB, 415 no JSON, 422 with the fields that are wrong, 503 with `Retry-After`
when the database is away or busy. A 503 may be retried at will: the draft's key makes it the same draft.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.body import TooLarge, read_body
from core import keys
from core.actor import Actor
from core.db import transaction
from core.draft_json import SIZE_LIMIT, BrokenJson, read_draft
from core.errors import BadInput, DatabaseAway, KeyTaken
from core.faults import Fault, Faulty
from core.ids import UUID
from core.ingest import DraftIn, ingest
from core.models import Delivery, Draft
from core.settings import settings
from jobs.ring import ring_cards

RETRY_AFTER_SECONDS = 5

Json = dict[str, Any]
Endpoint = Callable[[Request, Actor], Awaitable[Response]]


def opened_by_key(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """The key first: without one nothing of the request is read and nothing is told."""

    @wraps(endpoint)
    async def opened(request: Request) -> Response:
        try:
            by = await run_in_threadpool(_authenticate, request.headers.get("authorization", ""))
            if by is None:
                return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
            return await endpoint(request, by)
        except DatabaseAway:
            sentence = "The database does not answer. Try again: the same key is the same draft."
            return _error(503, sentence, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

    return opened


@opened_by_key
async def post_draft(request: Request, by: Actor) -> Response:
    """Take in one draft, for the workspace of the key."""
    if not _is_json(request):
        return _error(415, "Send JSON: Content-Type: application/json, in UTF-8, without Content-Encoding.")
    try:
        raw = await read_body(request, SIZE_LIMIT)
        created, answer = await run_in_threadpool(_take_in, raw, by)
    except TooLarge:
        # What is left unread on this connection is not another request.
        return _error(413, f"A draft has at most {SIZE_LIMIT:,} bytes.", headers={"Connection": "close"})
    except ClientDisconnect:
        return Response(status_code=400)
    except BrokenJson as error:
        return _error(400, str(error))
    except KeyTaken as error:
        return _error(409, str(error))
    except BadInput as error:
        return _refused(error)
    return JSONResponse(answer, 201 if created else 200)


@opened_by_key
async def get_draft(request: Request, by: Actor) -> Response:
    """Where a draft of this workspace stands: in review, and on its way."""
    answer = await run_in_threadpool(_look_up, request.path_params["draft_id"], by)
    return JSONResponse(answer) if answer else _error(404, "There is no such draft.")


routes = [
    Route("/api/drafts", post_draft, methods=["POST"]),
    Route("/api/drafts/{draft_id:uuid}", get_draft, methods=["GET"]),
]


def _authenticate(header: str) -> Actor | None:
    """Who calls, by `Authorization: Bearer …` (RFC 6750 §2.1)."""
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not keys.TOKEN.fullmatch(token):
        return None
    with transaction() as tx:
        return keys.find(tx, token)


def _is_json(request: Request) -> bool:
    kind, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    encoded = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    charsets = {part.removeprefix("charset=").strip('"') for part in parameters if part.startswith("charset=")}
    return kind == "application/json" and not encoded and charsets <= {"utf-8"}


def _take_in(raw: bytes, by: Actor) -> tuple[bool, Json]:
    """In a thread: one short transaction, and the doorbell after it."""
    draft: DraftIn = read_draft(raw)
    assert by.workspace_id is not None
    with transaction() as tx:
        ingested = ingest(tx, by.workspace_id, draft, by)
        answer = _described(tx, ingested.draft_id, by)
    assert answer is not None
    if ingested.created:
        ring_cards([ingested.draft_id])
    return ingested.created, answer


def _look_up(draft_id: UUID, by: Actor) -> Json | None:
    with transaction() as tx:
        answer = _described(tx, draft_id, by)
        if answer is None:
            return None
        delivery = tx.execute(
            sa.select(Delivery.status, Delivery.due_at, Delivery.changed_at)
            .where(Delivery.draft_id == draft_id)
            .order_by(Delivery.id.desc())
            .limit(1)
        ).first()
    on_its_way = delivery and {
        "status": delivery.status,
        "due_at": delivery.due_at.isoformat(),
        "changed_at": delivery.changed_at.isoformat(),
    }
    return answer | {"delivery": on_its_way or None}


def _described(tx: Connection, draft_id: UUID, by: Actor) -> Json | None:
    """A draft as the API shows it; None when this workspace has none of that id."""
    found = tx.execute(
        sa.select(Draft.key, Draft.status, Draft.version).where(
            Draft.id == draft_id, Draft.workspace_id == by.workspace_id
        )
    ).first()
    if found is None:
        return None
    url = f"{settings().public_url}/drafts/{draft_id}"
    return {"id": str(draft_id), "key": found.key, "status": found.status, "version": found.version, "url": url}


def _refused(error: BadInput) -> Response:
    """422 with the fields. A sentence of the domain begins with the field that it is about."""
    if isinstance(error, Faulty):
        faults = error.faults
    else:
        field, separator, problem = str(error).partition(": ")
        faults = (Fault((field,), problem) if separator and field.isidentifier() else Fault((), str(error)),)
    fields = [{"field": fault.field, "problem": fault.problem} for fault in faults]
    return _error(422, str(error), fields=fields)


def _error(status: int, sentence: str, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse({"error": sentence, **more}, status, headers=headers)
