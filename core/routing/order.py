"""The order in which drafts are reviewed (CHECKLIST 000.10): low risk, a closer look, blocked; the surest; the oldest.

The same as that of the view `leads_for_review`. Used by Home, by what deals cards, and by `/outreach queue`.
"""

from typing import Any

import sqlalchemy as sa

from core.models import Draft
from core.taxonomy import Risk

#: 1 is reviewed first. A draft whose risk nobody assessed is looked at last.
RISK_RANK: sa.ColumnElement[int] = sa.case({Risk.LOW: 1, Risk.REVIEW: 2}, value=Draft.risk, else_=3)

#: For `ORDER BY`, over `Draft`.
REVIEW_ORDER: tuple[sa.ColumnElement[Any], ...] = (
    RISK_RANK,
    Draft.confidence.desc().nulls_last(),
    Draft.created_at.asc(),
    Draft.id.asc(),
)
