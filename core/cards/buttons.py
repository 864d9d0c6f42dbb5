"""The buttons of a card: which are live in which state (P9)."""

from typing import Any

from core.cards.letter import button_value, label_of
from core.cards.mrkdwn import button, plain
from core.taxonomy import DraftState
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
    DraftState.SENDING: ("undo_approval",),
    DraftState.WAITING: ("undo_approval",),
    DraftState.EXPIRED: ("restore_draft", "open_draft"),
}
#: action id → label and style.
_BUTTONS: dict[str, tuple[str, str | None]] = {
    "approve_send": ("Approve & send", "primary"),
    "approve_schedule": ("Approve, next slot", None),
    "edit_draft": ("Edit", None),
    "reject_draft": ("Reject", "danger"),
    "open_draft": ("Open", None),
    # As long as its mail is queued, an approval can be taken back.
    "undo_approval": ("Undo", None),
    "restore_draft": ("Restore", None),
}

REQUEST_CHANGES, SNOOZE, WAKE, ASSIGN, PAUSE = "request_changes", "snooze", "wake", "assign", "pause"
#: What the overflow menu offers: the word in its value, and its label.
MORE: dict[str, str] = {
    REQUEST_CHANGES: "Request changes",
    SNOOZE: "Snooze",
    WAKE: "End the snooze",
    ASSIGN: "Assign to …",
    PAUSE: "Pause this campaign",
}


def buttons(draft: DraftView, page_url: str) -> list[Block]:
    """The one row of buttons, or none."""
    live = [name for name in _LIVE.get(draft.state, ()) if name != "undo_approval" or draft.can_undo]
    if not live:
        return []
    elements = [_element(draft, name, page_url) for name in live]
    return [{"type": "actions", "block_id": "decide", "elements": elements}]


def _element(draft: DraftView, action_id: str, page_url: str) -> Block:
    if action_id == "more":
        return _more(draft)
    label, style = _BUTTONS[action_id]
    if action_id == "undo_approval" and draft.state == DraftState.WAITING:
        label = "Cancel"  # it waits, perhaps for days: there is no hurry that "Undo" would speak of
    looks = {"style": style} if style else {}
    where = {"url": page_url} if action_id == "open_draft" else {}
    return button(action_id, label, button_value(draft), accessibility_label=label_of(label, draft), **looks, **where)


def _more(draft: DraftView) -> Block:
    """The less common acts: `word:draft_id:round` each."""
    offered = [REQUEST_CHANGES, WAKE if draft.snoozed_until else SNOOZE, ASSIGN]
    if draft.offers_pause:
        offered.append(PAUSE)
    options = [{"text": plain(MORE[word]), "value": f"{word}:{button_value(draft)}"} for word in offered]
    return {"type": "overflow", "action_id": "more", "options": options}
