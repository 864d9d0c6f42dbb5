"""What the clock takes up: what people decided, before what nobody has looked at."""

from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from core.db import transaction
from core.ids import UUID
from core.surfaces import behind, reconcile
from core.surfaces.kinds import CARDS
from tests.fixtures.domain import Domain


def take(limit: int = 100) -> list[UUID]:
    with transaction() as tx:
        return behind.take_cards_behind(tx, limit)


def test_decided_drafts_come_before_any_number_of_new_ones(domain: Domain) -> None:
    drafts = [domain.ingest() for _ in range(12)]
    domain.approve(drafts[-1])
    domain.reject(drafts[-2])
    domain.sql("UPDATE drafts SET sync_after = now() - interval '1 second' WHERE id = ANY(%s)", drafts[-2:])
    domain.sql("UPDATE drafts SET sync_after = now() - interval '1 hour' WHERE NOT id = ANY(%s)", drafts[-2:])
    first = take(limit=5)
    assert set(first[:2]) == set(drafts[-2:])
    assert len(first) == 5
    assert set(first) | set(take()) == set(drafts), "and none is left behind"
    assert take() == [], "each once in a while"


def test_new_is_what_waits_for_a_decision_and_was_never_shown(domain: Domain) -> None:
    new, decided = domain.ingest(), domain.ingest()
    domain.approve(decided)
    with transaction() as tx:
        assert behind.new_among(tx, [new, decided]) == {new}
        assert behind.new_among(tx, []) == set()


def test_cards_that_cannot_be_drawn_hold_up_no_new_ones(domain: Domain) -> None:
    """A workspace whose token is dead: its decided drafts come back and back, more of them than a tick takes."""
    stuck = [domain.ingest() for _ in range(12)]
    for draft in stuck:
        domain.reject(draft)
    new = domain.ingest()
    domain.sql("UPDATE drafts SET sync_after = now() - interval '1 day' WHERE id = ANY(%s)", stuck)
    assert new in take(limit=4)


def test_one_workspace_does_not_hold_up_another(domain: Domain) -> None:
    theirs, other = [domain.ingest() for _ in range(12)], domain.ingest()
    for draft in [*theirs, other]:
        domain.reject(draft)
    domain.sql("UPDATE drafts SET sync_after = now() - interval '1 day' WHERE id = ANY(%s)", theirs)
    moved_to_another_workspace(domain, other)
    assert other in take(limit=4)


def moved_to_another_workspace(domain: Domain, draft: UUID) -> None:
    """Only as far as the clock looks."""
    with psycopg.connect(domain.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "WITH other AS (INSERT INTO workspaces (id, name, slack_team_id, timezone)"
            " VALUES (gen_random_uuid(), 'Other', 'T02OTHER', 'UTC') RETURNING id)"
            " UPDATE drafts SET workspace_id = other.id FROM other WHERE drafts.id = %s",
            (draft,),
        )


@pytest.mark.parametrize("act", ["approve", "reject", "edit"])
def test_what_a_person_does_is_drawn_at_once_however_late_the_card_was_to_be_tried(domain: Domain, act: str) -> None:
    draft = domain.ingest()
    postpone(domain, draft)
    assert take() == []
    getattr(domain, act)(draft)
    assert take() == [draft], "although no ring of the click's arrived"


def test_a_job_that_could_not_draw_does_not_put_off_what_was_decided_meanwhile(domain: Domain) -> None:
    draft = domain.ingest()
    drawn = domain.view(draft).revision
    domain.reject(draft)
    postpone(domain, draft, drawn)
    assert take() == [draft]


def postpone(domain: Domain, draft: UUID, revision: int | None = None) -> None:
    with transaction() as tx:
        reconcile.postpone(tx, CARDS, draft, 300.0, revision or domain.view(draft).revision)


@pytest.mark.parametrize(
    ("which", "index"),
    [(behind.DECIDED, "ix_drafts_decided_behind"), (behind.UNDECIDED, "ix_drafts_undecided_behind")],
    ids=["decided", "undecided"],
)
def test_each_kind_is_found_without_walking_past_the_other(domain: Domain, which: sa.TextClause, index: str) -> None:
    """With the very words, as the indexes are partial: a parameter in place of a literal would lose them."""
    domain.ingest()
    with psycopg.connect(domain.url) as connection:
        connection.execute("SET enable_seqscan = off")
        plans: list[Any] = connection.execute(
            f"EXPLAIN SELECT id FROM drafts WHERE drawn_revision < revision AND sync_after <= now() AND {which}"
            " ORDER BY sync_after LIMIT 100"
        ).fetchall()
    assert index in str(plans)


def test_what_a_stopped_process_holds_is_free_soon_after_it_lost_the_lead(domain: Domain) -> None:
    """Whoever leads next must not wait for rows of a transaction that stands still (`jobs.clock.LEAD_SECONDS`: 10)."""
    with transaction() as tx:
        limit = tx.scalar(sa.text("SELECT CAST(current_setting('idle_in_transaction_session_timeout') AS interval)"))
    assert limit is not None
    assert limit.total_seconds() <= 20
