"""What happened stays: the database itself refuses to delete or to change it (P4, P10)."""

import pytest
from psycopg import errors as pg

from core.ids import UUID
from tests.fixtures.domain import SENT, Domain


@pytest.fixture
def sent(domain: Domain) -> tuple[Domain, dict[str, tuple[str, UUID]]]:
    draft = domain.ingest()
    claimed = domain.deliver(draft, SENT)
    return domain, {
        "drafts": ("id", draft),
        "draft_versions": ("draft_id", draft),
        "send_queue": ("id", claimed.delivery_id),
        "send_attempts": ("id", claimed.attempt_id),
        "message_events": ("draft_id", draft),
    }


#: What nobody may do to the rows of a draft that was sent, past all code.
TAMPERING = (
    ("draft_versions", "body = 'something else'"),
    ("draft_versions", "subject = 'something else'"),
    ("draft_versions", "edited_by = NULL"),
    ("message_events", "verb = 'reject'"),
    ("message_events", "member_id = NULL"),
    ("message_events", "data = '{}'"),
    ("message_events", "at = now()"),
    ("send_queue", "content_version = 2"),
    ("send_queue", "contact_id = gen_random_uuid()"),
    ("send_queue", "account_id = gen_random_uuid()"),
    ("send_queue", "campaign_id = gen_random_uuid()"),
    ("send_queue", "draft_id = gen_random_uuid()"),
    ("send_attempts", "mime = 'something else'"),
    ("send_attempts", "mime_sha256 = 'something else'"),
    ("send_attempts", "message_id = '<another@example.com>'"),
    ("send_attempts", "started_at = NULL"),
    ("send_attempts", "started_at = now()"),
    ("send_attempts", "outcome = 'not_sent'"),
    ("send_attempts", "outcome = NULL, finished_at = NULL"),
    ("drafts", "version = 2"),
    ("drafts", "version = 0"),
    ("drafts", "status = 'needs_review', decided_at = NULL"),
)


def refused(domain: Domain, statement: str, *parameters: object) -> bool:
    """Whether the database itself says no."""
    try:
        domain.sql(statement, *parameters)
    except pg.IntegrityError:
        return True
    return False


def test_what_happened_cannot_be_deleted(sent: tuple[Domain, dict[str, tuple[str, UUID]]]) -> None:
    domain, rows = sent
    deletions = {f"DELETE FROM {table} WHERE {column} = %s": row for table, (column, row) in rows.items()}
    assert [statement for statement, row in deletions.items() if not refused(domain, statement, row)] == []
    assert [table for table in rows if not refused(domain, f"TRUNCATE {table} CASCADE")] == []


def test_what_happened_cannot_be_changed(sent: tuple[Domain, dict[str, tuple[str, UUID]]]) -> None:
    domain, rows = sent
    changed = [
        (table, change)
        for table, change in TAMPERING
        if not refused(domain, f"UPDATE {table} SET {change} WHERE {rows[table][0]} = %s", rows[table][1])
    ]
    assert changed == []
