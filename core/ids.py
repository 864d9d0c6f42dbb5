"""Ids of rows: UUIDv7 (RFC 9562 §5.7), so that rows sort by the time they were made."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

__all__ = ["UUID", "first_id_at", "new_id"]


def new_id() -> UUID:
    """A fresh id, later than every id that this process made before."""
    return uuid7()


def first_id_at(at: datetime) -> UUID:
    """The lowest id of that millisecond: what was made from then on has this or a higher one."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62)
