"""Read all: the whole text of a long draft, page by page."""

from bot.slack.answers import Click
from bot.slack.modals import fill_view, open_then_fill
from bot.slack.payload import Seen
from core.cards import modals
from core.cards.facts import Facts
from core.taxonomy import Role, Verb

TITLE = "The whole text"


def read_all(click: Click) -> None:
    """Open the first page."""
    open_then_fill(click, TITLE, Role.VIEWER, Verb.READ, _page)


def read_page(click: Click) -> None:
    """Turn to another page of the modal that is open."""
    view_id = str((click.body.get("view") or {}).get("id", ""))
    if view_id:
        click.later(lambda: fill_view(click, view_id, TITLE, Role.VIEWER, Verb.READ, _page))


def _page(facts: Facts, what: Seen) -> modals.View:
    return modals.read_all(facts, what.page)
