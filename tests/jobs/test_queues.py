"""What waits for a worker: a redraw after a decision goes before thousands of new cards."""

import threading
from typing import Any

import pytest
import redis
from dramatiq import Worker

import jobs.clock
from bot.commands.worker import _QUEUES
from core.ids import UUID, new_id
from core.settings import settings
from jobs import broker, deliver, ring, sync_cards
from jobs.broker import QUEUES
from jobs.clock import Own
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.fixtures.waiting import wait_until


def waiting() -> dict[str, int]:
    with redis.Redis.from_url(settings().redis_url) as client:
        found = {queue: int(client.llen(f"dramatiq:{queue}")) for queue in QUEUES}
    return {queue: count for queue, count in found.items() if count}


@pytest.fixture
def tick(domain_with_slack: DomainWithSlack) -> Any:
    own = Own()
    yield lambda: jobs.clock.tick(own)
    own.stop()


def test_the_clock_rings_apart_for_new_cards_and_for_changes(domain_with_slack: DomainWithSlack, tick: Any) -> None:
    new = domain_with_slack.ingest()
    tick()
    assert waiting() == {"new_cards": 1}
    domain_with_slack.sync(new)
    domain_with_slack.edit(new)
    domain_with_slack.sql("UPDATE drafts SET sync_after = now()")
    tick()
    assert waiting() == {"new_cards": 1, "cards": 1}


def test_a_pile_of_new_cards_keeps_the_clock_from_no_redraw(
    domain_with_slack: DomainWithSlack, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = domain_with_slack.shown()
    ring.ring_new_cards(new_id() for _ in range(3))
    monkeypatch.setattr(jobs.clock, "PILE", 2)
    domain_with_slack.edit(shown)
    domain_with_slack.ingest()
    domain_with_slack.sql("UPDATE drafts SET sync_after = now()")
    tick()
    assert waiting() == {"new_cards": 3, "cards": 1}


def test_a_decision_is_drawn_before_the_new_cards_that_were_rung_for_first(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    settings.cache_clear()
    own_broker = broker.make_broker()
    monkeypatch.setattr(broker, "broker", own_broker)
    for actor in (sync_cards.sync_cards, sync_cards.post_cards):
        own_broker.declare_actor(actor)
    drawn: list[UUID] = []
    may_go_on = threading.Event()

    def drawing(draft: UUID) -> bool:
        drawn.append(draft)
        return may_go_on.wait(20)

    monkeypatch.setattr(sync_cards, "sync", drawing)
    ring.ring_new_cards(new_id() for _ in range(1_000))
    worker = Worker(own_broker, worker_timeout=20, worker_threads=2)
    worker.start()
    try:
        wait_until(lambda: len(drawn) == 2, what="both threads to be at new cards")
        decided = new_id()
        ring.ring_cards([decided])
        wait_until(lambda: not waiting().get("cards"), what="the worker to have fetched the redraw")
        may_go_on.set()
        wait_until(lambda: decided in drawn, what="the redraw")
        assert drawn.index(decided) <= 2 + 2, "it was taken as soon as a thread was free"
    finally:
        may_go_on.set()
        worker.stop()
        own_broker.close()
        settings.cache_clear()


def test_what_was_dealt_is_rung_for_however_much_stands_before_it(
    domain_with_slack: DomainWithSlack, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands that nobody has room for are looked at in turn: the next card of an empty hand does not wait."""
    domain_with_slack.sql("UPDATE workspaces SET open_cards = 1")
    held, following = domain_with_slack.shown(), domain_with_slack.ingest()
    domain_with_slack.sync(following)
    domain_with_slack.reject(held)
    domain_with_slack.sync(held)
    ring.ring_new_cards(new_id() for _ in range(3))
    monkeypatch.setattr(jobs.clock, "PILE", 2)
    tick()
    assert waiting() == {"new_cards": 4}


def test_approved_mail_does_not_wait_behind_new_cards(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", redis_url)
    settings.cache_clear()
    own_broker = broker.make_broker()
    monkeypatch.setattr(broker, "broker", own_broker)
    for actor in (deliver.deliver, sync_cards.post_cards):
        own_broker.declare_actor(actor)
    done: list[UUID] = []
    may_go_on = threading.Event()

    def work(id_: UUID) -> bool:
        done.append(id_)
        may_go_on.wait(20)
        return False

    monkeypatch.setattr(sync_cards, "sync", work)
    monkeypatch.setattr(deliver, "deliver_next", work)
    ring.ring_new_cards(new_id() for _ in range(1_000))
    worker = Worker(own_broker, worker_timeout=20, worker_threads=2)
    worker.start()
    try:
        wait_until(lambda: len(done) == 2, what="both threads to be at new cards")
        account = new_id()
        ring.ring_deliver(account)
        wait_until(lambda: not waiting().get("deliver"), what="the worker to have fetched the mail")
        may_go_on.set()
        wait_until(lambda: account in done, what="the mail")
        assert done.index(account) <= 2 + 2, "it was taken as soon as a thread was free"
    finally:
        may_go_on.set()
        worker.stop()
        own_broker.close()
        settings.cache_clear()


def test_a_worker_for_cards_takes_every_kind_of_card() -> None:
    assert _QUEUES["deliver"] | _QUEUES["cards"] == set(QUEUES)
