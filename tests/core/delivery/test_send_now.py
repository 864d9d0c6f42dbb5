"""What "Approve & send" would give, by what the gates say of it: when, what keeps it, and outside of whose hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.db import transaction
from core.delivery.closed_hours import ClosedHours
from core.delivery.gates import Facts
from core.delivery.next_slot import NextSlot, SendNow, next_slot, send_now, sends_now, undo_seconds
from core.hours import Hours
from core.ids import new_id
from core.taxonomy import BlockedBy
from core.text.words.refusals import LASTING
from tests.core.delivery.claim_parts import set_account
from tests.core.delivery.test_gates import FREE, FULL, MIDNIGHT, MONDAY_NINE, NOON, RESTS, SUNDAY, facts
from tests.fixtures.domain import Domain

#: Half a minute before six o'clock in London.
SHORTLY = datetime(2026, 7, 14, 16, 59, 30, tzinfo=UTC)
WEDNESDAY_NINE = datetime(2026, 7, 15, 8, tzinfo=UTC)
ADDRESS, LONDON = "sam@example.com", "Europe/London"


@pytest.mark.parametrize(
    ("given", "seconds", "told"),
    [
        (FREE, 0, SendNow(NOON)),
        (facts(RESTS), 0, SendNow(NOON + timedelta(minutes=7))),  # some minutes are usual
        (facts(now=SUNDAY), 0, SendNow(SUNDAY, closed=ClosedHours(ADDRESS, SUNDAY, MONDAY_NINE, LONDON))),
        (
            facts(recipient_hours=Hours("America/New_York")),
            0,
            SendNow(NOON, closed=ClosedHours(None, NOON, NOON + timedelta(hours=3), "America/New_York")),
        ),
        (facts(now=SHORTLY), 29, SendNow(SHORTLY)),
        (
            facts(now=SHORTLY),
            30,
            SendNow(
                SHORTLY,
                closed=ClosedHours(ADDRESS, SHORTLY + timedelta(seconds=30), WEDNESDAY_NINE, LONDON, as_yet_open=True),
            ),
        ),
        (
            facts({"next_spaced_at": SHORTLY + timedelta(seconds=40)}, now=SHORTLY),
            30,
            SendNow(
                SHORTLY + timedelta(seconds=40),
                closed=ClosedHours(ADDRESS, SHORTLY + timedelta(seconds=40), WEDNESDAY_NINE, LONDON, as_yet_open=True),
            ),
        ),
        # Held for longer than its author can know the time, it keeps the hours.
        (facts(FULL), 0, SendNow(WEDNESDAY_NINE, "sam@example.com has reached today's limit of 100.")),
        (
            facts(FULL, now=MIDNIGHT - timedelta(hours=3)),
            0,
            SendNow(
                MIDNIGHT,
                "sam@example.com has reached today's limit of 100.",
                closed=ClosedHours(ADDRESS, MIDNIGHT, WEDNESDAY_NINE, LONDON),
            ),
        ),
        (facts(campaign_status="paused"), 0, SendNow(None, "Autumn launch is paused.")),
        (facts({"daily_limit": 0}), 0, SendNow(None, "sam@example.com has reached today's limit of 0.")),
        (facts(contact_status="do_not_contact"), 0, SendNow(None, LASTING[BlockedBy.OPTED_OUT], lasting=True)),
    ],
)
def test_what_approve_and_send_would_give(given: Facts, seconds: int, told: SendNow) -> None:
    assert send_now(given, seconds) == told


def test_without_a_time_for_an_undo_it_leaves_at_once() -> None:
    last_moment = SHORTLY + timedelta(seconds=29)
    assert send_now(facts(now=last_moment)) == SendNow(last_moment)


# --- of a draft ---


def test_the_time_for_an_undo_is_the_workspaces(domain: Domain) -> None:
    domain.sql("INSERT INTO workspaces (id, name, slack_team_id, undo_seconds) SELECT gen_random_uuid(), 'B', 'T02', 9")
    draft = domain.ingest()
    for seconds in (7, 0):
        domain.sql("UPDATE workspaces SET undo_seconds = %s WHERE slack_team_id = 'T01TEST'", seconds)
        with transaction() as tx:
            assert undo_seconds(tx, draft) == seconds
            assert undo_seconds(tx, new_id()) == 0


def test_the_next_slot_of_an_account_that_is_free_open_or_closed(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(domain.ingest())
    with transaction() as tx:
        free = next_slot(tx, draft)
    assert free is not None
    assert free.at is not None
    assert free == NextSlot(free.at, None, 1, at_once=True, send_now=SendNow(free.at))
    far = datetime(2084, 12, 24, 12, tzinfo=UTC)  # a Sunday
    set_account(domain, next_spaced_at=far, weekdays=[1])
    monday = far.replace(hour=0) + timedelta(days=1)
    with transaction() as tx:
        later = next_slot(tx, draft)
    assert later == NextSlot(monday, None, 1, at_once=False, send_now=SendNow(monday))
    set_account(domain, status="paused", paused_reason="On holiday.")
    with transaction() as tx:
        never = next_slot(tx, draft)
    why = "The account sam@example.com is paused: On holiday."
    assert never == NextSlot(None, why, 0, at_once=False, send_now=SendNow(None, why))


def test_what_holds_a_draft_is_said_in_the_gates_words(domain: Domain) -> None:
    draft = domain.ingest()

    def held() -> str | None:
        with transaction() as tx:
            return sends_now(tx, [draft, new_id()])[draft].why

    assert held() is None
    domain.sql("UPDATE campaigns SET status = 'paused'")
    assert held() == "Autumn launch is paused."


def test_a_moment_of_facts_is_not_changed_by_asking() -> None:
    given = replace(FREE, now=SUNDAY)
    send_now(given)
    assert given == replace(FREE, now=SUNDAY)
