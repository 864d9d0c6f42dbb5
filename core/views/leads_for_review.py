"""The drafts that wait for a person, in the order of their review (CHECKLIST 000.10). The view `leads_for_review`."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.drafts.risk import reasons_of
from core.ids import UUID


@dataclass(frozen=True)
class Lead:
    """One open draft and whom it is for."""

    draft_id: UUID
    key: str
    campaign_id: UUID
    campaign: str
    contact_id: UUID
    kind: str
    status: str
    risk: str | None
    risk_reasons: tuple[str, ...]
    #: The evaluator's confidence in percent, and its tier: P1 from 80, P2 from 60, P3 from 40, P4. None without one.
    score: int | None
    tier: str | None
    #: Why it came back, if it was approved before.
    return_reason: str | None
    created_at: datetime
    #: Since when it waits for a decision: when it came, or came back.
    waits_since: datetime
    email: str = field(repr=False)
    first_name: str | None = field(repr=False)
    last_name: str | None = field(repr=False)
    company: str | None = field(repr=False)
    subject: str = field(repr=False)


def leads_for_review(tx: Connection, workspace_id: UUID, limit: int = 100, offset: int = 0) -> list[Lead]:
    """Low risk first, then what needs a closer look, then what is blocked; the surest first, then the oldest.

    What somebody put off is left out until then.
    """
    rows = tx.execute(_LEADS, {"workspace": workspace_id, "limit": limit, "offset": offset})
    return [_lead(**row._mapping) for row in rows]


def _lead(blocked_by: str | None, text_risk: str | None, risk_reasons: list[str], **known: Any) -> Lead:
    return Lead(**known, risk_reasons=reasons_of(blocked_by, text_risk, risk_reasons))


# The page is cut before the names are looked up.
_ORDER = "risk_rank, confidence DESC NULLS LAST, created_at, draft_id"
_LEADS = sa.text(f"""
    SELECT l.draft_id, l.key, l.campaign_id, c.slug AS campaign, l.contact_id, l.kind, l.status, l.risk,
           l.risk_reasons, l.score, l.tier, l.return_reason, l.created_at, l.waits_since,
           d.text_risk, d.blocked_by,
           t.email, t.first_name, t.last_name, t.company, v.subject
    FROM (
        SELECT * FROM leads_for_review WHERE workspace_id = :workspace ORDER BY {_ORDER} LIMIT :limit OFFSET :offset
    ) l
    CROSS JOIN LATERAL (SELECT text_risk, blocked_by FROM drafts WHERE id = l.draft_id) d
    JOIN campaigns c ON c.id = l.campaign_id
    JOIN contacts t ON t.id = l.contact_id
    JOIN draft_versions v ON v.draft_id = l.draft_id AND v.version = l.version
    ORDER BY {_ORDER}
""")  # noqa: S608  made of our own constants
