"""`POST /api/drafts` and `GET /api/drafts/{id}`, opened by a key of `signoff keys create`.

    curl -H "Authorization: Bearer so_…" -H "Content-Type: application/json" -d @draft.json …/api/drafts

201 a new draft, 200 the same again, 409 the key of the draft is taken by other content; the rest as in `bot.json_api`.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.json_api import Json, error, json_body, opened_by_key
from core.actor import Actor
from core.db import transaction
from core.draft_json import read_draft
from core.ids import UUID
from core.ingest import ingest
from core.models import Delivery, Draft
from core.settings import settings
from jobs.ring import ring_new_cards


@opened_by_key
async def post_draft(request: Request, by: Actor) -> Response:
    """Take in one draft, for the workspace of the key."""
    created, answer = await run_in_threadpool(_take_in, await json_body(request), by)
    return JSONResponse(answer, 201 if created else 200)


@opened_by_key
async def get_draft(request: Request, by: Actor) -> Response:
    """Where a draft of this workspace stands: in review, and on its way."""
    answer = await run_in_threadpool(_look_up, request.path_params["draft_id"], by)
    return JSONResponse(answer) if answer else error(404, "There is no such draft.")


routes = [
    Route("/api/drafts", post_draft, methods=["POST"]),
    Route("/api/drafts/{draft_id:uuid}", get_draft, methods=["GET"]),
]


def _take_in(raw: bytes, by: Actor) -> tuple[bool, Json]:
    """In a thread: one short transaction, and the doorbell after it."""
    draft = read_draft(raw)
    assert by.workspace_id is not None
    with transaction() as tx:
        ingested = ingest(tx, by.workspace_id, draft, by)
        answer = _described(tx, ingested.draft_id, by)
    assert answer is not None
    if ingested.created:
        ring_new_cards([ingested.draft_id])
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
