"""Where a draft stands, in words: the notification, the header, and the sentences at the top of its card."""

from typing import Any

from core.cards.mrkdwn import clock_time, cut, escape, exact_time, mention, mrkdwn, plain, time_to_come
from core.drafts.state import OPEN
from core.taxonomy import DraftState
from core.views.draft import DraftView

Block = dict[str, Any]

SECTION = 3_000
#: Characters of a person's own words; the whole of a longer note is on the page.
NOTE = 2_500
_KINDS = {"intro": "Intro to", "follow_up": "Follow-up to", "reply": "Reply to"}

_HEADLINES: dict[DraftState, str] = {
    DraftState.PENDING: "Draft being prepared",
    DraftState.CHANGES_ASKED: "Changes asked for",
    DraftState.NEEDS_REVIEW: "Draft to review",
    DraftState.FAILED_BACK: "Could not be sent, back in review",
    DraftState.MANUAL_REVIEW: "Draft to put right",
    DraftState.SENDING: "Sending",
    DraftState.WAITING: "Approved, waiting",
    DraftState.SENT: "Sent",
    DraftState.OUTCOME_UNKNOWN: "Outcome unknown",
    DraftState.REJECTED: "Rejected",
    DraftState.EXPIRED: "Expired",
    DraftState.SKIPPED: "Skipped",
}

#: State → what has become of the draft. A draft that simply waits for its review needs no sentence.
_SENTENCES: dict[DraftState, str] = {
    DraftState.CHANGES_ASKED: ":pencil2: {asker} *asked for changes* at {asked}:",
    DraftState.SENDING: ":hourglass_flowing_sand: *Sending …* · approved by {who} at {at}",
    DraftState.WAITING: ":double_vertical_bar: *Approved* by {who} at {at}, waits{until}: {reason}",
    DraftState.SENT: ":white_check_mark: *Sent* by {who} at {ended} · to {to}",
    DraftState.REJECTED: ":no_entry_sign: *Rejected* by {who} at {at}:",
    DraftState.FAILED_BACK: ":warning: *Failed:* {reason} {nothing}; the draft is back in review.",
    DraftState.OUTCOME_UNKNOWN: ":grey_question: *Outcome unknown:* {reason} Approved by {who} at {at}.",
    DraftState.MANUAL_REVIEW: ":octagonal_sign: *Not ready to send:* {risks}",
    DraftState.EXPIRED: ":wastebasket: *Expired:* nobody decided in time. Nothing was sent.",
    DraftState.SKIPPED: ":fast_forward: *Skipped:* {reason}",
}
_LEAVES = ":hourglass_flowing_sand: *Sending* at {leaves} · approved by {who} at {at}"


def title(draft: DraftView) -> str:
    """The header: "Intro to Dana Doe · Example"."""
    company = f" · {draft.company}" if draft.company else ""
    return cut(f"{_KINDS.get(draft.kind, 'Draft for')} {recipient(draft)}{company}", 150)


def recipient(draft: DraftView) -> str:
    """Whom it is for, by name where there is one."""
    return draft.to_name or draft.to_address


def notification(draft: DraftView) -> str:
    """What a notification shows, and a screen reader says first: "Draft to review, Dana Doe, Launch: Hello"."""
    headline = _HEADLINES.get(draft.state, "Draft")
    if draft.state in OPEN and draft.snoozed_until:
        headline += ", snoozed"
    if draft.state in OPEN and draft.endorsed_by:
        headline += f", {len(draft.endorsed_by)} of {draft.quorum} approved"
    whole = f"{headline}, {escape(recipient(draft))}, {escape(draft.campaign)}: {escape(draft.subject)}"
    return cut(whole, 300)


def state_blocks(draft: DraftView) -> list[Block]:
    """What has become of the draft, the words that a person gave with it, and whose it is now."""
    blocks: list[Block] = []
    if sentence := _sentence(draft):
        blocks.append({"type": "section", "block_id": "state", "text": mrkdwn(cut(sentence, SECTION))})
    note = draft.change_note if draft.state == DraftState.CHANGES_ASKED else draft.decision_note
    if note:
        blocks.append({"type": "section", "block_id": "note", "text": plain(cut(note, NOTE))})
    if whose := _whose(draft):
        blocks.append({"type": "section", "block_id": "whose", "text": mrkdwn("\n".join(whose))})
    return blocks


def _sentence(draft: DraftView) -> str:
    sentence = _SENTENCES.get(draft.state, "")
    if draft.state == DraftState.SENDING and draft.undo_until:
        sentence = _LEAVES
    zone = draft.timezone
    return sentence.format(
        who=mention(draft.decided_by),
        at=clock_time(draft.decided_at, zone),
        ended=clock_time(draft.ended_at, zone),
        asker=mention(draft.change_asked_by),
        asked=clock_time(draft.change_asked_at, zone),
        leaves=exact_time(draft.undo_until, zone) if draft.undo_until else "",
        until=f" until {time_to_come(draft.due_at, zone)}" if draft.due_at else "",
        to=escape(draft.to_address),
        reason=escape(cut(draft.reason or "", 1_000)),
        risks=escape(cut(" ".join(draft.risk_reasons), 1_000)),
        nothing="Nothing was sent" if draft.overruled is None else "This try sent nothing",
    )


def _whose(draft: DraftView) -> list[str]:
    """Who has approved already, whose it is to decide, and until when it rests."""
    if draft.state not in OPEN:
        return []
    lines = []
    if draft.quorum > 1:
        by = ", ".join(mention(member) for member in draft.endorsed_by[:10]) or "nobody yet"
        lines.append(f":ballot_box_with_check: *{len(draft.endorsed_by)} of {draft.quorum}:* {by}")
    if draft.assigned_to:
        lines.append(f":bust_in_silhouette: *For* {mention(draft.assigned_to)}")
    if draft.snoozed_until:
        until = time_to_come(draft.snoozed_until, draft.timezone)
        lines.append(f":zzz: *Snoozed until* {until} by {mention(draft.snoozed_by)}")
    return lines
