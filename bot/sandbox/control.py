"""The control API: what a test (and the page) does with the sandbox. JSON in, JSON out, loopback only.

A mistake in the ask is a 400 with `error`; the answer of the app under test is a result, never an HTTP error here.
"""

import json
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.http.media_type import media_type
from bot.sandbox import (
    acts,
    conversations,
    events,
    faults,
    home,
    members,
    messages,
    oauth,
    populate,
    teams,
    tokens,
)
from bot.sandbox.config import Channel, Member
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team

Order = Callable[[Sandbox, Json], Awaitable[Json]]


async def say(sandbox: Sandbox, ask: Json) -> Json:
    """A member writes: {member, text, channel?}"""
    return {"message": acts.say(sandbox, ask)}


async def event(sandbox: Sandbox, ask: Json) -> Json:
    """An event: {type: url_verification | app_home_opened | user_change | team_join, member, …} or {event, team?}."""
    kind = ask.get("type")
    if kind == "url_verification":
        return await events.verify_url(sandbox, ask)
    if kind == "app_home_opened":
        body = home.opened(sandbox, ask["member"], ask.get("tab", "home"))
    elif kind in {"user_change", "team_join"}:
        body = events.user_event(sandbox, str(kind), ask["member"])
    else:
        body = ask["event"]
    team = members.team_of(sandbox, ask["member"]) if "member" in ask else _team(sandbox, ask)
    return {"tries": await events.send(sandbox, team, body, ask)}


async def team(sandbox: Sandbox, ask: Json) -> Json:
    """One more team, or a new name for one: {team, name, members?: [{id, name, email?}], channels?: [{id, name}]}."""
    made = teams.add(sandbox, _id("T", ask["team"]), str(ask["name"]))
    for one in ask.get("members", []):
        handle = str(one["name"]).partition(" ")[0].lower()
        email = str(one.get("email", f"{handle}@{made.domain}.example"))
        teams.add_member(sandbox, made.id, Member(_id("U", one["id"]), handle, str(one["name"]), email))
    for one in ask.get("channels", []):
        teams.add_channel(sandbox, made.id, Channel(_id("C", one["id"]), str(one["name"])))
    return {"team": made.id}


def _id(kind: str, given: object) -> str:
    if not isinstance(given, str) or not re.fullmatch(rf"{kind}[A-Z0-9]+", given):
        raise ValueError(f"an id like {kind}01ABC is needed")
    return given


async def install(sandbox: Sandbox, ask: Json) -> Json:
    """What an owner does with the app in their team: {team?, scope: "a,b"} takes scopes away or gives them,
    {team?, uninstall: true} takes the app out and tells it, {rotation: true | false} decides on the next tokens.
    """
    found = _team(sandbox, ask)
    if "rotation" in ask:
        sandbox.rotation = bool(ask["rotation"])
    if "scope" in ask:
        sandbox.store.write("UPDATE tokens SET scope = ? WHERE team = ?", str(ask["scope"]), found.id)
    tries: list[Json] = []
    if ask.get("uninstall"):
        for body in oauth.remove(sandbox, found):
            tries += await events.send(sandbox, found, body, ask)
    return {"tries": tries, "tokens": [row["token"] for row in tokens.live(sandbox, found.id)]}


async def socket(sandbox: Sandbox, ask: Json) -> Json:
    """Socket Mode: {disconnect: warning | refresh_requested | link_disabled}; {} only tells how many are open."""
    told = await sandbox.sockets.disconnect(ask["disconnect"]) if "disconnect" in ask else 0
    return {"told": told, "open": len(sandbox.sockets.open)}


def _team(sandbox: Sandbox, ask: Json) -> Team:
    return teams.find(sandbox, ask.get("team", sandbox.config.team_id))


async def fault(sandbox: Sandbox, ask: Json) -> Json:
    """Orders a fault: {method, kind, times, …}, see faults.py; {clear: true} takes all back; {} only tells."""
    if ask.get("clear"):
        sandbox.faults.clear()
    elif ask:
        sandbox.faults.append(faults.ordered(ask))
    return {"faults": list(faults.described(sandbox.faults))}


async def member(sandbox: Sandbox, ask: Json) -> Json:
    """An admin changes a member: {member, deleted}. Announce it with the user_change event."""
    members.deactivate(sandbox, ask["member"], bool(ask["deleted"]))
    return {}


async def dm(sandbox: Sandbox, ask: Json) -> Json:
    """Closes or opens a DM: {member, open}"""
    if ask["open"]:
        conversations.open_dm(sandbox, ask["member"])
    else:
        conversations.close_dm(sandbox, ask["member"])
    return {"channel": conversations.dm_id(ask["member"])}


async def archive(sandbox: Sandbox, ask: Json) -> Json:
    """Archives a channel or takes the bot out of it: {channel, archived?, has_bot?}"""
    row = conversations.find(sandbox, ask["channel"])
    sandbox.store.write(
        "UPDATE conversations SET archived = ?, has_bot = ? WHERE id = ?",
        *(ask.get("archived", row["archived"]), ask.get("has_bot", row["has_bot"]), row["id"]),
    )
    return {}


async def delete(sandbox: Sandbox, ask: Json) -> Json:
    """Someone deletes a message: {channel, ts}"""
    messages.delete(sandbox, ask["channel"], ask["ts"])
    return {}


async def dismiss(sandbox: Sandbox, ask: Json) -> Json:
    """A member puts away a message that only they see: {member, channel, ts}"""
    acts.dismiss(sandbox, ask)
    return {}


async def read(sandbox: Sandbox, ask: Json) -> Json:
    """A member has seen a channel up to a message: {member, channel, ts}"""
    sandbox.store.write(
        "INSERT INTO reads VALUES (?, ?, ?) ON CONFLICT (member, channel) DO UPDATE SET ts = max(ts, excluded.ts)",
        *(ask["member"], ask["channel"], ask["ts"]),
    )
    return {}


async def clock(sandbox: Sandbox, ask: Json) -> Json:
    """Moves the clock that trigger ids, response urls and codes expire by: {advance: seconds}"""
    sandbox.skew += float(ask["advance"])
    return {"skew": sandbox.skew}


async def target(sandbox: Sandbox, ask: Json) -> Json:
    """Says where the app listens: {events_url}"""
    sandbox.events_url = ask["events_url"]
    return {"events_url": sandbox.events_url}


async def rates(sandbox: Sandbox, ask: Json) -> Json:
    """Switches Slack's rate limits: {on, scale?, unlisted?}, see rates.py; {} only tells what was called, refused."""
    if ask:
        unlisted = bool(ask.get("unlisted"))
        sandbox.rates.switch(on=bool(ask["on"]), scale=float(ask.get("scale", 1.0)), unlisted=unlisted)
    return sandbox.rates.described()


async def reset(sandbox: Sandbox, _ask: Json) -> Json:
    """Forgets messages, views, mails, faults and calls."""
    sandbox.store.clear()
    sandbox.faults.clear()
    sandbox.calls.clear()
    sandbox.rates.switch(on=sandbox.config.rate_limits)
    sandbox.skew = 0.0
    sandbox.rotation = False
    populate.populate(sandbox)
    return {}


ORDERS: dict[str, Order] = {
    "click": acts.click,
    "submit": acts.submit,
    "close": acts.close,
    "command": acts.command,
    "say": say,
    "event": event,
    "team": team,
    "install": install,
    "socket": socket,
    "faults": fault,
    "member": member,
    "dm": dm,
    "channel": archive,
    "delete": delete,
    "dismiss": dismiss,
    "read": read,
    "clock": clock,
    "rates": rates,
    "target": target,
    "reset": reset,
}


WORDS = ("member", "channel", "ts", "thread_ts", "view_id", "action_id", "block_id", "text", "type", "url", "tab")
TYPES: dict[str, type] = {
    **dict.fromkeys((*WORDS, "team"), str),
    **dict.fromkeys(("values", "event"), dict),
    "edit": int,
}


async def order(request: Request) -> Response:
    """POST /control/{order}: JSON only, so that no form on some web page can give orders."""
    sandbox: Sandbox = request.app.state.sandbox
    name = request.path_params["order"]
    if name not in ORDERS:
        return _mistake("unknown_order", 404)
    if media_type(request.headers.get("content-type", "")) != "application/json":
        return _mistake("json_only", 415)
    try:
        result = await ORDERS[name](sandbox, _asked(await request.body()))
    except SlackError as error:
        return _mistake(error.code, 400)
    except KeyError as error:
        return _mistake(f"missing {error.args[0]}", 400)
    except (ValueError, TypeError) as error:
        return _mistake(str(error), 400)
    return JSONResponse({"ok": True} | result)


def _asked(body: bytes) -> Json:
    """The ask, with the types that every order relies on; raises TypeError, ValueError."""
    ask = json.loads(body or b"{}")
    if not isinstance(ask, dict):
        raise TypeError("an order is a JSON object")
    for key, kind in TYPES.items():
        if key in ask and not isinstance(ask[key], kind):
            raise TypeError(f"{key} must be of type {kind.__name__}")
    return ask


def _mistake(code: str, status: int) -> JSONResponse:
    return JSONResponse({"ok": False, "error": code}, status_code=status)


routes = [Route("/control/{order}", order, methods=["POST"])]
