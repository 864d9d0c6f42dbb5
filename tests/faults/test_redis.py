"""P5: Redis flushed, killed, hung. It costs seconds, never a message or a click."""

from pathlib import Path

import pytest
from redis import Redis

from bot.local.embedded import redis
from core.settings import settings
from tests.faults.conftest import settled
from tests.faults.servers import frozen_redis, kill_redis
from tests.fixtures.town import REVIEWERS, Town
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

#: Milliseconds that Slack waits for an ack.
DEADLINE = 3_000


def clicks_are_acked(town: Town, number: int) -> None:
    """So many drafts, each approved with a click that is answered in time."""
    drafts = [town.ingest() for _ in range(number)]
    for draft in drafts:
        result = town.slack.click("U01ALICE", town.card("U01ALICE", draft), "approve_send")
        assert result.ok, result
        assert result.ms < DEADLINE
    for draft in drafts:
        town.wait_for(draft, "sent")
        for member in REVIEWERS:
            town.wait_for_card(member, draft, "*Sent* by <@U01ALICE>")


def test_a_flush_in_the_middle_of_fifty_mails_loses_none(town: Town) -> None:
    drafts = [town.ingest() for _ in range(50)]
    settled(town)
    for skip in (5, 20):
        town.smtp.plan("mail", "hold", skip=skip)
    for draft in drafts:
        town.slack.click("U01ALICE", town.card("U01ALICE", draft), "approve_send")
    with Redis.from_url(settings().redis_url) as client:
        for _ in range(2):
            town.smtp.wait_held("mail")
            client.flushall()
            town.smtp.release("mail", 1)
    verdict = settled(town)
    assert verdict.sent == verdict.accepted == len(drafts)


def test_with_redis_killed_clicks_and_mail_go_on(town: Town, servers: Path) -> None:
    kill_redis(servers)
    clicks_are_acked(town, 3)
    redis.ensure(servers)
    the_worker_delivers_again(town)
    settled(town)


def test_with_redis_hung_clicks_and_mail_go_on(town: Town, servers: Path) -> None:
    with frozen_redis(servers):
        clicks_are_acked(town, 3)
    the_worker_delivers_again(town)
    settled(town)


def the_worker_delivers_again(town: Town) -> None:
    """Not only the clock, whose own work is quick enough to hide a worker that is deaf for good."""
    (worker,) = town.workers
    before = worker.output().count("attempt ended")

    def delivered() -> bool:
        clicks_are_acked(town, 1)
        return worker.output().count("attempt ended") > before

    wait_until(delivered, seconds=30, what=f"the worker to deliver again\n{town.logs()}")
