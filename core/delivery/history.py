"""A mail's line of the history, for what is heard of it."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID, new_id
from core.taxonomy import HistoryStatus


def note_in_history(tx: Connection, delivery_id: UUID, status: HistoryStatus) -> None:
    """The line of this delivery says what came of it. It may not be there yet: an answer can be faster than our own
    bookkeeping.

    A trigger keeps a line from going back; another tells all contacts of this person.
    """
    tx.execute(_NOTE, {"id": new_id(), "delivery": delivery_id, "status": status})


_NOTE = sa.text("""
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  delivery_id, account_id, sequence_instance_id)
    SELECT :id, q.workspace_id, a.channel, :status, c.email_folded, c.linkedin_folded, clock_timestamp(),
           q.id, q.account_id, d.sequence_instance_id
    FROM send_queue q
    JOIN accounts a ON a.id = q.account_id
    JOIN contacts c ON c.id = q.contact_id
    JOIN drafts d ON d.id = q.draft_id
    WHERE q.id = :delivery
    ON CONFLICT (delivery_id) DO UPDATE SET status = excluded.status
""")
