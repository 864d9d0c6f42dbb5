"""The letter on a card: who writes to whom about what, the message that it answers, and its text."""

from typing import Any

from core.cards.mrkdwn import button, cut, length, mrkdwn, paragraphs, plain, section, take
from core.drafts.state import EDITABLE
from core.text.words.states import NO_SUBJECT, NO_TEXT
from core.views.draft import DraftView

Block = dict[str, Any]

#: Characters of a body that is shown whole. Longer ones show their beginning and a "Read all".
WHOLE_BODY = 3_000
PREVIEW = 1_400
#: Characters of the subject of the message that it answers; the whole of it is on the page.
THEIR_SUBJECT = 300


def button_value(draft: DraftView) -> str:
    """What a button carries: the draft and the round of review that its reader saw, which has one text (P3)."""
    return f"{draft.draft_id}:{draft.review_round}"


def envelope(draft: DraftView) -> Block:
    """Who writes to whom about what, letter by letter. Names are cut where they are absurd, so that they fit."""
    to = " · ".join(filter(None, (cut(draft.to_name, 300), draft.to_address)))
    sender = f"{cut(draft.from_name, 300)} · {draft.from_address}"
    return section(plain(f"To: {to}\nFrom: {sender}\nSubject: {draft.subject}"), "envelope")


def inbound(draft: DraftView) -> list[Block]:
    """What they wrote, while it matters for a decision."""
    if draft.inbound is None or draft.state not in EDITABLE:
        return []
    theirs, subject = draft.inbound.body.strip(), cut(draft.inbound.subject, THEIR_SUBJECT)
    letter = section(plain(f"{subject or NO_SUBJECT}\n\n{cut(theirs, PREVIEW) or NO_TEXT}"), "inbound")
    if length(theirs) > PREVIEW:
        letter["accessory"] = _button("read_theirs_0", "Read their message", draft, f"{button_value(draft)}:0")
    return [
        {"type": "context", "elements": [mrkdwn(":envelope_with_arrow: *They wrote*")]},
        letter,
        {"type": "context", "elements": [mrkdwn(":pencil2: *The reply*")]},
    ]


def whole(draft: DraftView) -> list[Block]:
    """All of the text; or its beginning, where it is long."""
    if length(draft.body) > WHOLE_BODY:
        return preview(draft)
    return [{"type": "divider"}, *paragraphs(draft.body)]


def preview(draft: DraftView) -> list[Block]:
    """The beginning of the text, and a way to read all of it where that is not all."""
    shown, rest = take(draft.body, PREVIEW)
    if not rest:
        return [{"type": "divider"}, *paragraphs(shown)]
    told = f"The first {len(shown):,} of {len(draft.body):,} characters. All of it is sent."
    return [{"type": "divider"}, *paragraphs(f"{shown}…"), _read_all(draft, told)]


def only_read_all(draft: DraftView) -> list[Block]:
    """Nothing of the text but the way to read it: for a card that has no room."""
    return [{"type": "divider"}, _read_all(draft, f"The text has {len(draft.body):,} characters.")]


def _read_all(draft: DraftView, told: str) -> Block:
    return section(
        mrkdwn(f"_{told}_"), "read_all", accessory=_button("read_all", "Read all", draft, button_value(draft))
    )


def label_of(label: str, draft: DraftView) -> str:
    """What a screen reader says of a button: many cards have the same ones, so it names the draft."""
    return cut(f"{label}: {draft.subject}", 75)


def _button(action_id: str, label: str, draft: DraftView, value: str) -> Block:
    return button(action_id, label, value, accessibility_label=label_of(label, draft))
