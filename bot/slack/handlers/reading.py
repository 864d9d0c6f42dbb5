"""Read all: the whole text of a long draft, or of what it answers, page by page."""

from bot.slack.answers import Click
from bot.slack.modals import Fill, fill_view, open_then_fill
from bot.slack.payload import modal_of
from core.cards.read_all import THEIR_TITLE, TITLE, read_all, read_theirs
from core.taxonomy import Role, Verb


def read_draft(click: Click) -> None:
    """Open the first page of the draft, or turn to another page of the modal that is open."""
    _read(click, TITLE, lambda draft, what: read_all(draft, what.page))


def read_inbound(click: Click) -> None:
    """The same for the message that the draft answers."""
    _read(click, THEIR_TITLE, lambda draft, what: read_theirs(draft, what.page))


def _read(click: Click, title: str, page: Fill) -> None:
    view_id = modal_of(click.body)
    if view_id:
        click.later(lambda: fill_view(click, view_id, title, Role.VIEWER, Verb.READ, page))
    else:
        open_then_fill(click, title, Role.VIEWER, Verb.READ, page)
