"""Threads: replies under a message. https://docs.slack.dev/messaging/#threading"""

import json
import re
import sqlite3

from bot.sandbox import messages
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox

TIMESTAMP = re.compile(r"\d{1,12}\.\d{6}")


def asked(sandbox: Sandbox, channel: str, args: Json) -> str | None:
    """The thread that a post goes to, None for the channel itself.

    Raises invalid_thread_ts, thread_not_found (nothing stands there), cannot_reply_to_message (a reply, or a message
    for one person only): both would be lost to the reader.
    """
    ts = args.get("thread_ts")
    if ts is None:
        return None
    if not isinstance(ts, str) or not TIMESTAMP.fullmatch(ts):
        messages_ = [f"[ERROR] {ts} is not a valid thread_ts"]
        raise SlackError("invalid_thread_ts", response_metadata={"messages": messages_})
    row = parent(sandbox, channel, ts)
    if row["thread"] is not None or row["ephemeral_to"] is not None:
        raise SlackError("cannot_reply_to_message")
    return ts


def parent(sandbox: Sandbox, channel: str, ts: str) -> sqlite3.Row:
    """The message at `ts`, a tombstone among them; raises thread_not_found."""
    row = sandbox.store.one("SELECT * FROM messages WHERE channel = ? AND ts = ? AND NOT deleted", channel, ts)
    if row is None:
        raise SlackError("thread_not_found")
    return row


def replies(sandbox: Sandbox, channel: str, ts: str, member: str | None = None) -> list[sqlite3.Row]:
    """The replies under a message, oldest first: what everyone sees, and what only `member` does."""
    return sandbox.store.all(
        f"{messages.SEEN} AND m.channel = ?2 AND m.thread = ?3 ORDER BY m.ts", member or "", channel, ts
    )


def counts(sandbox: Sandbox, channel: str, member: str) -> dict[str, tuple[int, str]]:
    """How many replies a member sees under each message of a channel, and the ts of the last."""
    rows = sandbox.store.all(
        "SELECT thread, count(*) AS n, max(ts) AS last FROM messages WHERE channel = ? AND thread IS NOT NULL"
        " AND NOT deleted AND (ephemeral_to IS NULL OR ephemeral_to = ?) GROUP BY thread",
        *(channel, member),
    )
    return {row["thread"]: (row["n"], row["last"]) for row in rows}


def with_counts(sandbox: Sandbox, row: sqlite3.Row) -> Json:
    """A message as the API shows it: with the counts of its thread, where it has one."""
    message: Json = json.loads(row["body"])
    under = replies(sandbox, row["channel"], row["ts"])
    if not under:
        return message
    writers = list(dict.fromkeys(reply["author"] for reply in under))
    return message | {
        "thread_ts": row["ts"],
        "reply_count": len(under),
        "reply_users_count": len(writers),
        "latest_reply": under[-1]["ts"],
        "reply_users": writers[:5],
        "is_locked": False,
        "subscribed": False,
    }
