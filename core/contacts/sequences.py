"""The run of a sequence with one contact, found by its author's key or made."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.errors import BadInput
from core.ids import UUID, new_id
from core.models import SequenceInstance


def run_of_sequence(tx: Connection, workspace_id: UUID, contact_id: UUID, key: str) -> UUID:
    """Idempotent by key: the run of a sequence, made or found. Raises `BadInput` when it runs with somebody else."""
    tx.execute(
        insert(SequenceInstance)
        .values(id=new_id(), workspace_id=workspace_id, contact_id=contact_id, key=key)
        .on_conflict_do_nothing(index_elements=[SequenceInstance.workspace_id, SequenceInstance.key])
    )
    found = tx.execute(
        sa.select(SequenceInstance.id, SequenceInstance.contact_id).where(
            SequenceInstance.workspace_id == workspace_id, SequenceInstance.key == key
        )
    ).one()
    if found.contact_id != contact_id:
        raise BadInput(f"sequence: {key!r} runs with another contact. A run of a sequence has one contact.")
    instance_id: UUID = found.id
    return instance_id
