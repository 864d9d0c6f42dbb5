"""What the clock takes up: what people decided, before what nobody has looked at."""

from typing import Any

import psycopg

from core import due
from core.db import transaction
from core.ids import UUID
from tests.fixtures.desk import Desk


def take(limit: int = 100) -> list[UUID]:
    with transaction() as tx:
        return due.take_cards_behind(tx, limit)


def test_decided_drafts_come_before_any_number_of_new_ones(desk: Desk) -> None:
    drafts = [desk.ingest() for _ in range(12)]
    desk.approve(drafts[-1])
    desk.reject(drafts[-2])
    desk.sql("UPDATE drafts SET sync_after = now() - interval '1 second' WHERE id = ANY(%s)", drafts[-2:])
    desk.sql("UPDATE drafts SET sync_after = now() - interval '1 hour' WHERE NOT id = ANY(%s)", drafts[-2:])
    first = take(limit=5)
    assert set(first[:2]) == set(drafts[-2:])
    assert len(first) == 5
    assert set(first) | set(take()) == set(drafts), "and none is left behind"
    assert take() == [], "each once in a while"


def test_new_is_what_waits_for_a_decision_and_was_never_shown(desk: Desk) -> None:
    new, decided = desk.ingest(), desk.ingest()
    desk.approve(decided)
    with transaction() as tx:
        assert due.new_among(tx, [new, decided]) == {new}
        assert due.new_among(tx, []) == set()


def test_the_decided_are_found_without_walking_past_the_others(desk: Desk) -> None:
    """With the very statement, as the index is partial: a parameter in place of a literal would lose it."""
    desk.ingest()
    plans: list[Any] = []
    with psycopg.connect(desk.url) as connection:
        connection.execute("SET enable_seqscan = off")
        plans = connection.execute(
            f"EXPLAIN SELECT id FROM drafts WHERE drawn_revision < revision AND sync_after <= now() AND {due.DECIDED}"
            " ORDER BY sync_after LIMIT 100 FOR UPDATE SKIP LOCKED"
        ).fetchall()
    assert "ix_drafts_decided_behind" in str(plans)
