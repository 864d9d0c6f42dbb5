"""What a claim and what follows it read does not grow with what waits, or was sent (DESIGN §7)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from core import delivery
from core.db import transaction
from core.delivery import queue, refusals
from core.delivery.due import accounts_with_mail_due
from core.ids import UUID
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.delivery.claim_parts import account, queued, set_account
from tests.core.delivery.crowded import BIG, crowd, crowded
from tests.fixtures.big_worlds import Work, reading
from tests.fixtures.domain import Domain

__all__ = ["crowd", "crowded"]


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


@pytest.mark.parametrize("statement", [queue._HEAD, queue._ACCOUNT_AND_HEAD], ids=["head", "account and head"])
def test_the_head_of_a_long_queue_is_found_by_index(crowded: Domain, statement: sa.TextualSelect) -> None:
    values = {"account": crowded.account_id, "priorities": list(queue.PRIORITIES), "now": account(crowded).created_at}
    values["now"] = crowded.rows("SELECT clock_timestamp()")[0][0]
    plan = plans(statement, values)
    assert scanned(plan) & BIG == set()
    assert rows_read(plan) < 40
    assert any(node.get("Index Name") == "ix_send_queue_head" for node in plan)


def test_the_moment_to_look_again_is_found_by_index(crowded: Domain) -> None:
    values = {
        "account": crowded.account_id,
        "priorities": list(queue.PRIORITIES),
        "never": refusals.UNTIL_AN_ACT,
    }
    plan = plans(refusals._NEXT_DUE, values)
    assert scanned(plan) == set()
    assert rows_read(plan) < 20


def test_the_clock_finds_ready_accounts_without_a_look_at_the_queue(crowded: Domain) -> None:
    """Two hundred accounts with thousands of deliveries that are due; the one that is ready is found."""
    crowded.sql("UPDATE accounts SET next_send_at = now() + interval '1 hour'")
    set_account(crowded, next_send_at=crowded.rows("SELECT now()")[0][0])
    crowded.sql("VACUUM ANALYZE accounts")
    work = reading(accounts_with_mail_due)
    assert work.result == [crowded.account_id]
    assert set(work.read) <= {"accounts", "installation"}
    assert work.read["accounts"] < 10
    assert work.scanned & (BIG | {"accounts"}) == set()


def claim_work(domain: Domain, account_id: UUID) -> Work:
    return reading(lambda tx: delivery.claim(tx, account_id))


def test_a_claim_with_all_its_triggers_reads_a_handful_of_rows(crowded: Domain) -> None:
    """Also once its statements are prepared, and the functions of the database keep plans for whatever values."""
    for number in range(12):
        work = claim_work(crowded, crowded.account_id)
        assert work.result is not None
        assert work.scanned & BIG == set(), f"claim {number}"
        assert sum(work.read.values()) < 80, work.read


@pytest.mark.parametrize(
    "end",
    [
        Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED),
        Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, transient=True),
        Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT),
        Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, Reason.TIMEOUT),
    ],
    ids=["sent", "tried again", "failed", "unknown"],
)
def test_the_way_of_a_mail_to_its_end_reads_a_handful_of_rows(crowded: Domain, end: Outcome) -> None:
    """However much was sent before, and also once the functions of the database keep plans for whatever values."""
    for number in range(7):
        claimed = claim_work(crowded, crowded.account_id).result
        starts = reading(lambda tx, claimed=claimed: delivery.start(tx, claimed))
        ends = reading(lambda tx, claimed=claimed: delivery.finish(tx, claimed.attempt_id, end))
        for what, work in {"start": starts, "finish": ends}.items():
            assert work.result is True
            assert work.scanned & BIG == set(), f"{what} {number}"
            assert sum(work.read.values()) < 80, f"{what}: {work.read}"


@pytest.mark.parametrize("hold", ["full", "paused", "spacing"])
def test_a_queue_behind_an_account_that_may_not_send_costs_one_look(crowded: Domain, hold: str) -> None:
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
