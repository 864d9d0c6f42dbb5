"""Draw one message: post it, or update the one that is there, whatever became of that message meanwhile."""

from dataclasses import dataclass, replace
from typing import Any

import structlog

from core.db import transaction
from core.slack_codes import Meaning, Reach, meant_by, named
from core.surfaces import reconcile
from core.surfaces.kinds import Drawing
from core.surfaces.reconcile import Result
from core.teams.members import remember_dm, remember_gone, remember_seen, to_ask_about
from jobs.slack.client import Priority, SlackTrouble, call
from jobs.slack.find import Lost, find, marked

log = structlog.get_logger("jobs.draw")

Payload = dict[str, Any]

#: The message is not there any more, or not ours to change: post anew.
LOST_MESSAGE = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "message_not_owned_by_app", "block_mismatch"}
)
#: The conversation is closed or was never opened: open it again.
CLOSED = frozenset({"channel_not_found", "is_archived", "is_inactive", "not_in_channel"})
#: Seconds until another look at what somebody else may be drawing.
AFTER_LOCK = 1.0
#: Our own word for what users.info says of a member who was deactivated.
DEACTIVATED = "member_deactivated"
#: No message can be had in that place, however often it is tried. `account_inactive` is not among them: as the error of
#: a call it says that our own token is dead.
GONE = named(Meaning.GONE)
#: Not in that place, or not by that method, before an admin has changed something.
SHUT = frozenset(code for code in named(Meaning.ADMIN) if meant_by(code).reach is not Reach.TOKEN)
#: A reply can wait for the next change of what it tells: it is no reason to try again and again.
NO_THREAD = GONE | SHUT


@dataclass(frozen=True)
class Manner:
    """How Slack is spoken to about a kind of message, and what its refusals mean there."""

    #: Of an update that somebody waits for, and of all other calls.
    awaited: Priority
    priority: Priority
    #: Codes: the message is to be posted anew; it can be had nowhere; we may write in this conversation, and not read.
    lost: frozenset[str]
    hopeless: frozenset[str]
    unreadable: frozenset[str]


#: The card that somebody has just clicked goes first; one that is not there yet, or changes by itself, can wait.
CARD = Manner(
    awaited=Priority.DECISION,
    priority=Priority.CARD,
    lost=LOST_MESSAGE | CLOSED,
    hopeless=GONE,
    unreadable=SHUT,
)
REPLY = Manner(
    awaited=Priority.DIGEST, priority=Priority.DIGEST, lost=LOST_MESSAGE, hopeless=NO_THREAD, unreadable=NO_THREAD
)


def draw(drawing: Drawing, payload: Payload, shows: int | str) -> Result:
    """Make this message show `payload`, which is `shows` in short.

    CHANGED when none can be had there, so that others must be asked; LEFT when its drawing lock ran out meanwhile.
    Raises `SlackTrouble` for what may pass: rate limits, an outage, what an admin can change. The lock is released in
    either case.
    """
    try:
        channel, ts = _update_or_post(drawing, payload)
    except SlackTrouble as trouble:
        if trouble.code in _manner(drawing).hopeless or _is_not_worth_it(drawing, trouble):
            return _give_up(drawing, shows, trouble.code)
        with transaction() as tx:
            reconcile.unlock(tx, drawing)
        raise
    with transaction() as tx:
        result = reconcile.record_drawn(tx, drawing, shows, channel, ts)
        if result is Result.LEFT:
            log.warning("drawn too late", card_id=str(drawing.row_id))
            reconcile.distrust_late(tx, drawing, channel, ts)
    return result


def _is_not_worth_it(drawing: Drawing, trouble: SlackTrouble) -> bool:
    """A place that is shut never had this card, and nobody is to decide on it any more."""
    is_shut = trouble.meaning is Meaning.ADMIN and meant_by(trouble.code).reach is Reach.PLACE
    return is_shut and not (drawing.ts or drawing.asks)


def _manner(drawing: Drawing) -> Manner:
    return REPLY if drawing.thread_of else CARD


def _give_up(drawing: Drawing, shows: int | str, code: str) -> Result:
    """Nothing can be had here. In two transactions: `remember_gone` locks drafts in an order of its own."""
    with transaction() as tx:
        reconcile.give_up(tx, drawing, shows, code)
    if code == DEACTIVATED and drawing.member_id:
        with transaction() as tx:
            remember_gone(tx, drawing.member_id)
    else:
        log.warning("nothing can be posted here", card_id=str(drawing.row_id), code=code)
    return Result.CHANGED


def _update_or_post(drawing: Drawing, payload: Payload) -> tuple[str, str]:
    if drawing.channel and drawing.ts:
        try:
            _call("chat.update", drawing, channel=drawing.channel, ts=drawing.ts, **payload)
        except SlackTrouble as trouble:
            if trouble.code not in _manner(drawing).lost:
                raise
            if drawing.is_stray:
                raise SlackTrouble("is_archived") from trouble
            with transaction() as tx:
                reconcile.forget_message(tx, drawing)
            drawing = replace(drawing, ts=None, in_doubt=False)
        else:
            return str(drawing.channel), str(drawing.ts)
    return _post(drawing, payload)


def _post(drawing: Drawing, payload: Payload) -> tuple[str, str]:
    if drawing.slack_user_id is None:
        if drawing.channel is None:
            raise SlackTrouble("channel_not_found")
        return _post_in(drawing, drawing.channel, payload)
    _check_member(drawing)
    channel = drawing.dm_channel or _open_dm(drawing)
    try:
        return _post_in(drawing, channel, payload)
    except SlackTrouble as trouble:
        if trouble.code not in CLOSED:
            raise
        return _post_in(drawing, _open_dm(drawing), payload)


def _post_in(drawing: Drawing, channel: str, payload: Payload) -> tuple[str, str]:
    """Post once. Where an earlier post may have arrived without our knowing, that message is taken instead."""
    if drawing.in_doubt and (found := _find(channel, drawing, payload)):
        try:
            _call("chat.update", drawing, channel=channel, ts=found, **payload)
        except SlackTrouble as trouble:
            if trouble.code not in LOST_MESSAGE:
                raise
        else:
            return channel, found
    under = {"thread_ts": drawing.thread_of} if drawing.thread_of else {}
    try:
        answer = _call(
            "chat.postMessage", drawing, leaving=lambda: _doubt(drawing), channel=channel, **under, **payload
        )
    except SlackTrouble as trouble:
        if not trouble.maybe_done:  # it did not arrive, nor did an earlier one: that was looked for
            with transaction() as tx:
                reconcile.settle_doubt(tx, drawing)
        raise
    return answer["channel"], answer["ts"]


def _doubt(drawing: Drawing) -> None:
    """It leaves now. Raises `SlackTrouble` where it must not: this took so long that another job may be at it."""
    with transaction() as tx:
        ours = reconcile.mark_in_doubt(tx, drawing)
    if not ours:
        raise SlackTrouble("ratelimited", AFTER_LOCK, here_alone=True)


def _find(channel: str, drawing: Drawing, payload: Payload) -> str | None:
    """The latest message of ours in this conversation, or thread, that shows the same; metadata are the dedupe key."""
    mark = marked(payload)
    lost = Lost(drawing.row_id, channel, drawing.tried_at, lambda one: marked(one) == mark, drawing.thread_of)
    try:
        return find(lambda method, **arguments: _call(method, drawing, **arguments), lost)
    except SlackTrouble as trouble:
        if trouble.code not in _manner(drawing).unreadable:
            raise
        return None


def _check_member(drawing: Drawing) -> None:
    """A deactivated member's DM still accepts posts, and nobody reads them: ask Slack, now and then."""
    assert drawing.member_id is not None
    with transaction() as tx:
        asked = to_ask_about(tx, drawing.member_id)
    if asked is None:
        return
    if _call("users.info", drawing, user=drawing.slack_user_id)["user"].get("deleted"):
        raise SlackTrouble(DEACTIVATED)
    with transaction() as tx:
        remember_seen(tx, drawing.member_id, asked)


def _open_dm(drawing: Drawing) -> str:
    assert drawing.member_id is not None
    channel: str = _call("conversations.open", drawing, users=drawing.slack_user_id)["channel"]["id"]
    with transaction() as tx:
        remember_dm(tx, drawing.member_id, channel)
    return channel


def _call(method: str, drawing: Drawing, **arguments: Any) -> dict[str, Any]:
    manner = _manner(drawing)
    priority = manner.awaited if method == "chat.update" and drawing.awaited else manner.priority
    return call(method, workspace_id=drawing.workspace_id, priority=priority, **arguments)
