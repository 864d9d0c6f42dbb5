"""The clicks on a task card: Done, Could not, Read all. Recorded before the ack; the card says so after it."""

from bot import decisions
from bot.slack.clicks import Click, act_on
from bot.slack.modals import ask, fill, show
from bot.slack.payload import chosen, field
from bot.slack.submits import Form, Submission, submit
from core.access import act
from core.actor import Actor
from core.cards import modals
from core.cards.reason_form import COULD_NOT, REASON, WHY
from core.cards.task_card import READ_TITLE, task_text
from core.db import Connection
from core.errors import Refusal
from core.taxonomy import RefusalCode, Role, Verb
from core.views.task import TaskView, read


def task_done(click: Click) -> None:
    """It was done: counted, and in the history."""
    act_on(click, decisions.TASK_DONE)


def task_could_not(click: Click) -> None:
    """Ask why."""
    ask(click, COULD_NOT.view)


def save_could_not(submission: Submission) -> None:
    """It could not be done, with the reason that was chosen, typed, or both."""
    reason = COULD_NOT.whole_reason(chosen(submission.view, WHY), field(submission.view, REASON))
    submit(submission, decisions.could_not(reason))


COULD_NOT_FORM = Form(save_could_not, COULD_NOT.title, REASON)


def task_read(click: Click) -> None:
    """Show the whole text, to copy it."""
    view_id = show(click, modals.loading(READ_TITLE))
    if view_id:
        click.after_ack(lambda: fill(click.who, view_id, READ_TITLE, lambda: task_text(_own_task(click))))


def _own_task(click: Click) -> TaskView:
    task_id = click.target.require_id()

    def read_own(tx: Connection, by: Actor) -> TaskView:
        view = read(tx, task_id)
        if view is None or view.workspace_id != by.workspace_id:
            raise Refusal(RefusalCode.NOT_FOUND, "There is no such task in your workspace.")
        return view

    return act(click.who.identify, Role.VIEWER, Verb.READ, read_own, task_id=task_id)
