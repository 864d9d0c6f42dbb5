"""What the tests of restored databases share: approved drafts, the mails that arrived, and a place that is lost."""

from collections.abc import Callable

import pytest
import redis

from core.ids import UUID
from core.settings import settings
from jobs import start_log
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain_with_slack import DomainWithSlack

Arrived = Callable[[], int]


@pytest.fixture
def arrived(mailbox: FakeSmtp) -> Arrived:
    """How many mails the server has taken in this test, whatever the database knows of them."""
    before = len(mailbox.accepted())
    return lambda: len(mailbox.accepted()) - before


def approved(domain_with_slack: DomainWithSlack, count: int) -> list[UUID]:
    drafts = [domain_with_slack.ingest() for _ in range(count)]
    for draft in drafts:
        domain_with_slack.approve(draft)
    return drafts


def redis_of_this_test() -> redis.Redis:
    return redis.Redis.from_url(settings().redis_url)


def forget_redis() -> None:
    with redis_of_this_test() as client:
        client.delete(start_log.KEY)


def forget_file() -> None:
    start_log.place().unlink()
