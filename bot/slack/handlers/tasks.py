"""The clicks on a task card: Done, Could not, Read all. Recorded before the ack; the card says so after it."""

import structlog
from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.modals import show
from bot.slack.payload import Body, Later, Seen, chosen, clicked, field, person, seen, team_of
from bot.slack.submitting import errors, replace
from bot.slack.tell import NOTHING_HAPPENED
from core.access import act
from core.cards import modals
from core.cards.could_not_form import REASON, TITLE, WHY, could_not_form, whole_reason
from core.cards.task_card import READ_TITLE, task_text
from core.db import transaction
from core.errors import BadInput, DatabaseAway, Refusal
from core.ids import UUID
from core.surfaces.kinds import TASK_CARDS
from core.surfaces.reconcile import distrust
from core.tasks import report
from core.taxonomy import RefusalCode, Role, Verb
from core.views.task import TaskFacts, read
from jobs.ring import ring_task
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("bot.slack.handlers.tasks")


def task_done(click: Click) -> None:
    """It was done: counted, and in the history."""
    what = clicked(click.body)
    task_id = what.draft()
    try:
        act(
            person(click.body).identify,
            Role.REVIEWER,
            Verb.DONE,
            lambda tx, by: report.done(tx, task_id, what.version, by),
            task_id=task_id,
        )
    except Refusal:
        click.later(lambda: _redraw(task_id))
        raise
    click.later(lambda: ring_task(task_id))


def task_could_not(click: Click) -> None:
    """Ask why."""
    what = clicked(click.body)
    show(click, could_not_form(f"{what.draft()}:{what.version}"))


def save_could_not(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """It could not be done, with the reason that was chosen, typed, or both. None closes the modal."""
    what = seen(view.get("private_metadata"))
    reason = whole_reason(chosen(view, WHY), field(view, REASON))
    try:
        task_id = what.draft()
        act(
            person(body).identify,
            Role.REVIEWER,
            Verb.COULD_NOT,
            lambda tx, by: report.could_not(tx, task_id, what.version, reason, by),
            task_id=task_id,
        )
    except BadInput as bad:
        return errors(REASON, str(bad))
    except Refusal as refusal:
        if (refused := what.draft_id) is not None:
            later(lambda: _redraw(refused))
        return replace(modals.notice(TITLE, str(refusal)))
    later(lambda: ring_task(task_id))
    return None


def task_read(click: Click) -> None:
    """Show the whole text, to copy it."""
    view_id = show(click, modals.loading(READ_TITLE))
    if view_id:
        click.later(lambda: _fill(click, view_id))


def _fill(click: Click, view_id: str) -> None:
    what = clicked(click.body)
    try:
        view = task_text(_facts(click, what))
    except Refusal as refusal:
        view = modals.notice(READ_TITLE, str(refusal))
    except DatabaseAway:
        view = modals.notice(READ_TITLE, NOTHING_HAPPENED)
    try:
        call("views.update", team_id=team_of(click.body), priority=Priority.DECISION, view_id=view_id, view=view)
    except SlackTrouble as trouble:
        log.warning("modal not filled", code=trouble.code)


def _facts(click: Click, what: Seen) -> TaskFacts:
    task_id = what.draft()

    def own(facts: TaskFacts | None, workspace_id: UUID | None) -> TaskFacts:
        if facts is None or facts.workspace_id != workspace_id:
            raise Refusal(RefusalCode.NOT_FOUND, "There is no such task in your workspace.")
        return facts

    identify = person(click.body).identify
    return act(
        identify, Role.VIEWER, Verb.READ, lambda tx, by: own(read(tx, task_id), by.workspace_id), task_id=task_id
    )


def _redraw(task_id: UUID) -> None:
    """A click was refused: its card may show what is no longer so."""
    try:
        with transaction() as tx:
            distrust(tx, TASK_CARDS, task_id)
    except DatabaseAway:
        log.warning("card not refreshed", error="DatabaseAway")
        return
    ring_task(task_id)
