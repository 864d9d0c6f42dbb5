"""The campaigns of a workspace, with counts of their drafts."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.ids import UUID


@dataclass(frozen=True)
class CampaignView:
    """A campaign as `signoff campaigns list` shows it, with counts of its drafts."""

    id: UUID
    slug: str
    name: str
    status: str
    mode: str
    account: str = field(repr=False)
    to_review: int
    waiting: int
    sent: int
    unknown: int


def all_campaigns(tx: Connection, by: Actor) -> list[CampaignView]:
    """All campaigns of the workspace, by slug."""
    return [CampaignView(*row) for row in tx.execute(_LISTED, {"workspace": by.workspace_id})]


_LISTED = sa.text("""
    SELECT c.id, c.slug, c.name, c.status, c.mode, a.address, coalesce(d.to_review, 0), coalesce(q.waiting, 0),
           coalesce(q.sent, 0), coalesce(q.unknown, 0)
    FROM campaigns c
    JOIN accounts a ON a.id = c.account_id
    LEFT JOIN (
        SELECT campaign_id, count(*) AS to_review FROM drafts
        WHERE workspace_id = :workspace AND status IN ('needs_review', 'manual_review') GROUP BY campaign_id
    ) d ON d.campaign_id = c.id
    LEFT JOIN (
        SELECT campaign_id, count(*) FILTER (WHERE status IN ('queued', 'claimed')) AS waiting,
               count(*) FILTER (WHERE status = 'sent') AS sent,
               count(*) FILTER (WHERE status = 'outcome_unknown') AS unknown
        FROM send_queue WHERE workspace_id = :workspace GROUP BY campaign_id
    ) q ON q.campaign_id = c.id
    WHERE c.workspace_id = :workspace
    ORDER BY c.slug
""")
