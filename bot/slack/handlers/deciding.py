"""Approve & send, and Approve, next slot; and the ways back: Undo, and Restore."""

from bot.slack.acting import do
from bot.slack.answers import Click
from core.drafts import expire, undo
from core.drafts.review import Approved, approve
from core.taxonomy import Timing, Verb
from jobs.ring import ring_deliver


def approve_send(click: Click) -> None:
    """Approve the version that the person saw; it leaves at the earliest safe moment."""
    _approve(click, Timing.EARLIEST)


def approve_schedule(click: Click) -> None:
    """Approve the version that the person saw; it leaves in the account's next free slot."""
    _approve(click, Timing.NEXT_SLOT)


def _approve(click: Click, timing: Timing) -> None:
    approved = do(click, Verb.APPROVE, lambda tx, by, what: approve(tx, what.draft(), what.version, by, timing))
    if isinstance(approved, Approved):  # else it is one of several, and the next one has the last word
        account_id = approved.account_id
        click.later(lambda: ring_deliver(account_id))


def undo_approval(click: Click) -> None:
    """Take the approval back while its mail is queued: "Undo" in the first seconds, "Cancel" while it waits."""
    do(click, Verb.UNDO, lambda tx, by, what: undo.undo(tx, what.draft(), what.version, by))


def restore_draft(click: Click) -> None:
    """Bring an expired draft back to review."""
    do(click, Verb.RESTORE, lambda tx, by, what: expire.restore(tx, what.draft(), by))
