"""What a test sees of the sandbox: GET endpoints of the control API, JSON, loopback only."""

import json
import sqlite3

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import conversations, home, mailbox, messages, threads, views
from bot.sandbox.state import Json, Sandbox


async def dms(request: Request) -> Response:
    """GET /control/dms/{member}: what the member sees, oldest first; ?channel= for another channel than the DM."""
    sandbox: Sandbox = request.app.state.sandbox
    who = request.path_params["member"]
    channel = request.query_params.get("channel") or conversations.dm_id(who)
    return _shown(messages.seen_by(sandbox, who, channel))


async def thread(request: Request) -> Response:
    """GET /control/threads/{channel}/{ts}: the replies, oldest first; ?member= with what only that member sees."""
    sandbox: Sandbox = request.app.state.sandbox
    at = request.path_params
    return _shown(threads.replies(sandbox, at["channel"], at["ts"], request.query_params.get("member")))


async def hidden(request: Request) -> Response:
    """GET /control/ephemeral/{member}: what only that member sees, wherever it stands, oldest first."""
    return _shown(messages.only_for(request.app.state.sandbox, request.path_params["member"]))


def _shown(rows: list[sqlite3.Row]) -> JSONResponse:
    seen = [
        json.loads(row["body"])
        | {"channel": row["channel"], "edits": row["edits"], "ephemeral": row["ephemeral_to"] is not None}
        | {"notice": row["notice"]}
        for row in rows
    ]
    return JSONResponse({"ok": True, "messages": seen})


async def message_versions(request: Request) -> Response:
    """GET /control/versions/{channel}/{ts}: every version that a message had, oldest first."""
    sandbox: Sandbox = request.app.state.sandbox
    at = request.path_params
    return JSONResponse({"ok": True, "versions": messages.versions(sandbox, at["channel"], at["ts"])})


async def open_views(request: Request) -> Response:
    """GET /control/views?member=: open modals, the one in front last; ?kind=home for the Home."""
    sandbox: Sandbox = request.app.state.sandbox
    who = request.query_params.get("member", "")
    standing = home.find(sandbox, who)
    rows = ([standing] if standing else []) if request.query_params.get("kind") == "home" else views.stack(sandbox, who)
    return JSONResponse({"ok": True, "views": [views.as_slack_shows(sandbox, row) for row in rows]})


async def mail(request: Request) -> Response:
    """GET /control/mail: every accepted mail, oldest first; ?after=id for later ones only."""
    sandbox: Sandbox = request.app.state.sandbox
    after = int(request.query_params.get("after", "0"))
    rows = sandbox.store.all("SELECT * FROM mails WHERE id > ? ORDER BY id", after)
    return JSONResponse({"ok": True, "mails": [mailbox.read(row).described() for row in rows]})


async def calls(request: Request) -> Response:
    """GET /control/calls?method=: the Web API calls since the start, oldest first."""
    sandbox: Sandbox = request.app.state.sandbox
    method = request.query_params.get("method")
    return JSONResponse({"ok": True, "calls": [c for c in sandbox.calls if method in {None, c["method"]}]})


async def health(request: Request) -> Response:
    """GET /control/health: the addresses, as in the line printed at the start."""
    return JSONResponse({"ok": True, **addresses(request.app.state.sandbox)})


def addresses(sandbox: Sandbox) -> Json:
    """Everything that an app needs to use this sandbox instead of Slack and a mail server."""
    c, base = sandbox.config, sandbox.base_url
    return {
        "url": base,
        "api_url": f"{base}/api/",
        "openid_url": base,
        "mailbox_url": f"{base}/mailbox",
        "smtp_url": f"smtp://{c.host}:{sandbox.smtp_port}",
        "events_url": sandbox.events_url,
        "team_id": c.team_id,
        "bot_token": c.bot_token,
        "app_token": c.app_token,
        "signing_secret": c.signing_secret,
        "client_id": c.client_id,
        "client_secret": c.client_secret,
    }


routes = [
    Route("/control/dms/{member}", dms),
    Route("/control/threads/{channel}/{ts}", thread),
    Route("/control/ephemeral/{member}", hidden),
    Route("/control/versions/{channel}/{ts}", message_versions),
    Route("/control/views", open_views),
    Route("/control/mail", mail),
    Route("/control/calls", calls),
    Route("/control/health", health),
]
