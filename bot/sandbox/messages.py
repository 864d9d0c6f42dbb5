"""Messages: posted, updated, deleted, shown to one member only. Every version that stood there is kept."""

import json
import sqlite3
from typing import Any

from bot.sandbox import conversations
from bot.sandbox.config import APP_ID
from bot.sandbox.errors import SlackError, refused_blocks
from bot.sandbox.state import Json, Sandbox
from core.cards.limits import lint

TOMBSTONE = "USLACKBOT"  # who "wrote" what stands in the place of a deleted message with a thread


def content(args: Json) -> Json:
    """The text and blocks of a call, checked; raises no_text, msg_too_long, invalid_blocks, msg_blocks_too_long."""
    blocks = args.get("blocks")
    if blocks is not None:
        if isinstance(blocks, list) and len(blocks) > lint.MESSAGE_BLOCKS:
            raise refused_blocks("invalid_blocks", list(lint.block_faults(blocks)))
        if faults := list(lint.block_faults(blocks)):
            raise refused_blocks("invalid_blocks", faults)
        if faults := list(lint.total_faults(blocks)):
            raise refused_blocks("msg_blocks_too_long", faults)
    for fault in lint.text_faults(args):
        raise SlackError("msg_too_long" if fault.startswith("msg_too_long") else "no_text")
    return {"text": args["text"]} | ({"blocks": with_ids(blocks)} if blocks is not None else {})


def post(
    sandbox: Sandbox,
    channel: str,
    body: Json,
    *,
    author: str | None = None,
    only_for: str | None = None,
    thread: str | None = None,
) -> Json:
    """Puts a message into a channel, or under the one whose ts is `thread`, and returns it as Slack shows it.

    The author is the bot unless another is named; `only_for` makes it ephemeral.
    """
    team = conversations.team_of(sandbox, channel)
    author = author or team.bot_user
    ts = sandbox.next_ts()
    message: Json = {"type": "message", "user": author, "ts": ts, "team": team.id} | body
    if author == team.bot_user:
        message |= {"bot_id": team.bot, "app_id": APP_ID, "bot_profile": team.bot_profile()}
    if thread is not None:
        message["thread_ts"] = thread
    stored = json.dumps(message)
    sandbox.store.write(
        "INSERT INTO messages (channel, ts, author, ephemeral_to, body, thread) VALUES (?, ?, ?, ?, ?, ?)",
        *(channel, ts, author, only_for, stored, thread),
    )
    sandbox.store.write("INSERT INTO versions VALUES (?, ?, 0, ?)", channel, ts, stored)
    return message


def update(sandbox: Sandbox, channel: str, ts: str, body: Json) -> Json:
    """Replaces what a message says. Blocks go when only text is given; "(edited)" shows only then.

    Source: the `blocks` argument on https://docs.slack.dev/reference/methods/chat.update
    """
    row = find(sandbox, channel, ts)
    message: Json = json.loads(row["body"])
    for key in ("blocks", "edited"):
        message.pop(key, None)
    message |= body
    if "blocks" not in body:
        message["edited"] = {"user": row["author"], "ts": sandbox.next_ts()}
    stored = json.dumps(message)
    sandbox.store.write(
        "UPDATE messages SET body = ?, edits = edits + 1 WHERE channel = ? AND ts = ?", stored, channel, ts
    )
    sandbox.store.write("INSERT INTO versions VALUES (?, ?, ?, ?)", channel, ts, row["edits"] + 1, stored)
    return message


def delete(sandbox: Sandbox, channel: str, ts: str) -> None:
    """Takes a message away; raises message_not_found. Where a thread hangs on it, a tombstone stays in its place."""
    find(sandbox, channel, ts)
    hanging = "SELECT 1 FROM messages WHERE channel = ? AND thread = ? AND NOT deleted"
    if sandbox.store.one(hanging, channel, ts) is None:
        sandbox.store.write("UPDATE messages SET deleted = 1 WHERE channel = ? AND ts = ?", channel, ts)
        return
    body = {"type": "message", "subtype": "tombstone", "user": TOMBSTONE, "ts": ts, "hidden": True}
    sandbox.store.write(
        "UPDATE messages SET author = ?, body = ?, edits = edits + 1 WHERE channel = ? AND ts = ?",
        *(TOMBSTONE, json.dumps(body | {"text": "This message was deleted."}), channel, ts),
    )


def find(sandbox: Sandbox, channel: str, ts: str) -> sqlite3.Row:
    """One message that still stands; raises message_not_found."""
    row = sandbox.store.one("SELECT * FROM messages WHERE channel = ? AND ts = ? AND NOT deleted", channel, ts)
    if row is None or row["author"] == TOMBSTONE:
        raise SlackError("message_not_found")
    return row


def version(sandbox: Sandbox, channel: str, ts: str, edit: int) -> Json:
    """The message as it stood after that many updates: what a slow client still shows."""
    row = sandbox.store.one("SELECT body FROM versions WHERE channel = ? AND ts = ? AND edit = ?", channel, ts, edit)
    if row is None:
        raise SlackError("message_not_found")
    message: Json = json.loads(row["body"])
    return message


def versions(sandbox: Sandbox, channel: str, ts: str) -> list[Json]:
    """Every version of a message, oldest first."""
    rows = sandbox.store.all("SELECT body FROM versions WHERE channel = ? AND ts = ? ORDER BY edit", channel, ts)
    return [json.loads(row["body"]) for row in rows]


SEEN = (
    "SELECT m.*, n.text AS notice FROM messages m LEFT JOIN notices n"
    " ON n.channel = m.channel AND n.ts = m.ts AND n.member = ?1"
    " WHERE NOT m.deleted AND (m.ephemeral_to IS NULL OR m.ephemeral_to = ?1)"
)


def seen_by(sandbox: Sandbox, member: str, channel: str) -> list[sqlite3.Row]:
    """What a member sees in a channel, oldest first, ephemeral messages to them among it, with notices as `notice`.

    Replies stand in their threads, see threads.py.
    """
    return sandbox.store.all(f"{SEEN} AND m.channel = ?2 AND m.thread IS NULL ORDER BY m.ts", member, channel)


def only_for(sandbox: Sandbox, member: str) -> list[sqlite3.Row]:
    """Every ephemeral message that one member sees, in channels and threads, oldest first."""
    return sandbox.store.all(f"{SEEN} AND m.ephemeral_to = ?1 ORDER BY m.ts", member)


def notice(sandbox: Sandbox, channel: str, ts: str, member: str, text: str | None) -> None:
    """What Slack writes under a message when the app did not answer; None takes it away."""
    sandbox.store.write("DELETE FROM notices WHERE channel = ? AND ts = ? AND member = ?", channel, ts, member)
    if text:
        sandbox.store.write("INSERT INTO notices VALUES (?, ?, ?, ?)", channel, ts, member, text)


def with_ids(blocks: list[Json]) -> list[Json]:
    """Slack gives a block_id or action_id to what has none."""
    return [_with_id(block, index) for index, block in enumerate(blocks)]


def _with_id(block: Json, index: int) -> Json:
    filled: dict[str, Any] = {"block_id": f"b{index:02d}sandbox"} | block
    if "elements" in block and block["type"] == "actions":
        filled["elements"] = [
            {"action_id": f"a{n:02d}sandbox"} | element for n, element in enumerate(block["elements"])
        ]
    for key in ("accessory", "element"):
        if key in block and block[key]["type"] != "image":
            filled[key] = {"action_id": "a00sandbox"} | block[key]
    return filled
