"""Dealing: never more open cards than agreed, none unseen while somebody has room, and the next one in its order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.actor import slack_user
from core.db import transaction
from core.drafts import snooze
from core.errors import BadInput, Refusal
from core.ids import UUID
from core.reviewers import mute
from core.taxonomy import RefusalCode, Verb
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    assigned,
    back,
    behind,
    campaign,
    cards,
    catch_up,
    come,
    counts,
    deal,
    ensure,
    id_of,
    member,
    quiet_now,
    reviewers,
    workspace,
)
from tests.fixtures.desk import BUSY, Desk

LOW = {"title": "CEO"}
EVIDENCE = {"evidence": ["https://example.org/about"]}


def owed(desk: Desk) -> set[str]:
    return {user for (user,) in desk.rows("SELECT slack_user_id FROM members WHERE owed")}


def muting(desk: Desk, user: str, until: datetime | None = None) -> None:
    with transaction() as tx:
        mute.mute(tx, slack_user(tx, "T01TEST", user), until)


def unmuting(desk: Desk, user: str) -> None:
    with transaction() as tx:
        mute.unmute(tx, slack_user(tx, "T01TEST", user))


# --- the limit ---


def test_nobody_gets_more_cards_than_agreed(desk: Desk) -> None:
    workspace(desk, open_cards=3)
    drafts = come(desk, 5)
    assert counts(desk) == {ALICE: 3, BOB: 3, CAROL: 3}
    assert cards(desk, ALICE) == drafts[:3]


def test_without_a_limit_everybody_gets_everything(desk: Desk) -> None:
    come(desk, 12)
    assert counts(desk) == {ALICE: 12, BOB: 12, CAROL: 12}


def test_the_next_card_comes_as_one_is_decided(desk: Desk) -> None:
    workspace(desk, open_cards=3)
    drafts = come(desk, 5)
    assert deal(desk) == []
    desk.reject(drafts[1])
    catch_up(desk)
    assert cards(desk, ALICE) == cards(desk, BOB) == [drafts[0], drafts[2], drafts[3]]


@pytest.mark.parametrize("how", ["approved", "snoozed", "expired", "changes asked for"])
def test_whatever_takes_a_draft_from_the_table_makes_room(desk: Desk, how: str) -> None:
    workspace(desk, open_cards=2, expire_after_days=7)
    reviewers(desk, ALICE)
    drafts = come(desk, 3)
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        if how == "approved":
            from core.drafts.review import approve

            approve(tx, drafts[0], 1, by)
        elif how == "snoozed":
            snooze.snooze(tx, drafts[0], 1, datetime.now(UTC) + timedelta(hours=1), by)
        elif how == "changes asked for":
            from core.drafts.request_changes import request_changes

            request_changes(tx, drafts[0], 1, "Shorter, please.", by)
    if how == "expired":
        from core.drafts.expire import expire_due

        desk.sql("UPDATE drafts SET waits_since = now() - interval '8 days' WHERE id = %s", drafts[0])
        with transaction() as tx:
            assert expire_due(tx) == [drafts[0]]
    catch_up(desk)
    assert cards(desk, ALICE) == drafts[1:]


def test_what_was_put_off_counts_in_nobodys_hand_and_is_drawn_again_once_it_is_back(desk: Desk) -> None:
    workspace(desk, open_cards=2)
    reviewers(desk, ALICE)
    drafts = come(desk, 4)
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        snooze.snooze(tx, drafts[0], 1, datetime.now(UTC) + timedelta(hours=1), by)
    catch_up(desk)
    assert cards(desk, ALICE) == drafts[1:3]
    with transaction() as tx:
        snooze.wake(tx, drafts[0], slack_user(tx, "T01TEST", ALICE))
    assert behind(desk) == [drafts[0]], "its cards are drawn again"
    catch_up(desk)
    assert cards(desk, ALICE) == drafts[:3], "it had its card before, and nobody takes it away"
    desk.reject(drafts[0])
    catch_up(desk)
    assert cards(desk, ALICE) == drafts[1:3], "what came back counts: there is no room for another"


def test_a_draft_that_was_put_off_before_anybody_saw_it_gets_no_card_meanwhile(desk: Desk) -> None:
    draft = desk.ingest()
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", ALICE)
        snooze.snooze(tx, draft, 1, datetime.now(UTC) + timedelta(hours=1), by)
    ensure(desk, draft)
    assert counts(desk) == {}
    assert deal(desk) == []
    with transaction() as tx:
        snooze.wake(tx, draft, slack_user(tx, "T01TEST", ALICE))
    ensure(desk, draft)
    assert counts(desk) == {ALICE: 1, BOB: 1, CAROL: 1}


def test_what_came_back_from_a_failed_delivery_counts_again(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    reviewers(desk, ALICE)
    first, second = come(desk, 2)
    desk.sql("UPDATE send_queue SET tries = 0")
    desk.deliver(first, BUSY)
    for _ in range(4):
        desk.make_due()
        claimed = desk.claim()
        desk.start(claimed)
        desk.finish(claimed, BUSY)
    assert desk.statuses(first)[0] == "needs_review"
    ensure(desk, first)
    assert deal(desk) == []
    assert cards(desk, ALICE) == [first]
    assert second not in cards(desk, ALICE)


def test_a_higher_limit_fills_hands_once_it_is_looked_at(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    drafts = come(desk, 4)
    workspace(desk, open_cards=3)
    catch_up(desk)
    assert cards(desk, ALICE) == drafts[:3]


# --- the order ---


def test_the_next_one_is_the_first_in_the_order_of_review(desk: Desk) -> None:
    """Low risk, a closer look, blocked; then the surest; then the oldest (CHECKLIST 000.10)."""
    workspace(desk, open_cards=1)
    reviewers(desk, ALICE)
    (shown,) = come(desk, 1)

    def one(number: int, **more: Any) -> UUID:
        to = {"email": f"p{number}@example.org", "first_name": "Dana", "title": "CEO"}
        (draft,) = come(desk, 1, **({"to": to, **EVIDENCE} | more))
        return draft

    blocked = one(1, body="Hi {{first_name}}, hello.")
    closer = one(2, evidence=[])
    plain = one(3)
    likely = one(4, confidence=0.5)
    surest = one(5, confidence=0.9)
    surest_too = one(6, confidence=0.9)
    came = []
    for _ in range(6):
        (open_,) = cards(desk, ALICE)
        desk.reject(open_)
        catch_up(desk)
        came += cards(desk, ALICE)
    assert came == [surest, surest_too, likely, plain, closer, blocked]
    assert shown not in came


def test_a_change_to_a_draft_that_waits_lets_it_jump_no_queue(desk: Desk) -> None:
    workspace(desk, open_cards=2)
    reviewers(desk, ALICE)
    drafts = come(desk, 5)
    desk.reject(drafts[0])
    desk.edit(drafts[4], user=CAROL)
    ensure(desk, drafts[4])
    assert cards(desk, ALICE) == [drafts[1]]
    catch_up(desk)
    assert cards(desk, ALICE) == drafts[1:3]


def test_one_of_several_who_has_room_gets_what_waits(desk: Desk) -> None:
    campaign(desk, routing="round_robin")
    workspace(desk, open_cards=2)
    drafts = come(desk, 9)
    assert counts(desk) == {ALICE: 2, BOB: 2, CAROL: 2}
    assert [assigned(desk, draft) for draft in drafts[6:]] == [None] * 3, "nobody's yet, and in all their Homes"
    theirs = cards(desk, BOB)
    for draft in theirs:
        desk.reject(draft, user=BOB)
    catch_up(desk)
    assert cards(desk, BOB) == drafts[6:8]
    assert assigned(desk, drafts[8]) is None


# --- the clock's look ---


def test_nobody_is_looked_for_while_nobody_is_owed_anything(desk: Desk) -> None:
    workspace(desk, open_cards=3)
    come(desk, 2)
    assert owed(desk) == set()
    come(desk, 2)
    assert owed(desk) == {ALICE, BOB, CAROL}
    for draft in cards(desk, ALICE):
        desk.reject(draft)
    catch_up(desk)
    assert counts(desk) == {ALICE: 1, BOB: 1, CAROL: 1}
    assert owed(desk) == set(), "it was looked through, and there is nothing more"


def test_what_cannot_be_given_is_not_looked_for_for_ever(desk: Desk) -> None:
    """Dealt to nobody: a campaign was switched to one of several, and everybody has their card already."""
    come(desk, 3)
    campaign(desk, routing="round_robin")
    desk.sql("DELETE FROM cards WHERE member_id <> (SELECT id FROM members WHERE slack_user_id = %s)", BOB)
    desk.sql("UPDATE members SET owed = true WHERE role <> 'viewer'")
    assert deal(desk) == []
    assert owed(desk) == set()
    assert counts(desk) == {BOB: 3}


def test_what_somebody_holds_is_dealt_with_the_next_look(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    reviewers(desk, ALICE)
    first, second = come(desk, 2)
    desk.reject(first)
    with desk.connect() as other, other.transaction():
        other.execute("SELECT FROM drafts WHERE id = %s FOR UPDATE", [second])
        assert deal(desk) == []
    assert deal(desk) == [second]


# --- away ---


def test_in_quiet_hours_no_new_card_comes_and_what_is_open_stays(desk: Desk) -> None:
    (before,) = come(desk, 1)
    quiet_now(desk, ALICE)
    (during,) = come(desk, 1)
    assert cards(desk, ALICE) == [before]
    assert cards(desk, BOB) == [before, during]
    desk.edit(before)
    assert before in behind(desk), "what they have open is kept true"
    ensure(desk, before)
    assert deal(desk) == []
    back(desk, ALICE)
    assert deal(desk) == [during]
    assert cards(desk, ALICE) == [before, during]


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
def test_when_all_are_quiet_a_draft_waits_for_the_first_who_is_back(desk: Desk, routing: str) -> None:
    campaign(desk, routing=routing)
    for user in (ALICE, BOB, CAROL):
        quiet_now(desk, user)
    (draft,) = come(desk, 1)
    assert counts(desk) == {}
    assert deal(desk) == []
    back(desk, BOB)
    assert deal(desk) == [draft]
    assert cards(desk, BOB) == [draft]
    assert counts(desk) == {BOB: 1}


def test_turns_pass_over_who_is_quiet(desk: Desk) -> None:
    campaign(desk, routing="round_robin")
    quiet_now(desk, BOB)
    come(desk, 4)
    assert counts(desk) == {ALICE: 2, CAROL: 2}


def test_quiet_hours_are_those_of_the_members_own_zone(desk: Desk) -> None:
    """18:00 to 08:00 in the workspace's zone: half of the world has it the other way round."""
    now_in = {zone: f"(now() AT TIME ZONE '{zone}')::time" for zone in ("Europe/London", "Asia/Tokyo")}
    london = now_in["Europe/London"]
    desk.sql(f"UPDATE members SET quiet_from = {london} - interval '1 hour', quiet_to = {london} + interval '1 hour'")
    member(desk, BOB, timezone="Asia/Tokyo")
    (draft,) = come(desk, 1)
    assert counts(desk) == {BOB: 1}
    assert cards(desk, BOB) == [draft]


def test_muted_until_they_say_so(desk: Desk) -> None:
    (before,) = come(desk, 1)
    muting(desk, ALICE)
    (during,) = come(desk, 1)
    assert cards(desk, ALICE) == [before]
    assert deal(desk) == []
    unmuting(desk, ALICE)
    assert deal(desk) == [during]
    assert cards(desk, ALICE) == [before, during]
    verbs = [verb for verb, *_ in desk.events() if verb in (Verb.MUTE, Verb.UNMUTE)]
    assert verbs == [Verb.MUTE, Verb.UNMUTE]


def test_muted_for_a_while(desk: Desk) -> None:
    muting(desk, ALICE, datetime.now(UTC) + timedelta(hours=1))
    (draft,) = come(desk, 1)
    assert cards(desk, ALICE) == []
    desk.sql("UPDATE members SET muted_until = now() - interval '1 second' WHERE muted_until IS NOT NULL")
    assert deal(desk) == [draft]
    assert cards(desk, ALICE) == [draft]


def test_mute_needs_a_time_to_come_and_unmute_somebody_who_is_muted(desk: Desk) -> None:
    with pytest.raises(BadInput, match="still to come"):
        muting(desk, ALICE, datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(Refusal, match="not muted") as refused:
        unmuting(desk, ALICE)
    assert refused.value.code == RefusalCode.NOTHING_TO_DO


def test_muted_and_full_at_once(desk: Desk) -> None:
    workspace(desk, open_cards=1)
    drafts = come(desk, 3)
    muting(desk, ALICE)
    desk.reject(drafts[0])
    catch_up(desk)
    assert counts(desk) == {BOB: 1, CAROL: 1}
    unmuting(desk, ALICE)
    catch_up(desk)
    assert cards(desk, ALICE) == [drafts[1]]


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
def test_p2_who_goes_on_leave_keeps_nothing_to_themselves(desk: Desk, routing: str) -> None:
    campaign(desk, routing=routing)
    reviewers(desk, ALICE, BOB)
    (draft,) = come(desk, 1)
    desk.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", id_of(desk, ALICE), draft)
    desk.sql("DELETE FROM cards WHERE member_id <> %s", id_of(desk, ALICE))
    ensure(desk, draft)
    muting(desk, ALICE, datetime.now(UTC) + timedelta(hours=12))
    catch_up(desk)
    assert (assigned(desk, draft), cards(desk, BOB)) == (ALICE, []), "they are back tomorrow"
    muting(desk, ALICE, datetime.now(UTC) + timedelta(days=3))
    catch_up(desk)
    assert assigned(desk, draft) == (None if routing == "everyone" else BOB)
    assert cards(desk, BOB) == [draft]
