"""P7, P8: a pause is obeyed, and every gate holds. `test_guards.py` sees each fail without its guard."""

import threading

import pytest

from core import delivery
from core.actor import slack_user
from core.campaigns import pausing
from core.db import transaction
from jobs.apply_campaign_status import apply_campaign_status
from tests.core.delivery.claim_parts import waits_for_a_lock
from tests.fixtures.domain import HELD_BACK, Domain
from tests.fixtures.waiting import wait_until

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


HOLDS = {
    "campaign": "UPDATE campaigns SET status = 'paused'",
    "campaign ended": "UPDATE campaigns SET status = 'ended'",
    "account": "UPDATE accounts SET status = 'paused'",
    "contact": "UPDATE contacts SET status = 'do_not_contact'",
}

#: What will never pass goes back to a person, blocked.
FOR_GOOD = ("campaign ended", "contact")

# --- P8 ---


@pytest.mark.parametrize("hold", HOLDS)
def test_p8_every_gate_holds_at_the_claim(domain: Domain, hold: str) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    domain.sql(HOLDS[hold])
    assert domain.try_claim() is None
    assert domain.state(draft) == ("manual_review" if hold in FOR_GOOD else "waiting")


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
