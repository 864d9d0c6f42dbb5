"""The card of a draft: its view as Block Kit. Pure, and the same for every member who sees it."""

from collections.abc import Callable
from typing import Any

from core.cards import letter, unknown_card
from core.cards.about import about, small_print
from core.cards.buttons import buttons
from core.cards.limits.lint import blocks_length, lint_message
from core.cards.mrkdwn import plain
from core.cards.state import notification, state_blocks, title
from core.drafts.state import EDITABLE
from core.views.draft import DraftView

Block = dict[str, Any]

#: Characters of blocks that a card stays under; Slack refuses about 13,200 in all.
BUDGET = 12_000


def draft_card(draft: DraftView, page_url: str) -> dict[str, Any]:
    """The message payload (`text`, `blocks`, `metadata`) that shows this draft. `page_url` is the draft's own page.

    Never over a limit of Slack's, whatever the texts: should the linter find a fault, a short card takes its place.
    What is not shown of the text that will be sent is one click away, always.
    """
    whole = _payload(draft, page_url, letter.whole)
    if draft.state not in EDITABLE or blocks_length(whole["blocks"]) > BUDGET:
        whole = _payload(draft, page_url, letter.preview)
    return whole if not lint_message(whole) else _payload(draft, page_url, letter.only_read_all)


def _payload(draft: DraftView, page_url: str, text: Callable[[DraftView], list[Block]]) -> dict[str, Any]:
    """What matters most for a decision comes first."""
    blocks = [
        {"type": "header", "text": plain(title(draft))},
        *state_blocks(draft),
        *unknown_card.what_is_known(draft, page_url),
        *unknown_card.overruled(draft),
        letter.envelope(draft),
        about(draft, page_url),
        *letter.inbound(draft),
        *text(draft),
        *small_print(draft, page_url),
        *buttons(draft, page_url),
        *unknown_card.buttons(draft),
    ]
    return {
        "text": notification(draft),
        "blocks": blocks,
        "metadata": {"event_type": "signoff_card", "event_payload": {"draft_id": str(draft.draft_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
