"""The sandbox as a Starlette app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from bot.sandbox import control, looks, mailbox, oauth, oidc, pages, populate, response_urls, sockets, state, webapi
from bot.sandbox.config import Config, Refused, is_loopback
from bot.sandbox.templates import HERE

LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def create_app(config: Config, *, base_url: str = "") -> Starlette:
    """The app, with its mail server in its lifespan. Raises Refused when the host is not loopback.

    `base_url` is the address that people reach it at; left out, http and the configured host and port.
    """
    if not is_loopback(config.host):
        raise Refused(f"the sandbox listens on loopback only, not on {config.host}")
    sandbox = state.create(config)
    populate.populate(sandbox)
    sandbox.base_url = (base_url or f"http://{config.host}:{config.port}").rstrip("/")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        server = await mailbox.serve(sandbox)
        try:
            yield
        finally:
            server.close()
            await server.wait_closed()
            for errand in tuple(sandbox.errands):
                errand.cancel()
            await sandbox.http.aclose()
            sandbox.store.close()

    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", oidc.discovery),
            Route("/openid/connect/authorize", oidc.authorize),
            Route("/openid/connect/keys", oidc.keys),
            Route("/api/openid.connect.userInfo", oidc.user_info, methods=["GET", "POST"]),
            Route("/oauth/v2/authorize", oauth.authorize),
            Route("/api/{method}", webapi.call, methods=["GET", "POST"]),
            Route("/respond/{token}", response_urls.respond, methods=["POST"]),
            WebSocketRoute("/link/", sockets.link),
            *looks.routes,
            *control.routes,
            *pages.routes,
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)],
        exception_handlers={404: _missing, 405: _wrong_method},
        lifespan=lifespan,
    )
    app.state.sandbox = sandbox
    return app


async def _missing(_request: Request, _error: Exception) -> Response:
    return Response("Nothing here.", status_code=404, media_type="text/plain")


async def _wrong_method(request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None)  # which methods it takes
    return Response(f"Nothing here for {request.method}.", status_code=405, headers=headers, media_type="text/plain")
