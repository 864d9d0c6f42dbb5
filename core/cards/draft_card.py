"""The card of a draft: its facts as Block Kit. Pure, and the same for every member who sees it."""

from collections.abc import Callable
from typing import Any

from core.cards import unknown_card
from core.cards.facts import Facts
from core.cards.lint import blocks_length, lint_message
from core.cards.mrkdwn import (
    clock_time,
    cut,
    escape,
    length,
    mention,
    mrkdwn,
    pieces,
    plain,
    take,
    time_to_come,
)
from core.shown import OPEN, Shown

Block = dict[str, Any]

#: Characters of a body that is shown whole. Longer ones show their beginning and a "Read all".
WHOLE_BODY = 3_000
PREVIEW = 1_400
#: Characters of blocks that a card stays under; Slack refuses about 13,200 in all.
BUDGET = 12_000
SECTION = 3_000


def draft_card(facts: Facts, page_url: str) -> dict[str, Any]:
    """The message payload (`text`, `blocks`, `metadata`) that shows these facts. `page_url` is the draft's own page.

    Never over a limit of Slack's, whatever the texts: should the linter find a fault, a short card takes its place.
    """
    whole = _payload(facts, page_url, body=_whole_body)
    if facts.state not in OPEN or blocks_length(whole["blocks"]) > BUDGET:
        whole = _payload(facts, page_url, body=_preview)
    return whole if not lint_message(whole) else _payload(facts, page_url, body=lambda _: [])


def seen(facts: Facts) -> str:
    """What a button carries: the draft and the version that its reader saw (P3)."""
    return f"{facts.draft_id}:{facts.version}"


def _payload(facts: Facts, page_url: str, body: Callable[[Facts], list[Block]]) -> dict[str, Any]:
    blocks = [
        {"type": "header", "text": plain(cut(_title(facts), 150))},
        *_state(facts),
        *unknown_card.what_is_known(facts, page_url),
        *unknown_card.given_up(facts),
        _envelope(facts),
        *_inbound(facts),
        *body(facts),
        _small_print(facts, page_url),
        *_buttons(facts, page_url),
        *unknown_card.buttons(facts),
    ]
    return {
        "text": cut(f"{_headline(facts)}: {escape(facts.subject)}", 300),
        "blocks": blocks,
        "metadata": {"event_type": "signoff_card", "event_payload": {"draft_id": str(facts.draft_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _recipient(facts: Facts) -> str:
    return facts.to_name or facts.to_address


_KINDS = {"intro": "Intro to", "follow_up": "Follow-up to", "reply": "Reply to"}


def _title(facts: Facts) -> str:
    company = f" · {facts.company}" if facts.company else ""
    return f"{_KINDS.get(facts.kind, 'Draft for')} {_recipient(facts)}{company}"


_HEADLINES: dict[Shown, str] = {
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


def _headline(facts: Facts) -> str:
    """The notification, and what a screen reader says first."""
    return f"{_HEADLINES.get(facts.state, 'Draft')}, {escape(_recipient(facts))}, {escape(facts.campaign)}"


def _state(facts: Facts) -> list[Block]:
    """What has become of the draft, in one sentence. Nothing while it simply waits for its review."""
    who, at = mention(facts.decided_by), clock_time(facts.decided_at, facts.timezone)
    ended = clock_time(facts.ended_at, facts.timezone)
    nothing = "Nothing was sent" if facts.given_up is None else "This try sent nothing"
    reason = escape(cut(facts.reason or "", 1_000))
    until = f" until {time_to_come(facts.due_at, facts.timezone)}" if facts.due_at else ""
    sentence = {
        Shown.SENDING: f":hourglass_flowing_sand: *Sending …* · approved by {who} at {at}",
        Shown.WAITING: f":double_vertical_bar: *Approved* by {who} at {at}, waits{until}: {reason}",
        Shown.SENT: f":white_check_mark: *Sent* by {who} at {ended} · to {escape(facts.to_address)}",
        Shown.REJECTED: f":no_entry_sign: *Rejected* by {who} at {at}:",
        Shown.FAILED_BACK: f":warning: *Failed:* {reason} {nothing}; the draft is back in review.",
        Shown.OUTCOME_UNKNOWN: f":grey_question: *Outcome unknown:* {reason} Approved by {who} at {at}.",
        Shown.MANUAL_REVIEW: f":octagonal_sign: *Not ready to send:* {escape(' '.join(facts.risk_reasons))}",
        Shown.EXPIRED: ":wastebasket: *Expired:* nobody decided in time. Nothing was sent.",
        Shown.SKIPPED: f":fast_forward: *Skipped:* {reason}",
    }.get(facts.state)
    if sentence is None:
        return []
    said = [{"type": "section", "block_id": "note", "text": plain(facts.decision_note)}] if facts.decision_note else []
    return [{"type": "section", "block_id": "state", "text": mrkdwn(cut(sentence, SECTION))}, *said]


def _envelope(facts: Facts) -> Block:
    """Who writes to whom about what, letter by letter. Names are cut where they are absurd, so that they fit."""
    to = " · ".join(filter(None, (cut(facts.to_name, 300), facts.to_address)))
    sender = f"{cut(facts.from_name, 300)} · {facts.from_address}"
    return {
        "type": "section",
        "block_id": "envelope",
        "text": plain(f"To: {to}\nFrom: {sender}\nSubject: {facts.subject}"),
    }


def _inbound(facts: Facts) -> list[Block]:
    if facts.inbound is None or facts.state not in OPEN:
        return []
    theirs = f"{facts.inbound.subject}\n\n{cut(facts.inbound.body.strip(), PREVIEW)}"
    return [
        {"type": "context", "elements": [mrkdwn(":envelope_with_arrow: *They wrote*")]},
        {"type": "section", "block_id": "inbound", "text": plain(theirs)},
        {"type": "context", "elements": [mrkdwn(":pencil2: *The answer*")]},
    ]


def _whole_body(facts: Facts) -> list[Block]:
    if length(facts.body) > WHOLE_BODY:
        return _preview(facts)
    return [{"type": "divider"}, *_paragraphs(facts.body)]


def _preview(facts: Facts) -> list[Block]:
    shown_part, rest = take(facts.body, PREVIEW)
    blocks: list[Block] = [{"type": "divider"}, *_paragraphs(shown_part + ("…" if rest else ""))]
    if rest:
        count = f"The first {len(shown_part):,} of {len(facts.body):,} characters. All of it is sent."
        blocks.append(
            {
                "type": "section",
                "block_id": "read_all",
                "text": mrkdwn(f"_{count}_"),
                "accessory": {
                    "type": "button",
                    "action_id": "read_all",
                    "text": plain("Read all"),
                    "value": seen(facts),
                },
            }
        )
    return blocks


def _paragraphs(text: str) -> list[Block]:
    return [{"type": "section", "text": plain(piece)} for piece in pieces(text, SECTION) if piece.strip()]


def _small_print(facts: Facts, page_url: str) -> Block:
    about = [facts.campaign]
    if facts.risk:
        reasons = facts.risk_reasons if facts.state != Shown.MANUAL_REVIEW else ()  # there they stand above
        about.append(f"Risk {facts.risk}" + (f": {' '.join(reasons)}" if reasons else ""))
    if facts.confidence is not None:
        about.append(f"Confidence {facts.confidence:.0%}")
    people = []
    if facts.edited_by:
        people.append(f"Edited by {mention(facts.edited_by)} at {clock_time(facts.edited_at, facts.timezone)}")
    if facts.reviewers:
        people.append(f"Seen by {', '.join(mention(reviewer) for reviewer in facts.reviewers[:10])}")
    if facts.state not in OPEN:
        people.append(f"<{page_url}|History>")
    elements = [plain(cut(" · ".join(about), 2_000)), *([mrkdwn(" · ".join(people))] if people else [])]
    return {"type": "context", "block_id": "small_print", "elements": elements}


def _buttons(facts: Facts, page_url: str) -> list[Block]:
    """Live only while a person may still decide (P9)."""
    if facts.state not in OPEN:
        return []
    approve = [
        _button(facts, "approve_send", "Approve & send", style="primary"),
        _button(facts, "approve_schedule", "Approve, next slot"),
    ]
    return [
        {
            "type": "actions",
            "block_id": "decide",
            "elements": [
                *(approve if facts.state != Shown.MANUAL_REVIEW else []),
                _button(facts, "edit_draft", "Edit"),
                _button(facts, "reject_draft", "Reject", style="danger"),
                _button(facts, "open_draft", "Open", url=page_url),
            ],
        }
    ]


def _button(facts: Facts, action_id: str, label: str, **more: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(label), "value": seen(facts), **more}
