"""Leases that ran out, and accounts that are due: so many at a time, the longest first."""

from datetime import timedelta

from core.db import transaction
from core.delivery import expire_leases
from core.delivery.due import accounts_with_mail_due
from core.ids import UUID
from tests.core.delivery.claim_parts import database_now, seat, set_account
from tests.fixtures.domain import Domain


def held(domain: Domain, since: int | None) -> UUID:
    """The draft of a claim whose lease ran out so many seconds ago, if it has."""
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    if since is not None:
        over = database_now(domain) - timedelta(seconds=since)
        domain.sql("UPDATE send_queue SET lease_until = %s WHERE id = %s", over, claimed.delivery_id)
    return draft


def test_the_longest_over_are_expired_first_and_what_is_not_over_stays(domain: Domain) -> None:
    second, first, third, holds = (held(domain, since) for since in (20, 30, 10, None))
    with transaction() as tx:
        assert expire_leases(tx, limit=2) == [first, second]
    assert domain.expire() == [third]
    assert domain.expire() == []
    assert [domain.statuses(draft)[1] for draft in (first, second, third, holds)] == [["queued"]] * 3 + [["claimed"]]


def test_what_somebody_is_at_is_not_waited_for(domain: Domain) -> None:
    at_it, second = held(domain, 20), held(domain, 10)
    with domain.connect() as other, other.transaction():
        other.execute("SELECT FROM send_queue WHERE draft_id = %s FOR UPDATE", (at_it,))
        assert domain.expire() == [second]
    assert domain.expire() == [at_it]


def test_accounts_that_are_due_come_in_the_order_in_which_they_wait(domain: Domain) -> None:
    now = database_now(domain)
    later, paused, last = (seat(domain, slug) for slug in ("later", "paused", "last"))
    set_account(later, next_send_at=now - timedelta(seconds=1))
    set_account(domain, next_send_at=now - timedelta(seconds=2))
    set_account(paused, next_send_at=now - timedelta(seconds=3), status="paused")
    domain.sql("UPDATE accounts SET next_send_at = %s WHERE id = %s", now - timedelta(seconds=3), paused.account_id)
    set_account(last, next_send_at=now + timedelta(hours=1))
    with transaction() as tx:
        for way in ("indexscan", "bitmapscan"):  # not by the order of the index alone
            tx.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        assert accounts_with_mail_due(tx) == [domain.account_id, later.account_id]
        assert accounts_with_mail_due(tx, limit=1) == [domain.account_id]
    domain.sql("UPDATE installation SET sending_stopped = 'Stopped.'")
    with transaction() as tx:
        assert accounts_with_mail_due(tx) == []


def test_an_account_is_due_at_the_very_moment(domain: Domain) -> None:
    with transaction() as tx:
        tx.exec_driver_sql("UPDATE accounts SET next_send_at = now()")
        assert accounts_with_mail_due(tx) == [domain.account_id]
