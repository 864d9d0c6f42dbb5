"""Events: one line for everything that changed, or was refused (P10). Ids, counts and codes only (P11)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.ids import UUID
from core.models import Event
from core.taxonomy import RefusalCode, Verb


def write(
    tx: Connection,
    by: Actor,
    verb: Verb,
    *,
    workspace_id: UUID | None = None,
    draft_id: UUID | None = None,
    delivery_id: UUID | None = None,
    attempt_id: UUID | None = None,
    campaign_id: UUID | None = None,
    task_id: UUID | None = None,
    moved: tuple[str | None, str] | None = None,
    code: RefusalCode | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add an event to the transaction that makes the change. `moved` is the state before and after."""
    from_status, to_status = moved or (None, None)
    tx.execute(
        _WRITE,
        {
            "workspace_id": workspace_id or by.workspace_id,
            "verb": verb,
            "surface": by.surface,
            "member_id": by.member_id,
            "api_key_id": by.api_key_id,
            "draft_id": draft_id,
            "delivery_id": delivery_id,
            "attempt_id": attempt_id,
            "campaign_id": campaign_id,
            "task_id": task_id,
            "from_status": from_status,
            "to_status": to_status,
            "code": code,
            "data": data or {},
        },
    )


#: Made once, as every change runs it: building a statement anew costs more than sending it.
_WRITE = sa.insert(Event)
