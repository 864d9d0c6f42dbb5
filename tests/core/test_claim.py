"""The claim: which delivery of an account is next, what counts, what waits and until when, and who wakes it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors as pg

from core import delivery as verbs
from core.actor import slack_user
from core.db import transaction
from core.delivery.holding import UNTIL_AN_ACT
from core.delivery.why import why_not_yet
from core.due import accounts_with_mail_due
from core.gates import COOLING_OFF, limit_on
from core.hours import start_of_day
from core.review import approve
from core.taxonomy import Timing
from jobs.show_campaigns import show_campaign
from tests.core.claim_parts import (
    ALWAYS,
    CLOSED,
    account,
    database_now,
    days_pass,
    delivery,
    queued,
    seat,
    set_account,
    wrote,
)
from tests.core.test_gates import ACCOUNT
from tests.core.test_promises_delivery import waits_for_a_lock
from tests.fixtures.cases import cases
from tests.fixtures.desk import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Desk
from tests.fixtures.waiting import wait_until

CARELESS = (
    "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(),"
    " lease_until = clock_timestamp() + interval '1 minute' WHERE id = %s"
)


def claimed_delivery(desk: Desk) -> Any:
    claimed = desk.try_claim()
    return claimed and claimed.delivery_id


def counted(desk: Desk) -> tuple[date | None, int]:
    row = account(desk)
    return row.counted_on, row.counted_emails


# --- which one ---


def test_what_is_more_urgent_goes_first_and_then_what_was_due_first(desk: Desk) -> None:
    set_account(desk, **ALWAYS)
    late_intro = queued(desk, timing=Timing.NEXT_SLOT)
    early_intro = queued(desk, timing=Timing.NEXT_SLOT)
    answer = queued(desk, kind="reply", timing=Timing.NEXT_SLOT)
    intro_now = queued(desk)
    follow_up_now = queued(desk, kind="follow_up")
    answer_now = queued(desk, kind="reply")
    desk.sql("UPDATE send_queue SET due_at = now() - interval '1 day' WHERE id = %s", early_intro)
    order = [claimed_delivery(desk) for _ in range(7)]
    assert order == [answer_now, intro_now, follow_up_now, answer, early_intro, late_intro, None]


def test_a_queue_that_keeps_the_recipients_hours_does_not_stand_behind_the_accounts(desk: Desk) -> None:
    set_account(desk, **CLOSED)
    queued(desk, timing=Timing.NEXT_SLOT)
    desk.sql("UPDATE campaigns SET recipient_hours = true")
    draft = desk.ingest()
    now = database_now(desk)
    desk.sql(
        "UPDATE contacts SET timezone = 'Asia/Kolkata' WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)", draft
    )
    with transaction() as tx:
        theirs = approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"), Timing.NEXT_SLOT).delivery_id
    assert desk.try_claim() is None, "closed for both: the account's hours on the recipient's clock"
    there = now.astimezone(ZoneInfo("Asia/Kolkata"))
    home = "Etc/GMT+12" if there.hour < 17 else "Pacific/Kiritimati"  # at any hour one of them is on another day
    set_account(desk, weekdays=[there.isoweekday()], opens="00:00", closes="00:00", timezone=home)
    assert there.date() != now.astimezone(ZoneInfo(home)).date(), "the account lives on another day"
    desk.make_due()
    assert claimed_delivery(desk) == theirs
    assert desk.try_claim() is None


# --- what waits ---


def test_a_delivery_that_waits_keeps_why_and_until_when_and_lets_others_pass(desk: Desk) -> None:
    waits = queued(desk)
    wrote(desk, "dana1@example.org", days=10)
    passes = queued(desk)
    assert claimed_delivery(desk) == passes
    row = delivery(desk, waits)
    contacted = desk.rows("SELECT contacted_at FROM outreach_history")[0][0]
    assert (row.status, row.held_code) == ("queued", "sixty_days")
    assert row.due_at == contacted + COOLING_OFF
    assert f"written to on {contacted:%d %B %Y}" in row.reason
    with transaction() as tx:
        why = why_not_yet(tx, waits, desk.account_id)
    assert why is not None
    assert (why.sentence, why.code, why.until) == (row.reason, "sixty_days", row.due_at)


def test_what_it_waited_for_leaves_no_trace_once_it_is_claimed(desk: Desk) -> None:
    waits = queued(desk)
    wrote(desk, "dana1@example.org", days=59)
    assert desk.try_claim() is None
    days_pass(desk, 2)
    assert claimed_delivery(desk) == waits
    assert (delivery(desk, waits).held_code, delivery(desk, waits).reason) == (None, None)


def test_what_will_never_pass_is_skipped_and_its_draft_is_back_with_the_reason(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    passes = queued(desk)
    desk.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, 'address', 'Dana1@Example.ORG', 'asked')",
        desk.workspace_id,
    )
    assert claimed_delivery(desk) == passes
    assert desk.statuses(draft) == ("needs_review", ["skipped"])
    assert desk.facts(draft).reason == "This address is on the suppression list."
    assert desk.events(draft)[-2:] == [
        ("skip", "queued", "skipped", None),
        ("return", "approved", "needs_review", None),
    ]
    assert counted(desk)[1] == 1, "what was skipped does not count"


def test_a_full_account_is_asked_once_and_its_queue_is_not_touched(desk: Desk) -> None:
    first, *rest = [queued(desk) for _ in range(6)]
    set_account(desk, daily_limit_emails=0)
    before = [delivery(desk, each) for each in rest]
    assert desk.try_claim() is None
    assert delivery(desk, first).held_code == "daily_limit"
    assert [delivery(desk, each) for each in rest] == before
    with transaction() as tx:
        why = why_not_yet(tx, rest[-1], desk.account_id)
    assert why is not None
    assert why.sentence == "Today's 0 of sam@example.com are used.", "asked anew, the others know it too"


def test_a_refusal_that_is_known_is_not_written_again(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    set_account(desk, status="paused")
    desk.try_claim()
    (before,) = desk.rows("SELECT revision FROM drafts WHERE id = %s", draft)
    desk.try_claim()
    assert desk.rows("SELECT revision FROM drafts WHERE id = %s", draft) == [before]


# --- when the clock looks again ---


def tomorrow(desk: Desk) -> datetime:
    today = database_now(desk).astimezone(ZoneInfo("Europe/London")).date()
    return start_of_day("Europe/London", today + timedelta(days=1))


def in_an_hour(desk: Desk) -> datetime:
    return database_now(desk).replace(microsecond=0) + timedelta(hours=1)


def _spaced(desk: Desk) -> datetime:
    set_account(desk, next_spaced_at=in_an_hour(desk))
    return in_an_hour(desk)


def _full(desk: Desk) -> datetime:
    set_account(desk, daily_limit_emails=0)
    return tomorrow(desk)


def _later(desk: Desk) -> datetime:
    desk.sql("UPDATE send_queue SET due_at = %s", in_an_hour(desk))
    return in_an_hour(desk)


def _paused_account(desk: Desk) -> None:
    set_account(desk, status="paused")


def _sick(desk: Desk) -> None:
    set_account(desk, health_score=10)


def _paused_campaign(desk: Desk) -> None:
    desk.pause()


def _closed(desk: Desk) -> None:
    set_account(desk, **CLOSED)
    desk.sql("UPDATE send_queue SET timing = 'next_slot'")


RESTS: dict[str, Callable[[Desk], datetime | None]] = {
    "spacing": _spaced,
    "full day": _full,
    "nothing due yet": _later,
    "paused account": _paused_account,
    "sick account": _sick,
    "paused campaign": _paused_campaign,
    "closed for good": _closed,
}


@pytest.mark.parametrize("why", RESTS)
def test_an_account_rests_until_the_moment_at_which_something_may_go(desk: Desk, why: str) -> None:
    queued(desk)
    queued(desk)
    until = RESTS[why](desk)
    assert desk.try_claim() is None
    found = account(desk).next_send_at
    assert (found is None) == (until is None)
    if until is not None:
        assert abs(found - until) < timedelta(seconds=5)
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == []


def test_an_account_with_an_empty_queue_rests(desk: Desk) -> None:
    desk.deliver(desk.ingest(), SENT)
    assert desk.try_claim() is None
    assert account(desk).next_send_at is None


def test_an_answer_may_go_while_the_rest_of_the_account_is_spaced(desk: Desk) -> None:
    queued(desk)
    set_account(desk, next_spaced_at=in_an_hour(desk))
    assert desk.try_claim() is None
    answer = queued(desk, kind="reply")
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == [desk.account_id]
    assert claimed_delivery(desk) == answer


def is_woken(desk: Desk) -> bool:
    with transaction() as tx:
        return accounts_with_mail_due(tx) == [desk.account_id]


def test_an_approval_wakes_the_account(desk: Desk) -> None:
    assert desk.try_claim() is None
    assert not is_woken(desk)
    queued(desk)
    assert is_woken(desk)


def test_a_resumed_campaign_wakes_the_account(desk: Desk) -> None:
    waits = queued(desk)
    desk.pause()
    assert desk.try_claim() is None
    assert delivery(desk, waits).due_at == UNTIL_AN_ACT
    desk.resume()
    show_campaign(desk.campaign_id)
    assert is_woken(desk)
    assert claimed_delivery(desk) == waits


WAKES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "resumed": ({"status": "paused"}, {"status": "active"}),
    "healthy again": ({"health_score": 10}, {"health_score": 80}),
    "a higher limit": ({"daily_limit_emails": 0}, {"daily_limit_emails": 10}),
    "an end of the warm-up": ({"warmup_start": 0, "warmup_from": date(2999, 1, 1)}, {"warmup_start": None}),
}


@pytest.mark.parametrize("act", WAKES)
def test_whatever_lets_an_account_send_again_wakes_it(desk: Desk, act: str) -> None:
    holds, frees = WAKES[act]
    waits = queued(desk)
    set_account(desk, **holds)
    assert desk.try_claim() is None
    assert not is_woken(desk)
    set_account(desk, **frees)
    assert is_woken(desk)
    assert claimed_delivery(desk) == waits


def test_other_hours_wake_the_account(desk: Desk) -> None:
    set_account(desk, **CLOSED)
    waits = queued(desk, timing=Timing.NEXT_SLOT)
    assert desk.try_claim() is None
    assert not is_woken(desk)
    set_account(desk, **ALWAYS)
    assert is_woken(desk)
    assert claimed_delivery(desk) == waits


def test_while_sending_is_stopped_no_account_is_looked_at_and_afterwards_all_are(desk: Desk) -> None:
    waits = queued(desk)
    desk.sql("UPDATE installation SET sending_stopped = 'Stopped by Carol.'")
    assert not is_woken(desk)
    assert desk.try_claim() is None
    assert (delivery(desk, waits).held_code, delivery(desk, waits).reason) == ("sending_stopped", "Stopped by Carol.")
    desk.sql("UPDATE installation SET sending_stopped = NULL")
    assert is_woken(desk)
    assert claimed_delivery(desk) == waits


def test_a_further_try_wakes_the_account_when_it_is_due(desk: Desk) -> None:
    draft = desk.ingest()
    desk.deliver(draft, BUSY)
    assert desk.try_claim() is None
    (due,) = desk.rows("SELECT due_at FROM send_queue")[0]
    assert account(desk).next_send_at == due


def test_a_lease_that_ran_out_wakes_the_account(desk: Desk) -> None:
    queued(desk)
    claimed = desk.claim()
    assert desk.try_claim() is None
    assert account(desk).next_send_at is None
    desk.run_out(claimed)
    desk.expire()
    assert account(desk).next_send_at is not None


def test_a_claim_waits_for_an_approval_that_it_cannot_see_yet(desk: Desk) -> None:
    """It must not lay the account to rest behind the back of what is being queued: no ring may ever come."""
    draft = desk.ingest()
    set_account(desk, next_send_at=database_now(desk) - timedelta(hours=1))
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"))
            claiming = pool.submit(desk.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(desk), what="the claim to wait or to end")
        claiming.result(timeout=20)
    assert is_woken(desk) or desk.statuses(draft)[1] == ["claimed"]


def test_a_claim_waits_for_a_delivery_that_is_being_made_due(desk: Desk) -> None:
    waits = queued(desk)
    desk.sql("UPDATE send_queue SET due_at = '9999-01-01'")
    set_account(desk, next_send_at=database_now(desk) - timedelta(hours=1))
    with ThreadPoolExecutor(1) as pool, desk.connect() as other:
        with other.transaction():
            other.execute("UPDATE send_queue SET due_at = now() WHERE id = %s", (waits,))
            claiming = pool.submit(desk.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(desk), what="the claim to wait or to end")
        claiming.result(timeout=20)
    assert is_woken(desk) or delivery(desk, waits).status == "claimed"


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


# --- somebody careless, past all code (P4) ---


def test_a_careless_client_cannot_exceed_a_limit(desk: Desk) -> None:
    first, second = queued(desk), queued(desk)
    set_account(desk, daily_limit_emails=1)
    desk.claim()
    with pytest.raises(pg.IntegrityError, match="daily_limit"):
        desk.sql(CARELESS, second)
    assert first != second


def test_a_careless_client_cannot_send_too_soon(desk: Desk) -> None:
    set_account(desk, spacing_min_minutes=6, spacing_max_minutes=16)
    _, second = queued(desk), queued(desk)
    desk.claim()
    with pytest.raises(pg.IntegrityError, match="spacing"):
        desk.sql(CARELESS, second)


def test_a_careless_client_cannot_write_within_sixty_days(desk: Desk) -> None:
    waits = queued(desk)
    wrote(desk, "DANA1@example.org", days=59)
    with pytest.raises(pg.IntegrityError, match="sixty_days"):
        desk.sql(CARELESS, waits)


def test_a_careless_client_cannot_write_to_whom_somebody_writes_now(desk: Desk) -> None:
    queued(desk)
    desk.claim()
    again = queued(desk, to={"email": "Dana1@example.org"})
    with pytest.raises(pg.IntegrityError, match="sixty_days"):
        desk.sql(CARELESS, again)


def test_a_careless_client_cannot_call_an_intro_a_reply(desk: Desk) -> None:
    waits = queued(desk)
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_queue SET kind = 'reply' WHERE id = %s", waits)


# --- two at once ---


def test_two_accounts_that_write_to_one_person_at_once_take_turns(desk: Desk) -> None:
    """Both saw that nobody writes; the second learns it from the database, and waits without an error."""
    other = seat(desk, "winter")
    queued(desk)
    waits = queued(other, to={"email": "dana1@EXAMPLE.org"})
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            assert verbs.claim(tx, desk.account_id)
            claiming = pool.submit(other.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(desk), what="the other claim to wait")
            assert not claiming.done()
        assert claiming.result(timeout=20) is None
    row = delivery(other, waits)
    assert (row.status, row.held_code) == ("queued", "sixty_days")
    assert row.due_at < database_now(desk) + timedelta(minutes=6)


def test_claims_of_many_accounts_for_the_same_people_never_lock_each_other_out(desk: Desk) -> None:
    seats = [seat(desk, f"seat-{n}") for n in range(4)]
    for each in seats:
        for person in range(5):
            queued(each, to={"email": f"p{person}@example.org"})
    won: list[str] = []

    def work(each: Desk) -> None:
        for _ in range(5):
            claimed = each.try_claim()
            if claimed:
                won.append(claimed.rcpt_to)

    threads = [threading.Thread(target=work, args=(each,)) for each in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won) == [f"p{person}@example.org" for person in range(5)]
