"""A team with more drafts than hands: three cards at a time, the next as one is decided, and who leaves hands on."""

from datetime import time
from typing import Any

import sqlalchemy as sa

from core import models as m
from core.actor import slack_user
from core.db import transaction
from core.ids import UUID
from core.reviewers import mute
from tests.fixtures.town import Town, Towns
from tests.fixtures.waiting import wait_until

ALICE, BOB, CAROL = "U01ALICE", "U02BOB", "U03CAROL"


def declared(town: Town, model: Any, **settings: Any) -> None:
    with transaction() as tx:
        tx.execute(sa.update(model).values(**settings))


def hand(town: Town, user: str, drafts: list[UUID]) -> list[int]:
    """The numbers of the drafts whose cards in this member's DM can be decided."""
    return [
        number
        for number, draft in enumerate(drafts, start=1)
        if any("approve_send" in str(card["blocks"]) for card in town.cards(user, draft))
    ]


def wait_for_hand(town: Town, user: str, drafts: list[UUID], numbers: list[int]) -> None:
    wait_until(
        lambda: hand(town, user, drafts) == numbers,
        seconds=40,
        what=f"{user} to have {numbers}; has {hand(town, user, drafts)}\n{town.logs()[-2000:]}",
    )


def posted(town: Town, user: str, drafts: list[UUID]) -> int:
    return sum(len(town.cards(user, draft)) for draft in drafts)


def test_three_cards_at_a_time_and_the_next_as_one_is_decided(towns: Towns) -> None:
    town = towns()
    declared(town, m.Workspace, open_cards=3)
    drafts = [town.ingest() for _ in range(3)]  # by themselves: of many at once, any three may be looked at first
    for user in (ALICE, BOB, CAROL):
        wait_for_hand(town, user, drafts, [1, 2, 3])
    drafts += [town.ingest() for _ in range(9)]
    assert posted(town, ALICE, drafts) == 3

    # Alice approves the second: it leaves, and everybody has the fourth.
    town.slack.click(ALICE, town.card(ALICE, drafts[1]), "approve_send")
    town.wait_for(drafts[1], "sent")
    for user in (ALICE, BOB, CAROL):
        wait_for_hand(town, user, drafts, [1, 3, 4])

    # Bob wants quiet: what he has stays, and is kept true; nothing new comes, until he says so.
    with transaction() as tx:
        mute.mute(tx, slack_user(tx, "T01TEST", BOB), None)
    town.slack.click(CAROL, town.card(CAROL, drafts[0]), "approve_send")
    wait_for_hand(town, CAROL, drafts, [3, 4, 5])
    town.wait_for_card(BOB, drafts[0], "*Sent* by")
    assert hand(town, BOB, drafts) == [3, 4]
    with transaction() as tx:
        mute.unmute(tx, slack_user(tx, "T01TEST", BOB))
    wait_for_hand(town, BOB, drafts, [3, 4, 5])
    assert posted(town, BOB, drafts) == 5, "one card a draft, and no other"
    assert len(town.accepted()) == 2


def test_p2_in_turn_and_who_leaves_hands_theirs_on(towns: Towns) -> None:
    town = towns()
    declared(town, m.Workspace, open_cards=5)
    declared(town, m.Campaign, routing="round_robin")
    drafts = [town.ingest() for _ in range(6)]
    users = (ALICE, BOB, CAROL)
    wait_until(lambda: [len(hand(town, user, drafts)) for user in users] == [2, 2, 2], seconds=40, what="two each")
    theirs = hand(town, ALICE, drafts)
    card = town.card(BOB, drafts[hand(town, BOB, drafts)[0] - 1])

    # Slack says so with the next card that is to be drawn: as a rule at once, by an event.
    town.slack.deactivate(ALICE)
    with transaction() as tx:
        tx.execute(sa.update(m.Member).values(checked_at=None))
    town.slack.click(BOB, card, "approve_send")
    more = [town.ingest() for _ in range(3)]
    everything = drafts + more

    def all_are_held() -> bool:
        held = {*hand(town, BOB, everything), *hand(town, CAROL, everything)}
        return len(held) == len(everything) - 1 and held >= set(theirs)

    wait_until(
        all_are_held, seconds=60, what=f"Bob and Carol to have what was Alice's: {theirs}\n{town.logs()[-3000:]}"
    )
    with transaction() as tx:
        assert not tx.scalar(sa.select(m.Member.active).where(m.Member.slack_user_id == ALICE))
        left = tx.scalars(
            sa.select(m.Draft.id).join(m.Member, m.Member.id == m.Draft.assigned_to).where(~m.Member.active)
        ).all()
    assert [draft for draft in left if town.state(draft) == "needs_review"] == []


def test_in_quiet_hours_nothing_new_comes(towns: Towns) -> None:
    """All day is quiet for Alice: what comes goes to the others, and to nobody's surprise."""
    town = towns()
    with transaction() as tx:
        tx.execute(
            sa.update(m.Member)
            .where(m.Member.slack_user_id == ALICE)
            .values(quiet_from=time(0), quiet_to=time(0), timezone="UTC")
        )
    draft = town.ingest()
    assert town.card(BOB, draft)
    town.slack.click(BOB, town.card(BOB, draft), "approve_send")
    town.wait_for(draft, "sent")
    assert town.cards(ALICE, draft) == []
