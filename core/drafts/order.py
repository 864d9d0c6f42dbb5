"""The order in which drafts are reviewed (CHECKLIST 000.10): low risk, a closer look, blocked; the surest; the oldest.

The same as that of the view `leads_for_review`. Used by Home, by what deals cards, and by `/outreach queue`.
"""

from typing import Any

import sqlalchemy as sa

from core.db import literal
from core.models import Draft
from core.taxonomy import DraftStatus, Risk

#: A person may still decide. In words of the statement, so that the indexes of what is open serve it.
OPEN_STATUS = Draft.status.in_([literal(DraftStatus.NEEDS_REVIEW), literal(DraftStatus.MANUAL_REVIEW)])
#: Nobody put it off. What is due to come back sleeps until the clock has woken it.
AWAKE = Draft.snoozed_until.is_(None)
#: It waits for its author, or another person, to write the text that somebody asked for.
TO_CHANGE = (Draft.status == literal(DraftStatus.PENDING)) & Draft.change_note.is_not(None)

#: 1 is reviewed first. A draft whose risk nobody assessed is looked at last.
RISK_RANK: sa.ColumnElement[int] = sa.case(
    (Draft.risk == literal(Risk.LOW), sa.literal_column("1")),
    (Draft.risk == literal(Risk.REVIEW), sa.literal_column("2")),
    else_=sa.literal_column("3"),
)

#: For `ORDER BY`, over `Draft`.
REVIEW_ORDER: tuple[sa.ColumnElement[Any], ...] = (
    RISK_RANK,
    Draft.confidence.desc().nulls_last(),
    Draft.created_at.asc(),
    Draft.id.asc(),
)
