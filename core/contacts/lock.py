"""Turns: whoever writes down something about a person waits for whoever does so about the same one."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID


def lock_person(tx: Connection, workspace_id: UUID, names: list[str | None]) -> None:
    """Until this transaction ends, nobody else takes a turn at any of these names: folded addresses, profiles, keys."""
    for name in sorted(filter(None, names)):
        tx.execute(_LOCK, {"name": f"{workspace_id}{name}"})


_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 61))")
