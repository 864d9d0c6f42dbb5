"""That a mail was answered: told to whoever approved it, each once a reply, in the transaction that records it."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.alerts import Notice, tell_members
from core.ids import UUID
from core.taxonomy import AlertKind


def tell_approvers(tx: Connection, draft_id: UUID) -> None:
    """Have everybody told who approved the draft in the round that was sent, for the reply recorded last.

    Replies of one person are recorded one after another (`lock_person`), so that their number names each. Nobody is
    told where no active member approved it, as where it is no longer approved: then its card says it all.
    """
    for row in tx.execute(_APPROVERS, {"draft": draft_id}):
        again = f" This is reply number {row.replies:,}." if row.replies > 1 else ""
        notice = Notice(
            AlertKind.REPLY,
            f"{row.person} answered “{row.subject}” ({row.campaign}).{again}",
            draft_id=draft_id,
            about=f"reply:{draft_id}:{row.replies}",
        )
        tell_members(tx, row.workspace_id, [row.member_id], notice)


_APPROVERS = sa.text("""
    SELECT d.workspace_id, m.id AS member_id, v.subject, c.name AS campaign, r.replies,
           coalesce(nullif(concat_ws(' ', t.first_name, t.last_name), ''), t.email) AS person
    FROM drafts d
    JOIN draft_versions v ON v.draft_id = d.id AND v.version = d.version
    JOIN campaigns c ON c.id = d.campaign_id
    JOIN contacts t ON t.id = d.contact_id
    JOIN members m ON m.active AND m.workspace_id = d.workspace_id AND (m.id = d.decided_by OR m.id IN (
        SELECT member_id FROM draft_approvals WHERE draft_id = d.id AND review_round = d.review_round
    ))
    CROSS JOIN LATERAL (
        SELECT count(*) AS replies FROM message_events WHERE draft_id = d.id AND verb = 'reply'
    ) r
    WHERE d.id = :draft AND d.status = 'approved' AND r.replies > 0
    ORDER BY m.id
""")
