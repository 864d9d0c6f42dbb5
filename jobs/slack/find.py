"""Find a message of ours again whose answer was lost, by its metadata: so that nothing is posted twice.

https://docs.slack.dev/reference/methods/conversations.history: to some apps it gives fifteen messages at a time, or one
page a minute. So no page is asked for twice: how far back a search has come is remembered until it ends. Another
process, or this one after a start, begins anew, and comes to the same.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from jobs.slack.trouble import SlackTrouble

#: How far our clock may be ahead of Slack's: with more, Slack's signatures would be refused (`bot/slack/signature.py`).
CLOCKS_DIFFER = timedelta(minutes=5)
#: Messages that a page may hold; Slack may give fewer.
PAGE = 200
#: Pages, and seconds, in one look: who looks has a drawing lock of 30 s.
MOST_PAGES, MOST_SECONDS = 10, 5.0
#: Seconds until the search goes on that has not come to its end.
GO_ON = 1.0

Call = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Lost:
    """A message that may be there: which row it is of, where, tried since when, and how it is told from others."""

    row_id: UUID
    channel: str
    since: datetime | None
    is_it: Callable[[dict[str, Any]], bool]
    #: It is a reply under this message.
    thread_of: str | None = None


def find(call: Call, lost: Lost) -> str | None:
    """The `ts` of the message, the latest if there are several; None if it did not arrive.

    `call(method, **arguments)` calls Slack. Raises what that raises, and `SlackTrouble` where there is more to look
    through: then this is to be called again.
    """
    oldest = f"{(lost.since - CLOCKS_DIFFER).timestamp():.6f}" if lost.since else "0"
    within = {"channel": lost.channel, "oldest": oldest, "include_all_metadata": True, "limit": PAGE}
    cursor, began = _come_to(lost.row_id), time.monotonic()
    for _ in range(MOST_PAGES):
        at = {"cursor": cursor} if cursor else {}
        try:
            if lost.thread_of:
                page = call("conversations.replies", ts=lost.thread_of, **within, **at)
            else:
                page = call("conversations.history", **within, **at)
        except SlackTrouble as trouble:
            if trouble.code == "invalid_cursor":  # it was of another day
                _ended(lost.row_id)
            raise
        found = [str(one["ts"]) for one in page["messages"] if _is_whole(one) and lost.is_it(one)]
        cursor = _next(page)
        if found or not cursor:
            _ended(lost.row_id)
            return max(found) if found else None
        _remember(lost.row_id, cursor)
        if time.monotonic() - began > MOST_SECONDS:
            break
    raise SlackTrouble("ratelimited", GO_ON, here_alone=True)


def marked(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What the metadata of a message say: their type and what is in them."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return "", {}
    return str(metadata.get("event_type")), metadata["event_payload"]


def _is_whole(message: object) -> bool:
    return isinstance(message, dict) and isinstance(message.get("ts"), str)


def _next(page: dict[str, Any]) -> str:
    more = page.get("response_metadata")
    cursor = more.get("next_cursor") if isinstance(more, dict) else None
    return cursor if isinstance(cursor, str) else ""


# --- how far searches have come ---

#: Searches that are remembered.
MOST_SEARCHES = 1000
_lock = Lock()
_cursors: OrderedDict[UUID, str] = OrderedDict()


def _come_to(row_id: UUID) -> str:
    with _lock:
        return _cursors.get(row_id, "")


def _remember(row_id: UUID, cursor: str) -> None:
    with _lock:
        _cursors[row_id] = cursor
        if len(_cursors) > MOST_SEARCHES:
            _cursors.popitem(last=False)


def _ended(row_id: UUID) -> None:
    with _lock:
        _cursors.pop(row_id, None)
