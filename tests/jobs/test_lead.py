"""The lead among clocks: one has it, by the database's time; whoever stood still is deposed, and knows it."""

from datetime import timedelta

import pytest

from jobs import clock, lead
from jobs.clock import Own
from jobs.cron import Entry, run
from jobs.lead import Lead
from tests.fixtures.domain import Domain

GONE = "UPDATE clock_lease SET expires_at = clock_timestamp()"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look renews."""
    monkeypatch.setattr(lead, "RENEW_AFTER", timedelta(0))


def test_one_of_two_leads_until_it_gives_up(domain: Domain) -> None:
    first, second = Lead(), Lead()
    assert first.take()
    assert not second.take()
    assert first.holds()
    assert not second.holds()
    assert not second.keep()
    first.give_up()
    assert not first.holds()
    assert second.take()


@pytest.mark.usefixtures("at_once")
def test_one_whose_lease_ran_out_is_replaced_and_learns_it(domain: Domain) -> None:
    first, second = Lead(), Lead()
    assert first.take()
    domain.sql(GONE)
    assert second.take()
    assert not first.keep()
    assert not first.holds()
    assert second.keep()
    first.give_up()
    assert second.keep(), "who was deposed gives nothing up"
    assert domain.rows("SELECT token FROM clock_lease") == [(2,)]


@pytest.mark.usefixtures("at_once")
def test_one_that_nobody_replaced_goes_on(domain: Domain) -> None:
    first = Lead()
    assert first.take()
    domain.sql(GONE)
    assert first.keep()
    assert not Lead().take()


def test_a_lease_is_renewed_not_more_often_than_needed(domain: Domain) -> None:
    first = Lead()
    assert first.take()
    domain.sql(GONE)
    assert first.keep(), "it was seen a moment ago"
    assert domain.rows("SELECT expires_at < clock_timestamp() FROM clock_lease") == [(True,)]


def test_one_that_stood_still_knows_it_without_asking(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Lead()
    assert first.take()
    later = lead._now() + lead.LEASE.total_seconds() + 0.1
    monkeypatch.setattr(lead, "_now", lambda: later)
    assert not first.holds()
    done: list[str] = []
    run(Entry("late", "* * * * *", lambda: done.append("late")), first.holds)
    assert done == []


def test_a_deposed_clock_ends_its_look(domain: Domain) -> None:
    """Also in the middle of one: the watch after which it was deposed is its last."""
    own, looks = Own(), iter([True, False])
    try:
        domain.approve(domain.ingest())
        claimed = domain.claim()
        domain.run_out(claimed)
        clock.tick(own, lambda: False)
        assert domain.statuses(claimed.draft_id)[1] == ["claimed"], "not even the first watch"
        clock.tick(own, lambda: next(looks))
        assert domain.statuses(claimed.draft_id)[1] == ["queued"]
    finally:
        own.stop()
