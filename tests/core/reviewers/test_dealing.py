"""Dealing: never more open cards than agreed, none unseen while somebody has room, and the next one in its order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.actor import slack_user
from core.db import transaction
from core.drafts import snooze
from core.ids import UUID
from core.reviewers.backlog import workspaces_owed
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    assigned,
    behind,
    campaign,
    cards,
    catch_up,
    come,
    counts,
    deal,
    ensure,
    owed,
    reviewers,
    workspace,
)
from tests.fixtures.domain import BUSY, Domain

pytestmark = pytest.mark.slow

LOW = {"title": "CEO"}
EVIDENCE = {"evidence": ["https://example.org/about"]}


# --- the limit ---


def test_nobody_gets_more_cards_than_agreed(domain: Domain) -> None:
    workspace(domain, open_cards=3)
    drafts = come(domain, 5)
    assert counts(domain) == {ALICE: 3, BOB: 3, CAROL: 3}
    assert cards(domain, ALICE) == drafts[:3]


def test_without_a_limit_everybody_gets_everything(domain: Domain) -> None:
    come(domain, 12)
    assert counts(domain) == {ALICE: 12, BOB: 12, CAROL: 12}


def test_the_next_card_comes_as_one_is_decided(domain: Domain) -> None:
    workspace(domain, open_cards=3)
    drafts = come(domain, 5)
    assert deal(domain) == []
    domain.reject(drafts[1])
    catch_up(domain)
    assert cards(domain, ALICE) == cards(domain, BOB) == [drafts[0], drafts[2], drafts[3]]


@pytest.mark.parametrize("how", ["approved", "snoozed", "expired", "changes asked for"])
def test_whatever_takes_a_draft_from_the_table_makes_room(domain: Domain, how: str) -> None:
    workspace(domain, open_cards=2, expire_after_days=7)
    reviewers(domain, ALICE)
    drafts = come(domain, 3)
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        if how == "approved":
            from core.drafts.review import approve

            approve(tx, drafts[0], 1, by)
        elif how == "snoozed":
            snooze.snooze(tx, drafts[0], 1, datetime.now(UTC) + timedelta(hours=1), by)
        elif how == "changes asked for":
            from core.drafts.review import request_changes

            request_changes(tx, drafts[0], 1, "Shorter, please.", by)
    if how == "expired":
        from core.drafts.expire import expire_due

        domain.sql("UPDATE drafts SET waits_since = now() - interval '8 days' WHERE id = %s", drafts[0])
        with transaction() as tx:
            assert expire_due(tx) == [drafts[0]]
    catch_up(domain)
    assert cards(domain, ALICE) == drafts[1:]


def test_what_was_put_off_counts_in_nobodys_hand_and_is_drawn_again_once_it_is_back(domain: Domain) -> None:
    workspace(domain, open_cards=2)
    reviewers(domain, ALICE)
    drafts = come(domain, 4)
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        snooze.snooze(tx, drafts[0], 1, datetime.now(UTC) + timedelta(hours=1), by)
    catch_up(domain)
    assert cards(domain, ALICE) == drafts[1:3]
    with transaction() as tx:
        snooze.wake(tx, drafts[0], slack_user(tx, "T01TEST", ALICE))
    assert behind(domain) == [drafts[0]], "its cards are drawn again"
    catch_up(domain)
    assert cards(domain, ALICE) == drafts[:3], "it had its card before, and nobody takes it away"
    domain.reject(drafts[0])
    catch_up(domain)
    assert cards(domain, ALICE) == drafts[1:3], "what came back counts: there is no room for another"


def test_a_draft_that_was_put_off_before_anybody_saw_it_gets_no_card_meanwhile(domain: Domain) -> None:
    draft = domain.ingest()
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        snooze.snooze(tx, draft, 1, datetime.now(UTC) + timedelta(hours=1), by)
    ensure(domain, draft)
    assert counts(domain) == {}
    assert deal(domain) == []
    with transaction() as tx:
        snooze.wake(tx, draft, slack_user(tx, "T01TEST", ALICE))
    ensure(domain, draft)
    assert counts(domain) == {ALICE: 1, BOB: 1, CAROL: 1}


def test_what_came_back_from_a_failed_delivery_counts_again(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    reviewers(domain, ALICE)
    first, second = come(domain, 2)
    domain.sql("UPDATE send_queue SET tries = 0")
    domain.deliver(first, BUSY)
    for _ in range(4):
        domain.make_due()
        claimed = domain.claim()
        domain.start(claimed)
        domain.finish(claimed, BUSY)
    assert domain.statuses(first)[0] == "needs_review"
    ensure(domain, first)
    assert deal(domain) == []
    assert cards(domain, ALICE) == [first]
    assert second not in cards(domain, ALICE)


def test_a_higher_limit_fills_hands_once_it_is_looked_at(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    drafts = come(domain, 4)
    workspace(domain, open_cards=3)
    catch_up(domain)
    assert cards(domain, ALICE) == drafts[:3]


# --- the order ---


def test_the_next_one_is_the_first_in_the_order_of_review(domain: Domain) -> None:
    """Low risk, a closer look, blocked; then the surest; then the oldest (CHECKLIST 000.10)."""
    workspace(domain, open_cards=1)
    reviewers(domain, ALICE)
    (shown,) = come(domain, 1)

    def one(number: int, **more: Any) -> UUID:
        to = {"email": f"p{number}@example.org", "first_name": "Dana", "title": "CEO"}
        (draft,) = come(domain, 1, **({"to": to, **EVIDENCE} | more))
        return draft

    blocked = one(1, body="Hi {{first_name}}, hello.")
    closer = one(2, evidence=[])
    plain = one(3)
    likely = one(4, confidence=0.5)
    surest = one(5, confidence=0.9)
    surest_too = one(6, confidence=0.9)
    came = []
    for _ in range(6):
        (open_,) = cards(domain, ALICE)
        domain.reject(open_)
        catch_up(domain)
        came += cards(domain, ALICE)
    assert came == [surest, surest_too, likely, plain, closer, blocked]
    assert shown not in came


def test_a_change_to_a_draft_that_waits_lets_it_jump_no_queue(domain: Domain) -> None:
    workspace(domain, open_cards=2)
    reviewers(domain, ALICE)
    drafts = come(domain, 5)
    domain.reject(drafts[0])
    domain.edit(drafts[4], user=CAROL)
    ensure(domain, drafts[4])
    assert cards(domain, ALICE) == [drafts[1]]
    catch_up(domain)
    assert cards(domain, ALICE) == drafts[1:3]


def test_one_of_several_who_has_room_gets_what_waits(domain: Domain) -> None:
    campaign(domain, routing="round_robin")
    workspace(domain, open_cards=2)
    drafts = come(domain, 9)
    assert counts(domain) == {ALICE: 2, BOB: 2, CAROL: 2}
    assert [assigned(domain, draft) for draft in drafts[6:]] == [None] * 3, "nobody's yet, and in all their Homes"
    theirs = cards(domain, BOB)
    for draft in theirs:
        domain.reject(draft, user=BOB)
    catch_up(domain)
    assert cards(domain, BOB) == drafts[6:8]
    assert assigned(domain, drafts[8]) is None


# --- the clock's look ---


def test_nobody_is_looked_for_while_nobody_is_owed_anything(domain: Domain) -> None:
    workspace(domain, open_cards=3)
    come(domain, 2)
    assert owed(domain) == set()
    come(domain, 2)
    assert owed(domain) == {ALICE, BOB, CAROL}
    for draft in cards(domain, ALICE):
        domain.reject(draft)
    catch_up(domain)
    assert counts(domain) == {ALICE: 1, BOB: 1, CAROL: 1}
    assert owed(domain) == set(), "it was looked through, and there is nothing more"


def test_a_workspace_is_looked_through_for_those_who_can_decide(domain: Domain) -> None:
    def looked_through() -> list[UUID]:
        with transaction() as tx:
            return workspaces_owed(tx)

    def owe(where: str) -> None:
        domain.sql(f"UPDATE members SET owed = ({where})")

    for where, found in (("false", []), ("role = 'viewer'", []), ("true", [domain.workspace_id])):
        owe(where)
        assert looked_through() == found
    for role in ("reviewer", "admin", "owner"):
        domain.sql("UPDATE members SET role = %s WHERE role <> 'viewer'", role)
        assert looked_through() == [domain.workspace_id]
    domain.sql("UPDATE members SET active = false WHERE role <> 'viewer'")
    owe("true")
    assert looked_through() == [], "who left is owed nothing"


def test_what_cannot_be_given_is_not_looked_for_for_ever(domain: Domain) -> None:
    """Dealt to nobody: a campaign was switched to one of several, and everybody has their card already."""
    come(domain, 3)
    campaign(domain, routing="round_robin")
    domain.sql("DELETE FROM cards WHERE member_id <> (SELECT id FROM members WHERE slack_user_id = %s)", BOB)
    domain.sql("UPDATE members SET owed = true WHERE role <> 'viewer'")
    assert deal(domain) == []
    assert owed(domain) == set()
    assert counts(domain) == {BOB: 3}


def test_what_somebody_holds_is_dealt_with_the_next_look(domain: Domain) -> None:
    workspace(domain, open_cards=1)
    reviewers(domain, ALICE)
    first, second = come(domain, 2)
    domain.reject(first)
    with domain.connect() as other, other.transaction():
        other.execute("SELECT FROM drafts WHERE id = %s FOR UPDATE", [second])
        assert deal(domain) == []
    assert deal(domain) == [second]
