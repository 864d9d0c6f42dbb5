"""The card of a draft: its facts as Block Kit. Pure, and the same for every member who sees it."""

from collections.abc import Callable
from typing import Any

from core.cards import letter, unknown_card
from core.cards.about import about, small_print
from core.cards.buttons import buttons
from core.cards.limits.lint import blocks_length, lint_message
from core.cards.mrkdwn import plain
from core.cards.standing import notification, standing, title
from core.drafts.state import EDITABLE
from core.views.draft import Facts

Block = dict[str, Any]

#: Characters of blocks that a card stays under; Slack refuses about 13,200 in all.
BUDGET = 12_000


def draft_card(facts: Facts, page_url: str) -> dict[str, Any]:
    """The message payload (`text`, `blocks`, `metadata`) that shows these facts. `page_url` is the draft's own page.

    Never over a limit of Slack's, whatever the texts: should the linter find a fault, a short card takes its place.
    What is not shown of the text that will be sent is one click away, always.
    """
    whole = _payload(facts, page_url, letter.whole)
    if facts.state not in EDITABLE or blocks_length(whole["blocks"]) > BUDGET:
        whole = _payload(facts, page_url, letter.preview)
    return whole if not lint_message(whole) else _payload(facts, page_url, letter.only_read_all)


def _payload(facts: Facts, page_url: str, text: Callable[[Facts], list[Block]]) -> dict[str, Any]:
    """What matters most for a decision comes first."""
    blocks = [
        {"type": "header", "text": plain(title(facts))},
        *standing(facts),
        *unknown_card.what_is_known(facts, page_url),
        *unknown_card.given_up(facts),
        letter.envelope(facts),
        about(facts, page_url),
        *letter.inbound(facts),
        *text(facts),
        *small_print(facts, page_url),
        *buttons(facts, page_url),
        *unknown_card.buttons(facts),
    ]
    return {
        "text": notification(facts),
        "blocks": blocks,
        "metadata": {"event_type": "signoff_card", "event_payload": {"draft_id": str(facts.draft_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
