"""P5: Redis flushed, killed, hung. It costs seconds, never a message or a click."""

from pathlib import Path

import pytest
from redis import Redis

from bot.local.embedded import redis
from core.settings import settings
from tests.faults.conftest import settled
from tests.faults.servers import frozen_redis, kill_redis
from tests.fixtures.full_stack import REVIEWERS, FullStack
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

#: Milliseconds that Slack waits for an ack.
DEADLINE = 3_000


def clicks_are_acked(full_stack: FullStack, number: int) -> None:
    """So many drafts, each approved with a click that is answered in time."""
    drafts = [full_stack.ingest() for _ in range(number)]
    for draft in drafts:
        result = full_stack.slack.click("U01ALICE", full_stack.card("U01ALICE", draft), "approve_send")
        assert result.ok, result
        assert result.ms < DEADLINE
    for draft in drafts:
        full_stack.wait_for(draft, "sent")
        for member in REVIEWERS:
            full_stack.wait_for_card(member, draft, "*Sent* by <@U01ALICE>")


def test_a_flush_in_the_middle_of_fifty_mails_loses_none(full_stack: FullStack) -> None:
    drafts = [full_stack.ingest() for _ in range(50)]
    settled(full_stack)
    for skip in (5, 20):
        full_stack.smtp.plan("mail", "hold", skip=skip)
    for draft in drafts:
        full_stack.slack.click("U01ALICE", full_stack.card("U01ALICE", draft), "approve_send")
    with Redis.from_url(settings().redis_url) as client:
        for _ in range(2):
            full_stack.smtp.wait_held("mail")
            client.flushall()
            full_stack.smtp.release("mail", 1)
    verdict = settled(full_stack)
    assert verdict.sent == verdict.accepted == len(drafts)


def test_with_redis_killed_clicks_and_mail_go_on(full_stack: FullStack, servers: Path) -> None:
    kill_redis(servers)
    clicks_are_acked(full_stack, 3)
    redis.ensure(servers)
    the_worker_delivers_again(full_stack)
    settled(full_stack)


def test_with_redis_hung_clicks_and_mail_go_on(full_stack: FullStack, servers: Path) -> None:
    with frozen_redis(servers):
        clicks_are_acked(full_stack, 3)
    the_worker_delivers_again(full_stack)
    settled(full_stack)


def the_worker_delivers_again(full_stack: FullStack) -> None:
    """Not only the clock, whose own work is quick enough to hide a worker that is deaf for good."""
    (worker,) = full_stack.workers
    before = worker.output().count("attempt ended")

    def delivered() -> bool:
        clicks_are_acked(full_stack, 1)
        return worker.output().count("attempt ended") > before

    wait_until(delivered, seconds=30, what=f"the worker to deliver again\n{full_stack.logs()}")
