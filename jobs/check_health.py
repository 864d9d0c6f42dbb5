"""The job that computes the health of accounts; a sudden rise of bounces or complaints pauses one, and admins hear."""

import structlog

from core.accounts import health, pausing
from core.db import transaction
from core.ids import UUID
from jobs.tell_admins import tell_admins

log = structlog.get_logger("jobs.check_health")


def check_health() -> None:
    """Score a batch of the accounts whose score is old, each in its own transaction, and tell what came of it."""
    with transaction() as tx:
        ids = health.accounts_to_score(tx)
    for account_id in ids:
        check_account(account_id)
    tell_admins()


def check_account(account_id: UUID) -> None:
    """Check one account, and have the cards of its waiting mail follow when that changed what may leave."""
    with transaction() as tx:
        switched = health.refresh_score(tx, account_id)
    if not switched:
        return
    log.warning("health changed what may leave", account_id=str(account_id))
    last: UUID | None = None
    while True:
        with transaction() as tx:
            last = pausing.mark_cards_behind(tx, account_id, last)
        if last is None:
            return
