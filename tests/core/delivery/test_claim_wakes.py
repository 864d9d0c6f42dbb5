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
from core.delivery.refusals import UNTIL_AN_ACT
from core.drafts.review import approve
from core.hours import start_of_day
from core.taxonomy import Timing
from jobs.apply_campaign_status import apply_campaign_status
from tests.core.delivery.claim_parts import (
    ALWAYS,
    CLOSED,
    account,
    claimed_delivery,
    database_now,
    delivery,
    queued,
    set_account,
    waits_for_a_lock,
)
from tests.fixtures.domain import BUSY, SENT, Domain
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.slow


def tomorrow(domain: Domain) -> datetime:
    today = database_now(domain).astimezone(ZoneInfo("Europe/London")).date()
    return start_of_day("Europe/London", today + timedelta(days=1))


def in_an_hour(domain: Domain) -> datetime:
    return database_now(domain).replace(microsecond=0) + timedelta(hours=1)


def _spaced(domain: Domain) -> datetime:
    set_account(domain, next_spaced_at=in_an_hour(domain))
    return in_an_hour(domain)


def _full(domain: Domain) -> datetime:
    set_account(domain, daily_limit_emails=0)
    return tomorrow(domain)


def _later(domain: Domain) -> datetime:
    domain.sql("UPDATE send_queue SET due_at = %s", in_an_hour(domain))
    return in_an_hour(domain)


def _paused_account(domain: Domain) -> None:
    set_account(domain, status="paused")


def _sick(domain: Domain) -> None:
    set_account(domain, health_score=10)


def _paused_campaign(domain: Domain) -> None:
    domain.pause()


def _closed(domain: Domain) -> None:
    set_account(domain, **CLOSED)
    domain.sql("UPDATE send_queue SET timing = 'next_slot'")


RESTS: dict[str, Callable[[Domain], datetime | None]] = {
    "spacing": _spaced,
    "full day": _full,
    "nothing due yet": _later,
    "paused account": _paused_account,
    "sick account": _sick,
    "paused campaign": _paused_campaign,
    "closed for good": _closed,
}


@pytest.mark.parametrize("why", RESTS)
def test_an_account_rests_until_the_moment_at_which_something_may_go(domain: Domain, why: str) -> None:
    queued(domain)
    queued(domain)
    until = RESTS[why](domain)
    assert domain.try_claim() is None
    found = account(domain).next_send_at
    assert (found is None) == (until is None)
    if until is not None:
        assert abs(found - until) < timedelta(seconds=5)
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == []


def test_an_account_with_an_empty_queue_rests(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    assert domain.try_claim() is None
    assert account(domain).next_send_at is None


def test_an_answer_may_go_while_the_rest_of_the_account_is_spaced(domain: Domain) -> None:
    queued(domain)
    set_account(domain, next_spaced_at=in_an_hour(domain))
    assert domain.try_claim() is None
    answer = queued(domain, kind="reply")
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == [domain.account_id]
    assert claimed_delivery(domain) == answer


def is_woken(domain: Domain) -> bool:
    with transaction() as tx:
        return accounts_with_mail_due(tx) == [domain.account_id]


def test_an_approval_wakes_the_account(domain: Domain) -> None:
    assert domain.try_claim() is None
    assert not is_woken(domain)
    queued(domain)
    assert is_woken(domain)


def test_a_resumed_campaign_wakes_the_account(domain: Domain) -> None:
    waits = queued(domain)
    domain.pause()
    assert domain.try_claim() is None
    assert delivery(domain, waits).due_at == UNTIL_AN_ACT
    domain.resume()
    apply_campaign_status(domain.campaign_id)
    assert is_woken(domain)
    assert claimed_delivery(domain) == waits


WAKES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "resumed": ({"status": "paused"}, {"status": "active"}),
    "healthy again": ({"health_score": 10}, {"health_score": 80}),
    "a higher limit": ({"daily_limit_emails": 0}, {"daily_limit_emails": 10}),
    "an end of the warm-up": ({"warmup_start": 0, "warmup_from": date(2999, 1, 1)}, {"warmup_start": None}),
}


@pytest.mark.parametrize("act", WAKES)
def test_whatever_lets_an_account_send_again_wakes_it(domain: Domain, act: str) -> None:
    holds, frees = WAKES[act]
    waits = queued(domain)
    set_account(domain, **holds)
    assert domain.try_claim() is None
    assert not is_woken(domain)
    set_account(domain, **frees)
    assert is_woken(domain)
    assert claimed_delivery(domain) == waits


def test_other_hours_wake_the_account(domain: Domain) -> None:
    set_account(domain, **CLOSED)
    waits = queued(domain, timing=Timing.NEXT_SLOT)
    assert domain.try_claim() is None
    assert not is_woken(domain)
    set_account(domain, **ALWAYS)
    assert is_woken(domain)
    assert claimed_delivery(domain) == waits


def test_while_sending_is_stopped_no_account_is_looked_at_and_afterwards_all_are(domain: Domain) -> None:
    waits = queued(domain)
    domain.sql("UPDATE installation SET sending_stopped = 'Stopped by Carol.'")
    assert not is_woken(domain)
    assert domain.try_claim() is None
    assert (delivery(domain, waits).held_code, delivery(domain, waits).reason) == (
        "sending_stopped",
        "All sending is stopped: Stopped by Carol.",
    )
    domain.sql("UPDATE installation SET sending_stopped = NULL")
    assert is_woken(domain)
    assert claimed_delivery(domain) == waits


def test_a_further_try_wakes_the_account_when_it_is_due(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, BUSY)
    assert domain.try_claim() is None
    (due,) = domain.rows("SELECT due_at FROM send_queue")[0]
    assert account(domain).next_send_at == due


def test_a_lease_that_ran_out_wakes_the_account(domain: Domain) -> None:
    queued(domain)
    claimed = domain.claim()
    assert domain.try_claim() is None
    assert account(domain).next_send_at is None
    domain.run_out(claimed)
    domain.expire()
    assert account(domain).next_send_at is not None


def test_a_claim_waits_for_an_approval_that_it_cannot_see_yet(domain: Domain) -> None:
    """It must not lay the account to rest behind the back of what is being queued: no ring may ever come."""
    draft = domain.ingest()
    set_account(domain, next_send_at=database_now(domain) - timedelta(hours=1))
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"))
            claiming = pool.submit(domain.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(domain), what="the claim to wait or to end")
        claiming.result(timeout=20)
    assert is_woken(domain) or domain.statuses(draft)[1] == ["claimed"]


def test_a_claim_waits_for_a_delivery_that_is_being_made_due(domain: Domain) -> None:
    waits = queued(domain)
    domain.sql("UPDATE send_queue SET due_at = '9999-01-01'")
    set_account(domain, next_send_at=database_now(domain) - timedelta(hours=1))
    with ThreadPoolExecutor(1) as pool, domain.connect() as other:
        with other.transaction():
            other.execute("UPDATE send_queue SET due_at = now() WHERE id = %s", (waits,))
            claiming = pool.submit(domain.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(domain), what="the claim to wait or to end")
        claiming.result(timeout=20)
    assert is_woken(domain) or delivery(domain, waits).status == "claimed"
