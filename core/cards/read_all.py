"""Read all: a long text in a modal, page by page, nothing left out."""

from core.cards.letter import button_value
from core.cards.modals import Block, View, modal, notice, said
from core.cards.mrkdwn import button, cut, paragraphs, pieces, plain
from core.text.words.states import NO_SUBJECT, NO_TEXT
from core.views.draft import DraftView

TITLE = "The whole text"
THEIR_TITLE = "What they wrote"
#: Characters on one page, well under what a view may weigh.
PAGE = 9_000


def read_all(draft: DraftView, page: int) -> View:
    """One page of the draft, with buttons to the next and the one before."""
    return _page(TITLE, draft.subject, draft.body, page, "read_page", draft)


def read_theirs(draft: DraftView, page: int) -> View:
    """One page of the message that the draft answers."""
    if draft.inbound is None:
        return notice(THEIR_TITLE, "This draft answers no message.")
    return _page(THEIR_TITLE, draft.inbound.subject, draft.inbound.body, page, "read_theirs", draft)


def _page(title: str, subject: str, text: str, page: int, turn: str, draft: DraftView) -> View:
    """`turn` begins the action ids of the buttons, which end in the number of their page."""
    pages = pieces(text, PAGE) or [""]
    page = max(0, min(page, len(pages) - 1))
    turns: list[Block] = [
        button(f"{turn}_{to}", label, f"{button_value(draft)}:{to}")
        for to, label in ((page - 1, "Back"), (page + 1, "Next"))
        if 0 <= to < len(pages)
    ]
    return modal(
        title,
        [
            {"type": "header", "text": plain(cut(subject, 150) or NO_SUBJECT)},
            *paragraphs(pages[page] if text.strip() else NO_TEXT),
            *([said(f"Page {page + 1} of {len(pages)}")] if len(pages) > 1 else []),
            *([{"type": "actions", "elements": turns}] if turns else []),
        ],
    )
