"""The web process: Slack's door, the API, the pages and the probes, as one Starlette app."""

from starlette.applications import Starlette
from starlette.middleware import Middleware

import bot.api.drafts
import bot.api.events
import bot.api.tasks
import bot.http.probes
import bot.slack.endpoint
import bot.slack.install
import bot.web
from bot.http.request_log import RequestLog
from bot.http.security_headers import SecurityHeaders
from core.settings import settings
from core.telemetry import logs


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
        exception_handlers={404: bot.web.not_found},
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
