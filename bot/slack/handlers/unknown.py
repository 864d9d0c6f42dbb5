"""An unknown outcome: "It arrived", and "It did not: send again", for admins and owners."""

from slack_bolt import BoltResponse

from bot.slack.acting import do, submit
from bot.slack.answers import Click
from bot.slack.modals import open_then_fill
from bot.slack.payload import Body, Later, clicked
from core.cards.send_again_form import TITLE, send_again_form
from core.delivery import unknown
from core.taxonomy import Role, Verb
from jobs.ring import ring_deliver


def it_arrived(click: Click) -> None:
    """Somebody has seen it: it is sent."""
    do(
        click,
        Verb.CONFIRM,
        lambda tx, by, what: unknown.confirm_arrival(tx, what.draft(), what.number, by),
        needs=Role.ADMIN,
    )


def send_again(click: Click) -> None:
    """Say what that means, and ask; or say from when on it is possible."""
    value = clicked(click.body)
    open_then_fill(
        click,
        TITLE,
        Role.ADMIN,
        Verb.RESEND,
        lambda facts, _: send_again_form(facts, f"{value.draft()}:{value.version}:{value.number}"),
    )


def save(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """They are sure: queue it again. None closes the modal."""
    return submit(
        body,
        view,
        later,
        Verb.RESEND,
        lambda tx, by, what: unknown.send_again(tx, what.draft(), what.number, by),
        title=TITLE,
        needs=Role.ADMIN,
        then=lambda account_id: later(lambda: ring_deliver(account_id)),
    )
