"""Edit: a modal with subject and text. Saving makes a new version, and never overwrites a change unseen."""

from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.modals import open_then_fill
from bot.slack.payload import Body, Later, Seen, field, fields, person, seen
from bot.slack.submitting import errors, replace
from core.act import act
from core.cards import modals
from core.cards.facts import Facts
from core.errors import BadInput, Refusal, Stale
from core.review import edit
from core.shown import OPEN
from core.taxonomy import Role, Verb
from jobs.ring import ring_cards


def edit_draft(click: Click) -> None:
    """Open the form with the latest text."""
    open_then_fill(click, "Edit draft", Role.REVIEWER, Verb.EDIT, _form)


def _form(facts: Facts, _what: Seen) -> modals.View:
    if facts.state not in OPEN:
        return modals.notice("Edit draft", "Somebody has decided on this draft already; the card shows how.")
    return modals.edit(facts)


def save(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """Save the form as a new version. None closes the modal; otherwise it stays, with all that was typed."""
    what = seen(view.get("private_metadata"))
    subject, text = field(view, "subject"), modals.whole_body(fields(view, "body"))
    try:
        act(
            person(body).identify,
            Role.REVIEWER,
            Verb.EDIT,
            lambda tx, by: edit(tx, what.draft(), what.version, subject, text, by),
            draft_id=what.draft_id,
        )
    except BadInput as bad:
        return errors(bad.field or "body", str(bad))
    except Stale as stale:
        news = (
            "Somebody changed this draft while you were writing; their text is on the card. What you wrote is below. "
            "Saving again replaces theirs."
        )
        return replace(modals.edit_form(f"{what.draft_id}:{stale.current}", subject, text, news))
    except Refusal as refusal:
        return replace(modals.kept("Edit draft", f"{refusal} Your text was not saved; it is here to copy.", text))
    if what.draft_id:
        draft_id = what.draft_id
        later(lambda: ring_cards([draft_id]))
    return None
