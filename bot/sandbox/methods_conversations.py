"""conversations.* of the Web API. https://docs.slack.dev/reference/methods?family=conversations"""

import sqlite3

from bot.sandbox import conversations, threads
from bot.sandbox.arguments import truth, window
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


def open_(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """conversations.open, for one member or for a DM's id."""
    users = args.get("users")
    if isinstance(users, list):
        users = ",".join(str(u) for u in users)
    if isinstance(users, str) and users:
        if "," in users:
            raise SlackError("method_not_supported_for_channel_type")
        row, was_open = conversations.open_dm(sandbox, users, team)
    elif isinstance(args.get("channel"), str):
        known = sandbox.store.one("SELECT member FROM conversations WHERE id = ? AND kind = 'im'", args["channel"])
        if known is None:
            raise SlackError("channel_not_found")
        row, was_open = conversations.open_dm(sandbox, known["member"], team)
    else:
        raise SlackError("users_list_not_supplied")
    answer: Json = {"no_op": True, "already_open": True} if was_open else {}
    whole = truth(args.get("return_im"))
    return answer | {"channel": conversations.channel_object(row) if whole else {"id": row["id"]}}


def history(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """conversations.history: newest first, in pages, without replies and ephemeral messages."""
    channel = _readable(sandbox, team, args)
    ask = window(args, 100)
    limit = sandbox.rates.page(ask.limit)
    cursor = args.get("cursor")
    rows = sandbox.store.all(
        "SELECT * FROM messages WHERE channel = ?1 AND NOT deleted AND ephemeral_to IS NULL AND thread IS NULL"
        " AND (ts < ?2 OR (?4 AND ts = ?2)) AND (ts > ?3 OR (?4 AND ts = ?3)) AND ts < ?6 ORDER BY ts DESC LIMIT ?5",
        *(channel["id"], ask.latest, ask.oldest, ask.inclusive, limit + 1, str(cursor or "A")),
    )
    return _page(sandbox, rows, limit, args) | {"pin_count": 0}


def replies(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """conversations.replies: the message, on the first page, and then what stands under it, oldest first."""
    channel = _readable(sandbox, team, args)
    row = threads.parent(sandbox, channel["id"], str(args.get("ts", "")))
    ask = window(args, 1000)
    limit = sandbox.rates.page(ask.limit)
    cursor = str(args.get("cursor") or "0")
    under = [
        reply
        for reply in threads.replies(sandbox, channel["id"], row["ts"])
        if ask.oldest < reply["ts"] < ask.latest or (ask.inclusive and reply["ts"] in {ask.oldest, ask.latest})
    ]
    return _page(sandbox, [one for one in [row, *under] if one["ts"] > cursor][: limit + 1], limit, args)


def _readable(sandbox: Sandbox, team: Team, args: Json) -> sqlite3.Row:
    channel = conversations.find(sandbox, str(args.get("channel", "")), team)
    if not channel["has_bot"]:
        raise SlackError("not_in_channel")
    return channel


def _page(sandbox: Sandbox, rows: list[sqlite3.Row], limit: int, args: Json) -> Json:
    """At most `limit` of the rows, with a cursor where more follow; metadata only when asked for."""
    shown = [threads.with_counts(sandbox, row) for row in rows[:limit]]
    if not truth(args.get("include_all_metadata")):
        for message in shown:
            message.pop("metadata", None)
    more = len(rows) > limit
    answer: Json = {"messages": shown, "has_more": more}
    return answer | ({"response_metadata": {"next_cursor": rows[limit - 1]["ts"]}} if more else {})
