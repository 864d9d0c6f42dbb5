"""Where a draft stands, in words: the notification, the header, and the sentences at the top of its card."""

from typing import Any

from core.cards.buttons import way_back
from core.cards.mrkdwn import (
    clock_time,
    cut,
    escape,
    exact_time,
    mention,
    moment,
    mrkdwn,
    plain,
    section,
    time_to_come,
)
from core.drafts.state import OPEN
from core.taxonomy import DraftState
from core.text.words.states import AN_OPERATOR, ASSIGNED, DRAFTS_TO, ENDORSED, HEARD_TOO, NOBODY_YET, SNOOZED
from core.views.came_back import CameBack
from core.views.draft import DraftView
from core.views.sentences import heard, heard_too, nothing_sent, said_by_state, state_words, why

Block = dict[str, Any]

SECTION = 3_000
#: Characters of a person's own words; the whole of a longer note is on the page.
NOTE = 2_500
#: What stands before a state's sentence.
_SIGNS: dict[DraftState, str] = {
    DraftState.CHANGES_ASKED: ":pencil2:",
    DraftState.SENDING: ":hourglass_flowing_sand:",
    DraftState.WAITING: ":double_vertical_bar:",
    DraftState.SENT: ":white_check_mark:",
    DraftState.BOUNCED: ":x:",
    DraftState.ANSWERED: ":speech_balloon:",
    DraftState.UNSUBSCRIBED: ":no_bell:",
    DraftState.REPORTED: ":rotating_light:",
    DraftState.REJECTED: ":no_entry_sign:",
    DraftState.FAILED_BACK: ":warning:",
    DraftState.OUTCOME_UNKNOWN: ":grey_question:",
    DraftState.MANUAL_REVIEW: ":octagonal_sign:",
    DraftState.EXPIRED: ":wastebasket:",
    DraftState.SKIPPED: ":fast_forward:",
}


def title(draft: DraftView) -> str:
    """The header: "Intro to Dana Doe · Example"."""
    company = f" · {draft.company}" if draft.company else ""
    return cut(f"{DRAFTS_TO.get(draft.kind, 'Draft for')} {recipient(draft)}{company}", 150)


def recipient(draft: DraftView) -> str:
    """Whom it is for, by name where there is one."""
    return draft.to_name or draft.to_address


def notification(draft: DraftView) -> str:
    """What a notification shows, and a screen reader says first: "Draft to review, Dana Doe, Launch: Hello"."""
    headline = state_words(draft).label
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
        blocks.append(section(mrkdwn(cut(sentence, SECTION)), "state", **way_back(draft)))
    if lines := [HEARD_TOO[one.verb].format(heard=_heard(draft, one)) for one in heard_too(draft)]:
        blocks.append({"type": "section", "block_id": "came_back", "text": mrkdwn("\n".join(lines))})
    note = draft.change_note if draft.state == DraftState.CHANGES_ASKED else draft.decision_note
    if note:
        blocks.append({"type": "section", "block_id": "note", "text": plain(cut(note, NOTE))})
    if whose := _whose(draft):
        blocks.append({"type": "section", "block_id": "whose", "text": mrkdwn("\n".join(whose))})
    return blocks


def _sentence(draft: DraftView) -> str:
    sentence = state_words(draft).card
    if not sentence:
        return ""
    zone = draft.timezone
    said = sentence.format(
        who=mention(draft.decided_by),
        at=clock_time(draft.decided_at, zone),
        ended=clock_time(draft.ended_at, zone),
        asker=mention(draft.change_asked_by),
        asked=clock_time(draft.change_asked_at, zone),
        leaves=exact_time(draft.undo_until, zone) if draft.undo_until else "",
        until=f" until {time_to_come(draft.due_at, zone)}" if draft.due_at else "",
        to=escape(draft.to_address),
        reason=escape(cut(why(draft), 1_000)),
        skipper=mention(draft.skipped_by) if draft.skipped_by else AN_OPERATOR,
        risks=escape(cut(" ".join(draft.risk_reasons), 1_000)),
        nothing=nothing_sent(draft),
        heard=_heard(draft, said_by_state(draft)),
        sent=moment(draft.ended_at, zone) if draft.ended_at else "at an unknown time",
    )
    sign = ":fast_forward:" if draft.state == DraftState.FAILED_BACK and draft.skipped else _SIGNS[draft.state]
    return f"{sign} {said}"


def _heard(draft: DraftView, one: CameBack | None) -> str:
    return heard(one, moment(one.at, draft.timezone)) if one else ""


def _whose(draft: DraftView) -> list[str]:
    """Who has approved already, whose it is to decide, and until when it rests."""
    if draft.state not in OPEN:
        return []
    lines = []
    if draft.quorum > 1:
        by = ", ".join(mention(member) for member in draft.endorsed_by[:10]) or NOBODY_YET
        lines.append(
            ":ballot_box_with_check: " + ENDORSED.card.format(have=len(draft.endorsed_by), needed=draft.quorum, by=by)
        )
    if draft.assigned_to:
        lines.append(":bust_in_silhouette: " + ASSIGNED.card.format(who=mention(draft.assigned_to)))
    if draft.snoozed_until:
        until = time_to_come(draft.snoozed_until, draft.timezone)
        lines.append(":zzz: " + SNOOZED.card.format(until=until, who=mention(draft.snoozed_by)))
    return lines
