"""The pages that people open in a browser. `routes` is all that the app needs of them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web import drafts, login, unknown
from bot.web.pages import notice, static


async def front(_request: Request) -> Response:
    """GET /: nothing to see but that it runs."""
    return notice(200, "Signoff is running", "Drafts are reviewed in Slack. The page of a draft opens from its card.")


async def not_found(_request: Request, _error: Exception) -> Response:
    """For a person who followed a link that leads nowhere."""
    return notice(404, "Not found", "There is no page at this address.")


async def wrong_method(_request: Request, error: Exception) -> Response:
    """For whoever posts to what is only shown, or the other way round."""
    answer = notice(405, "Not possible here", "This page does not accept that request.")
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


routes = [Route("/", front), *login.routes, *drafts.routes, *unknown.routes, static]
