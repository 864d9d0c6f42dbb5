"""A history that is written by hand: events at moments of the test's choosing, as if it had been so."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from core.ids import UUID, first_id_at
from tests.fixtures.domain import Domain


def utc(text: str) -> datetime:
    """ "2026-03-29 01:00" as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class History:
    """Writes events past all code. An id is as old as its event; one of the same millisecond comes after it."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.written = 0

    def add(self, at: datetime, verb: str, **more: Any) -> None:
        """One event. `more`: draft, delivery, by (Slack user), moved (from, to), data, workspace, skew (of its id)."""
        self.written += 1
        begins = first_id_at(at + more.get("skew", timedelta()))
        moved = more.get("moved", (None, None))
        with self.domain.connect() as connection:
            connection.execute("SET session_replication_role = replica")  # the past was not watched by triggers
            connection.execute(
                """
                INSERT INTO message_events (id, workspace_id, at, verb, surface, member_id, draft_id, delivery_id,
                                            from_status, to_status, data)
                VALUES (%s, %s, %s, %s, 'slack', (SELECT id FROM members WHERE slack_user_id = %s), %s, %s, %s, %s, %s)
                """,
                (
                    UUID(int=begins.int + self.written),
                    more.get("workspace", self.domain.workspace_id),
                    at,
                    verb,
                    more.get("by"),
                    more.get("draft"),
                    more.get("delivery"),
                    *moved,
                    json.dumps(more.get("data", {})),
                ),
            )
