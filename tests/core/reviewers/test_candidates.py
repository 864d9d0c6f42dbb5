"""Next up: what is searched for is what routing would give, whatever a campaign's rules; in order, and no more."""

from collections.abc import Collection
from dataclasses import replace
from itertools import product
from math import inf
from typing import Any

import pytest

from core.db import transaction
from core.ids import UUID, new_id
from core.models import Campaign
from core.reviewers.allocation import allocate
from core.reviewers.candidates import candidates
from core.reviewers.open_drafts import read_open_drafts, routing_rules
from core.reviewers.people import People, read_people
from core.reviewers.routing import OpenDraft
from core.taxonomy import Risk, Routing
from tests.core.reviewers.queue_parts import elsewhere, winter_of
from tests.core.reviewers.routing_parts import ALICE, BOB, CAROL, campaign, id_of, join, reviewers
from tests.core.views.home_parts import low
from tests.fixtures.domain import UNKNOWN, Domain

pytestmark = pytest.mark.slow

DAN = "U05DAN"
#: By their initials, in whose hands a draft is: assigned to; who has its card, and cannot be reached; who endorsed it,
#: and wrote it. Alice, Bob and Dan review the campaign; Carol and Dan are admins.
HANDS: tuple[tuple[str, str, str, str, str], ...] = (
    ("", "", "", "", ""),
    ("", "A", "", "", ""),
    ("", "AB", "", "", ""),
    ("", "ABD", "", "", ""),
    ("", "C", "", "", ""),
    ("", "CD", "", "", ""),
    ("", "", "A", "", ""),
    ("", "", "ABD", "", ""),
    ("", "", "", "A", ""),
    ("", "", "", "ABD", ""),
    ("", "", "", "", "A"),
    ("", "", "", "BD", "A"),
    ("", "", "B", "D", "A"),
    ("", "", "D", "", "B"),
    ("", "A", "", "A", ""),
    ("", "B", "", "", "B"),
    ("", "A", "", "", "B"),
    ("A", "", "", "", ""),
    ("A", "A", "", "", ""),
    ("A", "A", "", "D", ""),
    ("A", "A", "D", "", ""),
    ("A", "AC", "", "", "D"),
    ("A", "AD", "", "", ""),
    ("B", "BC", "", "", ""),
    ("C", "", "", "", ""),
    ("C", "C", "", "", ""),
)


def in_every_hand(domain: Domain) -> None:
    """Drafts of low, of some and of unknown risk in each of these hands."""
    reviewers(domain, ALICE, BOB, DAN)
    ids = {user[3]: id_of(domain, user) for user in (ALICE, BOB, CAROL, DAN)}
    campaign(domain, self_approval=False, quorum=5)
    offer = domain.rows("SELECT offer_id FROM campaigns")[0][0]
    with domain.connect() as connection, connection.transaction(), connection.pipeline():
        connection.execute("SET LOCAL session_replication_role = replica")  # past all triggers, as a dump comes in

        def insert(table: str, **row: Any) -> None:
            columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
            connection.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({places})",  # type: ignore[arg-type]  # a test's own text
                tuple(row.values()),
            )

        for (assigned, has, lost, endorsed, wrote), risk in product(HANDS, (Risk.LOW, Risk.REVIEW, None)):
            of, draft, contact = {"workspace_id": domain.workspace_id}, new_id(), new_id()
            key = f"{assigned}-{has}-{lost}-{endorsed}-{wrote}-{risk}"
            insert("contacts", id=contact, offer_id=offer, email=f"{key}@x.y", email_folded=f"{key}@x.y", **of)
            of_draft = {"key": key, "content_hash": "", "campaign_id": domain.campaign_id, "contact_id": contact}
            whose = {"status": "needs_review", "risk": risk, "assigned_to": ids.get(assigned)}
            insert("drafts", id=draft, **of, **of_draft, **whose)
            text = {"subject": "Hello", "body": "Hello.", "surface": "api"}
            insert("draft_versions", draft_id=draft, version=1, edited_by=ids.get(wrote), **text)
            for one in (*has, *lost):
                gone = "x" if one in lost else None
                insert("cards", id=new_id(), draft_id=draft, place="dm", member_id=ids[one], gone_reason=gone, **of)
            for one in endorsed:
                given = {"version": 1, "member_id": ids[one], "timing": "earliest", "surface": "slack"}
                insert("draft_approvals", draft_id=draft, review_round=1, **given)


def routed_to(domain: Domain, drafts: list[OpenDraft], people: People, members: set[UUID]) -> set[UUID]:
    """What routing gives to these members, each draft by itself, while they alone have room."""
    room = {one: inf if one in members else 0 for one in people.by_id}
    with transaction() as tx:
        rules = routing_rules(tx, Campaign.id == domain.campaign_id)
    found = [allocate([draft], rules, people, room, {}).cards for draft in drafts]
    return {draft for cards in found for draft, taker in cards if taker in members}


def searched_for(
    domain: Domain, people: People, members: Collection[UUID], room: float = inf, most: int = 1_000
) -> list[UUID]:
    with transaction() as tx:
        return candidates(tx, domain.workspace_id, people, members, dict.fromkeys(members, room), most)


def test_what_is_searched_for_is_what_routing_gives(domain: Domain) -> None:
    join(domain, DAN, "admin")
    in_every_hand(domain)
    keys = dict(domain.rows("SELECT id, key FROM drafts"))
    ids = {user[3]: id_of(domain, user) for user in (ALICE, BOB, CAROL, DAN)}
    with transaction() as tx:
        drafts = read_open_drafts(tx, list(keys))
        people = read_people(tx, domain.workspace_id)
    for routing, above in product(Routing, (None, "low", "blocked")):
        campaign(domain, routing=routing, admins_above_risk=above)
        for members, long_away in (("A", ""), ("AB", ""), ("D", ""), ("CD", ""), ("B", "AD"), ("C", "ABD")):
            away = {ids[one]: replace(people.by_id[ids[one]], away=True, long_away=True) for one in long_away}
            now, free = People(None, people.by_id | away), {ids[one] for one in members}
            # What is whose who is away for long was looked at when they left: it is nobody's then.
            theirs = {draft.draft_id for draft in drafts if draft.assigned_to in away}
            given = routed_to(domain, drafts, now, free) - theirs
            found = set(searched_for(domain, now, free)) - theirs
            assert {keys[one] for one in found} == {keys[one] for one in given}, (routing, above, members, long_away)


def test_so_many_as_there_is_room_for_of_each_campaign_in_the_order_of_review(domain: Domain) -> None:
    winter = winter_of(domain)
    domain.sql("INSERT INTO campaign_reviewers SELECT %s, member_id FROM campaign_reviewers", winter)
    closer, first, second, third = domain.ingest(), low(domain), low(domain), low(domain)
    cold, colder = low(domain, campaign="winter"), low(domain, campaign="winter")
    alice, bob = id_of(domain, ALICE), id_of(domain, BOB)
    with transaction() as tx:
        people = read_people(tx, domain.workspace_id)
    for members, room, most, found in (
        ([alice], 1, 9, {first, cold}),
        ([alice], 2, 9, {first, second, cold, colder}),
        ([alice, bob], 1, 9, {first, second, cold, colder}),
        ([alice, bob], 9, 1, {first, cold}),
        ([alice], inf, 9, {closer, first, second, third, cold, colder}),
        ([alice], 0, 9, set()),
    ):
        ids = searched_for(domain, people, members, room, most)
        assert (set(ids), len(ids)) == (found, len(found)), (room, most)
        assert [one for one in ids if one in (first, second, third, closer)] == [first, second, third, closer][
            : len(found - {cold, colder})
        ]
    domain.sql(
        "INSERT INTO cards (id, workspace_id, draft_id, place, member_id) VALUES (gen_random_uuid(), %s, %s, 'dm', %s)",
        *(domain.workspace_id, first, bob),
    )
    with transaction() as tx:
        found_of_two = candidates(tx, domain.workspace_id, people, [alice, bob], {alice: 0, bob: 1}, 9)
    assert set(found_of_two) == {second, cold}, "what only the one lacks, who has no room, is not next"
    domain.sql("UPDATE campaigns SET status = 'ended' WHERE id = %s", winter)
    assert searched_for(domain, people, [alice]) == [first, second, third, closer]


def test_what_is_theirs_by_name_is_theirs_without_room_for_it(domain: Domain) -> None:
    alice, bob = id_of(domain, ALICE), id_of(domain, BOB)
    mine, more, seen, asleep, decided, bobs = (low(domain) for _ in range(6))
    for draft in (mine, more, seen, asleep, decided, bobs):
        domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", bob if draft == bobs else alice, draft)
    card = (
        "INSERT INTO cards (id, workspace_id, draft_id, place, member_id) VALUES (gen_random_uuid(), %s, %s, 'dm', %s)"
    )
    domain.sql(card, domain.workspace_id, seen, alice)
    domain.sql(card, domain.workspace_id, mine, bob)
    domain.reject(decided)
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", asleep)
    with transaction() as tx:
        people = read_people(tx, domain.workspace_id)
    assert sorted(searched_for(domain, people, [alice], room=0)) == sorted([mine, more])
    assert len(searched_for(domain, people, [alice], room=0, most=1)) == 1
    assert searched_for(domain, people, [bob], room=0) == [bobs]
    assert sorted(searched_for(domain, people, [alice], room=9)) == sorted([mine, more]), "each once"


def test_an_unknown_outcome_is_for_the_admins_of_its_workspace_without_room_for_it(domain: Domain) -> None:
    """And so is all that waits: another workspace has people, campaigns and drafts of its own."""
    lost = [domain.ingest() for _ in range(2)]
    for draft in lost:
        domain.deliver(draft, UNKNOWN)
    waits = domain.ingest()
    here = elsewhere(domain)
    for of, found, open_ in ((domain, lost, [waits]), (here, [], [])):
        with transaction() as tx:
            people = read_people(tx, of.workspace_id)
        (admin,) = [person.member_id for person in people.admins]
        others = [one for one in people.by_id if one != admin]
        assert sorted(searched_for(of, people, [admin], room=0)) == found
        assert searched_for(of, people, [admin], room=0, most=1) in [found[:1], found[1:]]
        assert searched_for(of, people, others, room=0) == []
        assert sorted(searched_for(of, people, [admin])) == sorted([*found, *open_])
