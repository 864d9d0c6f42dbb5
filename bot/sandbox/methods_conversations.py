"""conversations.* of the Web API. https://docs.slack.dev/reference/methods?family=conversations"""

import json

from bot.sandbox import conversations
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox


def open_(sandbox: Sandbox, args: Json) -> Json:
    """conversations.open, for one member or for a DM's id."""
    users = args.get("users")
    if isinstance(users, list):
        users = ",".join(str(u) for u in users)
    if isinstance(users, str) and users:
        if "," in users:
            raise SlackError("method_not_supported_for_channel_type")
        row, was_open = conversations.open_dm(sandbox, users)
    elif isinstance(args.get("channel"), str):
        known = sandbox.store.one("SELECT member FROM conversations WHERE id = ? AND kind = 'im'", args["channel"])
        if known is None:
            raise SlackError("channel_not_found")
        row, was_open = conversations.open_dm(sandbox, known["member"])
    else:
        raise SlackError("users_list_not_supplied")
    answer: Json = {"no_op": True, "already_open": True} if was_open else {}
    whole = truth(args.get("return_im"))
    return answer | {"channel": conversations.channel_object(row) if whole else {"id": row["id"]}}


def history(sandbox: Sandbox, args: Json) -> Json:
    """conversations.history: newest first, in pages, without ephemeral messages; metadata only when asked for."""
    channel = conversations.find(sandbox, str(args.get("channel", "")))
    if not channel["has_bot"]:
        raise SlackError("not_in_channel")
    limit = _limit(args.get("limit", 100))
    inclusive = truth(args.get("inclusive"))
    newest = str(args.get("cursor") or args.get("latest") or "9999999999.999999")
    oldest = str(args.get("oldest") or "0")
    rows = sandbox.store.all(
        "SELECT ts, body FROM messages WHERE channel = ?1 AND NOT deleted AND ephemeral_to IS NULL"
        " AND (ts < ?2 OR (?4 AND ts = ?2)) AND (ts > ?3 OR (?4 AND ts = ?3)) ORDER BY ts DESC LIMIT ?5",
        *(channel["id"], newest, oldest, inclusive and not args.get("cursor"), limit + 1),
    )
    shown = [json.loads(row["body"]) for row in rows[:limit]]
    if not truth(args.get("include_all_metadata")):
        for message in shown:
            message.pop("metadata", None)
    more = len(rows) > limit
    answer: Json = {"messages": shown, "has_more": more, "pin_count": 0}
    if more:
        answer["response_metadata"] = {"next_cursor": rows[limit - 1]["ts"]}
    return answer


def truth(value: object) -> bool:
    """A flag as it comes in JSON (true) or in a form ("1", "true")."""
    return value in (True, 1) or str(value).lower() in {"1", "true"}


def _limit(value: object) -> int:
    try:
        limit = int(str(value))
    except ValueError as error:
        raise SlackError("invalid_limit") from error
    if not 1 <= limit <= 1000:
        raise SlackError("invalid_limit")
    return limit
