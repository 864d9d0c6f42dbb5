"""What the clock runs at set times, where that is little more than one call into `core`. Each is idempotent."""

import structlog

from core.contacts import contacts
from core.db import transaction
from core.drafts import expire
from core.notices import alarms, digest, escalation, reminders
from jobs.tell_admins import tell_admins

log = structlog.get_logger("jobs.cron_jobs")

#: Drafts in one transaction.
SOME = 100


def expire_undecided() -> None:
    """Expire all that is due, in steps. Their cards are behind then. Safe to run twice, or at once."""
    count = 0
    while True:
        with transaction() as tx:
            expired = expire.expire_due(tx, SOME)
        count += len(expired)
        if len(expired) < SOME:
            break
    if count:
        log.info("drafts expired", count=count)


def raise_alarms() -> None:
    """Raise what was not raised yet. Safe to run twice, or at once."""
    with transaction() as tx:
        unknown = alarms.raise_unknown(tx)
    with transaction() as tx:
        stuck = alarms.raise_stuck(tx)
    if unknown or stuck:
        log.warning("alarms raised", unknown=unknown, stuck=stuck)


def refresh_eligibility() -> None:
    """Bring all contacts up to this day."""
    with transaction() as tx:
        changed = contacts.refresh_eligibility(tx)
    log.info("eligibility refreshed", contacts=changed)


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


def tell_digest() -> None:
    """Have every digest that is due told, once. Safe to run twice, or at once."""
    with transaction() as tx:
        found = digest.due_digests(tx)
    taken = False
    for due in found:
        with transaction() as tx:
            taken |= digest.announce(tx, due)
    if taken:
        tell_admins()
