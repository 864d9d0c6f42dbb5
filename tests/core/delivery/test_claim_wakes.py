"""When the clock looks at an account again: when something may go, or once an act lets it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.actor import slack_user
from core.db import transaction
from core.delivery.due import accounts_with_mail_due
from core.delivery.refused import UNTIL_AN_ACT
from core.drafts.review import approve
from core.hours import start_of_day
from core.taxonomy import Timing
from jobs.show_campaigns import show_campaign
from tests.core.delivery.claim_parts import (
    ALWAYS,
    CLOSED,
    account,
    claimed_delivery,
    database_now,
    delivery,
    queued,
    set_account,
)
from tests.core.delivery.test_promises_delivery import waits_for_a_lock
from tests.fixtures.desk import BUSY, SENT, Desk
from tests.fixtures.waiting import wait_until


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
