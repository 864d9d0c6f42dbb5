"""Look for trouble in the rows, and have admins told of it: outcomes that nobody knows, mail that nobody takes up."""

import structlog

from core.db import transaction
from core.notices import alarms

log = structlog.get_logger("jobs.raise_alarms")


def raise_alarms() -> None:
    """Raise what was not raised yet. Safe to run twice, or at once."""
    with transaction() as tx:
        unknown = alarms.raise_unknown(tx)
    with transaction() as tx:
        stuck = alarms.raise_stuck(tx)
    if unknown or stuck:
        log.warning("alarms raised", unknown=unknown, stuck=stuck)
