"""The menu of a card with the less common acts: request changes, snooze, assign, pause the campaign."""

from collections.abc import Callable

from bot import decisions
from bot.acts import Act, Target
from bot.slack.clicks import Click, act_on
from bot.slack.modals import DraftWindow, FormWindow, ask, ask_with, open_then_fill
from bot.slack.payload import chosen, field, word
from bot.slack.submits import Form, Submission, Window, submit
from core.actor import Actor, slack_user
from core.cards import act_forms, buttons
from core.cards.modals import View
from core.db import Connection, now
from core.drafts.assign import assign, assignees
from core.errors import BadInput
from core.taxonomy import Role, Verb
from core.text import moments
from core.workspaces import timezone_for

PAUSE_WINDOW = DraftWindow(act_forms.PAUSE, Role.ADMIN, Verb.PAUSE, lambda draft, _: act_forms.pause_form(draft))


def _until_when(tx: Connection, by: Actor, value: str, _: Target) -> View:
    return act_forms.snooze_form(value, moments.choices(now(tx), timezone_for(tx, by)))


def _to_whom(tx: Connection, by: Actor, value: str, target: Target) -> View:
    return act_forms.assign_form(value, assignees(tx, target.require_id(), by))


SNOOZE_WINDOW = FormWindow(Verb.SNOOZE, _until_when)
ASSIGN_WINDOW = FormWindow(Verb.ASSIGN, _to_whom)


def more(click: Click) -> None:
    """Do what was chosen; nothing for a word that a later version may know."""
    handle = _MENU.get(word(click.body))
    if handle:
        handle(click)


_MENU: dict[str, Callable[[Click], None]] = {
    buttons.REQUEST_CHANGES: lambda click: ask(click, act_forms.changes_form),
    buttons.SNOOZE: lambda click: ask_with(click, SNOOZE_WINDOW),
    buttons.WAKE: lambda click: act_on(click, decisions.WAKE),
    buttons.ASSIGN: lambda click: ask_with(click, ASSIGN_WINDOW),
    buttons.PAUSE: lambda click: open_then_fill(click, PAUSE_WINDOW),
}


def save_changes(submission: Submission) -> None:
    """Ask for another text, with the note."""
    submit(submission, decisions.ask_for_changes(field(submission.view, "note")))


def save_snooze(submission: Submission) -> None:
    """Put it off until the moment that was chosen, in the person's own zone."""
    submit(submission, decisions.put_off(chosen(submission.view, "until")))


def save_assign(submission: Submission) -> None:
    """Hand it to the person who was chosen."""
    team_id, user_id = submission.who.team_id, chosen(submission.view, "member")

    def hand_on(tx: Connection, by: Actor, target: Target) -> None:
        member = slack_user(tx, team_id, user_id)
        if member.member_id is None:
            raise BadInput("They are not a member of this workspace in Signoff. An admin can add them.", "member")
        assign(tx, target.require_id(), member.member_id, by)

    submit(submission, Act(Verb.ASSIGN, hand_on))


def save_pause(submission: Submission) -> Window:
    """Pause the campaign of this draft, and say what that stopped."""
    return Window(act_forms.paused(submit(submission, decisions.PAUSE)))


CHANGES_FORM = Form(save_changes, act_forms.CHANGES, "note")
SNOOZE_FORM = Form(save_snooze, act_forms.SNOOZE, "until")
ASSIGN_FORM = Form(save_assign, act_forms.ASSIGN, "member")
PAUSE_FORM = Form(save_pause, act_forms.PAUSE)
