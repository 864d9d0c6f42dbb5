"""The pages: a member's conversations with the bot, and the mailbox. All drawing of blocks is in draw.py."""

import json
import sqlite3
from datetime import UTC, datetime, tzinfo
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox import conversations, draw, home, mailbox, members, mrkdwn, teams, views
from bot.sandbox.errors import SlackError
from bot.sandbox.lines import colour, initials, lines, thread
from bot.sandbox.mrkdwn import Reader
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.templates import templates

POLICY = "default-src 'self'; img-src http: https: data:; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


async def start(request: Request) -> Response:
    """GET /: who are you?"""
    return _page(request, "start.html", {"as_member": None})


async def conversation(request: Request) -> Response:
    """GET /m/{member} and /m/{member}/{channel}: the DM with the bot, or a channel, as that member sees it."""
    sandbox: Sandbox = request.app.state.sandbox
    try:
        member = members.find(sandbox, request.path_params["member"])
    except SlackError:
        return RedirectResponse("/")
    channel = request.path_params.get("channel") or conversations.dm_id(member["id"])
    open_here = sandbox.store.one("SELECT * FROM conversations WHERE id = ?", channel)
    is_dm = channel == conversations.dm_id(member["id"])
    if not is_dm and (open_here is None or open_here["kind"] != "channel"):
        return RedirectResponse(f"/m/{member['id']}")
    reader = _reader(sandbox, member)
    tab = "home" if is_dm and request.query_params.get("tab") == "home" else "messages"
    thread_ts = request.query_params.get("thread") if tab == "messages" else None
    standing = home.find(sandbox, member["id"]) if tab == "home" else None
    stacked = views.stack(sandbox, member["id"])
    return _page(
        request,
        "conversation.html",
        {
            "as_member": member,
            "channel": channel,
            "title": sandbox.config.bot_name if is_dm else f"#{open_here['name']}" if open_here else "",
            "is_dm": is_dm,
            "is_open": bool(open_here["is_open"]) if open_here else False,
            "tab": tab,
            "home": _view(standing, reader) if standing else None,
            "lines": lines(sandbox, member["id"], channel, reader) if tab == "messages" else [],
            "thread_ts": thread_ts,
            "thread": thread(sandbox, member["id"], channel, thread_ts, reader) if thread_ts else [],
            "modal": _view(stacked[-1], reader) if stacked else None,
        },
    )


async def archive(request: Request) -> Response:
    """GET /archives/{channel}/p{ts}: a permalink leads to the page of whoever it concerns, on the message."""
    sandbox: Sandbox = request.app.state.sandbox
    at = request.path_params
    known = sandbox.store.one("SELECT * FROM conversations WHERE id = ?", at["channel"])
    if known is None:
        return RedirectResponse("/")
    first = members.everyone(sandbox, conversations.team_of(sandbox, known["id"]))[0]["id"]
    ts = f"{at['ts'][1:-6]}.{at['ts'][-6:]}"
    above = request.query_params.get("thread_ts")
    query = f"?{urlencode({'thread': above})}" if above else ""
    place = f"/m/{known['member']}" if known["member"] else f"/m/{first}/{known['id']}"
    return RedirectResponse(f"{place}{query}#m{quote(ts)}")


async def mail_list(request: Request) -> Response:
    """GET /mailbox"""
    return _page(request, "mailbox.html", {"mails": mailbox.newest_first(request.app.state.sandbox)})


async def mail(request: Request) -> Response:
    """GET /mailbox/{id}: one mail; ?view= text, html, headers or raw."""
    found = mailbox.find(request.app.state.sandbox, request.path_params["id"])
    if found is None:
        return RedirectResponse("/mailbox")
    view = request.query_params.get("view") or ("html" if found.html else "text")
    raw = found.raw.decode("utf-8", "replace")
    return _page(request, "mail.html", {"mail": found, "view": view, "raw": raw})


async def mail_html(request: Request) -> Response:
    """GET /mailbox/{id}/html: the HTML part alone, where nothing in it can run or load."""
    found = mailbox.find(request.app.state.sandbox, request.path_params["id"])
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(found.html if found else "", headers=headers)


async def revision(request: Request) -> Response:
    """GET /revision: a number that changes when anything here does."""
    return JSONResponse({"revision": request.app.state.sandbox.store.revision})


def _view(row: sqlite3.Row, reader: Reader) -> Json:
    view: Json = json.loads(row["body"])
    return {
        "id": row["id"],
        "hash": row["hash"],
        "title": view.get("title", {}).get("text", ""),
        "submit": view.get("submit", {}).get("text"),
        "close": view.get("close", {}).get("text", "Cancel"),
        "content": draw.blocks(view["blocks"], reader),
    }


def _page(request: Request, template: str, context: Json) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    chosen = context.get("as_member")
    everything = {
        "sandbox": sandbox,
        "team": teams.find(sandbox, chosen["team"]).name if chosen else sandbox.config.team_name,
        "bot": sandbox.config.bot_name,
        "as_member": chosen,
        "teams": [
            {"name": team.name, "people": [_person(sandbox, r, context.get("channel")) for r in everyone]}
            for team in teams.everyone(sandbox)
            if (everyone := members.everyone(sandbox, team))
        ],
        "channels": _channels(sandbox, chosen["id"]) if chosen else [],
        "mail_count": mailbox.count(sandbox),
        "revision": sandbox.store.revision,
        "titles": {member.id: member.title for member in sandbox.config.members},
        "initials": initials,
        "colour": colour,
        "clock": _clock,
        "day": _day,
    }
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return templates.TemplateResponse(request, template, everything | context, headers=headers)


def _person(sandbox: Sandbox, row: sqlite3.Row, open_channel: str | None) -> Json:
    dm = conversations.dm_id(row["id"])
    count = 0 if dm == open_channel else _unread(sandbox, row["id"], dm)
    return {**dict(row), "unread": count}


def _channels(sandbox: Sandbox, member: str) -> list[Json]:
    rows = [row for row in conversations.seen_by(sandbox, member) if row["kind"] == "channel"]
    return [{**dict(row), "unread": _unread(sandbox, member, row["id"])} for row in rows]


def _unread(sandbox: Sandbox, member: str, channel: str) -> int:
    row = sandbox.store.one(
        "SELECT count(*) AS n FROM messages WHERE channel = ?1 AND NOT deleted AND author <> ?2"
        " AND thread IS NULL AND (ephemeral_to IS NULL OR ephemeral_to = ?2)"
        " AND ts > coalesce((SELECT ts FROM reads WHERE member = ?2 AND channel = ?1), '')",
        *(channel, member),
    )
    return int(row["n"]) if row is not None else 0


def _reader(sandbox: Sandbox, member: sqlite3.Row) -> Reader:
    rows = sandbox.store.all("SELECT id, name FROM conversations WHERE kind = 'channel'")
    present = members.everyone(sandbox, teams.find(sandbox, member["team"]))
    return Reader(
        names=members.names(sandbox) | {row["id"]: row["name"] for row in rows},
        people={row["id"]: row["name"] for row in present if not row["deleted"]},
        zone=mrkdwn.zone(member["tz"]),
    )


def _clock(at: datetime | float, zone: tzinfo | None = None) -> str:
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, zone or UTC).astimezone()
    return f"{moment:%H:%M}"


def _day(at: datetime | float) -> str:
    moment = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC).astimezone()
    today = datetime.now(moment.tzinfo).date()
    if moment.date() == today:
        return "Today"
    return f"{moment:%A}, {moment.day} {moment:%B}"


routes: list[BaseRoute] = [
    Route("/", start),
    Route("/m/{member}", conversation),
    Route("/m/{member}/{channel}", conversation),
    Route("/mailbox", mail_list),
    Route("/mailbox/{id:int}", mail),
    Route("/mailbox/{id:int}/html", mail_html),
    Route("/revision", revision),
    Route("/archives/{channel}/{ts}", archive),
]
