"""Ids of rows: UUIDv7 (RFC 9562 §5.7), so that rows sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7

__all__ = ["UUID", "new_id"]


def new_id() -> UUID:
    """A fresh id, later than every id that this process made before."""
    return uuid7()
