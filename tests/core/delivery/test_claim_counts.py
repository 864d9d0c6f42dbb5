"""What a claim counts on the account's own day, and the spacing that it draws."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors as pg

from core.db import transaction
from core.delivery.due import accounts_with_mail_due
from core.delivery.explain import explain_wait
from core.delivery.gates import limit_on
from core.hours import start_of_day
from tests.core.delivery.claim_parts import (
    account,
    counted,
    database_now,
    days_pass,
    delivery,
    queued,
    seat,
    set_account,
)
from tests.core.delivery.test_gates import ACCOUNT
from tests.fixtures.cases import cases
from tests.fixtures.domain import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

# --- what counts ---


def test_a_claim_counts_on_the_accounts_own_day(domain: Domain) -> None:
    zones = ("Pacific/Kiritimati", "Etc/GMT+12")  # 26 hours apart: never the same day
    for number, zone in enumerate(zones):
        east = seat(domain, f"zone-{number}", timezone=zone, daily_limit_emails=1)
        queued(east)
        queued(east)
        today = database_now(domain).astimezone(ZoneInfo(zone)).date()
        claimed = east.claim()
        assert counted(east) == (today, 1)
        assert delivery(east, claimed.delivery_id).counted_on == today
        assert east.try_claim() is None
        assert account(east).next_send_at == start_of_day(zone, today + timedelta(days=1))


def test_a_new_day_of_the_account_begins_at_none(domain: Domain) -> None:
    set_account(domain, daily_limit_emails=1)
    queued(domain)
    queued(domain)
    domain.claim()
    today, _ = counted(domain)
    assert domain.try_claim() is None
    days_pass(domain, 1)
    assert domain.try_claim() is not None
    assert counted(domain) == (today, 1)


@pytest.mark.parametrize(
    ("outcome", "started", "left"),
    [
        (SENT, True, 1),
        (UNKNOWN, True, 1),
        (BUSY, True, 0),
        (REFUSED, True, 0),
        (BUSY, False, 0),
        (HELD_BACK, False, 0),
    ],
)
def test_only_what_may_have_left_stays_counted(domain: Domain, outcome: Any, started: bool, left: int) -> None:
    queued(domain)
    claimed = domain.claim()
    assert counted(domain)[1] == 1
    if started:
        assert domain.start(claimed)
    domain.finish(claimed, outcome)
    assert counted(domain)[1] == left
    assert (delivery(domain, claimed.delivery_id).counted_on is not None) == bool(left)


def test_a_lease_that_ran_out_before_data_gives_its_count_back_and_one_after_does_not(domain: Domain) -> None:
    for started, left in ((False, 0), (True, 1)):
        queued(domain)
        claimed = domain.claim()
        if started:
            assert domain.start(claimed)
        domain.run_out(claimed)
        domain.expire()
        assert counted(domain)[1] == left


def test_a_refusal_that_comes_late_gives_its_count_back(domain: Domain) -> None:
    claimed = domain.deliver(domain.ingest(), UNKNOWN)
    assert counted(domain)[1] == 1
    domain.finish(claimed, REFUSED)
    assert counted(domain)[1] == 0


def test_a_worker_that_is_always_too_slow_comes_to_an_end(domain: Domain) -> None:
    """Its `start` is refused, and nothing was paused: that is a try."""
    draft = domain.ingest()
    domain.approve(draft)
    for _ in range(5):
        domain.make_due()
        claimed = domain.claim()
        domain.run_out(claimed)
        assert not domain.start(claimed)
        domain.finish(claimed, HELD_BACK)
    assert domain.statuses(draft) == ("needs_review", ["failed"])
    assert domain.view(draft).reason == "Signoff was interrupted before it could send this."


def test_a_move_to_the_east_starts_no_new_day(domain: Domain) -> None:
    """In Niue and on Kiritimati it is never the same day: 25 hours lie between them."""
    set_account(domain, daily_limit_emails=1, timezone="Pacific/Niue")
    queued(domain)
    waits = queued(domain)
    domain.claim()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "Pacific/Kiritimati"):
        set_account(domain, timezone=zone)
        assert domain.try_claim() is None
        assert delivery(domain, waits).held_code == "daily_limit"
    row = account(domain)
    assert row.count_holds_until > database_now(domain) + timedelta(hours=23)
    with transaction() as tx:
        waiting = explain_wait(tx, waits, domain.account_id)
    day_after = start_of_day("Pacific/Kiritimati", row.counted_on + timedelta(days=1))
    assert waiting is not None
    assert waiting.until in (row.count_holds_until, day_after)
    domain.sql("UPDATE accounts SET count_holds_until = clock_timestamp()")
    assert domain.claim().delivery_id == waits


def test_a_move_to_the_west_gives_back_no_day(domain: Domain) -> None:
    set_account(domain, daily_limit_emails=1, timezone="Pacific/Kiritimati")
    queued(domain)
    waits = queued(domain)
    domain.claim()
    set_account(domain, timezone="Pacific/Niue")
    domain.sql("UPDATE accounts SET count_holds_until = NULL")
    assert domain.try_claim() is None
    with transaction() as tx:
        waiting = explain_wait(tx, waits, domain.account_id)
    assert waiting is not None
    assert waiting.until == start_of_day("Pacific/Niue", account(domain).counted_on + timedelta(days=1))


def test_a_count_that_a_failed_mail_gives_back_wakes_the_account(domain: Domain) -> None:
    set_account(domain, daily_limit_emails=1)
    queued(domain)
    waits = queued(domain)
    claimed = domain.claim()
    assert domain.try_claim() is None
    assert domain.start(claimed)
    domain.finish(claimed, REFUSED)
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == [domain.account_id]
    assert domain.claim().delivery_id == waits


def test_yesterdays_count_is_not_given_back_today(domain: Domain) -> None:
    queued(domain)
    old = domain.claim()
    days_pass(domain, 1)
    queued(domain)
    domain.claim()
    assert counted(domain)[1] == 1
    domain.finish(old, BUSY)
    assert counted(domain)[1] == 1


def test_no_number_of_workers_gets_more_than_the_limit(domain: Domain) -> None:
    set_account(domain, daily_limit_emails=5)
    for _ in range(12):
        queued(domain)

    def work(_: int) -> int:
        return sum(domain.try_claim() is not None for _ in range(4))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 5
    assert counted(domain)[1] == 5


@cases(40)
@given(
    limit=st.integers(0, 100),
    start=st.one_of(st.none(), st.integers(0, 30)),
    step=st.integers(0, 10),
    day=st.integers(-3, 30),
)
def test_the_database_knows_the_limit_of_a_day_as_the_gate_does(
    domain: Domain, limit: int, start: int | None, step: int, day: int
) -> None:
    begun = date(2026, 7, 1)
    set_account(domain, daily_limit_emails=limit, warmup_start=start, warmup_step=step, warmup_from=begun)
    ours = limit_on(
        ACCOUNT.__class__(
            **(vars(ACCOUNT) | {"daily_limit": limit, "warmup_start": start, "warmup_step": step, "warmup_from": begun})
        ),
        begun + timedelta(days=day),
    )
    theirs = domain.rows(
        "SELECT account_limit_on(a, 'email', %s) FROM accounts a WHERE id = %s",
        begun + timedelta(days=day),
        domain.account_id,
    )
    assert theirs == [(ours,)]


# --- spacing ---


def test_spacing_is_drawn_once_between_six_and_sixteen_minutes_and_stays_with_the_delivery(domain: Domain) -> None:
    set_account(domain, spacing_min_minutes=6, spacing_max_minutes=16)
    drawn = [delivery(domain, queued(domain)).spacing_seconds for _ in range(30)]
    assert all(6 * 60 <= seconds <= 16 * 60 for seconds in drawn)
    assert len(set(drawn)) > 10, "random, not a rhythm"
    claimed = domain.claim()
    domain.finish(claimed, BUSY)
    assert delivery(domain, claimed.delivery_id).spacing_seconds == drawn[0]
    with pytest.raises(pg.IntegrityError):
        domain.sql("UPDATE send_queue SET spacing_seconds = 0")


def test_the_next_mail_waits_for_the_spacing_of_the_one_before(domain: Domain) -> None:
    set_account(domain, spacing_min_minutes=6, spacing_max_minutes=16)
    first, second = queued(domain), queued(domain)
    before = database_now(domain)
    domain.claim()
    after = database_now(domain)
    spacing = timedelta(seconds=delivery(domain, first).spacing_seconds)
    spaced = account(domain).next_spaced_at
    assert before + spacing <= spaced <= after + spacing
    assert domain.try_claim() is None
    assert delivery(domain, second).held_code == "spacing"
    assert account(domain).next_send_at == spaced


def test_an_answer_in_between_does_not_shorten_the_wait(domain: Domain) -> None:
    set_account(domain, spacing_min_minutes=16, spacing_max_minutes=16)
    queued(domain)
    domain.claim()
    spaced = account(domain).next_spaced_at
    set_account(domain, spacing_min_minutes=1, spacing_max_minutes=1)
    queued(domain, kind="reply")
    domain.claim()
    assert account(domain).next_spaced_at == spaced
