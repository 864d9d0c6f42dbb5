"""P1, P2, P4: one mail, and none lost. `test_guards.py` sees each fail without its guard."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core import delivery
from core.db import transaction
from core.errors import Stale
from core.events import NothingChanged
from tests.core.delivery.claim_parts import waits_for_a_lock
from tests.fixtures.domain import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Domain
from tests.fixtures.waiting import wait_until

#: A started attempt that nobody recorded: what wrong code might write before it sends once more.
ANOTHER_ATTEMPT = (
    "INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256, started_at)"
    " SELECT gen_random_uuid(), workspace_id, id, draft_id, gen_random_uuid()::text, '', '', now()"
    " FROM send_queue WHERE draft_id = %s"
)
ANOTHER_DELIVERY = (
    "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)"
    " SELECT gen_random_uuid(), workspace_id, draft_id, content_version, campaign_id, account_id, contact_id"
    " FROM send_queue WHERE draft_id = %s"
)


# --- P1 ---


def test_p1_a_draft_has_one_live_delivery(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    with pytest.raises(pg.UniqueViolation):
        domain.sql(ANOTHER_DELIVERY, draft)


@pytest.mark.parametrize("outcome", [None, SENT, UNKNOWN])
def test_p1_an_attempt_that_may_have_left_is_the_last(domain: Domain, outcome: Any) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    assert domain.start(claimed)
    if outcome:
        domain.finish(claimed, outcome)
    with pytest.raises(pg.UniqueViolation):
        domain.sql(ANOTHER_ATTEMPT, draft)


def test_p1_two_workers_never_claim_one_delivery(domain: Domain) -> None:
    domain.approve(domain.ingest())
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            assert delivery.claim(tx, domain.account_id)
            other = pool.submit(domain.try_claim)
            wait_until(lambda: other.done() or waits_for_a_lock(domain), what="the other claim to end or to wait")
        assert other.result(timeout=20) is None


def test_p1_a_worker_whose_lease_was_given_away_cannot_start(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    asleep = domain.claim()
    domain.run_out(asleep)
    domain.expire()
    domain.make_due()
    awake = domain.claim()
    assert not domain.start(asleep)
    assert domain.start(awake)
    domain.finish(asleep, HELD_BACK)
    assert domain.statuses(draft) == ("approved", ["sending"])
    domain.finish(awake, SENT)
    assert domain.attempts(draft) == [(False, "not_sent"), (True, "sent")]


def test_p1_a_lease_that_ran_out_cannot_start_before_anybody_noticed(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    domain.run_out(claimed)
    assert not domain.start(claimed)


def silently_kept(domain: Domain, table: str) -> None:
    """From now on every change of a row is dropped, and nobody is told."""
    domain.sql("CREATE FUNCTION keep_silently() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    domain.sql(f"CREATE TRIGGER aside BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_silently()")


@pytest.mark.parametrize("table", ["send_attempts", "send_queue"])
def test_p1_a_start_that_the_database_does_not_take_lets_nothing_leave(domain: Domain, table: str) -> None:
    """Whatever kept the row as it was, and said nothing: the mail must not go while it looks as if it had not."""
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    silently_kept(domain, table)
    with pytest.raises(NothingChanged):
        domain.start(claimed)
    assert domain.statuses(draft) == ("approved", ["claimed"])
    assert domain.attempts(draft) == [(False, None)]
    assert domain.verbs(draft) == ["ingest", "approve", "claim"]


def test_p2_an_outcome_that_the_database_does_not_take_is_not_taken_for_recorded(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    assert domain.start(claimed)
    silently_kept(domain, "send_queue")
    with pytest.raises(NothingChanged):
        domain.finish(claimed, SENT)
    assert domain.attempts(draft) == [(True, None)]


def test_p1_nobody_starts_twice(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    assert domain.start(claimed)
    assert not domain.start(claimed)


@pytest.mark.parametrize("ended", [SENT, UNKNOWN])
def test_p1_what_may_have_left_is_never_claimed_again(domain: Domain, ended: Any) -> None:
    draft = domain.ingest()
    claimed = domain.deliver(draft, ended)
    for late in (BUSY, REFUSED, UNKNOWN) if ended is SENT else (UNKNOWN,):
        domain.finish(claimed, late)
        domain.expire()
        domain.make_due()
        assert domain.try_claim() is None
    assert domain.attempts(draft) == [(True, str(ended.kind))]


def test_p1_a_refusal_that_comes_late_asks_a_person_and_not_the_queue(domain: Domain) -> None:
    draft = domain.ingest()
    claimed = domain.deliver(draft, UNKNOWN)
    domain.finish(claimed, BUSY)
    domain.make_due()
    assert domain.try_claim() is None
    assert domain.statuses(draft) == ("needs_review", ["failed"])


# --- P2 ---


def test_p2_a_worker_that_died_before_data_gives_the_mail_back(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    domain.run_out(domain.claim())
    assert domain.expire() == [draft]
    assert domain.statuses(draft) == ("approved", ["queued"])


def test_p2_a_worker_that_died_after_data_leaves_it_before_a_person(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    domain.start(claimed)
    domain.run_out(claimed)
    assert domain.expire() == [draft]
    assert domain.state(draft) == "outcome_unknown"
    assert "does not send it again" in str(domain.view(draft).reason)


@pytest.mark.parametrize("outcomes", [[REFUSED], [BUSY] * 5])
def test_p2_what_cannot_be_sent_is_back_in_review_with_the_reason(domain: Domain, outcomes: list[Any]) -> None:
    draft = domain.ingest()
    domain.deliver(draft, *outcomes)
    assert domain.state(draft) == "failed_back"
    assert "refused the recipient" in str(domain.view(draft).reason)
    with pytest.raises(Stale):
        domain.approve(draft, user="U02BOB")  # a second click on the card from before the failure
    domain.approve(draft, version=2, user="U02BOB")
    assert domain.state(draft) == "sending"


def test_p2_what_is_held_has_a_lease(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    with pytest.raises(pg.CheckViolation):
        domain.sql("UPDATE send_queue SET lease_until = NULL WHERE id = %s", claimed.delivery_id)


# --- P4 ---


def test_p4_a_state_machine_that_code_forgot(domain: Domain) -> None:
    draft = domain.ingest()
    domain.reject(draft)
    with pytest.raises(pg.IntegrityError, match="cannot go from rejected to approved"):
        domain.sql("UPDATE drafts SET status = 'approved' WHERE id = %s", draft)


def test_p4_a_delivery_is_not_sent_because_somebody_says_so(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    with pytest.raises(pg.IntegrityError):
        domain.sql("UPDATE send_queue SET status = 'sending' WHERE id = %s", claimed.delivery_id)
    assert domain.start(claimed)
    with pytest.raises(pg.IntegrityError):
        domain.sql("UPDATE send_queue SET status = 'sent', lease_until = NULL WHERE id = %s", claimed.delivery_id)


def test_p4_a_certain_outcome_stays(domain: Domain) -> None:
    claimed = domain.deliver(domain.ingest(), SENT)
    with pytest.raises(pg.IntegrityError):
        domain.sql("UPDATE send_attempts SET outcome = 'not_sent' WHERE id = %s", claimed.attempt_id)


def test_p4_an_unstarted_attempt_cannot_have_been_sent(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    with pytest.raises(sa.exc.IntegrityError):
        domain.finish(claimed, SENT)
