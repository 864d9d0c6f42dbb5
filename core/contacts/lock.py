"""The advisory lock of a person: who writes down something about them waits for who does so about the same one."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID


def lock_person(tx: Connection, workspace_id: UUID, names: list[str | None]) -> None:
    """Take a transaction's advisory lock on each of a person's names (folded addresses, profiles), in one order."""
    for name in sorted(filter(None, names)):
        lock_key(tx, workspace_id, name)


def lock_key(tx: Connection, workspace_id: UUID, key: str) -> None:
    """Take a transaction's advisory lock on one key of this workspace."""
    tx.execute(_LOCK, {"name": f"{workspace_id}{key}"})


_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 61))")
