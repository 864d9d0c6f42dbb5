"""Homes stay true while they are open: looked at when something changed, published when that shows, one at a time."""

import json
import threading
from typing import Any

import pytest

from core.actor import Actor
from core.db import transaction
from core.ids import UUID
from core.surfaces import homes
from core.surfaces.kinds import HOME, HOMES
from core.surfaces.reconcile import Result, lock, record_drawn, take_behind
from core.views.home import HomeView
from jobs import clock, refresh_home
from jobs.refresh_home import refresh
from jobs.slack.client import SlackTrouble
from tests.core.drafts.review_parts import member_id
from tests.core.views.home_parts import low
from tests.fixtures.domain import Domain
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack
from tests.fixtures.waiting import wait_until


def open_home(domain: Domain, user: str = ALICE) -> UUID:
    """This member opened the Home tab."""
    by: Actor = domain.member(user)
    with transaction() as tx:
        homes.record_use(tx, by, opened=True)
    assert by.member_id is not None
    return by.member_id


def behind(domain: Domain) -> list[UUID]:
    """Whom the clock finds now, whatever it found a moment ago."""
    domain.sql("UPDATE homes SET sync_after = now() - interval '1 second'")
    with transaction() as tx:
        return take_behind(tx, HOME)


def published(member: UUID, shows: str = "a picture") -> Result:
    """Somebody published this Home."""
    with transaction() as tx:
        home = lock(tx, HOMES, member)
    assert home is not None
    with transaction() as tx:
        return record_drawn(tx, home, shows)


def settled(domain: Domain, *members: UUID) -> None:
    """All of their Homes show what is so, and all that happened is long ago."""
    for member in members:
        published(member)
    domain.sql("ALTER TABLE message_events DISABLE TRIGGER ALL")
    domain.sql("UPDATE message_events SET at = at - interval '10 seconds'")
    domain.sql("ALTER TABLE message_events ENABLE TRIGGER ALL")
    assert behind(domain) == []


# --- who is behind ---


def test_a_home_that_was_just_opened_is_looked_at(domain: Domain) -> None:
    assert behind(domain) == []
    alice = open_home(domain)
    assert behind(domain) == [alice]


def test_a_change_by_anybody_in_the_workspace_puts_every_open_home_behind(domain: Domain) -> None:
    draft = low(domain)
    alice, bob = open_home(domain), open_home(domain, BOB)
    settled(domain, alice, bob)
    domain.approve(draft, user=CAROL)
    assert sorted(behind(domain)) == sorted([alice, bob])


def test_nobody_else_is_behind_when_another_workspace_changes(domain: Domain) -> None:
    alice = open_home(domain)
    settled(domain, alice)
    ((other,),) = domain.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER') RETURNING id"
    )
    domain.sql(
        "INSERT INTO message_events (id, workspace_id, verb, surface) VALUES (gen_random_uuid(), %s, 'pause', 'cli')",
        other,
    )
    assert behind(domain) == []


def test_what_no_event_tells_shows_within_a_minute(domain: Domain) -> None:
    alice = open_home(domain)
    settled(domain, alice)
    domain.sql(
        "UPDATE homes SET drawn_at = drawn_at - interval '61 seconds', opened_at = opened_at - interval '62 seconds'"
    )
    assert behind(domain) == [alice]


def test_a_home_that_nobody_used_for_half_an_hour_is_left_alone(domain: Domain) -> None:
    alice = open_home(domain)
    domain.sql("UPDATE homes SET opened_at = now() - interval '29 minutes'")
    assert behind(domain) == [alice]
    domain.sql("UPDATE homes SET opened_at = now() - interval '31 minutes'")
    assert behind(domain) == []


def test_the_clock_looks_at_each_every_five_seconds_at_most(domain: Domain) -> None:
    alice = open_home(domain)
    with transaction() as tx:
        assert take_behind(tx, HOME) == [alice]
        assert take_behind(tx, HOME) == [], "the jobs have it"
    published(alice)
    with transaction() as tx:
        homes.record_use(tx, domain.member())  # a click may come before, and is shown by itself
    domain.sql("UPDATE homes SET sync_after = drawn_at + interval '5 seconds'")
    low(domain)
    with transaction() as tx:
        assert take_behind(tx, HOME) == []


# --- who publishes ---


def test_one_publishes_at_a_time_and_a_lock_runs_out(domain: Domain) -> None:
    alice = open_home(domain)
    with transaction() as tx:
        home = lock(tx, HOMES, alice)
        assert home is not None
        assert home.by.name == "Alice Anderson"
    with transaction() as tx:
        assert lock(tx, HOMES, alice) is None
    domain.sql("UPDATE homes SET held_until = now() - interval '1 second'")
    with transaction() as tx:
        assert lock(tx, HOMES, alice) is not None


def test_whoever_publishes_looks_again_after_a_click_that_came_meanwhile(domain: Domain) -> None:
    alice = open_home(domain)
    with transaction() as tx:
        home = lock(tx, HOMES, alice)
    assert home is not None
    with transaction() as tx:
        homes.record_use(tx, domain.member())
    with transaction() as tx:
        assert record_drawn(tx, home, "a picture") is Result.CHANGED
    assert published(alice, "another") is Result.DONE


def test_a_publication_that_outlived_its_lock_is_not_recorded(domain: Domain) -> None:
    """Another was published since: which of the two Slack shows, nobody knows."""
    alice = open_home(domain)
    with transaction() as tx:
        stalled = lock(tx, HOMES, alice)
    assert stalled is not None
    domain.sql("UPDATE homes SET held_until = now() - interval '1 second'")
    published(alice)
    with transaction() as tx:
        assert record_drawn(tx, stalled, "an older one") is Result.LEFT
    assert domain.rows("SELECT shows FROM homes") == [("a picture",)]


def test_nothing_is_published_for_somebody_who_left(domain: Domain) -> None:
    alice = open_home(domain)
    domain.sql("UPDATE members SET active = false WHERE id = %s", alice)
    with transaction() as tx:
        assert lock(tx, HOMES, alice) is None


# --- publishing ---


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
