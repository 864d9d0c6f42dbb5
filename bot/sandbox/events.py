"""Events API: envelopes, sent again when the app does not say 2xx in time. https://docs.slack.dev/apis/events-api"""

import asyncio
import secrets
import sqlite3
import time
import uuid

from bot.sandbox import members, outgoing
from bot.sandbox.config import APP_ID
from bot.sandbox.outgoing import Message
from bot.sandbox.payloads import VERIFICATION_TOKEN
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


async def send(sandbox: Sandbox, team: Team, event: Json, ask: Json) -> list[Json]:
    """Sends one event, then up to three times again; returns every try as it went. `ask`: dry, url."""
    message = Message("events_api", envelope(team, event))
    if ask.get("dry"):
        return [outgoing.request(sandbox, message, ask).described()]
    tries: list[Json] = []
    retry: tuple[int, str] | None = None
    for number, wait in enumerate([0.0, *sandbox.config.event_retry_waits]):
        await asyncio.sleep(wait)
        reply = await outgoing.tell(sandbox, message, ask, retry)
        tries.append(reply.described() | {"retry": number})
        if reply.failure is None or reply.no_retry:
            break
        retry = (number + 1, reply.failure)
    return tries


async def announce(sandbox: Sandbox, team: Team, event: Json) -> None:
    """Sends an event where anyone listens: what follows from a call to the Web API."""
    if sandbox.events_url or sandbox.sockets.open:
        await send(sandbox, team, event, {})


async def verify_url(sandbox: Sandbox, ask: Json) -> Json:
    """url_verification: the app must give the challenge back."""
    challenge = secrets.token_urlsafe(32)
    body = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
    reply = await outgoing.tell(sandbox, Message("events_api", body), ask)
    return reply.described() | {"verified": reply.failure is None and challenge in reply.body}


def envelope(team: Team, event: Json) -> Json:
    """An event_callback."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": team.id,
                "user_id": team.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def message_event(member: sqlite3.Row, channel: str, message: Json) -> Json:
    """message.im: a person wrote to the bot. https://docs.slack.dev/reference/events/message.im"""
    where = {"channel": channel, "channel_type": "im", "team": member["team"], "event_ts": message["ts"]}
    who = {"user": member["id"], "client_msg_id": str(uuid.uuid4())}
    thread = {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
    return {"type": "message", "text": message["text"], "ts": message["ts"], **who, **where, **thread}


def user_event(sandbox: Sandbox, kind: str, member: str) -> Json:
    """user_change or team_join, both with the whole user. https://docs.slack.dev/reference/events/user_change"""
    user = members.user_object(members.find(sandbox, member))
    return {"type": kind, "user": user, "cache_ts": int(time.time()), "event_ts": sandbox.next_ts()}
