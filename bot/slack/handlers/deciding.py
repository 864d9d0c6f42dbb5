"""Approve & send, and Approve, next slot; and the ways back: Undo, and Restore."""

from bot import decisions
from bot.slack.clicks import Click, act_on
from core.taxonomy import Timing


def approve_send(click: Click) -> None:
    """Approve the version that the person saw; it leaves at the earliest safe moment."""
    act_on(click, decisions.approve(Timing.EARLIEST))


def approve_schedule(click: Click) -> None:
    """Approve the version that the person saw; it leaves in the account's next free slot."""
    act_on(click, decisions.approve(Timing.NEXT_SLOT))


def undo_approval(click: Click) -> None:
    """Take the approval back while its mail is queued: "Undo" in the first seconds, "Cancel" while it waits."""
    act_on(click, decisions.UNDO)


def restore_draft(click: Click) -> None:
    """Bring an expired draft back to review."""
    act_on(click, decisions.RESTORE)
