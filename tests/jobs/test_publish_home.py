"""Homes are published when they show something new, whatever Slack does, and end with the truth."""

import json
import threading
from typing import Any

import pytest

from core.db import transaction
from core.ids import UUID
from core.surfaces.kinds import HOME
from core.surfaces.reconcile import take_behind
from core.views.home import HomeView
from jobs import clock, refresh_home
from jobs.refresh_home import refresh
from jobs.slack.client import SlackTrouble
from tests.core.drafts.review_parts import member_id
from tests.core.views.home_parts import low
from tests.fixtures.domain_with_slack import ALICE, BOB, DomainWithSlack
from tests.fixtures.waiting import wait_until
from tests.jobs.test_refresh_home import open_home


def publications(domain_with_slack: DomainWithSlack) -> int:
    return len([call for call in domain_with_slack.slack.calls("views.publish") if call["ok"]])


def shows(domain_with_slack: DomainWithSlack, member: str) -> str:
    return json.dumps((domain_with_slack.slack.home(member) or {}).get("blocks"), ensure_ascii=False)


def test_only_what_shows_something_new_is_published(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    alice = open_home(domain_with_slack)
    assert refresh(alice)
    assert refresh(alice)
    assert publications(domain_with_slack) == 1
    domain_with_slack.reject(draft, user=BOB)
    assert refresh(alice)
    assert publications(domain_with_slack) == 2
    assert "Nothing waits for you" in shows(domain_with_slack, ALICE)


def test_opening_publishes_whatever_we_believe_that_slack_shows(domain_with_slack: DomainWithSlack) -> None:
    """The app was removed and is back: Slack knows no Home of ours any more."""
    alice = open_home(domain_with_slack)
    refresh(alice)
    domain_with_slack.slack.reset()
    open_home(domain_with_slack)
    refresh(alice)
    assert "Nothing waits for you" in shows(domain_with_slack, ALICE)


def test_a_429_is_obeyed(domain_with_slack: DomainWithSlack) -> None:
    alice = open_home(domain_with_slack)
    domain_with_slack.slack.fault("views.publish", "ratelimited", retry_after=7)
    assert not refresh(alice)
    ((wait,),) = domain_with_slack.rows("SELECT extract(epoch FROM sync_after - clock_timestamp()) FROM homes")
    assert 5 < wait <= 7
    with transaction() as tx:
        assert take_behind(tx, HOME) == []


def test_a_publication_that_nobody_answered_is_made_again(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have arrived: what Slack shows is not known, and the same picture is not taken for shown."""
    low(domain_with_slack)
    alice = open_home(domain_with_slack)
    refresh(alice)
    real = refresh_home.call

    def lost(method: str, **arguments: Any) -> dict[str, Any]:
        real(method, **arguments)
        raise SlackTrouble("unreachable")

    draft = low(domain_with_slack)
    monkeypatch.setattr(refresh_home, "call", lost)
    assert not refresh(alice)
    monkeypatch.setattr(refresh_home, "call", real)
    domain_with_slack.reject(draft)  # back to where it was before the lost one
    assert refresh(alice)
    assert "1 draft waits for you" in shows(domain_with_slack, ALICE)
    assert domain_with_slack.rows("SELECT held_until, shows IS NULL FROM homes") == [(None, False)]


def test_a_defect_while_it_is_read_costs_half_a_minute_and_no_home(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = open_home(domain_with_slack)
    with monkeypatch.context() as patch:
        patch.setattr(refresh_home, "read", None)
        with pytest.raises(TypeError):
            refresh(alice)
    assert not refresh(alice), "whoever died over it has the lock"
    domain_with_slack.sql("UPDATE homes SET held_until = held_until - interval '30 seconds'")
    assert refresh(alice)


def test_twenty_refreshes_at_once_end_with_the_truth(domain_with_slack: DomainWithSlack) -> None:
    alice = open_home(domain_with_slack)
    refresh(alice)
    drafts = [low(domain_with_slack) for _ in range(4)]

    def decide(number: int) -> None:
        if number % 5 == 0:
            domain_with_slack.approve(drafts[number // 5], user=BOB)
        refresh(alice)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    refresh(alice)
    assert "Nothing waits for you" in shows(domain_with_slack, ALICE)


def test_the_clock_rings_for_a_home_and_works_it_off_itself_without_redis(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = open_home(domain_with_slack)
    own = clock.Own()
    rung: list[UUID] = []
    monkeypatch.setattr(clock, "ring", lambda _bell, member: bool(rung.append(member)) or True)
    clock.tick(own)
    assert rung == [alice]
    domain_with_slack.sql("UPDATE homes SET sync_after = now()")
    monkeypatch.setattr(clock, "_waiting", dict)
    clock.tick(own)
    wait_until(lambda: domain_with_slack.slack.home(ALICE), what="the Home")
    own.stop()


def test_two_members_have_homes_of_their_own(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("DELETE FROM campaign_reviewers WHERE member_id = %s", member_id(domain_with_slack, BOB))
    low(domain_with_slack)
    for user in (ALICE, BOB):
        refresh(open_home(domain_with_slack, user))
    assert "1 draft waits for you" in shows(domain_with_slack, ALICE)
    assert "Nothing waits for you" in shows(domain_with_slack, BOB)


def test_a_click_does_not_wait_for_what_is_being_read(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes to read a long queue, its member's next click is recorded at once."""
    draft = low(domain_with_slack)
    alice = open_home(domain_with_slack)
    real = refresh_home.read
    clicked = []

    def slowly(*given: Any) -> HomeView:
        if not clicked:
            clicked.append(domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1"))
        return real(*given)

    refresh(alice)
    open_home(domain_with_slack)
    monkeypatch.setattr(refresh_home, "read", slowly)
    assert refresh(alice)
    assert clicked[0].ok
    assert "Nothing waits for you" in shows(domain_with_slack, ALICE)
