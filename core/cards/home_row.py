"""One draft in a Home: who gets what, why it needs a look, and the buttons, or what became of it. Four blocks."""

from datetime import UTC, datetime
from typing import Any

from core.cards.buttons import ASSIGN, MORE, REQUEST_CHANGES, SNOOZE, primary_of, promise, row_name
from core.cards.mrkdwn import button, cut, escape, exact_time, mention, moment, mrkdwn, plain, time_to_come
from core.drafts.became import Became
from core.drafts.state import OPEN
from core.reviewers.waiting import WaitingDraft
from core.taxonomy import DraftState, DraftStatus, Risk
from core.text.words.states import DRAFT_STATES, NOT_ASSESSED, NOT_BEFORE, OTHERS_DECIDE, RISKS

Block = dict[str, Any]

#: Characters of the text that a row shows, at most.
PREVIEW = 300

_CIRCLES: dict[str | None, str] = {
    Risk.LOW: ":large_green_circle:",
    Risk.REVIEW: ":large_yellow_circle:",
    Risk.BLOCKED: ":red_circle:",
}
#: What the menu at the end of the row offers: the words of a card's own menu.
_MORE = {word: MORE[word] for word in (REQUEST_CHANGES, SNOOZE, ASSIGN)}


def home_row(draft: WaitingDraft, timezone: str, public_url: str) -> list[Block]:
    """The letter, what there is to know of it, and what can be done. What people wrote is shown letter by letter.

    What was decided stays where it was, without those buttons: a second click on the spot hits nothing.
    """
    if draft.became is not None:
        return _decided(draft, draft.became, timezone)
    return [
        {"type": "divider"},
        {"type": "section", "block_id": f"draft:{draft.draft_id}", "text": plain(_letter(draft))},
        {"type": "context", "elements": [mrkdwn(line) for line in _known(draft, timezone)]},
        {
            "type": "actions",
            "block_id": f"{row_name(draft.send_now)}:{draft.draft_id}:{draft.review_round}",
            "elements": _buttons(draft, public_url),
        },
    ]


def _decided(draft: WaitingDraft, became: Became, timezone: str) -> list[Block]:
    """As tall as it was before. The way back stands beside the letter, where no other button was."""
    undo = {}
    if became.can_undo:
        undo = {"accessory": _button(draft, "undo_approval", "Undo")}
    return [
        {"type": "divider"},
        {"type": "section", "block_id": f"decided:{draft.draft_id}", "text": plain(_letter(draft)), **undo},
        {"type": "context", "elements": [mrkdwn(line) for line in _known(draft, timezone)]},
        {"type": "context", "elements": [mrkdwn(_became(draft, became, timezone))]},
    ]


def _became(draft: WaitingDraft, became: Became, timezone: str) -> str:
    who = f" by {mention(became.who)}" if became.who else ""
    match became.state:
        case DraftState.WAITING | DraftState.SENDING:
            soon = became.leaves is not None and became.leaves > datetime.now(UTC)
            leaves = f" · {NOT_BEFORE.format(at=exact_time(became.leaves, timezone))}" if soon and became.leaves else ""
            return f":white_check_mark: *Approved*{who}{leaves}"
        case state if state not in OPEN:
            return f"*{DRAFT_STATES[state].label}*{who}"
    if became.snoozed_until:
        return f":zzz: *Snoozed until* {time_to_come(became.snoozed_until, timezone)}"
    if became.assigned_to and not draft.assigned:
        return f":bust_in_silhouette: *For* {mention(became.assigned_to)}"
    return f":ballot_box_with_check: {OTHERS_DECIDE}"


def _letter(draft: WaitingDraft) -> str:
    to = " · ".join(filter(None, (cut(draft.to_name, 100), cut(draft.to_address, 300), cut(draft.company or "", 100))))
    text = cut(" ".join(draft.preview.split()), PREVIEW)
    is_all = draft.length <= len(draft.preview) or text.endswith("…")
    return f"{cut(draft.subject, 400)}\nTo: {to}\n{text if is_all else text + '…'}"


def _known(draft: WaitingDraft, timezone: str) -> list[str]:
    about = [escape(cut(draft.campaign, 100)), _risk(draft.risk)]
    if draft.confidence is not None:
        about.append(f"confidence {draft.confidence:.0%}")
    about.append(f"waiting since {moment(draft.waits_since, timezone)}")
    if draft.assigned:
        about.append("*for you*")
    if draft.edited_by:
        about.append(f"edited by {mention(draft.edited_by)}")
    if draft.endorsed_by:
        people = ", ".join(mention(user) for user in draft.endorsed_by[:5])
        about.append(f"{len(draft.endorsed_by)} of {draft.quorum}: {people}")
    why = [
        *([cut(draft.returned, 300)] if draft.returned else []),
        *([cut(" ".join(draft.risk_reasons), 500)] if draft.risk_reasons else []),
        *([draft.barred] if draft.barred else []),
    ]
    told = [escape(" ".join(why))] if why else []
    told += filter(None, [promise(draft.send_now, timezone) if draft.became is None else ""])
    return [" · ".join(about), *([" ".join(told)] if told else [])]


def _risk(risk: str | None) -> str:
    return f"{_CIRCLES.get(risk, ':white_circle:')} {RISKS.get(risk or '', NOT_ASSESSED)}"


def _buttons(draft: WaitingDraft, public_url: str) -> list[Block]:
    """The acts of a card, on the text that is shown (P3)."""
    live = draft.status == DraftStatus.NEEDS_REVIEW and draft.barred is None
    value = f"{draft.draft_id}:{draft.review_round}"
    options = [
        {"text": plain(label), "value": f"{word}:{value}"}
        for word, label in _MORE.items()
        if not (draft.blocked and word == REQUEST_CHANGES)
    ]
    return [
        *(_approvals(draft) if live else []),
        _button(draft, "read_all", "Read all"),
        *([] if draft.blocked else [_button(draft, "edit_draft", "Edit")]),  # no text helps
        _button(draft, "reject_draft", "Reject", style="danger"),
        _button(draft, "open_draft", "Open", url=f"{public_url}/drafts/{draft.draft_id}"),
        {"type": "overflow", "action_id": "more", "options": options},
    ]


def _approvals(draft: WaitingDraft) -> list[Block]:
    """What most people mean is the primary one: not to write at night. Both stand where they always do."""
    both = {"approve_send": "Approve & send", "approve_schedule": "Approve, next slot"}
    green = primary_of(draft.send_now)
    return [
        _button(draft, action_id, label, **({"style": "primary"} if action_id == green else {}))
        for action_id, label in both.items()
    ]


def _button(draft: WaitingDraft, action_id: str, label: str, **more: str) -> Block:
    # Many rows have the same buttons: a screen reader says which draft each is about.
    which = cut(f"{label}: {draft.subject}", 75)
    return button(action_id, label, f"{draft.draft_id}:{draft.review_round}", accessibility_label=which, **more)
