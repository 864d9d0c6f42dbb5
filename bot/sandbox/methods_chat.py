"""chat.* of the Web API. https://docs.slack.dev/reference/methods?family=chat"""

from typing import Any

from bot.sandbox import conversations, members, messages
from bot.sandbox.config import BOT_USER_ID
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox


def post_message(sandbox: Sandbox, args: Json) -> Json:
    """chat.postMessage"""
    channel = conversations.target(sandbox, _channel(args))["id"]
    body = messages.content({k: v for k, v in args.items() if k != "ts"}) | _extras(args)
    message = messages.post(sandbox, channel, body)
    return {"channel": channel, "ts": message["ts"], "message": message}


def post_ephemeral(sandbox: Sandbox, args: Json) -> Json:
    """chat.postEphemeral"""
    channel = conversations.target(sandbox, _channel(args))
    user = args.get("user")
    if not isinstance(user, str) or not sandbox.store.one("SELECT 1 FROM members WHERE id = ?", user):
        raise SlackError("user_not_in_channel")
    if channel["kind"] == "im" and channel["member"] != user:
        raise SlackError("user_not_in_channel")
    if members.find(sandbox, user)["deleted"]:
        raise SlackError("user_not_in_channel")
    message = messages.post(sandbox, channel["id"], messages.content(args), only_for=user)
    return {"message_ts": message["ts"]}


def update(sandbox: Sandbox, args: Json) -> Json:
    """chat.update: only for the bot's own messages, and not for ephemeral ones."""
    channel = conversations.find(sandbox, _channel(args))
    ts = args.get("ts")
    if not isinstance(ts, str):
        raise SlackError("message_not_found")
    row = messages.find(sandbox, channel["id"], ts)
    if row["ephemeral_to"] is not None:
        raise SlackError("message_not_found")
    if row["author"] != BOT_USER_ID:
        raise SlackError("cant_update_message")
    if channel["archived"]:
        raise SlackError("is_archived")
    message = messages.update(sandbox, channel["id"], ts, messages.content(args) | _extras(args))
    return {"channel": channel["id"], "ts": ts, "text": message["text"], "message": message}


def _channel(args: Json) -> str:
    channel = args.get("channel")
    if not isinstance(channel, str) or not channel:
        raise SlackError("channel_not_found")
    return channel


def _extras(args: Json) -> Json:
    """Metadata and thread of a message. https://docs.slack.dev/messaging/message-metadata"""
    extras: dict[str, Any] = {}
    metadata = args.get("metadata")
    if metadata is not None:
        named = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
        if not named or not isinstance(metadata.get("event_payload"), dict):
            raise SlackError("invalid_metadata_format")
        extras["metadata"] = metadata
    if isinstance(args.get("thread_ts"), str):
        extras["thread_ts"] = args["thread_ts"]
    return extras
