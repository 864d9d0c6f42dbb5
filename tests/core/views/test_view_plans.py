"""What the readers of the views read is bounded by what they show and by the accounts, not by what was ever sent."""

from datetime import timedelta

from core.accounts.deliverability import all_health
from core.views.accounts import capacity
from core.views.activity import activity
from tests.core.delivery.crowded import ACCOUNTS, BIG, crowd, crowded
from tests.fixtures.big_worlds import reading
from tests.fixtures.domain import SENT, Domain

__all__ = ["crowd", "crowded"]


def test_activity_reads_no_more_than_what_left_in_that_time(crowded: Domain) -> None:
    crowded.deliver(crowded.ingest(), SENT)
    old = "contacted_at < now() - interval '9 days'"
    [(newest,)] = crowded.rows(f"SELECT max(contacted_at) FROM outreach_history WHERE {old}")
    since = newest - timedelta(minutes=18, seconds=30)  # one a minute: nineteen, and the one that left now
    work = reading(lambda tx: activity(tx, crowded.workspace_id, since=since))
    assert len(work.result) == 20
    assert work.scanned & BIG == set()
    assert sum(read for table, read in work.read.items() if table in BIG) < 80, work.read


def test_capacity_and_health_read_the_accounts_and_what_they_sent_of_late(crowded: Domain) -> None:
    crowded.deliver(crowded.ingest(), SENT)
    for read in (capacity, all_health):
        work = reading(lambda tx, read=read: read(tx, crowded.workspace_id))
        assert len(work.result) == ACCOUNTS + 1
        assert work.scanned & BIG == set(), work.read
        assert sum(work.read.values()) < 3 * ACCOUNTS, work.read
