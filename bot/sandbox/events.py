"""Events API: envelopes, sent again when the app does not say 2xx in time. https://docs.slack.dev/apis/events-api"""

import asyncio
import json
import secrets
import time
from typing import Any

from bot.sandbox import members, outgoing
from bot.sandbox.config import APP_ID, BOT_USER_ID
from bot.sandbox.payloads import VERIFICATION_TOKEN
from bot.sandbox.signing import signed
from bot.sandbox.state import Json, Sandbox

JSON_TYPE = "application/json"


async def send(sandbox: Sandbox, event: Json, ask: Json) -> list[Json]:
    """Sends one event, then up to three times again; returns every try as it went. `ask`: dry, url."""
    body = json.dumps(envelope(sandbox, event), separators=(",", ":"))
    if ask.get("dry"):
        return [signed(sandbox.config.signing_secret, outgoing.target(sandbox, ask), body, JSON_TYPE).described()]
    tries: list[Json] = []
    more: dict[str, str] = {}
    for number, wait in enumerate([0.0, *sandbox.config.event_retry_waits]):
        await asyncio.sleep(wait)
        request = signed(sandbox.config.signing_secret, outgoing.target(sandbox, ask), body, JSON_TYPE)
        reply = await outgoing.send(sandbox, request, more)
        tries.append(reply.described() | {"retry": number})
        if reply.failure is None or reply.no_retry:
            break
        more = {"X-Slack-Retry-Num": str(number + 1), "X-Slack-Retry-Reason": reply.failure}
    return tries


async def verify_url(sandbox: Sandbox, ask: Json) -> Json:
    """url_verification: the app must give the challenge back."""
    challenge = secrets.token_urlsafe(32)
    body = json.dumps({"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"})
    reply = await outgoing.send(
        sandbox, signed(sandbox.config.signing_secret, outgoing.target(sandbox, ask), body, JSON_TYPE)
    )
    return reply.described() | {"verified": reply.failure is None and challenge in reply.body}


def envelope(sandbox: Sandbox, event: Json) -> Json:
    """An event_callback."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": sandbox.config.team_id,
        "context_team_id": sandbox.config.team_id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": sandbox.config.team_id,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def user_change(sandbox: Sandbox, member: str) -> Json:
    """https://docs.slack.dev/reference/events/user_change"""
    user: dict[str, Any] = members.user_object(sandbox, members.find(sandbox, member))
    return {"type": "user_change", "user": user, "cache_ts": int(time.time()), "event_ts": sandbox.next_ts()}
