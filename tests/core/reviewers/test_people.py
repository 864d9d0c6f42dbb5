"""Whom cards can go to, as the rows say: who may decide, who is away and for how long, and what each holds already."""

from datetime import time, timedelta
from math import inf
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.ids import UUID, new_id
from core.models import Member
from core.reviewers.people import People, Person, mark_owed, open_cards, read_people, room
from tests.core.reviewers.queue_parts import elsewhere
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    MOMENT,
    NOON,
    clock_stands,
    come,
    free_to_lock,
    id_of,
    join,
    member,
    owed,
)
from tests.fixtures.domain import Domain

VERA, OWEN, DORA, GUS, TOMO = "U04VERA", "U05OWEN", "U06DORA", "U07GUS", "U08TOMO"


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (None, [inf, inf, inf, 0]),
        (3, [3, 1, 0, 0]),
        (1, [1, 0, 0, 0]),
    ],
)
def test_room_is_what_is_left_of_the_limit_and_none_for_who_is_away(limit: int | None, left: list[float]) -> None:
    _, busy, full, away = ids = [new_id() for _ in range(4)]
    people = People(limit, {one: Person(one, is_admin=False, away=one == away) for one in ids})
    assert room(people, {busy: 2, full: 4}) == dict(zip(ids, left, strict=True))


@pytest.mark.slow
def test_all_who_may_decide_by_their_ids_and_until_when_each_is_away(domain: Domain) -> None:
    here = elsewhere(domain)
    for user, role in ((OWEN, "owner"), (DORA, "reviewer"), (GUS, "admin"), (TOMO, "reviewer")):
        join(here, user, role)
    quiet = {"quiet_from": time(11), "quiet_to": time(12, 30)}
    settings: dict[str, dict[str, Any]] = {
        BOB: {"muted_until": NOON + timedelta(days=1), "owed": True},
        CAROL: {"muted_until": NOON},
        DORA: {"muted_until": NOON + timedelta(days=1) + MOMENT},
        GUS: {"active": False},
        OWEN: quiet,
        TOMO: quiet | {"timezone": "Asia/Tokyo"},
    }
    for user, said in settings.items():
        member(here, user, **said)
    for limit, of in ((3, domain), (7, here)):
        domain.sql("UPDATE workspaces SET open_cards = %s WHERE id = %s", limit, of.workspace_id)
    expected: dict[str, dict[str, bool]] = {
        ALICE: {},
        BOB: {"away": True, "owed": True},
        CAROL: {"is_admin": True},
        OWEN: {"is_admin": True, "away": True},
        DORA: {"away": True, "long_away": True},
        TOMO: {},
    }
    by_id = {here_id(here, user): said for user, said in expected.items()}
    persons = {one: Person(one, **{"is_admin": False, **said}) for one, said in by_id.items()}
    with transaction() as tx:
        clock_stands(tx)
        found = read_people(tx, here.workspace_id)
    assert found == People(7, persons)
    assert list(found.by_id) == sorted(found.by_id)
    assert {person.member_id for person in found.admins} == {here_id(here, CAROL), here_id(here, OWEN)}


def here_id(here: Domain, user: str) -> UUID:
    """This member of the one of two workspaces."""
    found: UUID = here.rows(
        "SELECT id FROM members WHERE slack_user_id = %s AND workspace_id = %s", user, here.workspace_id
    )[0][0]
    return found


@pytest.mark.slow
def test_held_they_get_cards_from_nobody_else_and_are_named_all_the_same(domain: Domain) -> None:
    everybody = {id_of(domain, user) for user in (ALICE, BOB, CAROL, VERA)}
    with transaction() as tx:
        read_people(tx, domain.workspace_id)
        assert free_to_lock(domain, "members") == everybody
        read_people(tx, domain.workspace_id, hold=True)
        assert free_to_lock(domain, "members") == {id_of(domain, VERA)}
        assert free_to_lock(domain, "members", "KEY SHARE") == everybody


@pytest.mark.slow
def test_open_are_the_cards_of_what_waits_and_is_awake(domain: Domain) -> None:
    alice, bob, carol = (id_of(domain, user) for user in (ALICE, BOB, CAROL))
    decided, asleep, gone, seen, *_ = come(domain, 6)
    come(domain, 1, body="Hi {{first_name}}")
    domain.reject(decided)
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", asleep)
    domain.sql("UPDATE cards SET gone_reason = 'x' WHERE draft_id = %s AND member_id = %s", gone, alice)
    domain.sql("UPDATE cards SET asks = false WHERE draft_id = %s AND member_id <> %s", seen, carol)
    domain.sql("DELETE FROM cards WHERE draft_id <> %s AND member_id = %s", decided, bob)
    here = elsewhere(domain)
    for of, counts in ((domain, {alice: 3, bob: 0, carol: 5}), (here, {})):
        with transaction() as tx:
            assert open_cards(tx, of.workspace_id) == counts


@pytest.mark.slow
def test_owed_is_who_is_meant_and_still_here_and_nobody_is_waited_for_in_vain(domain: Domain) -> None:
    """Whoever is owed something already may be held by a job that gives it; a card is made for another."""
    member(domain, BOB, owed=True)
    member(domain, VERA, active=False)
    with domain.connect() as other, other.transaction():
        other.execute("SELECT FROM members WHERE owed FOR UPDATE")
        other.execute("SELECT FROM members WHERE NOT owed FOR KEY SHARE")
        with transaction() as tx:
            tx.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            mark_owed(tx, Member.slack_user_id != CAROL)
    assert owed(domain) == {ALICE, BOB}
