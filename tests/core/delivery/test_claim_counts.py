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
from core.delivery.explain import why_not_yet
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
from tests.fixtures.desk import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Desk

# --- what counts ---


def test_a_claim_counts_on_the_accounts_own_day(desk: Desk) -> None:
    zones = ("Pacific/Kiritimati", "Etc/GMT+12")  # 26 hours apart: never the same day
    for number, zone in enumerate(zones):
        east = seat(desk, f"zone-{number}", timezone=zone, daily_limit_emails=1)
        queued(east)
        queued(east)
        today = database_now(desk).astimezone(ZoneInfo(zone)).date()
        claimed = east.claim()
        assert counted(east) == (today, 1)
        assert delivery(east, claimed.delivery_id).counted_on == today
        assert east.try_claim() is None
        assert account(east).next_send_at == start_of_day(zone, today + timedelta(days=1))


def test_a_new_day_of_the_account_begins_at_none(desk: Desk) -> None:
    set_account(desk, daily_limit_emails=1)
    queued(desk)
    queued(desk)
    desk.claim()
    today, _ = counted(desk)
    assert desk.try_claim() is None
    days_pass(desk, 1)
    assert desk.try_claim() is not None
    assert counted(desk) == (today, 1)


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
def test_only_what_may_have_left_stays_counted(desk: Desk, outcome: Any, started: bool, left: int) -> None:
    queued(desk)
    claimed = desk.claim()
    assert counted(desk)[1] == 1
    if started:
        assert desk.start(claimed)
    desk.finish(claimed, outcome)
    assert counted(desk)[1] == left
    assert (delivery(desk, claimed.delivery_id).counted_on is not None) == bool(left)


def test_a_lease_that_ran_out_before_data_gives_its_count_back_and_one_after_does_not(desk: Desk) -> None:
    for started, left in ((False, 0), (True, 1)):
        queued(desk)
        claimed = desk.claim()
        if started:
            assert desk.start(claimed)
        desk.run_out(claimed)
        desk.expire()
        assert counted(desk)[1] == left


def test_a_refusal_that_comes_late_gives_its_count_back(desk: Desk) -> None:
    claimed = desk.deliver(desk.ingest(), UNKNOWN)
    assert counted(desk)[1] == 1
    desk.finish(claimed, REFUSED)
    assert counted(desk)[1] == 0


def test_a_worker_that_is_always_too_slow_comes_to_an_end(desk: Desk) -> None:
    """Its `start` is refused, and nothing was paused: that is a try."""
    draft = desk.ingest()
    desk.approve(draft)
    for _ in range(5):
        desk.make_due()
        claimed = desk.claim()
        desk.run_out(claimed)
        assert not desk.start(claimed)
        desk.finish(claimed, HELD_BACK)
    assert desk.statuses(draft) == ("needs_review", ["failed"])
    assert desk.facts(draft).reason == "Signoff was interrupted before it could send this."


def test_a_move_to_the_east_starts_no_new_day(desk: Desk) -> None:
    """In Niue and on Kiritimati it is never the same day: 25 hours lie between them."""
    set_account(desk, daily_limit_emails=1, timezone="Pacific/Niue")
    queued(desk)
    waits = queued(desk)
    desk.claim()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue", "Pacific/Kiritimati"):
        set_account(desk, timezone=zone)
        assert desk.try_claim() is None
        assert delivery(desk, waits).held_code == "daily_limit"
    row = account(desk)
    assert row.count_holds_until > database_now(desk) + timedelta(hours=23)
    with transaction() as tx:
        waiting = why_not_yet(tx, waits, desk.account_id)
    day_after = start_of_day("Pacific/Kiritimati", row.counted_on + timedelta(days=1))
    assert waiting is not None
    assert waiting.until in (row.count_holds_until, day_after)
    desk.sql("UPDATE accounts SET count_holds_until = clock_timestamp()")
    assert desk.claim().delivery_id == waits


def test_a_move_to_the_west_gives_back_no_day(desk: Desk) -> None:
    set_account(desk, daily_limit_emails=1, timezone="Pacific/Kiritimati")
    queued(desk)
    waits = queued(desk)
    desk.claim()
    set_account(desk, timezone="Pacific/Niue")
    desk.sql("UPDATE accounts SET count_holds_until = NULL")
    assert desk.try_claim() is None
    with transaction() as tx:
        waiting = why_not_yet(tx, waits, desk.account_id)
    assert waiting is not None
    assert waiting.until == start_of_day("Pacific/Niue", account(desk).counted_on + timedelta(days=1))


def test_a_count_that_a_failed_mail_gives_back_wakes_the_account(desk: Desk) -> None:
    set_account(desk, daily_limit_emails=1)
    queued(desk)
    waits = queued(desk)
    claimed = desk.claim()
    assert desk.try_claim() is None
    assert desk.start(claimed)
    desk.finish(claimed, REFUSED)
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == [desk.account_id]
    assert desk.claim().delivery_id == waits


def test_yesterdays_count_is_not_given_back_today(desk: Desk) -> None:
    queued(desk)
    old = desk.claim()
    days_pass(desk, 1)
    queued(desk)
    desk.claim()
    assert counted(desk)[1] == 1
    desk.finish(old, BUSY)
    assert counted(desk)[1] == 1


def test_no_number_of_workers_gets_more_than_the_limit(desk: Desk) -> None:
    set_account(desk, daily_limit_emails=5)
    for _ in range(12):
        queued(desk)

    def work(_: int) -> int:
        return sum(desk.try_claim() is not None for _ in range(4))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 5
    assert counted(desk)[1] == 5


@cases(40)
@given(
    limit=st.integers(0, 100),
    start=st.one_of(st.none(), st.integers(0, 30)),
    step=st.integers(0, 10),
    day=st.integers(-3, 30),
)
def test_the_database_knows_the_limit_of_a_day_as_the_gate_does(
    desk: Desk, limit: int, start: int | None, step: int, day: int
) -> None:
    begun = date(2026, 7, 1)
    set_account(desk, daily_limit_emails=limit, warmup_start=start, warmup_step=step, warmup_from=begun)
    ours = limit_on(
        ACCOUNT.__class__(
            **(vars(ACCOUNT) | {"daily_limit": limit, "warmup_start": start, "warmup_step": step, "warmup_from": begun})
        ),
        begun + timedelta(days=day),
    )
    theirs = desk.rows(
        "SELECT account_limit_on(a, 'email', %s) FROM accounts a WHERE id = %s",
        begun + timedelta(days=day),
        desk.account_id,
    )
    assert theirs == [(ours,)]


# --- spacing ---


def test_spacing_is_drawn_once_between_six_and_sixteen_minutes_and_stays_with_the_delivery(desk: Desk) -> None:
    set_account(desk, spacing_min_minutes=6, spacing_max_minutes=16)
    drawn = [delivery(desk, queued(desk)).spacing_seconds for _ in range(30)]
    assert all(6 * 60 <= seconds <= 16 * 60 for seconds in drawn)
    assert len(set(drawn)) > 10, "random, not a rhythm"
    claimed = desk.claim()
    desk.finish(claimed, BUSY)
    assert delivery(desk, claimed.delivery_id).spacing_seconds == drawn[0]
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_queue SET spacing_seconds = 0")


def test_the_next_mail_waits_for_the_spacing_of_the_one_before(desk: Desk) -> None:
    set_account(desk, spacing_min_minutes=6, spacing_max_minutes=16)
    first, second = queued(desk), queued(desk)
    before = database_now(desk)
    desk.claim()
    after = database_now(desk)
    spacing = timedelta(seconds=delivery(desk, first).spacing_seconds)
    spaced = account(desk).next_spaced_at
    assert before + spacing <= spaced <= after + spacing
    assert desk.try_claim() is None
    assert delivery(desk, second).held_code == "spacing"
    assert account(desk).next_send_at == spaced


def test_an_answer_in_between_does_not_shorten_the_wait(desk: Desk) -> None:
    set_account(desk, spacing_min_minutes=16, spacing_max_minutes=16)
    queued(desk)
    desk.claim()
    spaced = account(desk).next_spaced_at
    set_account(desk, spacing_min_minutes=1, spacing_max_minutes=1)
    queued(desk, kind="reply")
    desk.claim()
    assert account(desk).next_spaced_at == spaced
