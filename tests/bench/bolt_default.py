"""The peer: Bolt as its documentation shows it. `python -m tests.bench.bolt_default PORT`

`App` with its default settings and the Starlette adapter that it brings; the listener does our own act, acks once that
is committed (P6), and rings.
"""

from collections.abc import Callable
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.slack.payload import clicked_target, person
from core.access import act
from core.drafts.review import approve
from core.settings import settings
from core.taxonomy import Role, Verb
from jobs.ring import ring_cards, ring_deliver
from tests.bench.serve import serve

app = App(
    client=WebClient(
        token=settings().slack_bot_token.get_secret_value(),
        base_url=settings().slack_api_url,
    ),
    signing_secret=settings().slack_signing_secret.get_secret_value(),
)


@app.action("approve_send")
def approve_send(ack: Callable[[], object], body: dict[str, Any]) -> None:
    target = clicked_target(body)
    approved = act(
        person(body).identify,
        Role.REVIEWER,
        Verb.APPROVE,
        lambda tx, by: approve(tx, target.require_id(), target.version, by),
        draft_id=target.row_id,
    )
    ack()
    ring_deliver(approved.account_id)
    ring_cards([approved.draft_id])


handler = SlackRequestHandler(app)


async def events(request: Request) -> Response:
    return await handler.handle(request)


async def healthz(_request: Request) -> Response:
    return Response()


if __name__ == "__main__":
    serve(Starlette(routes=[Route("/slack/events", events, methods=["POST"]), Route("/healthz", healthz)]))
