"""P1, P2, P4, P7, P8: one mail, none lost, and the gates. `test_guards.py` sees each fail without its guard."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core import delivery
from core.actor import slack_user
from core.campaigns import pausing
from core.db import transaction
from core.errors import Stale
from core.events import NothingChanged
from jobs.apply_campaign_status import apply_campaign_status
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


def waits_for_a_lock(domain: Domain) -> bool:
    (waiting,) = domain.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )[0]
    return bool(waiting)


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
    with pytest.raises(pg.IntegrityError):
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


# --- P7 ---


def test_p7_a_pause_that_committed_first_is_obeyed(domain: Domain) -> None:
    """`start` comes while the pause is being committed: it waits, and then obeys."""
    domain.approve(domain.ingest())
    claimed = domain.claim()
    answers: list[bool] = []
    with transaction() as tx:
        pausing.pause(tx, domain.campaign_id, slack_user(tx, "T01TEST", "U03CAROL"))
        starting = threading.Thread(target=lambda: answers.append(domain.start(claimed)))
        starting.start()
        wait_until(lambda: waits_for_a_lock(domain) or answers, what="start to wait for the pause")
    starting.join(20)
    assert answers == [False]


def test_p7_a_pause_waits_for_the_mail_that_is_passing(domain: Domain) -> None:
    """The other order: once a pause has committed, no `start` commits any more."""
    domain.approve(domain.ingest())
    claimed = domain.claim()
    order: list[str] = []

    def pause() -> None:
        domain.pause()
        order.append("pause")

    with transaction() as tx:
        assert delivery.start(tx, claimed)
        stopper = threading.Thread(target=pause)
        stopper.start()
        wait_until(lambda: waits_for_a_lock(domain) or order, what="the pause to wait for start")
        order.append("start")
    stopper.join(20)
    assert order == ["start", "pause"]


def test_p7_a_pause_keeps_the_queue_and_resume_lets_it_go(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    assert domain.pause() == 1
    assert domain.try_claim() is None
    assert domain.state(draft) == "waiting"
    assert domain.resume() == 1
    apply_campaign_status(domain.campaign_id)
    assert domain.state(draft) == "sending"
    assert domain.claim().draft_id == draft


# --- P8 ---

HOLDS = {
    "campaign": "UPDATE campaigns SET status = 'paused'",
    "campaign ended": "UPDATE campaigns SET status = 'ended'",
    "account": "UPDATE accounts SET status = 'paused'",
    "contact": "UPDATE contacts SET status = 'do_not_contact'",
}


#: What will never pass goes back to a person.
FOR_GOOD = ("campaign ended", "contact")


@pytest.mark.parametrize("hold", HOLDS)
def test_p8_every_gate_holds_at_the_claim(domain: Domain, hold: str) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    domain.sql(HOLDS[hold])
    assert domain.try_claim() is None
    assert domain.state(draft) == ("failed_back" if hold in FOR_GOOD else "waiting")


@pytest.mark.parametrize("hold", HOLDS)
def test_p8_every_gate_holds_once_more_right_before_data(domain: Domain, hold: str) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    domain.sql(HOLDS[hold])
    assert not domain.start(claimed)
    domain.finish(claimed, HELD_BACK)
    assert domain.statuses(draft) == ("approved", ["queued"])
    assert domain.rows("SELECT tries FROM send_queue") == [(0,)], "held back by ourselves is not a try"


def test_p8_nothing_is_claimed_before_it_is_due(domain: Domain) -> None:
    domain.approve(domain.ingest())
    domain.sql("UPDATE send_queue SET due_at = now() + interval '1 hour'")
    assert domain.try_claim() is None
