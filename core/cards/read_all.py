"""Read all: a long text in a modal, page by page, nothing left out."""

from core.cards.letter import seen
from core.cards.modals import Block, View, modal, notice, said
from core.cards.mrkdwn import cut, pieces, plain
from core.views.draft import Facts

TITLE = "The whole text"
THEIR_TITLE = "What they wrote"
#: Characters on one page, well under what a view may weigh.
PAGE = 9_000


def read_all(facts: Facts, page: int) -> View:
    """One page of the draft, with buttons to the next and the one before."""
    return _page(TITLE, facts.subject, facts.body, page, "read_page", facts)


def read_theirs(facts: Facts, page: int) -> View:
    """One page of the message that the draft answers."""
    if facts.inbound is None:
        return notice(THEIR_TITLE, "This draft answers no message.")
    return _page(THEIR_TITLE, facts.inbound.subject, facts.inbound.body, page, "read_theirs", facts)


def _page(title: str, subject: str, text: str, page: int, turn: str, facts: Facts) -> View:
    """`turn` begins the action ids of the buttons, which end in the number of their page."""
    pages = pieces(text, PAGE) or [""]
    page = max(0, min(page, len(pages) - 1))
    turns: list[Block] = [
        {"type": "button", "action_id": f"{turn}_{to}", "text": plain(label), "value": f"{seen(facts)}:{to}"}
        for to, label in ((page - 1, "Back"), (page + 1, "Next"))
        if 0 <= to < len(pages)
    ]
    return modal(
        title,
        [
            {"type": "header", "text": plain(cut(subject, 150) or "No subject")},
            *({"type": "section", "text": plain(piece)} for piece in pieces(pages[page], 3_000) if piece.strip()),
            *([said(f"Page {page + 1} of {len(pages)}")] if len(pages) > 1 else []),
            *([{"type": "actions", "elements": turns}] if turns else []),
        ],
    )
