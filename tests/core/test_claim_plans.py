"""What a claim reads does not grow with what waits: no scan of a big table, and a handful of rows (DESIGN §7)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import delivery
from core.db import transaction
from core.delivery import facts, holding
from core.due import accounts_with_mail_due
from core.ids import UUID
from tests.core.claim_parts import ALWAYS, account, queued, set_account
from tests.fixtures.desk import Desk

ACCOUNTS, WAITING, CONTACTS, HISTORY = 200, 12_000, 12_000, 20_000
#: Tables that grow with what is sent and with what waits.
BIG = {"send_queue", "contacts", "outreach_history", "drafts", "draft_versions", "send_attempts", "suppressions"}

#: Many accounts and people, and a queue that waits behind the desk's own account and behind all the others.
#: Past all triggers, as a restored dump comes in.
FILL = """
SET LOCAL session_replication_role = replica;
INSERT INTO accounts (id, workspace_id, address, name, smtp_url, timezone, next_send_at)
    SELECT gen_random_uuid(), %(workspace)s, 'sam' || n || '@example.com', 'Sam', 'smtp://127.0.0.1:9', 'UTC',
        now() + n * interval '1 minute'
    FROM generate_series(1, %(accounts)s) n;
INSERT INTO contacts (id, workspace_id, offer_id, email, first_name, linkedin_url)
    SELECT gen_random_uuid(), %(workspace)s, o.id, 'p' || n || '@example.net', 'P', 'https://linkedin.com/in/p' || n
    FROM generate_series(1, %(contacts)s) n, offers o;
INSERT INTO outreach_history (id, workspace_id, status, email_folded, linkedin_folded, contacted_at)
    SELECT gen_random_uuid(), %(workspace)s, 'sent', 'h' || n || '@example.net', 'in/h' || n, now() - interval '70 days'
    FROM generate_series(1, %(history)s) n;
INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)
    SELECT gen_random_uuid(), %(workspace)s, 'address', 's' || n || '@example.com', 'asked'
    FROM generate_series(1, %(contacts)s) n;
INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, decided_at)
    SELECT gen_random_uuid(), %(workspace)s, 'w-' || row_number() OVER (), '', %(campaign)s, c.id, 'approved', now()
    FROM contacts c WHERE c.first_name = 'P' LIMIT %(waiting)s;
INSERT INTO draft_versions (draft_id, version, subject, body, surface)
    SELECT id, 1, 'Hello', 'Hello.', 'api' FROM drafts WHERE key LIKE 'w-%%';
INSERT INTO send_queue
    (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id, priority, due_at)
    SELECT gen_random_uuid(), d.workspace_id, d.id, 1, d.campaign_id,
        CASE WHEN n %% 2 = 0 THEN %(account)s ELSE others[1 + n %% %(accounts)s] END, d.contact_id, 20,
        now() - interval '1 hour'
    FROM (SELECT *, row_number() OVER () AS n FROM drafts WHERE key LIKE 'w-%%') d,
        (SELECT array_agg(id) AS others FROM accounts WHERE id <> %(account)s) a;
INSERT INTO send_attempts
    (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256, outcome, finished_at)
    SELECT gen_random_uuid(), workspace_id, id, draft_id, id::text, '', '', 'not_sent', now() FROM send_queue;
"""


@pytest.fixture
def crowded(desk: Desk) -> Desk:
    """A desk behind whose account, and behind many others, thousands of deliveries wait that are due."""
    values = {
        "workspace": desk.workspace_id,
        "campaign": desk.campaign_id,
        "account": desk.account_id,
        "accounts": ACCOUNTS,
        "contacts": CONTACTS,
        "history": HISTORY,
        "waiting": WAITING,
    }
    with desk.connect() as connection, connection.transaction():
        for statement in FILL.strip().split(";\n"):
            connection.execute(statement, values)  # type: ignore[call-overload]  # a test's own text
    desk.sql("VACUUM ANALYZE")
    set_account(desk, **ALWAYS, daily_limit_emails=100)
    return desk


def plans(statement: sa.TextClause | sa.TextualSelect, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of the statement's plan as it ran, with a plan for whatever values, as a prepared statement has it."""
    with transaction() as tx:
        tx.execute(sa.text("SET LOCAL plan_cache_mode = force_generic_plan"))
        compiled = str(statement.compile(dialect=tx.dialect))
        explained = tx.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}", values).scalar_one()
        root = explained[0]["Plan"] if isinstance(explained, list) else json.loads(explained)[0]["Plan"]
        return list(nodes(root))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def scanned(plan: list[dict[str, Any]]) -> set[str]:
    return {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}


def rows_read(plan: list[dict[str, Any]]) -> int:
    """Rows that came out of tables, and rows that were read and thrown away."""
    return sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in plan
        if "Relation Name" in node or node["Node Type"] == "Bitmap Index Scan"
    )


@pytest.mark.parametrize("statement", [facts._HEAD, facts._ACCOUNT_AND_HEAD], ids=["head", "account and head"])
def test_the_head_of_a_long_queue_is_found_by_index(crowded: Desk, statement: sa.TextualSelect) -> None:
    values = {"account": crowded.account_id, "priorities": list(facts.PRIORITIES), "now": account(crowded).created_at}
    values["now"] = crowded.rows("SELECT clock_timestamp()")[0][0]
    plan = plans(statement, values)
    assert scanned(plan) & BIG == set()
    assert rows_read(plan) < 40
    assert any(node.get("Index Name") == "ix_send_queue_head" for node in plan)


def test_the_moment_to_look_again_is_found_by_index(crowded: Desk) -> None:
    values = {
        "account": crowded.account_id,
        "priorities": list(facts.PRIORITIES),
        "never": holding.UNTIL_AN_ACT,
    }
    plan = plans(holding._NEXT_DUE, values)
    assert scanned(plan) == set()
    assert rows_read(plan) < 20


def test_the_clock_finds_ready_accounts_without_a_look_at_the_queue(crowded: Desk) -> None:
    """Two hundred accounts with thousands of deliveries that are due; the one that is ready is found."""
    crowded.sql("UPDATE accounts SET next_send_at = now() + interval '1 hour'")
    set_account(crowded, next_send_at=crowded.rows("SELECT now()")[0][0])
    crowded.sql("VACUUM ANALYZE accounts")
    work = reading(accounts_with_mail_due)
    assert work.result == [crowded.account_id]
    assert set(work.read) <= {"accounts", "installation"}
    assert work.read["accounts"] < 10
    assert work.scanned & (BIG | {"accounts"}) == set()


class Work:
    """What one transaction read: by table, and which tables it scanned from end to end."""

    result: Any
    read: dict[str, int]
    scanned: set[str]


def reading(do: Any) -> Work:
    """Do this in one transaction, and count what it and all its triggers and functions read."""
    work = Work()
    with transaction() as tx:
        before = _counters(tx)
        work.result = do(tx)
        after = _counters(tx)
    work.read = {name: read - before[name][1] for name, (_, read) in after.items() if read > before[name][1]}
    work.scanned = {name for name, (scans, _) in after.items() if scans > before[name][0]}
    return work


def _counters(tx: Connection) -> dict[str, tuple[int, int]]:
    """(scans from end to end, rows read) of each table by this connection, since whenever."""
    rows = tx.execute(
        sa.text(
            "SELECT relname, seq_scan, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS read"
            " FROM pg_stat_xact_user_tables"
        )
    )
    return {row.relname: (row.seq_scan, row.read) for row in rows}


def claim_work(desk: Desk, account_id: UUID) -> Work:
    return reading(lambda tx: delivery.claim(tx, account_id))


def test_a_claim_with_all_its_triggers_reads_a_handful_of_rows(crowded: Desk) -> None:
    """Also once its statements are prepared, and the functions of the database keep plans for whatever values."""
    for number in range(12):
        work = claim_work(crowded, crowded.account_id)
        assert work.result is not None
        assert work.scanned & BIG == set(), f"claim {number}"
        assert sum(work.read.values()) < 80, work.read


@pytest.mark.parametrize("hold", ["full", "paused", "spacing"])
def test_a_queue_behind_an_account_that_may_not_send_costs_one_look(crowded: Desk, hold: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "full": {"daily_limit_emails": 0},
        "paused": {"status": "paused"},
        "spacing": {"next_spaced_at": crowded.rows("SELECT now() + interval '1 hour'")[0][0]},
    }
    set_account(crowded, **changes[hold])
    queued(crowded, kind="reply", timing="next_slot")  # type: ignore[arg-type]  # the word is as good
    for _ in range(3):
        work = claim_work(crowded, crowded.account_id)
        assert work.result is None
        assert work.scanned & BIG == set()
        assert sum(work.read.values()) < 80, work.read
    with transaction() as tx:
        assert crowded.account_id not in accounts_with_mail_due(tx)
