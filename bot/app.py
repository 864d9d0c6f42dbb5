"""The web process: Slack's door, the API, the pages and the probes, as one Starlette app."""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

import bot.api.drafts
import bot.api.events
import bot.api.tasks
import bot.http.probes
import bot.slack.endpoint
import bot.slack.install
import bot.web
from bot.http.json_api import is_api, nothing_here
from bot.http.request_log import RequestLog
from bot.http.security_headers import SecurityHeaders
from core.settings import settings
from core.telemetry import logs

Handler = Callable[[Request, Exception], Awaitable[Response]]


def create_app() -> Starlette:
    """The app that `signoff web` serves. Reads the environment through `core.settings`."""
    logs.configure("web")
    app = Starlette(
        routes=[
            *bot.slack.endpoint.routes,
            *bot.slack.install.routes,
            *bot.api.drafts.routes,
            *bot.api.tasks.routes,
            *bot.api.events.routes,
            *bot.http.probes.routes,
            *bot.web.routes,
        ],
        exception_handlers={404: _for(bot.web.not_found), 405: _for(bot.web.wrong_method)},
        middleware=[
            # Outermost, so that the answer to a failure of ours has the headers too.
            Middleware(SecurityHeaders, https=settings().public_url.startswith("https:")),
            Middleware(RequestLog),
        ],
    )
    # An address with a slash too many is not found. Starlette would redirect, and behind a proxy that speaks https its
    # redirect leads to http.
    app.router.redirect_slashes = False
    return app


def _for(page: Handler) -> Handler:
    """What is not there: JSON where programs ask, a page where people do."""

    async def answer(request: Request, error: Exception) -> Response:
        if is_api(request.url.path) and isinstance(error, HTTPException):
            return await nothing_here(request, error)
        return await page(request, error)

    return answer
