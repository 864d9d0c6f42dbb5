"""Reject: asks for a reason, and a rejected draft is never sent."""

from slack_bolt import BoltResponse

from bot.slack.acting import submit
from bot.slack.answers import Click
from bot.slack.modals import ask
from bot.slack.payload import Body, Later, chosen, field
from core.cards.reject_form import REASON, TITLE, WHY, reject_form, whole_reason
from core.drafts.review import reject
from core.taxonomy import Verb


def reject_draft(click: Click) -> None:
    """Ask for the reason."""
    ask(click, reject_form)


def save(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """Reject with the reason that was chosen, typed, or both. None closes the modal."""
    reason = whole_reason(chosen(view, WHY), field(view, REASON))
    return submit(
        body,
        view,
        later,
        Verb.REJECT,
        lambda tx, by, what: reject(tx, what.draft(), what.version, reason, by),
        title=TITLE,
        field=REASON,
    )
