"""The letter on a card: who writes to whom about what, the message that it answers, and its text."""

from typing import Any

from core.cards.mrkdwn import cut, length, mrkdwn, pieces, plain, take
from core.drafts.state import EDITABLE
from core.views.draft import Facts

Block = dict[str, Any]

#: Characters of a body that is shown whole. Longer ones show their beginning and a "Read all".
WHOLE_BODY = 3_000
PREVIEW = 1_400
SECTION = 3_000


def seen(facts: Facts) -> str:
    """What a button carries: the draft and the version that its reader saw (P3)."""
    return f"{facts.draft_id}:{facts.version}"


def envelope(facts: Facts) -> Block:
    """Who writes to whom about what, letter by letter. Names are cut where they are absurd, so that they fit."""
    to = " · ".join(filter(None, (cut(facts.to_name, 300), facts.to_address)))
    sender = f"{cut(facts.from_name, 300)} · {facts.from_address}"
    return {
        "type": "section",
        "block_id": "envelope",
        "text": plain(f"To: {to}\nFrom: {sender}\nSubject: {facts.subject}"),
    }


def inbound(facts: Facts) -> list[Block]:
    """What they wrote, while it matters for a decision."""
    if facts.inbound is None or facts.state not in EDITABLE:
        return []
    theirs = facts.inbound.body.strip()
    section: Block = {
        "type": "section",
        "block_id": "inbound",
        "text": plain(f"{facts.inbound.subject}\n\n{cut(theirs, PREVIEW)}"),
    }
    if length(theirs) > PREVIEW:
        section["accessory"] = _read("read_theirs_0", "Read all of theirs", f"{seen(facts)}:0")
    return [
        {"type": "context", "elements": [mrkdwn(":envelope_with_arrow: *They wrote*")]},
        section,
        {"type": "context", "elements": [mrkdwn(":pencil2: *The answer*")]},
    ]


def whole(facts: Facts) -> list[Block]:
    """All of the text; or its beginning, where it is long."""
    if length(facts.body) > WHOLE_BODY:
        return preview(facts)
    return [{"type": "divider"}, *_paragraphs(facts.body)]


def preview(facts: Facts) -> list[Block]:
    """The beginning of the text, and a way to read all of it where that is not all."""
    shown, rest = take(facts.body, PREVIEW)
    if not rest:
        return [{"type": "divider"}, *_paragraphs(shown)]
    told = f"The first {len(shown):,} of {len(facts.body):,} characters. All of it is sent."
    return [{"type": "divider"}, *_paragraphs(f"{shown}…"), _read_all(facts, told)]


def only_read_all(facts: Facts) -> list[Block]:
    """Nothing of the text but the way to read it: for a card that has no room."""
    return [{"type": "divider"}, _read_all(facts, f"The text has {len(facts.body):,} characters.")]


def _read_all(facts: Facts, told: str) -> Block:
    button = _read("read_all", "Read all", seen(facts))
    return {"type": "section", "block_id": "read_all", "text": mrkdwn(f"_{told}_"), "accessory": button}


def _read(action_id: str, label: str, value: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(label), "value": value}


def _paragraphs(text: str) -> list[Block]:
    return [{"type": "section", "text": plain(piece)} for piece in pieces(text, SECTION) if piece.strip()]
