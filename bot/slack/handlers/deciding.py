"""Approve & send, and Approve, next slot; what they ask first; and the ways back: Undo, and Restore."""

from datetime import UTC, datetime

from bot import decisions
from bot.slack.clicks import Click, act_on
from bot.slack.modals import ask
from bot.slack.payload import chosen, first_action
from bot.slack.submits import Form, Submission, submit
from core.cards import approve_form
from core.cards.buttons import told_by
from core.errors import AskFirst
from core.taxonomy import Timing


def approve_send(click: Click) -> None:
    """Approve the version that the person saw; it leaves at the earliest safe moment."""
    told = told_by(str(first_action(click.body).get("block_id", "")), datetime.now(UTC))
    try:
        act_on(click, decisions.approve(Timing.EARLIEST, told))
    except AskFirst as first:
        ask_first(click, first)


def approve_schedule(click: Click) -> None:
    """Approve the version that the person saw; it leaves in the account's next free slot."""
    try:
        act_on(click, decisions.approve(Timing.NEXT_SLOT))
    except AskFirst as first:
        ask_first(click, first)


def ask_first(click: Click, first: AskFirst) -> None:
    """Ask in a window, before anything is recorded. What is chosen there by default is what does least."""
    sentence, about = str(first), first.about
    ask(click, lambda value: approve_form.approve_form(value, sentence, about, Timing.NEXT_SLOT))


def save(submission: Submission) -> None:
    """Approve after all, as they chose."""
    now = chosen(submission.view, approve_form.WHEN) == Timing.EARLIEST
    submit(submission, decisions.approve(Timing.EARLIEST if now else Timing.NEXT_SLOT, asked=True))


FORM = Form(save, approve_form.TITLE)


def undo_approval(click: Click) -> None:
    """Take the approval back while its mail is queued."""
    act_on(click, decisions.UNDO)


def restore_draft(click: Click) -> None:
    """Bring an expired draft back to review."""
    act_on(click, decisions.RESTORE)
