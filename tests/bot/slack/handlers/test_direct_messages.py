"""Somebody writes to the bot in their DM: one short answer in a while, and none to what no person wrote."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bot.sandbox.client import Json
from core.db import transaction
from core.models import Member
from jobs.slack.client import call
from tests.fixtures.domain_with_slack import ALICE, BOB, DomainWithSlack
from tests.fixtures.waiting import wait_until

SAYS = "I cannot read messages."


def answers(slack: DomainWithSlack, member: str = ALICE) -> list[Json]:
    return [one for one in slack.slack.messages(member) if one["text"].startswith(SAYS)]


def hear(domain_with_slack: DomainWithSlack, member: str = ALICE, **more: Any) -> None:
    """Slack tells of a message in the member's DM."""
    call("conversations.open", users=member)
    event = {"type": "message", "channel_type": "im", "channel": f"D{member[1:]}", "user": member, "text": "hello"}
    domain_with_slack.slack.order("event", {"event": event | {"ts": "1.2", "event_ts": "1.2"} | more})
    domain_with_slack.entrance.quiet()


def test_who_writes_is_told_once_what_the_bot_does(domain_with_slack: DomainWithSlack) -> None:
    for text in ("hello", "are you there?", "approve"):
        domain_with_slack.slack.say(ALICE, text)
    wait_until(lambda: answers(domain_with_slack), what="an answer")
    domain_with_slack.entrance.quiet()
    [answer] = answers(domain_with_slack)
    assert "`/outreach help`" in answer["text"]
    assert answers(domain_with_slack, BOB) == []


def test_a_message_that_slack_tells_of_again_is_answered_once(domain_with_slack: DomainWithSlack) -> None:
    hear(domain_with_slack)
    hear(domain_with_slack)
    assert len(answers(domain_with_slack)) == 1


def test_after_a_while_it_says_so_again(domain_with_slack: DomainWithSlack) -> None:
    hear(domain_with_slack)
    with transaction() as tx:
        tx.execute(sa.update(Member).values(answered_at=Member.answered_at - dt.timedelta(hours=3)))
    hear(domain_with_slack)
    assert len(answers(domain_with_slack)) == 2


def test_what_is_written_beneath_a_card_is_answered_there(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.sync(draft)
    card = domain_with_slack.slack.messages(ALICE)[0]
    domain_with_slack.slack.say(ALICE, "looks good", thread_ts=card["ts"])
    beneath = wait_until(
        lambda: [
            one["text"]
            for one in domain_with_slack.slack.thread(card["channel"], card["ts"])
            if one["text"].startswith(SAYS)
        ],
        what="an answer beneath the card",
    )
    assert len(beneath) == 1
    assert answers(domain_with_slack) == []


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B01SIGNOFF"},
        {"subtype": "bot_message"},
        {"subtype": "message_changed", "hidden": True},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "thread_broadcast", "thread_ts": "1.1"},
        {"channel_type": "channel"},
        {"channel_type": None},
        {"user": None},
        {"user": "U0SIGNOFF"},
        {"user": "U99STRANGER"},
        {"user": {"id": ALICE}},
    ],
)
def test_what_no_member_wrote_to_the_bot_is_not_answered(
    more: dict[str, Any], domain_with_slack: DomainWithSlack
) -> None:
    hear(domain_with_slack, **more)
    assert answers(domain_with_slack) == []
