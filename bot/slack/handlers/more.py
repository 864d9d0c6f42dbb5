"""The menu of a card with the less common acts: request changes, snooze, assign, pause the campaign."""

from collections.abc import Callable
from datetime import UTC, datetime

from slack_bolt import BoltResponse

from bot.slack.acting import do, submit
from bot.slack.answers import Click
from bot.slack.modals import ask, open_then_fill
from bot.slack.payload import Body, Later, Seen, chosen, field, person, word
from core.actor import Actor, slack_user
from core.campaigns import pausing
from core.campaigns.finding import campaign_of
from core.cards import act_forms, buttons
from core.db import Connection
from core.drafts import assign, request_changes, snooze
from core.errors import BadInput
from core.taxonomy import Role, Verb
from core.text import moments


def more(click: Click) -> None:
    """Do what was chosen; nothing for a word that a later version may know."""
    act = _MENU.get(word(click.body))
    if act:
        act(click)


def _wake(click: Click) -> None:
    do(click, Verb.WAKE, lambda tx, by, what: snooze.wake(tx, what.draft(), by))


def _pause(click: Click) -> None:
    open_then_fill(click, act_forms.PAUSE, Role.ADMIN, Verb.PAUSE, lambda facts, _: act_forms.pause_form(facts))


_MENU: dict[str, Callable[[Click], None]] = {
    buttons.REQUEST_CHANGES: lambda click: ask(click, act_forms.changes_form),
    buttons.SNOOZE: lambda click: ask(click, act_forms.snooze_form),
    buttons.WAKE: _wake,
    buttons.ASSIGN: lambda click: ask(click, act_forms.assign_form),
    buttons.PAUSE: _pause,
}


def save_changes(body: Body, view: Body, after_ack: Later) -> BoltResponse | None:
    """Ask for another text, with the note."""
    note = field(view, "note")
    return submit(
        body,
        view,
        after_ack,
        Verb.REQUEST_CHANGES,
        lambda tx, by, what: request_changes.request_changes(tx, what.draft(), what.version, note, by),
        title=act_forms.CHANGES,
        field="note",
    )


def save_snooze(body: Body, view: Body, after_ack: Later) -> BoltResponse | None:
    """Put it off until the moment that was chosen, in the person's own zone."""
    choice = chosen(view, "until")

    def put_off(tx: Connection, by: Actor, what: Seen) -> None:
        if choice not in moments.CHOICES:
            raise BadInput("Choose until when.", "until")
        until = moments.moment(choice, datetime.now(UTC), moments.zone_of(tx, by))
        snooze.snooze(tx, what.draft(), what.version, until, by)

    return submit(body, view, after_ack, Verb.SNOOZE, put_off, title=act_forms.SNOOZE, field="until")


def save_assign(body: Body, view: Body, after_ack: Later) -> BoltResponse | None:
    """Hand it to the person who was chosen."""
    team_id, user_id = person(body).team_id, chosen(view, "member")

    def hand_on(tx: Connection, by: Actor, what: Seen) -> None:
        member = slack_user(tx, team_id, user_id)
        if member.member_id is None:
            raise BadInput("They are not a member of this workspace in Signoff. An admin can add them.", "member")
        assign.assign(tx, what.draft(), member.member_id, by)

    return submit(body, view, after_ack, Verb.ASSIGN, hand_on, title=act_forms.ASSIGN, field="member")


def save_pause(body: Body, view: Body, after_ack: Later) -> BoltResponse | None:
    """Pause the campaign of this draft, and say what that stopped."""

    def stop(tx: Connection, by: Actor, what: Seen) -> pausing.CampaignStatusChange:
        return pausing.pause(tx, campaign_of(tx, what.draft(), by), by)

    return submit(
        body, view, after_ack, Verb.PAUSE, stop, title=act_forms.PAUSE, needs=Role.ADMIN, then=act_forms.paused
    )
