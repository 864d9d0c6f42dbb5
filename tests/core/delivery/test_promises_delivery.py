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
from jobs.show_campaigns import show_campaign
from tests.fixtures.desk import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Desk
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


def waits_for_a_lock(desk: Desk) -> bool:
    (waiting,) = desk.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )[0]
    return bool(waiting)


# --- P1 ---


def test_p1_a_draft_has_one_live_delivery(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    with pytest.raises(pg.UniqueViolation):
        desk.sql(ANOTHER_DELIVERY, draft)


@pytest.mark.parametrize("outcome", [None, SENT, UNKNOWN])
def test_p1_an_attempt_that_may_have_left_is_the_last(desk: Desk, outcome: Any) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    assert desk.start(claimed)
    if outcome:
        desk.finish(claimed, outcome)
    with pytest.raises(pg.UniqueViolation):
        desk.sql(ANOTHER_ATTEMPT, draft)


def test_p1_two_workers_never_claim_one_delivery(desk: Desk) -> None:
    desk.approve(desk.ingest())
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            assert delivery.claim(tx, desk.account_id)
            other = pool.submit(desk.try_claim)
            wait_until(lambda: other.done() or waits_for_a_lock(desk), what="the other claim to end or to wait")
        assert other.result(timeout=20) is None


def test_p1_a_worker_whose_lease_was_given_away_cannot_start(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    asleep = desk.claim()
    desk.run_out(asleep)
    desk.expire()
    desk.make_due()
    awake = desk.claim()
    assert not desk.start(asleep)
    assert desk.start(awake)
    desk.finish(asleep, HELD_BACK)
    assert desk.statuses(draft) == ("approved", ["sending"])
    desk.finish(awake, SENT)
    assert desk.attempts(draft) == [(False, "not_sent"), (True, "sent")]


def test_p1_a_lease_that_ran_out_cannot_start_before_anybody_noticed(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    desk.run_out(claimed)
    assert not desk.start(claimed)


def silently_kept(desk: Desk, table: str) -> None:
    """From now on every change of a row is dropped, and nobody is told."""
    desk.sql("CREATE FUNCTION keep_silently() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
    desk.sql(f"CREATE TRIGGER aside BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_silently()")


@pytest.mark.parametrize("table", ["send_attempts", "send_queue"])
def test_p1_a_start_that_the_database_does_not_take_lets_nothing_leave(desk: Desk, table: str) -> None:
    """Whatever kept the row as it was, and said nothing: the mail must not go while it looks as if it had not."""
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    silently_kept(desk, table)
    with pytest.raises(NothingChanged):
        desk.start(claimed)
    assert desk.statuses(draft) == ("approved", ["claimed"])
    assert desk.attempts(draft) == [(False, None)]
    assert desk.verbs(draft) == ["ingest", "approve", "claim"]


def test_p2_an_outcome_that_the_database_does_not_take_is_not_taken_for_recorded(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    assert desk.start(claimed)
    silently_kept(desk, "send_queue")
    with pytest.raises(NothingChanged):
        desk.finish(claimed, SENT)
    assert desk.attempts(draft) == [(True, None)]


def test_p1_nobody_starts_twice(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    assert desk.start(claimed)
    assert not desk.start(claimed)


@pytest.mark.parametrize("ended", [SENT, UNKNOWN])
def test_p1_what_may_have_left_is_never_claimed_again(desk: Desk, ended: Any) -> None:
    draft = desk.ingest()
    claimed = desk.deliver(draft, ended)
    for late in (BUSY, REFUSED, UNKNOWN) if ended is SENT else (UNKNOWN,):
        desk.finish(claimed, late)
        desk.expire()
        desk.make_due()
        assert desk.try_claim() is None
    assert desk.attempts(draft) == [(True, str(ended.kind))]


def test_p1_a_refusal_that_comes_late_asks_a_person_and_not_the_queue(desk: Desk) -> None:
    draft = desk.ingest()
    claimed = desk.deliver(draft, UNKNOWN)
    desk.finish(claimed, BUSY)
    desk.make_due()
    assert desk.try_claim() is None
    assert desk.statuses(draft) == ("needs_review", ["failed"])


# --- P2 ---


def test_p2_a_worker_that_died_before_data_gives_the_mail_back(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    desk.run_out(desk.claim())
    assert desk.expire() == [draft]
    assert desk.statuses(draft) == ("approved", ["queued"])


def test_p2_a_worker_that_died_after_data_leaves_it_before_a_person(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    desk.start(claimed)
    desk.run_out(claimed)
    assert desk.expire() == [draft]
    assert desk.state(draft) == "outcome_unknown"
    assert "does not send it again" in str(desk.facts(draft).reason)


@pytest.mark.parametrize("outcomes", [[REFUSED], [BUSY] * 5])
def test_p2_what_cannot_be_sent_is_back_in_review_with_the_reason(desk: Desk, outcomes: list[Any]) -> None:
    draft = desk.ingest()
    desk.deliver(draft, *outcomes)
    assert desk.state(draft) == "failed_back"
    assert "refused the recipient" in str(desk.facts(draft).reason)
    with pytest.raises(Stale):
        desk.approve(draft, user="U02BOB")  # a second click on the card from before the failure
    desk.approve(draft, version=2, user="U02BOB")
    assert desk.state(draft) == "sending"


def test_p2_what_is_held_has_a_lease(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    with pytest.raises(pg.CheckViolation):
        desk.sql("UPDATE send_queue SET lease_until = NULL WHERE id = %s", claimed.delivery_id)


# --- P4 ---


def test_p4_a_state_machine_that_code_forgot(desk: Desk) -> None:
    draft = desk.ingest()
    desk.reject(draft)
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE drafts SET status = 'approved' WHERE id = %s", draft)


def test_p4_a_delivery_is_not_sent_because_somebody_says_so(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_queue SET status = 'sending' WHERE id = %s", claimed.delivery_id)
    assert desk.start(claimed)
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_queue SET status = 'sent', lease_until = NULL WHERE id = %s", claimed.delivery_id)


def test_p4_a_certain_outcome_stays(desk: Desk) -> None:
    claimed = desk.deliver(desk.ingest(), SENT)
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_attempts SET outcome = 'not_sent' WHERE id = %s", claimed.attempt_id)


def test_p4_an_unstarted_attempt_cannot_have_been_sent(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    with pytest.raises(sa.exc.IntegrityError):
        desk.finish(claimed, SENT)


# --- P7 ---


def test_p7_a_pause_that_committed_first_is_obeyed(desk: Desk) -> None:
    """`start` comes while the pause is being committed: it waits, and then obeys."""
    desk.approve(desk.ingest())
    claimed = desk.claim()
    answers: list[bool] = []
    with transaction() as tx:
        pausing.pause(tx, desk.campaign_id, slack_user(tx, "T01TEST", "U03CAROL"))
        starting = threading.Thread(target=lambda: answers.append(desk.start(claimed)))
        starting.start()
        wait_until(lambda: waits_for_a_lock(desk) or answers, what="start to wait for the pause")
    starting.join(20)
    assert answers == [False]


def test_p7_a_pause_waits_for_the_mail_that_is_passing(desk: Desk) -> None:
    """The other order: once a pause has committed, no `start` commits any more."""
    desk.approve(desk.ingest())
    claimed = desk.claim()
    order: list[str] = []

    def pause() -> None:
        desk.pause()
        order.append("pause")

    with transaction() as tx:
        assert delivery.start(tx, claimed)
        stopper = threading.Thread(target=pause)
        stopper.start()
        wait_until(lambda: waits_for_a_lock(desk) or order, what="the pause to wait for start")
        order.append("start")
    stopper.join(20)
    assert order == ["start", "pause"]


def test_p7_a_pause_keeps_the_queue_and_resume_lets_it_go(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    assert desk.pause() == 1
    assert desk.try_claim() is None
    assert desk.state(draft) == "waiting"
    assert desk.resume() == 1
    show_campaign(desk.campaign_id)
    assert desk.state(draft) == "sending"
    assert desk.claim().draft_id == draft


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
def test_p8_every_gate_holds_at_the_claim(desk: Desk, hold: str) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    desk.sql(HOLDS[hold])
    assert desk.try_claim() is None
    assert desk.state(draft) == ("failed_back" if hold in FOR_GOOD else "waiting")


@pytest.mark.parametrize("hold", HOLDS)
def test_p8_every_gate_holds_once_more_right_before_data(desk: Desk, hold: str) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    desk.sql(HOLDS[hold])
    assert not desk.start(claimed)
    desk.finish(claimed, HELD_BACK)
    assert desk.statuses(draft) == ("approved", ["queued"])
    assert desk.rows("SELECT tries FROM send_queue") == [(0,)], "held back by ourselves is not a try"


def test_p8_nothing_is_claimed_before_it_is_due(desk: Desk) -> None:
    desk.approve(desk.ingest())
    desk.sql("UPDATE send_queue SET due_at = now() + interval '1 hour'")
    assert desk.try_claim() is None
