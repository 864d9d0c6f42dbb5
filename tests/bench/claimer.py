"""A process that claims: `python -m tests.bench.claimer ours|bare|whole COUNT ACCOUNT…`

Says `ready`, waits for a line, claims COUNT deliveries from the accounts in turn, and says the seconds that it took.
"""

import sys
import time
from collections.abc import Callable
from itertools import cycle

import psycopg
from psycopg.types.json import Jsonb

from core.db import transaction
from core.delivery import claim
from core.ids import UUID, new_id
from core.settings import settings

#: The least that takes one row from a queue, and no two processes the same: what a claim is held against.
BARE = """
UPDATE send_queue SET status = 'claimed', attempt_id = %s, lease_until = clock_timestamp() + interval '75 seconds'
WHERE id = (
    SELECT id FROM send_queue WHERE account_id = %s AND status = 'queued' AND due_at <= now()
    ORDER BY priority, due_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, draft_id, campaign_id, contact_id, content_version
"""

#: The same rows as a claim of Signoff's, without its gates, its mail and its layers: what raw psycopg makes of them.
WHOLE = (
    BARE,
    "SELECT subject, body FROM draft_versions WHERE draft_id = %s AND version = %s",
    """
    INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256)
    SELECT %s, workspace_id, %s, id, %s, %s, '' FROM drafts WHERE id = %s
    """,
    """
    INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, delivery_id, attempt_id, from_status,
        to_status, data)
    SELECT %s, workspace_id, 'claim', 'job', id, %s, %s, 'queued', 'claimed', %s FROM drafts WHERE id = %s
    """,
)
MIME = b"a letter of a usual length " * 80


def ours(_account: UUID) -> Callable[[UUID], bool]:
    def take(account: UUID) -> bool:
        with transaction() as tx:
            return claim(tx, account) is not None

    return take


def bare(account: UUID) -> Callable[[UUID], bool]:
    with transaction() as tx:
        claimed = claim(tx, account)
    assert claimed is not None
    attempt_id = claimed.attempt_id  # one that there is: a foreign key asks for it
    connection = psycopg.connect(settings().database_url, autocommit=True)

    def take(account: UUID) -> bool:
        return connection.execute(BARE, (attempt_id, account)).fetchone() is not None

    return take


def whole(_account: UUID) -> Callable[[UUID], bool]:
    connection = psycopg.connect(settings().database_url, autocommit=True)
    take_head, text, attempt, event = WHOLE

    def take(account: UUID) -> bool:
        attempt_id = new_id()
        with connection.transaction():
            head = connection.execute(take_head, (attempt_id, account)).fetchone()
            if head is None:
                return False
            delivery, draft, _campaign, _contact, version = head
            connection.execute(text, (draft, version)).fetchone()
            connection.execute(attempt, (attempt_id, delivery, attempt_id.hex, MIME, draft))
            connection.execute(event, (new_id(), delivery, attempt_id, Jsonb({"try": 1}), draft))
        return True

    return take


if __name__ == "__main__":
    name, count, *ids = sys.argv[1:]
    take = {"ours": ours, "bare": bare, "whole": whole}[name](UUID(ids[0]))
    take(new_id())  # connected, and nothing of an account that there is not
    accounts = cycle([UUID(id_) for id_ in ids])
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    for _ in range(int(count)):
        assert take(next(accounts)), "every account has more queued than is claimed"
    print(time.perf_counter() - began, flush=True)
