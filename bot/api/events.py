"""`POST /api/events`: a provider or a script tells what came back of a mail (`core/intake/feedback.py`).

    curl -H "Authorization: Bearer so_…" -H "Content-Type: application/json" …/api/events \\
         -d '{"kind": "bounce", "message_id": "<…@example.com>", "hard": true, "id": "evt-1"}'

201 news, 200 already known, 404 no such mail, draft or task, 409 the event's id stands for another event, or the mail
never left; the rest as in `bot.http.json_api`.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http.json_api import Json, error, json_body, opened_by_key
from core.actor import Actor
from core.db import transaction
from core.intake.feedback import FeedbackIn, NothingLeft, UnknownMessage, ingest_feedback
from core.intake.json_input import read_json
from core.intake.task_feedback import ingest_task_feedback
from jobs.ring import ring_cards, ring_task


@opened_by_key
async def post_event(request: Request, by: Actor) -> Response:
    """Take in what came back of a mail of the key's workspace."""
    try:
        created, answer = await run_in_threadpool(_take_in, await json_body(request), by)
    except UnknownMessage as fault:
        return error(404, str(fault))
    except NothingLeft as fault:
        return error(409, str(fault))
    return JSONResponse(answer, 201 if created else 200)


routes = [Route("/api/events", post_event, methods=["POST"])]


def _take_in(raw: bytes, by: Actor) -> tuple[bool, Json]:
    """In a thread: one short transaction; the doorbell for its cards, and for those of what may not leave any more."""
    told = read_json(FeedbackIn, raw)
    assert by.workspace_id is not None
    if told.task is not None:
        return _of_task(told, by)
    with transaction() as tx:
        taken = ingest_feedback(tx, by.workspace_id, told, by)
    if taken.created:
        ring_cards(dict.fromkeys([taken.draft_id, *taken.brought_back]))
    return taken.created, {"kind": told.kind, "draft_id": str(taken.draft_id), "draft": taken.key}


def _of_task(told: FeedbackIn, by: Actor) -> tuple[bool, Json]:
    """The same of a task."""
    assert by.workspace_id is not None
    with transaction() as tx:
        taken = ingest_task_feedback(tx, by.workspace_id, told, by)
    if taken.created:
        ring_task(taken.task_id)
        ring_cards(taken.brought_back)
    return taken.created, {"kind": told.kind, "task_id": str(taken.task_id), "task": taken.key}
