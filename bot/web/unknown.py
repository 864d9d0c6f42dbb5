"""`POST /drafts/{id}/arrived` and `/drafts/{id}/again`: what an admin or owner says of an unknown outcome."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import decisions
from bot.acts import Target
from bot.web.acts import Fields, PageForm, post
from core.errors import BadInput


def _attempt(draft_id: UUID, fields: Fields) -> Target:
    """The attempt that the page showed, for whoever is sure."""
    number = fields.get("number", "")
    if fields.get("sure") != "yes" or not number.isdecimal() or len(number) > 18:
        raise BadInput("Tick the box first, to say that you are sure.", "sure")
    return Target(draft_id, 0, int(number))


ARRIVED = PageForm(lambda _: decisions.IT_ARRIVED, _attempt)
AGAIN = PageForm(lambda _: decisions.SEND_AGAIN, _attempt)


async def arrived(request: Request) -> Response:
    """Somebody has seen it: it is sent."""
    return await post(request, ARRIVED)


async def again(request: Request) -> Response:
    """Somebody has seen that it did not arrive: queue it once more."""
    return await post(request, AGAIN)


routes = [
    Route("/drafts/{id}/arrived", arrived, methods=["POST"]),
    Route("/drafts/{id}/again", again, methods=["POST"]),
]
