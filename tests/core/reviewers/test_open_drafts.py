"""What routing reads of campaigns and drafts, as whole values."""

from dataclasses import replace

import pytest

from core.db import transaction
from core.models import Campaign
from core.reviewers.open_drafts import read_open_drafts, routing_rules
from core.reviewers.routing import OpenDraft, Rules
from tests.core.drafts.review_parts import rules
from tests.core.reviewers.queue_parts import winter_of
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    campaign,
    free_to_lock,
    id_of,
    join,
    reviewers,
)
from tests.core.views.home_parts import low
from tests.fixtures.domain import UNKNOWN, Domain

pytestmark = pytest.mark.slow


def test_the_rules_of_campaigns_with_and_without_reviewers(domain: Domain) -> None:
    winter = winter_of(domain)
    reviewers(domain, ALICE, BOB)
    campaign(domain, routing="least_loaded", admins_above_risk="review")
    alice, bob = id_of(domain, ALICE), id_of(domain, BOB)
    domain.sql("UPDATE campaign_reviewers SET turn = 3 WHERE member_id = %s", alice)
    domain.sql("UPDATE campaign_reviewers SET turn = 5 WHERE member_id = %s", bob)
    launch = domain.campaign_id
    expected = {
        launch: Rules(launch, "least_loaded", {alice: 3, bob: 5}, "review"),
        winter: Rules(winter, "everyone", {}, None),
    }
    with transaction() as tx:
        assert routing_rules(tx, Campaign.workspace_id == domain.workspace_id) == expected
        assert routing_rules(tx, Campaign.id == winter) == {winter: expected[winter]}


def test_what_a_person_is_to_look_at_in_the_order_of_review(domain: Domain) -> None:
    alice, bob, carol = (id_of(domain, user) for user in (ALICE, BOB, CAROL))
    winter, dora = winter_of(domain), join(domain, "U05DORA", "admin")
    rules(domain, quorum=3, self_approval=False)
    closer, plain, unread, asleep, decided = domain.ingest(), low(domain), low(domain), low(domain), low(domain)
    voted, wrote, wrote_before = low(domain), low(domain), low(domain)
    cold = low(domain, campaign="winter")
    domain.vote(voted, user=ALICE)
    domain.vote(voted, user=BOB)
    domain.vote(wrote, user=BOB)
    domain.edit(wrote, user=ALICE)  # a round of its own: the approval before it is gone
    domain.edit(wrote_before, user=ALICE)
    domain.edit(wrote_before, version=2, user=CAROL)
    domain.edit(cold, user=BOB)  # where people may approve what they wrote
    domain.reject(decided)
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", asleep)
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", bob, plain)
    card = "INSERT INTO cards (id, workspace_id, draft_id, place, member_id, gone_reason) VALUES"
    for member, place, gone in ((alice, "dm", None), (carol, "dm", None), (bob, "dm", "x"), (None, "channel", None)):
        values = (domain.workspace_id, plain, place, member, gone)
        domain.sql(f"{card} (gen_random_uuid(), %s, %s, %s, %s, %s)", *values)
    domain.sql(f"{card} (gen_random_uuid(), %s, %s, 'dm', %s, NULL)", domain.workspace_id, voted, dora)
    launch = OpenDraft(plain, domain.campaign_id, "low")
    expected = [
        replace(launch, assigned_to=bob, has=frozenset({alice, carol}), lost=frozenset({bob})),
        replace(launch, draft_id=voted, has=frozenset({dora}), barred=frozenset({alice, bob})),
        replace(launch, draft_id=wrote, barred=frozenset({alice})),
        replace(launch, draft_id=wrote_before, barred=frozenset({carol})),
        OpenDraft(cold, winter, "low"),
        replace(launch, draft_id=closer, risk="review"),
    ]
    with transaction() as tx:
        asked = [closer, cold, plain, asleep, decided, voted, wrote, wrote_before]
        assert read_open_drafts(tx, asked) == expected
        assert read_open_drafts(tx, [unread]) == [replace(launch, draft_id=unread)]
        assert read_open_drafts(tx, [asleep, decided]) == []


def test_an_unknown_outcome_is_to_be_looked_at(domain: Domain) -> None:
    lost = domain.ingest()
    domain.deliver(lost, UNKNOWN)
    with transaction() as tx:
        assert read_open_drafts(tx, [lost]) == [OpenDraft(lost, domain.campaign_id, "review", unknown=True)]


def test_held_nobody_else_changes_them_and_what_others_hold_is_passed_over(domain: Domain) -> None:
    first, second, third = (domain.ingest() for _ in range(3))
    with domain.connect() as other, other.transaction():
        other.execute("SELECT FROM drafts WHERE id = %s FOR UPDATE", [second])
        with transaction() as tx:
            assert [draft.draft_id for draft in read_open_drafts(tx, [first, second, third])] == [first, second, third]
            assert free_to_lock(domain, "drafts") == {first, third}
            held = read_open_drafts(tx, [first, second], hold=True, skip=True)
            assert [draft.draft_id for draft in held] == [first]
            assert free_to_lock(domain, "drafts") == {third}
            assert free_to_lock(domain, "drafts", "KEY SHARE") == {first, third}
