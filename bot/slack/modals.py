"""Open a modal while its trigger lives (three seconds), and fill it after the ack."""

from collections.abc import Callable
from typing import Any

import structlog

from bot.slack.answers import Click
from bot.slack.payload import Seen, clicked, person, response_url, team_of
from bot.slack.tell import NOTHING_HAPPENED, tell
from core.access import act
from core.cards import modals
from core.errors import DatabaseAway, Refusal
from core.taxonomy import RefusalCode, Role, Verb
from core.views.draft import DraftView, read
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("bot.slack.modals")

Fill = Callable[[DraftView, Seen], modals.View]


def open_then_fill(click: Click, title: str, needs: Role, verb: Verb, fill: Fill) -> None:
    """Open a loading modal at once; read the draft as this person, and show what `fill` makes of it."""
    view_id = show(click, modals.loading(title))
    if view_id:
        click.later(lambda: fill_view(click, view_id, title, needs, verb, fill))


def ask(click: Click, form: Callable[[str], modals.View]) -> None:
    """Open a form that needs to know nothing of its draft but `draft_id:version`, at once."""
    what = clicked(click.body)
    show(click, form(f"{what.draft()}:{what.version}"))


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
        click.later(lambda: tell(url, "Slack did not open the window in time. Nothing happened; please click again."))
        return None
    return str(opened["view"]["id"])


def fill_view(click: Click, view_id: str, title: str, needs: Role, verb: Verb, fill: Fill) -> None:
    """Replace what the modal shows."""
    what = clicked(click.body)
    view: dict[str, Any]
    try:
        draft = act(
            person(click.body).identify,
            needs,
            verb,
            lambda tx, by: _own(read(tx, what.draft()), by.workspace_id),
            draft_id=what.draft_id,
        )
        view = fill(draft, what)
    except Refusal as refusal:
        view = modals.notice(title, str(refusal))
    except DatabaseAway:
        view = modals.notice(title, NOTHING_HAPPENED)
    try:
        team_id = team_of(click.body)
        call("views.update", team_id=team_id, priority=Priority.DECISION, view_id=view_id, view=view)
    except SlackTrouble as trouble:
        log.warning("modal not filled", code=trouble.code)


def _own(draft: DraftView | None, workspace_id: object) -> DraftView:
    if draft is None or draft.workspace_id != workspace_id:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such draft in your workspace.")
    return draft
