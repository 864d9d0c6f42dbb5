"""Who may be written to again: the sixty days of some contacts end every day."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def refresh_eligibility(tx: Connection) -> int:
    """Bring `status` and `eligible_for_outreach` of all contacts up to this day; returns how many changed.

    The gates do not rely on it: they look at the history itself.
    """
    return int(tx.scalar(sa.select(sa.func.refresh_outreach_eligibility())) or 0)
