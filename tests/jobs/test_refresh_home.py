"""Homes stay true while they are open: looked at when something changed, and published by one at a time."""

from core.actor import Actor
from core.db import transaction
from core.ids import UUID
from core.surfaces import homes
from core.surfaces.kinds import HOME, HOMES
from core.surfaces.reconcile import Result, lock, record_drawn, take_behind, unlock
from tests.core.views.home_parts import low
from tests.fixtures.domain import Domain
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL


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


# --- rows that keep their places ---


def kept(member: UUID) -> tuple[UUID, ...] | None:
    """The rows that a redraw would leave where they are."""
    with transaction() as tx:
        home = lock(tx, HOMES, member)
        assert home is not None
        unlock(tx, home)
    return home.kept


def list_rows(domain: Domain, member: UUID, *drafts: UUID, use: bool = False) -> None:
    """A redraw that lists these; `use`: its member clicks meanwhile."""
    with transaction() as tx:
        home = lock(tx, HOMES, member)
    assert home is not None
    if use:
        with transaction() as tx:
            homes.record_use(tx, domain.member(), choose={"page": 1})
    with transaction() as tx:
        homes.record_listed(tx, member, home.locked_until, drafts)
        unlock(tx, home)


def test_rows_keep_their_places_until_it_is_opened_turned_or_left_alone(domain: Domain) -> None:
    alice, drafts = open_home(domain), (low(domain), low(domain))
    assert kept(alice) is None
    list_rows(domain, alice, *drafts)
    assert kept(alice) == drafts
    with transaction() as tx:
        homes.record_use(tx, domain.member(), "A note")
    assert kept(alice) == drafts, "a click on a row"
    domain.sql("UPDATE homes SET opened_at = now() - interval '301 seconds'")
    assert kept(alice) is None
    domain.sql("UPDATE homes SET opened_at = now() - interval '299 seconds'")
    assert kept(alice) == drafts
    with transaction() as tx:
        homes.record_use(tx, domain.member(), choose={"page": 1})
    assert kept(alice) is None
    list_rows(domain, alice, *drafts)
    open_home(domain)
    assert kept(alice) is None


def test_a_redraw_does_not_bring_back_the_rows_of_a_page_that_was_turned_meanwhile(domain: Domain) -> None:
    alice, draft = open_home(domain), low(domain)
    list_rows(domain, alice, draft, use=True)
    assert kept(alice) is None


def test_a_redraw_that_lost_its_lock_lists_nothing(domain: Domain) -> None:
    alice, draft = open_home(domain), low(domain)
    with transaction() as tx:
        stalled = lock(tx, HOMES, alice)
    assert stalled is not None
    domain.sql("UPDATE homes SET held_until = now() - interval '1 second'")
    with transaction() as tx:
        homes.record_listed(tx, alice, stalled.locked_until, [draft])
    assert kept(alice) is None
