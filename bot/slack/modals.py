"""Open a modal while its trigger lives (three seconds), and fill it after the ack."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.acts import NOTHING_HAPPENED, Away, Done, Target, outcome_of
from bot.slack.clicks import Click
from bot.slack.ephemeral import tell
from bot.slack.payload import Person, response_url, team_of
from core.access import act
from core.actor import Actor
from core.cards import modals
from core.db import Connection
from core.errors import Refusal
from core.taxonomy import RefusalCode, Role, Verb
from core.views.draft import DraftView, read
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("bot.slack.modals")

NOT_OPENED = "Slack did not open the window in time. Nothing happened; please click again."


@dataclass(frozen=True)
class DraftWindow:
    """A window that shows a draft: its title, whom it is for, to what end, and what it makes of the draft."""

    title: str
    needs: Role
    verb: Verb
    draw: Callable[[DraftView, Target], modals.View]


def open_then_fill(click: Click, window: DraftWindow) -> None:
    """Open a loading modal at once, and show the draft in it after the ack."""
    view_id = show(click, modals.loading(window.title))
    if view_id:
        click.after_ack(lambda: fill_with_draft(click, view_id, window))


@dataclass(frozen=True)
class FormWindow:
    """A form that needs to know something of its reader or its draft: to what end it is, and how it is made.

    What it is given: the transaction, the reader, `id:round` and the draft.
    """

    verb: Verb
    draw: Callable[[Connection, Actor, str, Target], modals.View]


def ask_with(click: Click, window: FormWindow) -> None:
    """Make the form with one short read, and open it at once: its reader picks from what it knows."""
    target = click.target
    value = f"{target.require_id()}:{target.version}"
    view = act(
        click.who.identify,
        Role.REVIEWER,
        window.verb,
        lambda tx, by: window.draw(tx, by, value, target),
        draft_id=target.row_id,
    )
    show(click, view)


def ask(click: Click, form: Callable[[str], modals.View]) -> None:
    """Open a form that needs to know nothing of its row but `id:version`, at once."""
    target = click.target
    show(click, form(f"{target.require_id()}:{target.version}"))


def show(click: Click, view: modals.View) -> str | None:
    """Open a modal; None when Slack refused, and then the person is told."""
    try:
        opened = call(
            "views.open",
            team_id=team_of(click.body),
            priority=Priority.DECISION,
            timeout=2,
            trigger_id=str(click.body.get("trigger_id", "")),
            view=view,
        )
    except SlackTrouble as trouble:
        log.warning("modal not opened", code=trouble.code)
        url = response_url(click.body)
        click.after_ack(lambda: tell(url, NOT_OPENED))
        return None
    return str(opened["view"]["id"])


def fill(who: Person, view_id: str, title: str, draw: Callable[[], modals.View]) -> None:
    """Replace what a modal shows: what `draw` makes, or why there is nothing to show. Nothing is recorded by it."""
    outcome = outcome_of(draw)
    if isinstance(outcome, Done):
        view = outcome.result
    else:
        view = modals.notice(title, NOTHING_HAPPENED if isinstance(outcome, Away) else outcome.sentence)
    try:
        call("views.update", team_id=who.team_id, priority=Priority.DECISION, view_id=view_id, view=view)
    except SlackTrouble as trouble:
        log.warning("modal not filled", code=trouble.code)


def fill_with_draft(click: Click, view_id: str, window: DraftWindow) -> None:
    """Read the draft as this person, and show it in the window that is open."""
    target = click.target

    def read_own(tx: Connection, by: Actor) -> DraftView:
        draft = read(tx, target.require_id())
        if draft is None or draft.workspace_id != by.workspace_id:
            raise Refusal(RefusalCode.NOT_FOUND, "There is no such draft in your workspace.")
        return draft

    def draw() -> modals.View:
        draft = act(click.who.identify, window.needs, window.verb, read_own, draft_id=target.row_id)
        return window.draw(draft, target)

    fill(click.who, view_id, window.title, draw)
