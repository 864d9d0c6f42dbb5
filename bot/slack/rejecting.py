"""Reject: asks for a reason, and a rejected draft is never sent."""

from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.modals import show
from bot.slack.payload import Body, Later, clicked, field, person, seen
from bot.slack.submitting import errors, replace
from core.act import act
from core.cards import modals
from core.errors import BadInput, Refusal
from core.review import reject
from core.taxonomy import Role, Verb
from jobs.ring import ring_cards


def reject_draft(click: Click) -> None:
    """Ask for the reason."""
    what = clicked(click.body)
    show(click, modals.reject_form(f"{what.draft()}:{what.version}"))


def save(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """Reject with the reason that was typed. None closes the modal."""
    what = seen(view.get("private_metadata"))
    reason = field(view, "reason")
    try:
        act(
            person(body).identify,
            Role.REVIEWER,
            Verb.REJECT,
            lambda tx, by: reject(tx, what.draft(), what.version, reason, by),
            draft_id=what.draft_id,
        )
    except BadInput as bad:
        return errors("reason", str(bad))
    except Refusal as refusal:
        return replace(modals.notice("Reject draft", str(refusal)))
    if what.draft_id:
        draft_id = what.draft_id
        later(lambda: ring_cards([draft_id]))
    return None
