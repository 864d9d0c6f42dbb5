"""Block and unblock: what no mail of an open draft would pass, whatever its text, keeps it from being approved.

The facts reach open drafts by triggers of the database, whoever writes them: opted out, replied, the suppression list,
the end of a campaign. Here the same is asked of drafts that come back to review after that was known. Where it becomes
known at the same moment, `hold_contact` sees to it that one of the two is second, and sees the other.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID


def hold_contact(tx: Connection, draft_id: UUID) -> None:
    """Lock whom a draft is for, before it comes back to review: what is told of them waits, and finds it open.

    Nobody who holds a contact waits for a draft that is not open, so that this may come after the draft's own lock.
    """
    tx.execute(_HOLD, {"draft": draft_id})


def block_refused(tx: Connection, draft_ids: Sequence[UUID]) -> list[UUID]:
    """Idempotent: block, or unblock, these open drafts by what is known of whom they are for; returns those that moved.

    Called after the event that brought them back, so that the history has the two in their order.
    """
    return list(tx.scalars(_BLOCK, {"drafts": list(draft_ids)}))


_HOLD = sa.text("SELECT FROM contacts WHERE id = (SELECT contact_id FROM drafts WHERE id = :draft) FOR NO KEY UPDATE")
_BLOCK = sa.text("SELECT block_drafts(CAST(:drafts AS uuid[]))")
