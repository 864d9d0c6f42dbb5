"""Block and unblock: what no mail of an open draft would pass, whatever its text, keeps it from being approved.

The facts reach open drafts by triggers of the database, whoever writes them: opted out, replied, the suppression list,
the end of a campaign. Here the same is asked of drafts that come back to review after that was known.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID


def block_refused(tx: Connection, draft_ids: Sequence[UUID]) -> list[UUID]:
    """Idempotent: block, or unblock, these open drafts by what is known of whom they are for; returns those that moved.

    Called after the event that brought them back, so that the history has the two in their order.
    """
    return list(tx.scalars(_BLOCK, {"drafts": list(draft_ids)}))


_BLOCK = sa.text("SELECT block_drafts(CAST(:drafts AS uuid[]))")
