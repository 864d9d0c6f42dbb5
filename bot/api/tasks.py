"""`POST /api/tasks`, for steps that a person does: its key, faults and answers are those of `POST /api/drafts`."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http.json_api import Json, json_body, opened_by_key
from core.actor import Actor
from core.db import transaction
from core.intake.json_input import read_json
from core.tasks.ingest import TaskIn, ingest_task


@opened_by_key
async def post_task(request: Request, by: Actor) -> Response:
    """Take in one task, for the workspace of the key: 201 new, 200 the same again."""
    created, answer = await run_in_threadpool(_take_in, await json_body(request), by)
    return JSONResponse(answer, 201 if created else 200)


def _take_in(raw: bytes, by: Actor) -> tuple[bool, Json]:
    """In a thread: one short transaction. The clock offers it within a second or so."""
    task = read_json(TaskIn, raw)
    assert by.workspace_id is not None
    with transaction() as tx:
        taken = ingest_task(tx, by.workspace_id, task, by)
    return taken.created, {"id": str(taken.task_id), "key": task.key, "status": taken.status}


routes = [Route("/api/tasks", post_task, methods=["POST"])]
