"""The clock: every ring is optional (P5). Where Redis is there it rings, and where it is not it does the work."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.settings import settings
from jobs import broker, clock
from jobs.clock import Own
from jobs.show_campaigns import show_campaign
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.mailbox import taken
from tests.fixtures.office import ALICE, Office, live_buttons
from tests.fixtures.town import REVIEWERS
from tests.fixtures.waiting import wait_until


@pytest.fixture
def own() -> Iterator[Own]:
    threads = Own()
    yield threads
    threads.stop()


@pytest.fixture
def no_redis(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    without_redis(monkeypatch)


def without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where Redis was."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    settings.cache_clear()
    monkeypatch.setattr(broker, "broker", broker.make_broker())
    monkeypatch.setattr(clock, "_redis", broker.redis_client())


@pytest.mark.usefixtures("no_redis")
def test_p5_without_redis_the_clock_draws_and_delivers(office: Office, own: Own, mailbox: FakeSmtp) -> None:
    drafts = [office.ingest() for _ in range(3)]
    clock.tick(own)
    for draft in drafts:
        wait_until(lambda draft=draft: all(office.cards(member, draft) for member in REVIEWERS), what="the cards")
    for draft in drafts:
        office.approve(draft)

    def all_sent() -> bool:
        clock.tick(own)
        return all(office.state(draft) == "sent" for draft in drafts)

    wait_until(all_sent, what="the mails to be sent")
    assert taken(mailbox, office) == 3


@pytest.mark.usefixtures("no_redis")
def test_p5_without_redis_a_change_is_on_the_card_after_the_next_looks(
    office: Office, own: Own, mailbox: FakeSmtp
) -> None:
    draft = office.shown()
    office.approve(draft)
    office.sql("UPDATE drafts SET sync_after = now()")  # as after RING_AGAIN

    def final() -> bool:
        clock.tick(own)
        office.sql("UPDATE drafts SET sync_after = now() WHERE sync_after > now()")
        return "*Sent* by" in str(office.card(ALICE, draft))

    wait_until(final, seconds=20, what="the final card")
    assert live_buttons(office.card(ALICE, draft)) == set()
    assert taken(mailbox, office) == 1


@pytest.mark.usefixtures("no_redis")
def test_the_same_work_is_under_way_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.approve(office.ingest())
    begun: list[Any] = []

    class Later:
        def submit(self, *work: Any) -> None:
            begun.append(work)

    own = Own()
    monkeypatch.setattr(own, "mail", Later())
    monkeypatch.setattr(own, "cards", Later())
    for _ in range(5):
        office.sql("UPDATE drafts SET sync_after = now()")
        clock.tick(own)
    assert len(begun) == 2, "one for the cards, one for the account"
    for run, *arguments in begun:
        run(*arguments)
    assert not own._under_way


def test_with_redis_the_clock_only_rings(office: Office, own: Own) -> None:
    office.approve(office.ingest())
    clock.tick(own)
    assert office.rings() == {"deliver": 1, "cards": 1}
    assert office.slack.calls() == []
    clock.tick(own)
    assert office.rings()["cards"] == 1, "the same cards are not rung for every second"


def test_nothing_to_do_rings_nothing(office: Office, own: Own) -> None:
    office.shown()
    clock.tick(own)
    assert office.rings() == {"deliver": 0, "cards": 0}


def test_busy_workers_are_not_rung_for_more(office: Office, own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "PILE", 0)
    office.approve(office.ingest())
    clock.tick(own)
    clock.tick(own)
    assert office.rings() == {"deliver": 1, "cards": 1}


def test_what_cannot_go_is_not_rung_for(office: Office, own: Own) -> None:
    office.approve(office.shown())
    office.pause()
    assert office.try_claim() is None  # whoever is rung for finds out, and the account rests
    clock.tick(own)
    assert office.rings()["deliver"] == 0
    office.resume()
    show_campaign(office.campaign_id)
    clock.tick(own)
    assert office.rings()["deliver"] == 1


def test_p2_the_clock_ends_leases_that_ran_out(office: Office, own: Own) -> None:
    before, after = office.ingest(), office.ingest()
    office.approve(before)
    died_before = office.claim()
    office.approve(after)
    died_after = office.claim()
    office.start(died_after)
    for claimed in (died_before, died_after):
        office.run_out(claimed)
    clock.tick(own)
    assert office.statuses(before) == ("approved", ["queued"])
    assert office.statuses(after) == ("approved", ["outcome_unknown"])
    assert office.rings()["cards"] == 2


def test_a_lease_that_still_runs_is_left_alone(office: Office, own: Own) -> None:
    draft = office.ingest()
    office.approve(draft)
    office.claim()
    clock.tick(own)
    assert office.statuses(draft) == ("approved", ["claimed"])


@pytest.mark.usefixtures("no_redis")
def test_work_that_fails_is_tried_again_later(office: Office, own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = office.ingest()

    def fails(_draft: Any) -> None:
        raise RuntimeError("a defect")

    with monkeypatch.context() as patched:
        patched.setattr(clock, "sync", fails)
        clock.tick(own)
        wait_until(lambda: not own._under_way, what="the work to fail")
    office.sql("UPDATE drafts SET sync_after = now()")
    clock.tick(own)
    wait_until(lambda: office.cards(ALICE, draft), what="the card")
