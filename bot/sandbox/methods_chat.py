"""chat.* of the Web API. https://docs.slack.dev/reference/methods?family=chat"""

import sqlite3
from typing import Any

from bot.sandbox import conversations, members, messages, threads
from bot.sandbox.arguments import truth
from bot.sandbox.errors import SlackError, refused_blocks
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


def post_message(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """chat.postMessage"""
    channel = conversations.target(sandbox, team, _channel(args))["id"]
    body = messages.content({k: v for k, v in args.items() if k != "ts"}) | _extras(args)
    if truth(args.get("reply_broadcast")):
        raise refused_blocks("invalid_arguments", ["reply_broadcast is not played by the sandbox"])
    message = messages.post(sandbox, channel, body, thread=threads.asked(sandbox, channel, args))
    return {"channel": channel, "ts": message["ts"], "message": message}


def post_ephemeral(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """chat.postEphemeral"""
    channel = conversations.target(sandbox, team, _channel(args))
    user = args.get("user")
    known = [row["id"] for row in members.everyone(sandbox, team) if not row["deleted"]]
    if user not in known or channel["member"] not in {None, user}:
        raise SlackError("user_not_in_channel")
    thread = threads.asked(sandbox, channel["id"], args)
    message = messages.post(sandbox, channel["id"], messages.content(args), only_for=user, thread=thread)
    return {"message_ts": message["ts"]}


def update(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """chat.update: only for the bot's own messages, and not for ephemeral ones."""
    channel, row = _own(sandbox, team, args, "cant_update_message")
    message = messages.update(sandbox, channel, row["ts"], messages.content(args) | _extras(args))
    return {"channel": channel, "ts": row["ts"], "text": message["text"], "message": message}


def delete(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """chat.delete: as update."""
    channel, row = _own(sandbox, team, args, "cant_delete_message")
    messages.delete(sandbox, channel, row["ts"])
    return {"channel": channel, "ts": row["ts"]}


def get_permalink(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """chat.getPermalink: where a person finds the message; here, on the sandbox's own page."""
    channel = conversations.find(sandbox, _channel(args), team)
    ts = args.get("message_ts")
    row = messages.find(sandbox, channel["id"], ts if isinstance(ts, str) else "")
    in_thread = f"?thread_ts={row['thread']}&cid={channel['id']}" if row["thread"] else ""
    link = f"{sandbox.base_url}/archives/{channel['id']}/p{row['ts'].replace('.', '')}{in_thread}"
    return {"channel": channel["id"], "permalink": link}


def _own(sandbox: Sandbox, team: Team, args: Json, refusal: str) -> tuple[str, sqlite3.Row]:
    """The channel and the message of the bot that a call names; raises message_not_found, is_archived, `refusal`."""
    channel = conversations.find(sandbox, _channel(args), team)
    ts = args.get("ts")
    row = messages.find(sandbox, channel["id"], ts if isinstance(ts, str) else "")
    if row["ephemeral_to"] is not None:
        raise SlackError("message_not_found")
    if row["author"] != team.bot_user:
        raise SlackError(refusal)
    if channel["archived"]:
        raise SlackError("is_archived")
    return channel["id"], row


def _channel(args: Json) -> str:
    channel = args.get("channel")
    if not isinstance(channel, str) or not channel:
        raise SlackError("channel_not_found")
    return channel


def _extras(args: Json) -> Json:
    """Metadata of a message. https://docs.slack.dev/messaging/message-metadata"""
    extras: dict[str, Any] = {}
    metadata = args.get("metadata")
    if metadata is not None:
        named = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
        if not named or not isinstance(metadata.get("event_payload"), dict):
            raise SlackError("invalid_metadata_format")
        extras["metadata"] = metadata
    return extras
