"""Edit: a modal with subject and text. Saving makes a new version, and never overwrites a change unseen."""

from bot import decisions
from bot.slack.clicks import Click
from bot.slack.modals import DraftWindow, open_then_fill
from bot.slack.payload import chosen, field, fields
from bot.slack.submits import Form, Submission, Window, submit
from core.cards import edit_form, modals
from core.cards.edit_form import KEEP, OTHERS, TITLE
from core.db import transaction
from core.errors import Refusal, Stale
from core.ids import UUID
from core.taxonomy import Role, Verb
from core.views.draft import read

WINDOW = DraftWindow(TITLE, Role.REVIEWER, Verb.EDIT, lambda draft, _: edit_form.edit(draft))


def edit_draft(click: Click) -> None:
    """Open the form with the latest text."""
    open_then_fill(click, WINDOW)


def save(submission: Submission) -> Window | None:
    """Save the form as a new version. None closes the modal; otherwise it stays, with all that was typed."""
    view = submission.view
    subject, text = field(view, "subject"), edit_form.whole_body(fields(view, "body"))
    if chosen(view, KEEP) == OTHERS:
        return _kept("Their version was kept. Yours was not saved; you can copy it here.", text)
    try:
        submit(submission, decisions.edit(subject, text))
    except Stale:
        return Window(_conflict(submission.target.require_id(), subject, text), done=False)
    except Refusal as refusal:
        return _kept(f"{refusal} Your text was not saved; you can copy it here.", text)
    return None


FORM = Form(save, TITLE, "body")


def _kept(sentence: str, text: str) -> Window:
    return Window(modals.kept(TITLE, sentence, text), done=False)


def _conflict(draft_id: UUID, subject: str, text: str) -> modals.View:
    """Both texts, for the second of two people to decide."""
    with transaction() as tx:
        draft = read(tx, draft_id)
    assert draft is not None, "its version was just compared"
    return edit_form.conflict(draft, subject, text)
