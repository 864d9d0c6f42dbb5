"""Which unknown mail a provider may be asked about again, and that nothing is that an act has stopped (P1, P7)."""

from datetime import timedelta

import pytest
from psycopg import errors as pg

from core.db import transaction
from core.delivery import Claimed
from core.delivery.replays import Unanswered, may_replay, provider_fingerprint, record_provider, unanswered
from core.mail.resend_url import ResendUrl, parse_resend_url
from tests.core.delivery.claim_parts import database_now, guard_off
from tests.fixtures.domain import SENT, UNKNOWN, Domain

PROVIDER = parse_resend_url("resend://re_test@api.resend.com")
OTHERS = [
    parse_resend_url(url)
    for url in (
        "resend://re_other@api.resend.com",
        "resend://re_test@eu.resend.com",
        "resend://re_test@api.resend.com:444",
    )
]


def asks(domain: Domain, provider: ResendUrl | None = PROVIDER) -> Claimed:
    """A new mail that was handed to the provider, which never answered."""
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    assert domain.start(claimed)
    if provider:
        with transaction() as tx:
            record_provider(tx, claimed.attempt_id, provider)
    domain.finish(claimed, UNKNOWN)
    return claimed


def all_unanswered(limit: int = 10) -> list[Unanswered]:
    with transaction() as tx:
        for way in ("indexscan", "bitmapscan"):  # not by the order of the index alone
            tx.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        return unanswered(tx, limit)


def may(one: Unanswered, provider: ResendUrl = PROVIDER) -> bool:
    with transaction() as tx:
        return may_replay(tx, one, provider)


def test_what_was_never_answered_is_asked_about_the_oldest_first(domain: Domain) -> None:
    over_smtp, first, second = asks(domain, None), asks(domain), asks(domain)
    with guard_off(domain, "send_attempts", "guard_attempt"):
        at = database_now(domain) - timedelta(minutes=1)
        domain.sql("UPDATE send_attempts SET finished_at = %s WHERE id = %s", at, second.attempt_id)
    expected = [
        Unanswered(
            each.attempt_id,
            each.draft_id,
            domain.account_id,
            provider_fingerprint(PROVIDER),
            "smtp://127.0.0.1:9",
            "sam@example.com",
            each.rcpt_to,
            each.mime,
        )
        for each in (second, first)
    ]
    assert all_unanswered() == expected
    assert all_unanswered(1) == expected[:1]
    assert over_smtp.attempt_id not in {one.attempt_id for one in all_unanswered()}


def test_only_the_provider_that_was_asked_knows_of_it(domain: Domain) -> None:
    """Another key, host or port is another provider's account."""
    asks(domain)
    [one] = all_unanswered()
    assert [may(one, provider) for provider in (PROVIDER, *OTHERS)] == [True, False, False, False]


def test_what_is_known_by_now_is_not_asked_about(domain: Domain) -> None:
    known, _ = asks(domain), asks(domain)
    one, still = all_unanswered()
    domain.finish(known, SENT)
    assert not may(one)
    assert may(still)
    assert all_unanswered() == [still]


#: Acts that stop a mail, and their ends, where they have one.
STOPS = {
    "UPDATE campaigns SET status = 'paused'": "UPDATE campaigns SET status = 'active'",
    "UPDATE accounts SET status = 'paused'": "UPDATE accounts SET status = 'active'",
    "UPDATE installation SET sending_stopped = 'Stopped.'": "UPDATE installation SET sending_stopped = NULL",
    "UPDATE contacts SET status = 'replied'": "SELECT 1",
    "UPDATE contacts SET status = 'do_not_contact'": "SELECT 1",
}


def test_p7_nothing_is_asked_that_an_act_has_stopped(domain: Domain) -> None:
    for stop, end in STOPS.items():
        asks(domain)
        asked = all_unanswered()
        assert all(map(may, asked)), stop
        assert asked
        domain.sql(stop)
        assert not any(map(may, asked)), stop
        assert all_unanswered() == []
        domain.sql(end)


def test_p7_a_stop_waits_for_the_request_that_is_passing_and_another_request_does_not(domain: Domain) -> None:
    asks(domain)
    [one] = all_unanswered()
    with transaction() as tx:
        assert may_replay(tx, one, PROVIDER)
        domain.sql("SELECT FROM send_attempts FOR UPDATE NOWAIT")  # its delivery is what everybody locks
        for table in ("send_queue", "campaigns", "accounts", "contacts", "installation"):
            domain.sql(f"SELECT FROM {table} FOR SHARE NOWAIT")
            with pytest.raises(pg.LockNotAvailable):
                domain.sql(f"SELECT FROM {table} FOR NO KEY UPDATE NOWAIT")
