"""Expire what nobody decided in time."""

import structlog

from core.db import transaction
from core.drafts import expire

log = structlog.get_logger("jobs.expire")

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
