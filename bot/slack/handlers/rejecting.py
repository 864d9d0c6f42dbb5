"""Reject: asks for a reason, and a rejected draft is never sent."""

from bot import decisions
from bot.slack.clicks import Click
from bot.slack.modals import ask
from bot.slack.payload import chosen, field
from bot.slack.submits import Form, Submission, submit
from core.cards.reject_form import REASON, TITLE, WHY, reject_form, whole_reason


def reject_draft(click: Click) -> None:
    """Ask for the reason."""
    ask(click, reject_form)


def save(submission: Submission) -> None:
    """Reject with the reason that was chosen, typed, or both."""
    reason = whole_reason(chosen(submission.view, WHY), field(submission.view, REASON))
    submit(submission, decisions.reject(reason))


FORM = Form(save, TITLE, REASON)
