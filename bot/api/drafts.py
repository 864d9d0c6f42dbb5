"""`POST /api/drafts`, `GET /api/drafts/{key}`, `POST /api/drafts/{key}/versions`, for a key of `signoff keys create`.

    curl -H "Authorization: Bearer so_…" -H "Content-Type: application/json" -d @draft.json …/api/drafts

201 a new draft or version, 200 the same again, 409 the key of the draft is taken by other content, or the draft takes
no other text; the rest as in `bot.http.json_api`. A draft is named by its author's own key, or by its id.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http.json_api import Json, json_body, opened_by_key
from core.access import act
from core.actor import Actor
from core.db import Connection, transaction
from core.drafts import author
from core.drafts.author import DraftStatusReport, TextIn
from core.drafts.ingest import ingest
from core.errors import Refusal
from core.ids import UUID
from core.intake.json_input import read_draft, read_json
from core.settings import settings
from core.taxonomy import RefusalCode, Verb
from core.views import came_back
from jobs.ring import ring_cards, ring_new_cards


@opened_by_key
async def post_draft(request: Request, by: Actor) -> Response:
    """Take in one draft, for the workspace of the key."""
    created, answer = await run_in_threadpool(_take_in, await json_body(request), by)
    return JSONResponse(answer, 201 if created else 200)


@opened_by_key
async def get_draft(request: Request, by: Actor) -> Response:
    """Where a draft of this workspace stands: in review, what is asked of its author, and on its way."""
    return JSONResponse(await run_in_threadpool(_look_up, request.path_params["key"], by))


@opened_by_key
async def post_version(request: Request, by: Actor) -> Response:
    """Take in the text that was asked for."""
    created, answer = await run_in_threadpool(_write, request.path_params["key"], await json_body(request), by)
    return JSONResponse(answer, 201 if created else 200)


routes = [
    Route("/api/drafts", post_draft, methods=["POST"]),
    Route("/api/drafts/{key:path}/versions", post_version, methods=["POST"]),
    Route("/api/drafts/{key:path}", get_draft, methods=["GET"]),
]


def _take_in(raw: bytes, by: Actor) -> tuple[bool, Json]:
    """In a thread: one short transaction, and the doorbell after it."""
    draft = read_draft(raw)
    assert by.workspace_id is not None
    with transaction() as tx:
        ingested = ingest(tx, by.workspace_id, draft, by)
        answer = _described(_standing(tx, ingested.draft_id, by))
    if ingested.created:
        ring_new_cards([ingested.draft_id])
    return ingested.created, answer


def _write(named: str, raw: bytes, by: Actor) -> tuple[bool, Json]:
    """As above, for the next version of a draft. A refusal is an event (P10)."""
    text = read_json(TextIn, raw)
    with transaction() as tx:
        draft_id = _find(tx, named, by)

    def write(tx: Connection, by: Actor) -> tuple[bool, Json]:
        created = author.write_version(tx, draft_id, text, by).created
        return created, _described(_standing(tx, draft_id, by))

    created, answer = act(lambda _: by, None, Verb.EDIT, write, draft_id=draft_id)
    if created:
        ring_cards([draft_id])
    return created, answer


def _look_up(named: str, by: Actor) -> Json:
    with transaction() as tx:
        standing = _standing(tx, _find(tx, named, by), by)
        latest = author.latest(tx, standing.draft_id)
        heard = came_back.read(tx, standing.draft_id, None) if latest else ()
    on_its_way = latest and {
        "status": latest.status,
        "due_at": latest.due_at.isoformat(),
        "changed_at": latest.changed_at.isoformat(),
        "came_back": [
            {"what": came_back.LEFT_AS[one.verb], "times": one.times, "at": one.at.isoformat()} for one in heard
        ],
    }
    asked = {"change_note": standing.change_note, "change_asked_by": standing.change_asked_by}
    return _described(standing) | asked | {"delivery": on_its_way or None}


def _find(tx: Connection, named: str, by: Actor) -> UUID:
    """The draft with this key, or this id. Raises `Refusal` when this workspace has none."""
    assert by.workspace_id is not None
    if draft_id := author.find_by_key(tx, by.workspace_id, named):
        return draft_id
    try:
        draft_id = UUID(named)
    except ValueError:
        draft_id = None
    if draft_id is None or author.read_status(tx, by.workspace_id, draft_id) is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such draft.")
    return draft_id


def _standing(tx: Connection, draft_id: UUID, by: Actor) -> DraftStatusReport:
    assert by.workspace_id is not None
    standing = author.read_status(tx, by.workspace_id, draft_id)
    assert standing is not None, "a draft is never deleted: a trigger sees to it"
    return standing


def _described(standing: DraftStatusReport) -> Json:
    """A draft as the API shows it."""
    return {
        "id": str(standing.draft_id),
        "key": standing.key,
        "status": standing.status,
        "version": standing.version,
        "url": f"{settings().public_url}/drafts/{standing.draft_id}",
    }
