"""Cards that somebody was given go first of all that is behind."""

import pytest

from core.db import transaction
from core.ids import UUID
from core.surfaces import cards
from core.surfaces.behind import take_unposted
from tests.core.reviewers.routing_parts import workspace
from tests.fixtures.domain import Domain


def take(limit: int = 100) -> list[UUID]:
    with transaction() as tx:
        return take_unposted(tx, limit)


@pytest.fixture
def given(domain: Domain) -> UUID:
    """The one draft for which there is room, and five that have waited for an hour."""
    workspace(domain, open_cards=1)
    draft, *waiting = [domain.ingest() for _ in range(6)]
    for one in (draft, *waiting[:2]):  # of those that are looked at, there is room for the first
        with transaction() as tx:
            cards.ensure(tx, domain.view(one))
    domain.sql("UPDATE drafts SET sync_after = now() - interval '1 hour' WHERE id = ANY(%s)", waiting)
    return draft


def test_what_there_is_room_for_is_taken_and_nothing_else_and_once_in_a_while(domain: Domain, given: UUID) -> None:
    assert take(limit=1) == [given]
    assert take() == []


def test_a_card_that_slack_did_not_take_is_taken_again_at_its_time(domain: Domain, given: UUID) -> None:
    domain.sql("UPDATE drafts SET sync_after = now() + interval '3 seconds' WHERE id = %s", given)
    assert take() == []
    domain.sql("UPDATE drafts SET sync_after = now() WHERE id = %s", given)
    assert take() == [given]


def test_what_is_posted_or_decided_is_not_taken(domain: Domain, given: UUID) -> None:
    domain.sql("UPDATE cards SET channel = 'D1', ts = id::text")
    assert take() == []
    domain.sql("UPDATE cards SET channel = NULL, ts = NULL")
    domain.reject(given)
    assert take() == []
