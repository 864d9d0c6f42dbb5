"""Read all: the whole text of a long draft, or of what it answers, page by page."""

from bot.slack.clicks import Click
from bot.slack.modals import DraftWindow, fill_with_draft, open_then_fill
from bot.slack.payload import modal_of
from core.cards.read_all import THEIR_TITLE, TITLE, read_all, read_theirs
from core.taxonomy import Role, Verb

OURS = DraftWindow(TITLE, Role.VIEWER, Verb.READ, lambda draft, target: read_all(draft, target.number))
THEIRS = DraftWindow(THEIR_TITLE, Role.VIEWER, Verb.READ, lambda draft, target: read_theirs(draft, target.number))


def read_draft(click: Click) -> None:
    """Open the first page of the draft, or turn to another page of the modal that is open."""
    _read(click, OURS)


def read_inbound(click: Click) -> None:
    """The same for the message that the draft answers."""
    _read(click, THEIRS)


def _read(click: Click, window: DraftWindow) -> None:
    view_id = modal_of(click.body)
    if view_id:
        click.after_ack(lambda: fill_with_draft(click, view_id, window))
    else:
        open_then_fill(click, window)
