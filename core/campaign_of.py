"""Whose draft it is: the campaign behind a card."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.errors import Refusal
from core.ids import UUID
from core.models import Draft
from core.taxonomy import RefusalCode


def campaign_of(tx: Connection, draft_id: UUID, by: Actor) -> UUID:
    """The campaign of a draft of the actor's own workspace. Raises `Refusal` where there is no such draft."""
    found: UUID | None = tx.scalar(
        sa.select(Draft.campaign_id).where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
    )
    if found is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such draft in your workspace.")
    return found
