"""The daily job that lets contacts be written to again whose sixty days are over."""

import structlog

from core.contacts import eligibility
from core.db import transaction

log = structlog.get_logger("jobs.refresh_eligibility")


def refresh_eligibility() -> None:
    """Bring all contacts up to this day."""
    with transaction() as tx:
        changed = eligibility.refresh(tx)
    log.info("eligibility refreshed", contacts=changed)
