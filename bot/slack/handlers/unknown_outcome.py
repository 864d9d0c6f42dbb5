"""An unknown outcome: "It arrived", and "It did not arrive: send again", for admins and owners."""

from bot import decisions
from bot.acts import Target
from bot.slack.clicks import Click, act_on
from bot.slack.modals import DraftWindow, open_then_fill
from bot.slack.submits import Form, Submission, submit
from core.cards import unknown_card
from core.cards.modals import View
from core.taxonomy import Role, Verb
from core.views.draft import DraftView


def it_arrived(click: Click) -> None:
    """Somebody has seen it: it is sent."""
    act_on(click, decisions.IT_ARRIVED)


def _are_you_sure(draft: DraftView, target: Target) -> View:
    return unknown_card.send_again_form(draft, f"{target.require_id()}:{target.version}:{target.number}")


WINDOW = DraftWindow(unknown_card.TITLE, Role.ADMIN, Verb.RESEND, _are_you_sure)


def send_again(click: Click) -> None:
    """Say what that means, and ask; or say from when on it is possible."""
    open_then_fill(click, WINDOW)


def save(submission: Submission) -> None:
    """They are sure: queue it again."""
    submit(submission, decisions.SEND_AGAIN)


FORM = Form(save, unknown_card.TITLE)
