"""What a reviewer should know beside the letter: its campaign, why it needs them, who saw it, and when it could go."""

from datetime import datetime
from typing import Any

from core.cards.mrkdwn import clock_time, cut, escape, mention, mrkdwn, plain, time_to_come
from core.delivery.next_slot import COUNTED
from core.drafts.state import EDITABLE, OPEN
from core.taxonomy import DraftState, Risk
from core.text.clean import count_unseen
from core.text.words.states import RISK_MENU
from core.time_zones import is_time_zone, zone_of
from core.views.draft import DraftView

Block = dict[str, Any]

#: Of a draft's evidence, so many stand on its card; the page has them all.
EVIDENCE_SHOWN = 3


def about(draft: DraftView, page_url: str) -> Block:
    """Campaign, risk with its reasons, confidence; evidence; their own time; what hides in the text."""
    said = [draft.campaign]
    if draft.risk:
        reasons = draft.risk_reasons if draft.state != DraftState.MANUAL_REVIEW else ()  # there they stand above
        said.append(RISK_MENU[Risk(draft.risk)] + (f": {' '.join(reasons)}" if reasons else ""))
    if draft.confidence is not None:
        said.append(f"Confidence {draft.confidence:.0%}")
    elements = [plain(cut(" · ".join(said), 1_500))]
    if draft.evidence:
        more = f" and {len(draft.evidence) - EVIDENCE_SHOWN} more" if len(draft.evidence) > EVIDENCE_SHOWN else ""
        shown = "; ".join(cut(one, 120) for one in draft.evidence[:EVIDENCE_SHOWN])
        elements.append(plain(f"Evidence: {shown}{more}"))
    if draft.state in EDITABLE and (there := _local_time(draft)):
        elements.append(mrkdwn(there))
    if unseen := count_unseen(draft.subject, draft.body):
        characters = "1 invisible character" if unseen == 1 else f"{unseen:,} invisible characters"
        elements.append(mrkdwn(f":warning: {characters}: <{page_url}|the page> shows where."))
    return {"type": "context", "block_id": "about", "elements": elements}


def _local_time(draft: DraftView) -> str:
    """A card is not drawn anew every minute, so it says an equation that stays true: their time at a moment of ours."""
    there = _in_zone(draft.as_of, draft.to_timezone)
    if there is None or draft.as_of is None:
        return ""
    zone = escape(str(draft.to_timezone).replace("_", " "))
    return f":clock3: {there:%a %H:%M} for them ({zone}) at {clock_time(draft.as_of, draft.timezone)} for you"


def _in_zone(at: datetime | None, zone: str | None) -> datetime | None:
    """The moment in a zone that somebody's import named; None where it is none."""
    return at.astimezone(zone_of(zone)) if at and zone and is_time_zone(zone) else None


def small_print(draft: DraftView, page_url: str) -> list[Block]:
    """Who had a hand in it, and when the next slot is. Nothing where there is nothing to say."""
    said = []
    if draft.edited_by:
        said.append(f"Edited by {mention(draft.edited_by)} at {clock_time(draft.edited_at, draft.timezone)}")
    if draft.reviewers:
        said.append(f"Reviewers: {', '.join(mention(reviewer) for reviewer in draft.reviewers[:10])}")
    if draft.state not in OPEN:
        said.append(f"<{page_url}|History>")
    lines = [line for line in (" · ".join(said), _slot(draft)) if line]
    if not lines:
        return []
    return [{"type": "context", "block_id": "small_print", "elements": [mrkdwn(line) for line in lines]}]


def _slot(draft: DraftView) -> str:
    """When "Approve, next slot" would send, as it stood when the card was drawn."""
    slot = draft.next_slot
    if slot is None or draft.as_of is None:
        return ""
    at = clock_time(draft.as_of, draft.timezone)
    if slot.at is None:
        said = slot.send_now is not None and slot.send_now.why == slot.why  # right above, beside the buttons
        return f"Next slot: none yet (as of {at})" + ("" if said else f". {escape(cut(slot.why or '', 300))}")
    when = "now" if slot.at_once else time_to_come(slot.at, draft.timezone)
    others = f"{slot.ahead} others" if slot.ahead < COUNTED else f"{COUNTED} others or more"
    behind = {0: "", 1: ", after 1 other"}.get(slot.ahead, f", after {others}")
    return f"Next slot: {when}{behind} (as of {at})"
