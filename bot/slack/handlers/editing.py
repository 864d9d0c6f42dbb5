"""Edit: a modal with subject and text. Saving makes a new version, and never overwrites a change unseen."""

from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.modals import open_then_fill
from bot.slack.payload import Body, Later, chosen, field, fields, person, seen
from bot.slack.submitting import errors, replace
from core.access import act
from core.cards import edit_form, modals
from core.cards.edit_form import KEEP, OTHERS, TITLE
from core.db import transaction
from core.drafts.review import edit
from core.errors import BadInput, Refusal, Stale
from core.ids import UUID
from core.taxonomy import Role, Verb
from core.views.draft import read
from jobs.ring import ring_cards


def edit_draft(click: Click) -> None:
    """Open the form with the latest text."""
    open_then_fill(click, TITLE, Role.REVIEWER, Verb.EDIT, lambda draft, _: edit_form.edit(draft))


def save(body: Body, view: Body, later: Later) -> BoltResponse | None:
    """Save the form as a new version. None closes the modal; otherwise it stays, with all that was typed."""
    what = seen(view.get("private_metadata"))
    subject, text = field(view, "subject"), edit_form.whole_body(fields(view, "body"))
    if chosen(view, KEEP) == OTHERS:
        return replace(modals.kept(TITLE, "Their text stays. Yours was not saved; it is here to copy.", text))
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
    except Stale:
        return replace(_conflict(what.draft(), subject, text))
    except Refusal as refusal:
        return replace(modals.kept(TITLE, f"{refusal} Your text was not saved; it is here to copy.", text))
    draft_id = what.draft()
    later(lambda: ring_cards([draft_id]))
    return None


def _conflict(draft_id: UUID, subject: str, text: str) -> modals.View:
    """Both texts, for the second of two people to decide."""
    with transaction() as tx:
        draft = read(tx, draft_id)
    assert draft is not None, "its version was just compared"
    return edit_form.conflict(draft, subject, text)
