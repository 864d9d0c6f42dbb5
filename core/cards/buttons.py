"""The buttons of a card: which are live in which state (P9)."""

import re
from datetime import datetime
from typing import Any

from core.cards.letter import button_value, label_of
from core.cards.mrkdwn import button, cut, escape, mrkdwn, plain, section, time_to_come
from core.delivery.closed_hours import ClosedHours
from core.delivery.next_slot import SendNow, Told
from core.taxonomy import DraftState
from core.text.words.refusals import NEVER_OPEN, RECIPIENT, UNTIL_OPEN
from core.views.draft import DraftView

Block = dict[str, Any]

_APPROVE = ("approve_send", "approve_schedule")
_REWRITE = ("edit_draft", "reject_draft")
#: State → action ids, in their order. A state that is not here has no buttons.
_LIVE: dict[DraftState, tuple[str, ...]] = {
    DraftState.NEEDS_REVIEW: (*_APPROVE, *_REWRITE, "open_draft", "more"),
    DraftState.FAILED_BACK: (*_APPROVE, *_REWRITE, "open_draft", "more"),
    DraftState.MANUAL_REVIEW: (*_REWRITE, "open_draft", "more"),
    DraftState.CHANGES_ASKED: (*_REWRITE, "open_draft"),
    DraftState.EXPIRED: ("open_draft",),
}
#: action id → label and style.
_BUTTONS: dict[str, tuple[str, str | None]] = {
    "approve_send": ("Approve & send", None),
    "approve_schedule": ("Approve, next slot", None),
    "edit_draft": ("Edit", None),
    "reject_draft": ("Reject", "danger"),
    "open_draft": ("Open", None),
}

REQUEST_CHANGES, SNOOZE, WAKE, ASSIGN, PAUSE = "request_changes", "snooze", "wake", "assign", "pause"
#: What the overflow menu offers: the word in its value, and its label.
MORE: dict[str, str] = {
    REQUEST_CHANGES: "Request changes",
    SNOOZE: "Snooze",
    WAKE: "End snooze",
    ASSIGN: "Assign to …",
    PAUSE: "Pause this campaign",
}


DECIDE, HELD, NEVER = "decide", ":held", "never"
_CLOSED = re.compile(rf":closed-(\d{{1,12}}|{NEVER})(?::|$)")


def row_name(now: SendNow | None) -> str:
    """The name of a row of buttons: with what its reader is told beside it, as a click has the name, and the card may
    be an old one. What is closed says until when: seconds since 1970.
    """
    if now is None:
        return DECIDE
    opens = int(now.closed.opens.timestamp()) if now.closed and now.closed.opens else NEVER
    return f"{DECIDE}{HELD if now.why is not None else ''}{f':closed-{opens}' if now.closed else ''}"


def told_by(name: str, now: datetime) -> Told:
    """What the reader of a row with this name was told that is still so."""
    found = _CLOSED.search(name)
    closed = found is not None and (found[1] == NEVER or now.timestamp() < int(found[1]))
    return Told(closed=closed, held=name.startswith(f"{DECIDE}{HELD}"))


def buttons(draft: DraftView, page_url: str) -> list[Block]:
    """What "Approve & send" would do, where that is not what one expects; and the one row of buttons, or none."""
    live = _LIVE.get(draft.state, ())
    if not live:
        return []
    if draft.blocked_by:  # by whom it is for, or its campaign: no text helps
        live = tuple(action for action in live if action != "edit_draft")
    primary = primary_of(draft.send_now)
    elements = [_element(draft, action_id, page_url, primary) for action_id in live]
    told = promise(draft.send_now, draft.timezone)
    row = {"type": "actions", "block_id": row_name(draft.send_now), "elements": elements}
    return [*([section(mrkdwn(told), "promise")] if told else []), row]


def primary_of(now: SendNow | None) -> str | None:
    """What most people mean; nothing where an approval comes to nothing. The buttons stand where they always do."""
    if now is None or (now.why is None and now.closed is None):
        return "approve_send"
    return None if now.lasting else "approve_schedule"


def promise(now: SendNow | None, timezone: str) -> str:
    """Mrkdwn that says when it cannot leave at once, or had better not: what the gates know, before anybody clicks
    (P8); empty where it leaves at once.
    """
    if now is None or (now.why is None and now.closed is None):
        return ""
    why = escape(cut(now.why or "", 500))
    if now.why is None and now.closed is not None:
        return f":crescent_moon: {_closed_line(now.closed, timezone)} *Approve & send* sends it anyway."
    if now.lasting:
        return f":no_entry_sign: If approved, it is not sent but comes back to review: {why}"
    if now.at is None:
        return f":double_vertical_bar: If approved, it waits: {why}"
    hours = " That is outside business hours: *Approve, next slot* waits for them." if now.closed else ""
    return f":hourglass: Cannot leave before {time_to_come(now.at, timezone)}: {why}{hours}"


def _closed_line(closed: ClosedHours, timezone: str) -> str:
    """Mrkdwn that says until when "Approve & send" disregards hours: a card may be read the next day."""
    whose = escape(closed.address or RECIPIENT)
    if closed.opens is None:
        return NEVER_OPEN.format(whose=whose)
    return UNTIL_OPEN.format(opens=time_to_come(closed.opens, timezone), whose=whose)


def way_back(draft: DraftView) -> dict[str, Any]:
    """Undo as long as the mail is queued, or Restore: beside the state, far from where "Approve & send" stands.

    A second click on that spot must hit nothing, and neither must one on this spot when the buttons are back.
    """
    if draft.state == DraftState.EXPIRED:
        return {"accessory": _button_of(draft, "restore_draft", "Restore")}
    if not draft.can_undo or draft.state not in (DraftState.SENDING, DraftState.WAITING):
        return {}
    # What waits, perhaps for days, is in no hurry that "Undo" would speak of.
    label = "Cancel approval" if draft.state == DraftState.WAITING else "Undo"
    return {"accessory": _button_of(draft, "undo_approval", label)}


def _element(draft: DraftView, action_id: str, page_url: str, primary: str | None) -> Block:
    if action_id == "more":
        return _more(draft)
    label, style = _BUTTONS[action_id]
    looks: dict[str, Any] = {"style": style} if style else {}
    if action_id == primary:
        looks = {"style": "primary"}
    where = {"url": page_url} if action_id == "open_draft" else {}
    return _button_of(draft, action_id, label, **looks, **where)


def _button_of(draft: DraftView, action_id: str, label: str, **more: Any) -> Block:
    """A button that tells a screen reader which draft it is about."""
    return button(action_id, label, button_value(draft), accessibility_label=label_of(label, draft), **more)


def _more(draft: DraftView) -> Block:
    """The less common acts: `word:draft_id:round` each."""
    offered = [*([] if draft.blocked_by else [REQUEST_CHANGES]), WAKE if draft.snoozed_until else SNOOZE, ASSIGN]
    if draft.offers_pause:
        offered.append(PAUSE)
    options = [{"text": plain(MORE[word]), "value": f"{word}:{button_value(draft)}"} for word in offered]
    return {"type": "overflow", "action_id": "more", "options": options}
