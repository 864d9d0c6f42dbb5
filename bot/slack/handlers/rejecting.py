"""Reject: asks for a reason, and a rejected draft is never sent."""

from bot import decisions
from bot.slack.clicks import Click
from bot.slack.modals import ask
from bot.slack.payload import chosen, field
from bot.slack.submits import Form, Submission, submit
from core.cards.reason_form import REASON, REJECT, WHY


def reject_draft(click: Click) -> None:
    """Ask for the reason."""
    ask(click, REJECT.view)


def save(submission: Submission) -> None:
    """Reject with the reason that was chosen, typed, or both."""
    reason = REJECT.whole_reason(chosen(submission.view, WHY), field(submission.view, REASON))
    submit(submission, decisions.reject(reason))


FORM = Form(save, REJECT.title, REASON)
