"""Remind reviewers of what waits for them, and tell admins of what waits for too long."""

from core.db import transaction
from core.notices import escalation, reminders
from jobs.tell_admins import tell_admins


def remind() -> None:
    """Remind and escalate where it is due. Safe to run twice, or at once; what is due is marked as it is written.

    The messages are rows of `alerts`, in the same transaction: each is posted once, also after a crash.
    """
    with transaction() as tx:
        reminded = reminders.remind_due(tx)
    with transaction() as tx:
        escalated = escalation.escalate_due(tx)
    if reminded or escalated:
        tell_admins()
