"""What a person does: click, submit, close, command. Each is built, signed, sent, and its answer shown as Slack would.

With `dry` nothing is sent: the signed request is returned, for a test to send as often as it likes.
"""

import json
import sqlite3

from bot.http.media_type import media_type
from bot.sandbox import conversations, elements, members, messages, outgoing, payloads, response_urls, threads, views
from bot.sandbox.elements import Used
from bot.sandbox.errors import SlackError
from bot.sandbox.lines import SLACKBOT
from bot.sandbox.outgoing import Message
from bot.sandbox.replies import TIMEOUT, Reply
from bot.sandbox.state import Json, Sandbox

NO_ANSWER = "This app did not respond. Try again, or ask whoever runs it."
TROUBLE = "We had some trouble connecting. Try again?"


async def click(sandbox: Sandbox, ask: Json) -> Json:
    """Presses a button (or picks from a menu) in a message or an open view.

    `ask`: member, action_id, and channel and ts, or view_id; optionally block_id, option (what is picked from a menu,
    radio buttons, checkboxes), value (instead of the button's own), values (what the person put into the other
    elements before), edit (the version of the message that the person still sees), dry, url.
    """
    member = _present(sandbox, ask["member"])
    if "view_id" in ask:
        return await _view_click(sandbox, member, ask)
    channel = conversations.find(sandbox, ask["channel"])
    row = messages.find(sandbox, channel["id"], ask["ts"])
    if row["ephemeral_to"] not in {None, member["id"]} or channel["member"] not in {None, member["id"]}:
        raise SlackError("message_not_found")  # nobody clicks what only somebody else sees
    edit = ask.get("edit")
    seen = messages.version(sandbox, channel["id"], ask["ts"], row["edits"] if edit is None else edit)
    hidden = row["ephemeral_to"] is not None
    payload = payloads.message_action(sandbox, member, channel, seen, _used(sandbox, seen, ask), hidden=hidden)
    message = Message("interactive", payload)
    if ask.get("dry"):
        return outgoing.request(sandbox, message, ask).described()
    reply = await outgoing.tell(sandbox, message, ask)
    warning = NO_ANSWER if reply.failure else None
    messages.notice(sandbox, channel["id"], ask["ts"], member["id"], warning)
    return reply.described() | {"warning": warning}


async def _view_click(sandbox: Sandbox, member: sqlite3.Row, ask: Json) -> Json:
    row = views.find(sandbox, ask["view_id"])
    if row["member"] != member["id"]:
        raise SlackError("not_found")
    used = _used(sandbox, json.loads(row["body"]), ask)
    message = Message("interactive", payloads.view_action(sandbox, member, row, used))
    if ask.get("dry"):
        return outgoing.request(sandbox, message, ask).described()
    reply = await outgoing.tell(sandbox, message, ask)
    return reply.described() | {"warning": NO_ANSWER if reply.failure else None}


def _used(sandbox: Sandbox, shown: Json, ask: Json) -> Used:
    """What the person pressed or picked in a message or view, and the state of all that stands there."""
    blocks = shown.get("blocks", [])
    found = elements.find(blocks, ask["action_id"], ask.get("block_id"))
    value = ask.get("option", ask.get("value"))
    if found.block["type"] == "input" and not found.block.get("dispatch_action"):
        raise SlackError("action_not_dispatched")  # an input only speaks when the modal is submitted
    if found.element["type"] == "users_select" and value:
        members.find(sandbox, str(value))
    values, _ = elements.filled_in(blocks, elements.with_choice(ask.get("values", {}), found, value))
    return Used(found.block, found.element, value, values)


async def submit(sandbox: Sandbox, ask: Json) -> Json:
    """Submits a modal. `ask`: member, view_id, values ({action_id: …} or {block_id: {action_id: …}}), dry, url.

    The result names the `action` that followed (close, clear, update, push, errors, none) and `errors` by block_id.
    """
    member = _present(sandbox, ask["member"])
    row = views.find(sandbox, ask["view_id"])
    view = json.loads(row["body"])
    values, complaints = elements.filled_in(view["blocks"], ask.get("values", {}))
    if complaints:
        return {"ok": False, "sent": False, "action": "errors", "errors": complaints, "warning": None}
    message = Message("interactive", payloads.submission(sandbox, member, row, values))
    if ask.get("dry"):
        return outgoing.request(sandbox, message, ask).described()
    reply = await outgoing.tell(sandbox, message, ask)
    return reply.described() | {"sent": True} | _after_submit(sandbox, member["id"], row, reply)


def _after_submit(sandbox: Sandbox, member: str, row: sqlite3.Row, reply: Reply) -> Json:
    trouble = {"action": "none", "errors": {}, "warning": TROUBLE}
    if reply.failure:
        return trouble
    if not reply.body.strip():
        views.close(sandbox, row)
        return {"action": "close", "errors": {}, "warning": None}
    try:
        answer = json.loads(reply.body)
        action = answer["response_action"]
        _obey(sandbox, member, row, action, answer)
    except (ValueError, TypeError, KeyError) as error:
        return trouble | {"reason": f"response_action: {type(error).__name__}"}
    except SlackError as error:
        return trouble | {"reason": error.code, **error.more}
    return {"action": action, "errors": answer.get("errors", {}), "warning": None}


def _obey(sandbox: Sandbox, member: str, row: sqlite3.Row, action: str, answer: Json) -> None:
    if action == "clear":
        views.close(sandbox, row, clear=True)
    elif action == "update":
        views.update(sandbox, row, views.checked(answer["view"], "modal"))
    elif action == "push":
        views.open_modal(sandbox, member, views.checked(answer["view"], "modal"), on=row)
    elif action == "errors":
        known = {b["block_id"] for b in json.loads(row["body"])["blocks"] if b["type"] == "input"}
        if not answer["errors"] or not set(answer["errors"]) <= known:
            raise SlackError("invalid_error_blocks")
    else:
        raise SlackError("invalid_response_action")


async def close(sandbox: Sandbox, ask: Json) -> Json:
    """Closes a modal with its Close button, or with `clear` the whole stack; tells the app if the view asks for it."""
    member = _present(sandbox, ask["member"])
    row = views.find(sandbox, ask["view_id"])
    view = json.loads(row["body"])
    clear = bool(ask.get("clear") or view.get("clear_on_close"))
    views.close(sandbox, row, clear=clear)
    if not view.get("notify_on_close"):
        return {"ok": True, "sent": False}
    payload = payloads.closing(sandbox, member, row, cleared=clear)
    reply = await outgoing.tell(sandbox, Message("interactive", payload), ask)
    return reply.described() | {"sent": True}


async def command(sandbox: Sandbox, ask: Json) -> Json:
    """Runs a slash command. `ask`: member, text (with the command), channel (default: the DM), dry, url."""
    member = _present(sandbox, ask["member"])
    channel = _place(sandbox, member["id"], ask)
    name, _, text = ask["text"].strip().partition(" ")
    message = Message("slash_commands", payloads.command(sandbox, member, channel, name, text.strip()))
    if ask.get("dry"):
        return outgoing.request(sandbox, message, ask).described()
    reply = await outgoing.tell(sandbox, message, ask)
    warning = _show_answer(sandbox, member["id"], channel["id"], name, reply)
    return reply.described() | {"warning": warning}


def _show_answer(sandbox: Sandbox, member: str, channel: str, name: str, reply: Reply) -> str | None:
    """The immediate answer to a command: nothing, plain text (ephemeral), or JSON with response_type."""
    code = None
    if reply.failure:
        code = "operation_timeout" if reply.failure == TIMEOUT else "dispatch_failed"
    elif reply.body.strip():
        code = _show_body(sandbox, member, channel, reply)
    if code is None:
        return None
    warning = f'{name} failed with the error "{code}"'
    messages.post(sandbox, channel, {"text": warning}, author=SLACKBOT, only_for=member)
    return warning


def _show_body(sandbox: Sandbox, member: str, channel: str, reply: Reply) -> str | None:
    """Shows what the app answered; returns the error code where it cannot be shown."""
    try:
        is_json = media_type(reply.content_type) == "application/json"
        answer = json.loads(reply.body) if is_json else {"text": reply.body}
        response_urls.deliver(sandbox, member, channel, None, answer)
    except (ValueError, AttributeError):
        return "invalid_command_response"
    except SlackError as error:
        return error.code
    return None


def say(sandbox: Sandbox, ask: Json) -> Json:
    """A member writes a message. `ask`: member, text, channel (default: the DM), thread_ts."""
    member = _present(sandbox, ask["member"])
    channel = _place(sandbox, member["id"], ask)["id"]
    thread = threads.asked(sandbox, channel, ask)
    return messages.post(sandbox, channel, {"text": ask["text"]}, author=member["id"], thread=thread)


def dismiss(sandbox: Sandbox, ask: Json) -> None:
    """A member puts away what only they see. `ask`: member, channel, ts. Raises message_not_found."""
    if messages.find(sandbox, ask["channel"], ask["ts"])["ephemeral_to"] != ask["member"]:
        raise SlackError("message_not_found")
    messages.delete(sandbox, ask["channel"], ask["ts"])


def _place(sandbox: Sandbox, member: str, ask: Json) -> sqlite3.Row:
    """The conversation that a member writes in: the DM opens when they do."""
    dm = conversations.dm_id(member)
    if ask.get("channel", dm) == dm:
        return conversations.open_dm(sandbox, member)[0]
    return conversations.find(sandbox, ask["channel"])


def _present(sandbox: Sandbox, member: str) -> sqlite3.Row:
    row = members.find(sandbox, member)
    if row["deleted"]:
        raise SlackError("account_inactive")
    return row
