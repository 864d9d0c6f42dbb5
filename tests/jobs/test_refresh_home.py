"""Homes stay true while they are open: looked at when something changed, published when that shows, one at a time."""

import json
import threading
from typing import Any

import pytest

from core.actor import Actor
from core.db import transaction
from core.ids import UUID
from core.surfaces import homes
from core.views.home import HomeFacts
from jobs import clock, refresh_home
from jobs.refresh_home import refresh
from jobs.slack.client import SlackTrouble
from tests.core.drafts.review_parts import member_id
from tests.core.views.home_parts import low
from tests.fixtures.desk import Desk
from tests.fixtures.office import ALICE, BOB, CAROL, Office
from tests.fixtures.waiting import wait_until


def open_home(desk: Desk, user: str = ALICE) -> UUID:
    """This member opened the Home tab."""
    by: Actor = desk.member(user)
    with transaction() as tx:
        homes.used(tx, by, opened=True)
    assert by.member_id is not None
    return by.member_id


def behind(desk: Desk) -> list[UUID]:
    """Whom the clock finds now, whatever it found a moment ago."""
    desk.sql("UPDATE homes SET sync_after = now() - interval '1 second'")
    with transaction() as tx:
        return homes.take_behind(tx)


def settled(desk: Desk, *members: UUID) -> None:
    """All of their Homes show what is so, and all that happened is long ago."""
    for member in members:
        with transaction() as tx:
            assert homes.hold(tx, member)
        with transaction() as tx:
            homes.drawn(tx, member, "a picture")
    desk.sql("ALTER TABLE message_events DISABLE TRIGGER ALL")
    desk.sql("UPDATE message_events SET at = at - interval '10 seconds'")
    desk.sql("ALTER TABLE message_events ENABLE TRIGGER ALL")
    assert behind(desk) == []


# --- who is behind ---


def test_a_home_that_was_just_opened_is_looked_at(desk: Desk) -> None:
    assert behind(desk) == []
    alice = open_home(desk)
    assert behind(desk) == [alice]


def test_a_change_by_anybody_in_the_workspace_puts_every_open_home_behind(desk: Desk) -> None:
    draft = low(desk)
    alice, bob = open_home(desk), open_home(desk, BOB)
    settled(desk, alice, bob)
    desk.approve(draft, user=CAROL)
    assert sorted(behind(desk)) == sorted([alice, bob])


def test_nobody_else_is_behind_when_another_workspace_changes(desk: Desk) -> None:
    alice = open_home(desk)
    settled(desk, alice)
    ((other,),) = desk.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER') RETURNING id"
    )
    desk.sql(
        "INSERT INTO message_events (id, workspace_id, verb, surface) VALUES (gen_random_uuid(), %s, 'pause', 'cli')",
        other,
    )
    assert behind(desk) == []


def test_what_no_event_tells_shows_within_a_minute(desk: Desk) -> None:
    alice = open_home(desk)
    settled(desk, alice)
    desk.sql(
        "UPDATE homes SET drawn_at = drawn_at - interval '61 seconds', opened_at = opened_at - interval '62 seconds'"
    )
    assert behind(desk) == [alice]


def test_a_home_that_nobody_used_for_half_an_hour_is_left_alone(desk: Desk) -> None:
    alice = open_home(desk)
    desk.sql("UPDATE homes SET opened_at = now() - interval '29 minutes'")
    assert behind(desk) == [alice]
    desk.sql("UPDATE homes SET opened_at = now() - interval '31 minutes'")
    assert behind(desk) == []


def test_the_clock_looks_at_each_every_five_seconds_at_most(desk: Desk) -> None:
    alice = open_home(desk)
    with transaction() as tx:
        assert homes.take_behind(tx) == [alice]
        assert homes.take_behind(tx) == [], "the jobs have it"
    with transaction() as tx:
        assert homes.hold(tx, alice)
    with transaction() as tx:
        homes.drawn(tx, alice, "a picture")
        homes.used(tx, desk.member())  # a click may come before, and is shown by itself
    desk.sql("UPDATE homes SET sync_after = drawn_at + interval '5 seconds'")
    low(desk)
    with transaction() as tx:
        assert homes.take_behind(tx) == []


# --- who publishes ---


def test_one_publishes_at_a_time_and_a_hold_runs_out(desk: Desk) -> None:
    alice = open_home(desk)
    with transaction() as tx:
        held = homes.hold(tx, alice)
        assert held is not None
        assert held.by.name == "Alice Anderson"
    with transaction() as tx:
        assert homes.hold(tx, alice) is None
    desk.sql("UPDATE homes SET held_until = now() - interval '1 second'")
    with transaction() as tx:
        assert homes.hold(tx, alice) is not None


def test_whoever_publishes_looks_again_after_a_click_that_came_meanwhile(desk: Desk) -> None:
    alice = open_home(desk)
    with transaction() as tx:
        assert homes.hold(tx, alice)
    with transaction() as tx:
        homes.used(tx, desk.member())
    with transaction() as tx:
        assert homes.drawn(tx, alice, "a picture")
    with transaction() as tx:
        assert homes.hold(tx, alice)
        assert not homes.drawn(tx, alice, "another")


def test_nothing_is_published_for_somebody_who_left(desk: Desk) -> None:
    alice = open_home(desk)
    desk.sql("UPDATE members SET active = false WHERE id = %s", alice)
    with transaction() as tx:
        assert homes.hold(tx, alice) is None


# --- publishing ---


def published(office: Office) -> int:
    return len([call for call in office.slack.calls("views.publish") if call["ok"]])


def shows(office: Office, member: str) -> str:
    return json.dumps((office.slack.home(member) or {}).get("blocks"), ensure_ascii=False)


def test_only_what_shows_something_new_is_published(office: Office) -> None:
    draft = low(office)
    alice = open_home(office)
    assert refresh(alice)
    assert refresh(alice)
    assert published(office) == 1
    office.reject(draft, user=BOB)
    assert refresh(alice)
    assert published(office) == 2
    assert "Nothing waits for you" in shows(office, ALICE)


def test_opening_publishes_whatever_we_believe_that_slack_shows(office: Office) -> None:
    """The app was removed and is back: Slack knows no Home of ours any more."""
    alice = open_home(office)
    refresh(alice)
    office.slack.reset()
    open_home(office)
    refresh(alice)
    assert "Nothing waits for you" in shows(office, ALICE)


def test_a_429_is_obeyed(office: Office) -> None:
    alice = open_home(office)
    office.slack.fault("views.publish", "ratelimited", retry_after=7)
    assert not refresh(alice)
    ((wait,),) = office.rows("SELECT extract(epoch FROM sync_after - clock_timestamp()) FROM homes")
    assert 5 < wait <= 7
    with transaction() as tx:
        assert homes.take_behind(tx) == []


def test_a_publication_that_nobody_answered_is_made_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have arrived: what Slack shows is not known, and the same picture is not taken for shown."""
    low(office)
    alice = open_home(office)
    refresh(alice)
    real = refresh_home.call

    def lost(method: str, **arguments: Any) -> dict[str, Any]:
        real(method, **arguments)
        raise SlackTrouble("unreachable")

    draft = low(office)
    monkeypatch.setattr(refresh_home, "call", lost)
    assert not refresh(alice)
    monkeypatch.setattr(refresh_home, "call", real)
    office.reject(draft)  # back to where it was before the lost one
    assert refresh(alice)
    assert "1 draft waits for you" in shows(office, ALICE)
    assert office.rows("SELECT held_until, shows IS NULL FROM homes") == [(None, False)]


def test_a_defect_while_it_is_read_costs_half_a_minute_and_no_home(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = open_home(office)
    with monkeypatch.context() as patch:
        patch.setattr(refresh_home, "read", None)
        with pytest.raises(TypeError):
            refresh(alice)
    assert not refresh(alice), "it is held by whoever died over it"
    office.sql("UPDATE homes SET held_until = held_until - interval '30 seconds'")
    assert refresh(alice)


def test_twenty_refreshes_at_once_end_with_the_truth(office: Office) -> None:
    alice = open_home(office)
    refresh(alice)
    drafts = [low(office) for _ in range(4)]

    def decide(number: int) -> None:
        if number % 5 == 0:
            office.approve(drafts[number // 5], user=BOB)
        refresh(alice)

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    refresh(alice)
    assert "Nothing waits for you" in shows(office, ALICE)


def test_the_clock_rings_for_a_home_and_works_it_off_itself_without_redis(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = open_home(office)
    own = clock.Own()
    rung: list[UUID] = []
    monkeypatch.setattr(clock, "ring_home", lambda member: bool(rung.append(member)) or True)
    clock.tick(own)
    assert rung == [alice]
    office.sql("UPDATE homes SET sync_after = now()")
    monkeypatch.setattr(clock, "_waiting", dict)
    clock.tick(own)
    wait_until(lambda: office.slack.home(ALICE), what="the Home")
    own.stop()


def test_two_members_have_homes_of_their_own(office: Office) -> None:
    office.sql("DELETE FROM campaign_reviewers WHERE member_id = %s", member_id(office, BOB))
    low(office)
    for user in (ALICE, BOB):
        refresh(open_home(office, user))
    assert "1 draft waits for you" in shows(office, ALICE)
    assert "Nothing waits for you" in shows(office, BOB)


def test_a_click_does_not_wait_for_what_is_being_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes to read a long queue, its member's next click is recorded at once."""
    draft = low(office)
    alice = open_home(office)
    real = refresh_home.read
    clicked = []

    def slowly(*given: Any) -> HomeFacts:
        if not clicked:
            clicked.append(office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1"))
        return real(*given)

    refresh(alice)
    open_home(office)
    monkeypatch.setattr(refresh_home, "read", slowly)
    assert refresh(alice)
    assert clicked[0].ok
    assert "Nothing waits for you" in shows(office, ALICE)
