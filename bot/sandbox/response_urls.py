"""response_url: five posts in thirty minutes. https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"""

import json
import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox import faults, messages, threads
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox

LIFE = 30 * 60.0
USES = 5


def issue(sandbox: Sandbox, member: str, channel: str, ts: str | None) -> str:
    """A new address to answer one interaction at; `ts` is the message that was clicked, if it was one."""
    token = secrets.token_urlsafe(18)
    sandbox.store.write(
        "INSERT INTO response_urls (token, member, channel, ts, expires) VALUES (?, ?, ?, ?, ?)",
        *(token, member, channel, ts, sandbox.now() + LIFE),
    )
    return f"{sandbox.base_url}/respond/{token}"


async def respond(request: Request) -> Response:
    """POST /respond/{token}"""
    sandbox: Sandbox = request.app.state.sandbox
    token = request.path_params["token"]
    row = sandbox.store.one("SELECT * FROM response_urls WHERE token = ?", token)
    instead = await faults.before(faults.take(sandbox.faults, "response_url", row["channel"] if row else None))
    if instead is not None:
        return instead
    if row is None or row["expires"] < sandbox.now():
        return JSONResponse({"ok": False, "error": "expired_url"}, status_code=404)
    if row["uses"] >= USES:
        return JSONResponse({"ok": False, "error": "used_url"}, status_code=404)
    try:
        answer = json.loads(await request.body())
    except ValueError:
        return JSONResponse({"ok": False, "error": "invalid_payload"}, status_code=400)
    if not isinstance(answer, dict):
        return JSONResponse({"ok": False, "error": "invalid_payload"}, status_code=400)
    sandbox.store.write("UPDATE response_urls SET uses = uses + 1 WHERE token = ?", token)
    sandbox.calls.append(
        {"method": "response_url", "channel": row["channel"], "user": row["member"], "at": sandbox.now()}
    )
    try:
        deliver(sandbox, row["member"], row["channel"], row["ts"], answer)
    except SlackError as error:
        return JSONResponse({"ok": False, "error": error.code, **error.more}, status_code=400)
    return JSONResponse({"ok": True})


def deliver(sandbox: Sandbox, member: str, channel: str, ts: str | None, answer: Json) -> None:
    """Shows an answer: instead of the original, or beside it, then ephemeral unless it says in_channel."""
    if answer.get("delete_original"):
        if ts is None:
            raise SlackError("message_not_found")
        messages.delete(sandbox, channel, ts)
        return
    body = messages.content(answer)
    if answer.get("replace_original") and ts is not None:
        messages.update(sandbox, channel, ts, body)
        return
    only_for = None if answer.get("response_type") == "in_channel" else member
    messages.post(sandbox, channel, body, only_for=only_for, thread=threads.asked(sandbox, channel, answer))
