"""The clock: every ring is optional (P5). Where Redis is there it rings, and where it is not it does the work."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import engine
from core.settings import settings
from jobs import broker, clock
from jobs.apply_campaign_status import apply_campaign_status
from jobs.clock import Own
from jobs.sync_cards import sync
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain_with_slack import ALICE, DomainWithSlack, live_buttons
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.mailbox import taken
from tests.fixtures.waiting import wait_until


@pytest.fixture
def own() -> Iterator[Own]:
    threads = Own()
    yield threads
    threads.stop()


@pytest.fixture
def no_redis(domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    without_redis(monkeypatch)


def without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where Redis was."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    settings.cache_clear()
    monkeypatch.setattr(broker, "broker", broker.make_broker())
    monkeypatch.setattr(clock, "_redis", broker.redis_client())


@pytest.mark.usefixtures("no_redis")
def test_p5_without_redis_the_clock_draws_and_delivers(
    domain_with_slack: DomainWithSlack, own: Own, mailbox: FakeSmtp
) -> None:
    drafts = [domain_with_slack.ingest() for _ in range(3)]
    clock.tick(own)
    for draft in drafts:
        wait_until(
            lambda draft=draft: all(domain_with_slack.cards(member, draft) for member in REVIEWERS), what="the cards"
        )
    for draft in drafts:
        domain_with_slack.approve(draft)

    def all_sent() -> bool:
        clock.tick(own)
        return all(domain_with_slack.state(draft) == "sent" for draft in drafts)

    wait_until(all_sent, what="the mails to be sent")
    assert taken(mailbox, domain_with_slack) == 3


@pytest.mark.usefixtures("no_redis")
def test_p5_without_redis_a_change_is_on_the_card_after_the_next_looks(
    domain_with_slack: DomainWithSlack, own: Own, mailbox: FakeSmtp
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.approve(draft)
    domain_with_slack.sql("UPDATE drafts SET sync_after = now()")  # as after RING_AGAIN

    def final() -> bool:
        clock.tick(own)
        domain_with_slack.sql("UPDATE drafts SET sync_after = now() WHERE sync_after > now()")
        return "*Sent* by" in str(domain_with_slack.card(ALICE, draft))

    wait_until(final, seconds=20, what="the final card")
    assert live_buttons(domain_with_slack.card(ALICE, draft)) == set()
    assert taken(mailbox, domain_with_slack) == 1


@pytest.mark.usefixtures("no_redis")
def test_the_same_work_is_under_way_once(domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    begun: list[Any] = []

    class Later:
        def submit(self, *work: Any) -> None:
            begun.append(work)

    own = Own()
    monkeypatch.setattr(own, "mail", Later())
    monkeypatch.setattr(own, "cards", Later())
    for _ in range(5):
        domain_with_slack.sql("UPDATE drafts SET sync_after = now()")
        clock.tick(own)
    assert len(begun) == 2, "one for the cards, one for the account"
    for run, *arguments in begun:
        run(*arguments)
    assert not own._under_way


def test_with_redis_the_clock_only_rings(domain_with_slack: DomainWithSlack, own: Own) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    clock.tick(own)
    assert domain_with_slack.rings() == {"deliver": 1, "cards": 1}
    assert domain_with_slack.slack.calls() == []
    clock.tick(own)
    assert domain_with_slack.rings()["cards"] == 1, "the same cards are not rung for every second"


def test_an_idle_tick_opens_one_transaction_for_all_watches_that_may_share_it(
    domain_with_slack: DomainWithSlack, own: Own
) -> None:
    domain_with_slack.shown()
    opened: list[object] = []
    sa.event.listen(engine(), "checkout", note := lambda *_: opened.append(1))
    try:
        clock.tick(own)
    finally:
        sa.event.remove(engine(), "checkout", note)
    own_ = sum(watch.locks == "own" for watch in clock.WATCHES)
    assert own_ == 3
    assert len(opened) == own_ + 4, "drafts, what is only read, homes, and the cards of tasks once offers are committed"


def test_nothing_to_do_rings_nothing(domain_with_slack: DomainWithSlack, own: Own) -> None:
    domain_with_slack.shown()
    clock.tick(own)
    assert domain_with_slack.rings() == {"deliver": 0, "cards": 0}


def test_busy_workers_are_not_rung_for_more(
    domain_with_slack: DomainWithSlack, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "PILE", 0)
    domain_with_slack.approve(domain_with_slack.ingest())
    clock.tick(own)
    clock.tick(own)
    assert domain_with_slack.rings() == {"deliver": 1, "cards": 1}


def test_what_cannot_go_is_not_rung_for(domain_with_slack: DomainWithSlack, own: Own) -> None:
    domain_with_slack.approve(domain_with_slack.shown())
    domain_with_slack.pause()
    assert domain_with_slack.try_claim() is None  # whoever is rung for finds out, and the account rests
    clock.tick(own)
    assert domain_with_slack.rings()["deliver"] == 0
    domain_with_slack.resume()
    apply_campaign_status(domain_with_slack.campaign_id)
    clock.tick(own)
    assert domain_with_slack.rings()["deliver"] == 1


def test_p2_the_clock_ends_leases_that_ran_out(domain_with_slack: DomainWithSlack, own: Own) -> None:
    before, after = domain_with_slack.ingest(), domain_with_slack.ingest()
    domain_with_slack.approve(before)
    died_before = domain_with_slack.claim()
    domain_with_slack.approve(after)
    died_after = domain_with_slack.claim()
    domain_with_slack.start(died_after)
    for claimed in (died_before, died_after):
        domain_with_slack.run_out(claimed)
    clock.tick(own)
    assert domain_with_slack.statuses(before) == ("approved", ["queued"])
    assert domain_with_slack.statuses(after) == ("approved", ["outcome_unknown"])
    assert domain_with_slack.rings()["cards"] == 2


def test_a_lease_that_still_runs_is_left_alone(domain_with_slack: DomainWithSlack, own: Own) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    domain_with_slack.claim()
    clock.tick(own)
    assert domain_with_slack.statuses(draft) == ("approved", ["claimed"])


@pytest.mark.usefixtures("no_redis")
def test_work_that_fails_is_tried_again_later(
    domain_with_slack: DomainWithSlack, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.ingest()

    def fails(_draft: Any) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patched:
        failing = (replace(watch, work=fails) if watch.work is sync else watch for watch in clock.WATCHES)
        patched.setattr(clock, "WATCHES", tuple(failing))
        clock.tick(own)
        wait_until(lambda: not own._under_way, what="the work to fail")
    domain_with_slack.sql("UPDATE drafts SET sync_after = now()")
    clock.tick(own)
    wait_until(lambda: domain_with_slack.cards(ALICE, draft), what="the card")
