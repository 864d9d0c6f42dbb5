"""An unknown outcome: "It arrived", and "It did not: send again", for admins and owners."""

from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.modals import open_then_fill
from bot.slack.payload import Body, Later, clicked, person, seen
from bot.slack.submitting import replace
from bot.slack.tell import IN_DOUBT, NOTHING_HAPPENED
from core import unknown
from core.act import act
from core.cards import modals
from core.errors import CommitInDoubt, DatabaseAway, Refusal
from core.taxonomy import Role, Verb
from jobs.ring import ring_cards, ring_deliver

TITLE = "Send again"


def it_arrived(click: Click) -> None:
    """Somebody has seen it: it is sent."""
    what = clicked(click.body)
    act(
        person(click.body).identify,
        Role.ADMIN,
        Verb.CONFIRM,
        lambda tx, by: unknown.it_arrived(tx, what.draft(), what.number, by),
        draft_id=what.draft_id,
    )
    draft_id = what.draft()
    click.later(lambda: ring_cards([draft_id]))


def send_again(click: Click) -> None:
    """Say what that means, and ask; or say from when on it is possible."""
    value = clicked(click.body)
    open_then_fill(
        click,
        TITLE,
        Role.ADMIN,
        Verb.RESEND,
        lambda facts, _: modals.send_again_form(facts, f"{value.draft()}:{value.version}:{value.number}"),
    )


def save(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """They are sure: queue it again. None closes the modal."""
    what = seen(view.get("private_metadata"))
    try:
        account_id = act(
            person(body).identify,
            Role.ADMIN,
            Verb.RESEND,
            lambda tx, by: unknown.send_again(tx, what.draft(), what.number, by),
            draft_id=what.draft_id,
        )
    except Refusal as refusal:
        return replace(modals.notice(TITLE, str(refusal)))
    except DatabaseAway as away:  # there is no field under which it could stand
        return replace(modals.notice(TITLE, IN_DOUBT if isinstance(away, CommitInDoubt) else NOTHING_HAPPENED))
    draft_id = what.draft()
    later(lambda: ring_deliver(account_id))
    later(lambda: ring_cards([draft_id]))
    return None
