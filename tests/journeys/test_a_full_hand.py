"""A team with more drafts than hands: three cards at a time, the next as one is decided, and who leaves hands on."""

from datetime import time
from typing import Any

import sqlalchemy as sa

from core import models as m
from core.actor import slack_user
from core.db import transaction
from core.ids import UUID
from core.reviewers import mute
from tests.fixtures.full_stack import FullStack, FullStacks
from tests.fixtures.waiting import wait_until

ALICE, BOB, CAROL = "U01ALICE", "U02BOB", "U03CAROL"


def declared(full_stack: FullStack, model: Any, **settings: Any) -> None:
    with transaction() as tx:
        tx.execute(sa.update(model).values(**settings))


def hand(full_stack: FullStack, user: str, drafts: list[UUID]) -> list[int]:
    """The numbers of the drafts whose cards in this member's DM can be decided."""
    return [
        number
        for number, draft in enumerate(drafts, start=1)
        if any("approve_send" in str(card["blocks"]) for card in full_stack.cards(user, draft))
    ]


def wait_for_hand(full_stack: FullStack, user: str, drafts: list[UUID], numbers: list[int]) -> None:
    wait_until(
        lambda: hand(full_stack, user, drafts) == numbers,
        seconds=40,
        what=f"{user} to have {numbers}; has {hand(full_stack, user, drafts)}\n{full_stack.logs()[-2000:]}",
    )


def posted(full_stack: FullStack, user: str, drafts: list[UUID]) -> int:
    return sum(len(full_stack.cards(user, draft)) for draft in drafts)


def test_three_cards_at_a_time_and_the_next_as_one_is_decided(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    declared(full_stack, m.Workspace, open_cards=3)
    drafts = [full_stack.ingest() for _ in range(3)]  # by themselves: of many at once, any three may be looked at first
    for user in (ALICE, BOB, CAROL):
        wait_for_hand(full_stack, user, drafts, [1, 2, 3])
    drafts += [full_stack.ingest() for _ in range(9)]
    assert posted(full_stack, ALICE, drafts) == 3

    # Alice approves the second: it leaves, and everybody has the fourth.
    full_stack.slack.click(ALICE, full_stack.card(ALICE, drafts[1]), "approve_send")
    full_stack.wait_for(drafts[1], "sent")
    for user in (ALICE, BOB, CAROL):
        wait_for_hand(full_stack, user, drafts, [1, 3, 4])

    # Bob wants quiet: what he has stays, and is kept true; nothing new comes, until he says so.
    with transaction() as tx:
        mute.mute(tx, slack_user(tx, "T01TEST", BOB), None)
    full_stack.slack.click(CAROL, full_stack.card(CAROL, drafts[0]), "approve_send")
    wait_for_hand(full_stack, CAROL, drafts, [3, 4, 5])
    full_stack.wait_for_card(BOB, drafts[0], "*Sent* by")
    assert hand(full_stack, BOB, drafts) == [3, 4]
    with transaction() as tx:
        mute.unmute(tx, slack_user(tx, "T01TEST", BOB))
    wait_for_hand(full_stack, BOB, drafts, [3, 4, 5])
    assert posted(full_stack, BOB, drafts) == 5, "one card a draft, and no other"
    assert len(full_stack.accepted()) == 2


def test_p2_in_turn_and_who_leaves_hands_theirs_on(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    declared(full_stack, m.Workspace, open_cards=5)
    declared(full_stack, m.Campaign, routing="round_robin")
    drafts = [full_stack.ingest() for _ in range(6)]
    users = (ALICE, BOB, CAROL)
    wait_until(
        lambda: [len(hand(full_stack, user, drafts)) for user in users] == [2, 2, 2], seconds=40, what="two each"
    )
    theirs = hand(full_stack, ALICE, drafts)
    card = full_stack.card(BOB, drafts[hand(full_stack, BOB, drafts)[0] - 1])

    # Slack says so with the next card that is to be drawn: as a rule at once, by an event.
    full_stack.slack.deactivate(ALICE)
    with transaction() as tx:
        tx.execute(sa.update(m.Member).values(checked_at=None))
    full_stack.slack.click(BOB, card, "approve_send")
    more = [full_stack.ingest() for _ in range(3)]
    everything = drafts + more

    def all_are_held() -> bool:
        held = {*hand(full_stack, BOB, everything), *hand(full_stack, CAROL, everything)}
        return len(held) == len(everything) - 1 and held >= set(theirs)

    wait_until(
        all_are_held, seconds=60, what=f"Bob and Carol to have what was Alice's: {theirs}\n{full_stack.logs()[-3000:]}"
    )
    with transaction() as tx:
        assert not tx.scalar(sa.select(m.Member.active).where(m.Member.slack_user_id == ALICE))
        left = tx.scalars(
            sa.select(m.Draft.id).join(m.Member, m.Member.id == m.Draft.assigned_to).where(~m.Member.active)
        ).all()
    assert [draft for draft in left if full_stack.state(draft) == "needs_review"] == []


def test_in_quiet_hours_nothing_new_comes(full_stacks: FullStacks) -> None:
    """All day is quiet for Alice: what comes goes to the others, and to nobody's surprise."""
    full_stack = full_stacks()
    with transaction() as tx:
        tx.execute(
            sa.update(m.Member)
            .where(m.Member.slack_user_id == ALICE)
            .values(quiet_from=time(0), quiet_to=time(0), timezone="UTC")
        )
    draft = full_stack.ingest()
    assert full_stack.card(BOB, draft)
    full_stack.slack.click(BOB, full_stack.card(BOB, draft), "approve_send")
    full_stack.wait_for(draft, "sent")
    assert full_stack.cards(ALICE, draft) == []
