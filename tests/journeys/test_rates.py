"""Slack's rate limits, on a busy morning: two hundred new cards, and decisions that do not wait behind them."""

import time

import sqlalchemy as sa

from core import models as m
from core.db import transaction
from core.ids import UUID
from tests.fixtures.full_stack import REVIEWERS, FullStack, FullStacks
from tests.fixtures.waiting import wait_until

#: So many times as fast as Slack, on both sides: the morning passes in seconds.
FASTER = 6
DRAFTS = 67


def behind() -> int:
    with transaction() as tx:
        return tx.execute(
            sa.select(sa.func.count()).select_from(m.Draft).where(m.Draft.drawn_revision < m.Draft.revision)
        ).scalar_one()


def posted(full_stack: FullStack) -> int:
    return sum(one["ok"] for one in full_stack.slack.calls("chat.postMessage"))


def test_two_hundred_cards_make_no_storm_and_keep_no_decision_waiting(full_stacks: FullStacks) -> None:
    full_stack = full_stacks(workers=2, SLACK_RATE=str(FASTER))
    full_stack.slack.limit_rates(scale=FASTER)
    first = full_stack.ingest()
    cards = {member: full_stack.card(member, first) for member in REVIEWERS}
    its_cards = {card["ts"] for card in cards.values()}
    drafts: list[UUID] = [full_stack.ingest() for _ in range(DRAFTS - 1)]

    # While the cards are being posted, somebody decides.
    wait_until(lambda: posted(full_stack) > 10, what="the first cards of many")
    began = time.monotonic()
    assert full_stack.slack.click("U01ALICE", cards["U01ALICE"], "approve_send").ok
    for member in REVIEWERS:
        full_stack.wait_for_card(member, first, "*Sent* by <@U01ALICE>")
    waited = time.monotonic() - began
    told = [one["at"] for one in full_stack.slack.calls("chat.update") if one["ok"] and one["ts"] in its_cards][-1]

    wait_until(lambda: behind() == 0, seconds=120, what="all cards")
    for draft in drafts:
        for member in REVIEWERS:
            assert len(full_stack.cards(member, draft)) == 1
    assert posted(full_stack) == DRAFTS * len(REVIEWERS)
    after = [one for one in full_stack.slack.calls("chat.postMessage") if one["at"] > told]
    assert after, "the decision overtook no card"
    assert waited < 15
    assert full_stack.slack.rates()["refused"] <= 2, "no more than clocks that differ explain"
