"""Draw the history under the cards of a draft: one reply each, after the cards themselves, which people wait for."""

from typing import Any

import structlog

from core.cards.thread import fingerprint, thread
from core.db import transaction
from core.ids import UUID
from core.surfaces import threads
from core.surfaces.threads import Place
from core.views.draft import DraftView
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("jobs.draw_threads")

#: No reply can be had under this card, however often it is tried.
NO_THREAD = frozenset(
    {
        *("thread_not_found", "cannot_reply_to_message", "invalid_thread_ts", "message_not_found"),
        *("channel_not_found", "is_archived", "not_in_channel", "user_disabled", "missing_scope"),
        *("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_locked"),
        *("restricted_action_thread_only_channel", "restricted_action_non_threadable_channel"),
    }
)
#: The reply is not there any more: post it anew.
LOST = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
#: Seconds until the next try, where Slack names none; and for a thread that somebody else is drawing.
AFTER_TROUBLE, AFTER_HOLD = 5.0, 1.0


def draw_threads(draft: DraftView, page_url: str) -> float | None:
    """Bring the thread of every card up to date; returns the seconds to wait when some could not be drawn now."""
    with transaction() as tx:
        payload = thread(draft, threads.history(tx, draft.draft_id), page_url)
        shows = fingerprint(payload)
        cards = threads.behind(tx, draft.draft_id, shows) if payload else []
    wait: float | None = None
    for card_id in cards:
        if payload is None or shows is None:
            break
        with transaction() as tx:
            place = threads.hold(tx, card_id, shows)
            taken = place is None and card_id in threads.behind(tx, draft.draft_id, shows)
        if place is None:
            wait = max(wait or 0, AFTER_HOLD) if taken else wait
            continue
        try:
            _draw(place, payload, shows, draft.workspace_id)
        except SlackTrouble as trouble:
            wait = max(wait or 0, trouble.retry_after or AFTER_TROUBLE)
            if trouble.code == "ratelimited":
                break
    return wait


def _draw(place: Place, payload: dict[str, Any], shows: str, workspace_id: UUID) -> None:
    """Draw one thread. Raises `SlackTrouble` for what may pass; the hold is let go in either case."""
    try:
        ts: str | None = _update_or_post(place, payload, workspace_id)
    except SlackTrouble as trouble:
        if trouble.code not in NO_THREAD:
            with transaction() as tx:
                threads.let_go(tx, place)
            raise
        log.warning("no thread can be had here", card_id=str(place.card_id), code=trouble.code)
        ts = None
    with transaction() as tx:
        threads.drawn(tx, place, shows, ts)


def _update_or_post(place: Place, payload: dict[str, Any], workspace_id: UUID) -> str:
    known = place.thread_ts or (_find(place, workspace_id) if place.in_doubt else None)
    if known:
        try:
            _call("chat.update", workspace_id, channel=place.channel, ts=known, **payload)
        except SlackTrouble as trouble:
            if trouble.code not in LOST:
                raise
        else:
            return known
    with transaction() as tx:
        threads.trying(tx, place)
    posted = _call("chat.postMessage", workspace_id, channel=place.channel, thread_ts=place.card_ts, **payload)
    return str(posted["ts"])


def _find(place: Place, workspace_id: UUID) -> str | None:
    """Our reply under this card, where an earlier post arrived without our knowing."""
    try:
        replies = _call(
            "conversations.replies", workspace_id, channel=place.channel, ts=place.card_ts, include_all_metadata=True
        )
    except SlackTrouble as trouble:
        if trouble.code not in NO_THREAD:
            raise
        return None  # a campaign's channel: we may write there, and not read
    for message in replies.get("messages", []):
        if message.get("metadata", {}).get("event_type") == "signoff_thread":
            return str(message["ts"])
    return None


def _call(method: str, workspace_id: UUID, **arguments: Any) -> dict[str, Any]:
    return call(method, workspace_id=workspace_id, priority=Priority.DIGEST, **arguments)
