"""Where a draft stands, in words: the notification, the header, and the sentences at the top of its card."""

from typing import Any

from core.cards.mrkdwn import clock_time, cut, escape, exact_time, mention, mrkdwn, plain, time_to_come
from core.drafts.state import OPEN, Shown
from core.views.draft import Facts

Block = dict[str, Any]

SECTION = 3_000
#: Characters of a person's own words; the whole of a longer note is on the page.
NOTE = 2_500
_KINDS = {"intro": "Intro to", "follow_up": "Follow-up to", "reply": "Reply to"}

_HEADLINES: dict[Shown, str] = {
    Shown.PENDING: "Draft being prepared",
    Shown.CHANGES_ASKED: "Changes asked for",
    Shown.NEEDS_REVIEW: "Draft to review",
    Shown.FAILED_BACK: "Could not be sent, back in review",
    Shown.MANUAL_REVIEW: "Draft to put right",
    Shown.SENDING: "Sending",
    Shown.WAITING: "Approved, waiting",
    Shown.SENT: "Sent",
    Shown.OUTCOME_UNKNOWN: "Outcome unknown",
    Shown.REJECTED: "Rejected",
    Shown.EXPIRED: "Expired",
    Shown.SKIPPED: "Skipped",
}

#: State → what has become of the draft. A draft that simply waits for its review needs no sentence.
_SENTENCES: dict[Shown, str] = {
    Shown.CHANGES_ASKED: ":pencil2: {asker} *asked for changes* at {asked}:",
    Shown.SENDING: ":hourglass_flowing_sand: *Sending …* · approved by {who} at {at}",
    Shown.WAITING: ":double_vertical_bar: *Approved* by {who} at {at}, waits{until}: {reason}",
    Shown.SENT: ":white_check_mark: *Sent* by {who} at {ended} · to {to}",
    Shown.REJECTED: ":no_entry_sign: *Rejected* by {who} at {at}:",
    Shown.FAILED_BACK: ":warning: *Failed:* {reason} {nothing}; the draft is back in review.",
    Shown.OUTCOME_UNKNOWN: ":grey_question: *Outcome unknown:* {reason} Approved by {who} at {at}.",
    Shown.MANUAL_REVIEW: ":octagonal_sign: *Not ready to send:* {risks}",
    Shown.EXPIRED: ":wastebasket: *Expired:* nobody decided in time. Nothing was sent.",
    Shown.SKIPPED: ":fast_forward: *Skipped:* {reason}",
}
_LEAVES = ":hourglass_flowing_sand: *Sending* at {leaves} · approved by {who} at {at}"


def title(facts: Facts) -> str:
    """The header: "Intro to Dana Doe · Example"."""
    company = f" · {facts.company}" if facts.company else ""
    return cut(f"{_KINDS.get(facts.kind, 'Draft for')} {recipient(facts)}{company}", 150)


def recipient(facts: Facts) -> str:
    """Whom it is for, by name where there is one."""
    return facts.to_name or facts.to_address


def notification(facts: Facts) -> str:
    """What a notification shows, and a screen reader says first: "Draft to review, Dana Doe, Launch: Hello"."""
    headline = _HEADLINES.get(facts.state, "Draft")
    if facts.state in OPEN and facts.snoozed_until:
        headline += ", snoozed"
    if facts.state in OPEN and facts.endorsed_by:
        headline += f", {len(facts.endorsed_by)} of {facts.quorum} approved"
    whole = f"{headline}, {escape(recipient(facts))}, {escape(facts.campaign)}: {escape(facts.subject)}"
    return cut(whole, 300)


def standing(facts: Facts) -> list[Block]:
    """What has become of the draft, the words that a person gave with it, and whose it is now."""
    blocks: list[Block] = []
    if sentence := _sentence(facts):
        blocks.append({"type": "section", "block_id": "state", "text": mrkdwn(cut(sentence, SECTION))})
    note = facts.change_note if facts.state == Shown.CHANGES_ASKED else facts.decision_note
    if note:
        blocks.append({"type": "section", "block_id": "note", "text": plain(cut(note, NOTE))})
    if whose := _whose(facts):
        blocks.append({"type": "section", "block_id": "whose", "text": mrkdwn("\n".join(whose))})
    return blocks


def _sentence(facts: Facts) -> str:
    sentence = _SENTENCES.get(facts.state, "")
    if facts.state == Shown.SENDING and facts.undo_until:
        sentence = _LEAVES
    zone = facts.timezone
    return sentence.format(
        who=mention(facts.decided_by),
        at=clock_time(facts.decided_at, zone),
        ended=clock_time(facts.ended_at, zone),
        asker=mention(facts.change_asked_by),
        asked=clock_time(facts.change_asked_at, zone),
        leaves=exact_time(facts.undo_until, zone) if facts.undo_until else "",
        until=f" until {time_to_come(facts.due_at, zone)}" if facts.due_at else "",
        to=escape(facts.to_address),
        reason=escape(cut(facts.reason or "", 1_000)),
        risks=escape(cut(" ".join(facts.risk_reasons), 1_000)),
        nothing="Nothing was sent" if facts.given_up is None else "This try sent nothing",
    )


def _whose(facts: Facts) -> list[str]:
    """Who has approved already, whose it is to decide, and until when it rests."""
    if facts.state not in OPEN:
        return []
    lines = []
    if facts.quorum > 1:
        by = ", ".join(mention(member) for member in facts.endorsed_by[:10]) or "nobody yet"
        lines.append(f":ballot_box_with_check: *{len(facts.endorsed_by)} of {facts.quorum}:* {by}")
    if facts.assigned_to:
        lines.append(f":bust_in_silhouette: *For* {mention(facts.assigned_to)}")
    if facts.snoozed_until:
        until = time_to_come(facts.snoozed_until, facts.timezone)
        lines.append(f":zzz: *Snoozed until* {until} by {mention(facts.snoozed_by)}")
    return lines
