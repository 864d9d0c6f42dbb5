"""Draw one card: post it, or update the message that is there, whatever became of that message meanwhile."""

from dataclasses import replace
from typing import Any, Protocol

import structlog
from sqlalchemy.engine import Connection

from core.db import transaction
from core.ids import UUID
from core.surfaces import cards
from core.surfaces.cards import Place
from core.teams.members import remember_dm, remember_gone, remember_seen, to_ask_about
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("jobs.draw")

#: The message is not there any more, or not ours to change: post anew.
LOST_MESSAGE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
#: The conversation is closed or was never opened: open it again.
CLOSED = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
#: Nobody to write to. `account_inactive` is not among them: as the error of a call it says that our own token is dead.
NO_SUCH_MEMBER = frozenset({"user_disabled", "user_not_found", "cannot_dm_bot", "users_not_found"})
#: Our own word for what users.info says of a member who was deactivated.
DEACTIVATED = "member_deactivated"


class Keeping(Protocol):
    """Where the rows of a kind of cards are kept: `core.surfaces.cards`, or a module that does the same for others."""

    def give_up(self, tx: Connection, place: Place, reason: str) -> None: ...
    def let_go(self, tx: Connection, place: Place) -> None: ...
    def drawn(self, tx: Connection, place: Place, revision: int, channel: str, ts: str) -> bool: ...
    def distrust_late(self, tx: Connection, place: Place, channel: str, ts: str, /) -> None: ...
    def forget_message(self, tx: Connection, card_id: UUID) -> None: ...
    def trying(self, tx: Connection, card_id: UUID) -> None: ...


def draw(place: Place, payload: dict[str, Any], revision: int, keep: Keeping = cards) -> bool:
    """Make this card show `payload`. False when nobody can be reached there, so that others must be asked.

    Raises `SlackTrouble` for what may pass: rate limits, an outage. The hold is let go in either case.
    """
    try:
        channel, ts = _update_or_post(place, payload, keep)
    except SlackTrouble as trouble:
        if trouble.code in CLOSED | NO_SUCH_MEMBER | {DEACTIVATED}:
            _give_up(place, trouble.code, keep)
            return False
        with transaction() as tx:
            keep.let_go(tx, place)
        raise
    with transaction() as tx:
        if not keep.drawn(tx, place, revision, channel, ts):
            log.warning("drawn too late", card_id=str(place.card_id))
            keep.distrust_late(tx, place, channel, ts)
    return True


def _give_up(place: Place, code: str, keep: Keeping) -> None:
    """Nobody can be reached here. In two transactions: `remember_gone` locks drafts in an order of its own."""
    with transaction() as tx:
        keep.give_up(tx, place, code)
    if code == DEACTIVATED and place.member_id:
        with transaction() as tx:
            remember_gone(tx, place.member_id)
    else:
        log.warning("no card can be posted here", card_id=str(place.card_id), code=code)


def _update_or_post(place: Place, payload: dict[str, Any], keep: Keeping) -> tuple[str, str]:
    if place.channel and place.ts:
        try:
            _call("chat.update", place, channel=place.channel, ts=place.ts, **payload)
        except SlackTrouble as trouble:
            if trouble.code not in LOST_MESSAGE | CLOSED:
                raise
            if place.is_stray:
                raise SlackTrouble("is_archived") from trouble
            with transaction() as tx:
                keep.forget_message(tx, place.card_id)
            place = replace(place, ts=None, in_doubt=False)
        else:
            return str(place.channel), str(place.ts)
    return _post(place, payload, keep)


def _post(place: Place, payload: dict[str, Any], keep: Keeping) -> tuple[str, str]:
    if place.slack_user_id is None:
        if place.channel is None:
            raise SlackTrouble("channel_not_found")
        return _post_in(place, place.channel, payload, keep)
    _check_member(place)
    channel = place.dm_channel or _open_dm(place)
    try:
        return _post_in(place, channel, payload, keep)
    except SlackTrouble as trouble:
        if trouble.code not in CLOSED:
            raise
        return _post_in(place, _open_dm(place), payload, keep)


def _post_in(place: Place, channel: str, payload: dict[str, Any], keep: Keeping) -> tuple[str, str]:
    """Post once. Where an earlier post may have arrived without our knowing, that message is taken instead."""
    if place.in_doubt:
        found = _find(channel, place)
        if found:
            _call("chat.update", place, channel=channel, ts=found, **payload)
            return channel, found
    with transaction() as tx:
        keep.trying(tx, place.card_id)
    answer = _call("chat.postMessage", place, channel=channel, **payload)
    return str(answer["channel"]), str(answer["ts"])


def _find(channel: str, place: Place) -> str | None:
    """The latest message of ours in this conversation that shows the same."""
    try:
        history = _call("conversations.history", place, channel=channel, limit=200, include_all_metadata=True)
    except SlackTrouble as trouble:
        if trouble.code == "missing_scope":  # a campaign's channel: we may write there, and not read
            return None
        raise
    for message in history.get("messages", []):
        if message.get("metadata", {}).get("event_payload", {}).get(place.named) == str(place.draft_id):
            return str(message["ts"])
    return None


def _check_member(place: Place) -> None:
    """A deactivated member's DM still accepts posts, and nobody reads them: ask Slack, now and then."""
    assert place.member_id is not None
    with transaction() as tx:
        asked = to_ask_about(tx, place.member_id)
    if asked is None:
        return
    user = _call("users.info", place, user=place.slack_user_id)["user"]
    if user.get("deleted"):
        raise SlackTrouble(DEACTIVATED)
    with transaction() as tx:
        remember_seen(tx, place.member_id, asked)


def _open_dm(place: Place) -> str:
    assert place.member_id is not None
    channel = str(_call("conversations.open", place, users=place.slack_user_id)["channel"]["id"])
    with transaction() as tx:
        remember_dm(tx, place.member_id, channel)
    return channel


def _call(method: str, place: Place, **arguments: Any) -> dict[str, Any]:
    """The card that somebody has just clicked goes first; one that is not there yet, or changes by itself, can wait."""
    priority = Priority.DECISION if method == "chat.update" and place.awaited else Priority.CARD
    return call(method, workspace_id=place.workspace_id, priority=priority, **arguments)
