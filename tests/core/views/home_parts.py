"""What the tests of Home and of bulk approval share: low-risk drafts, and one member's view of what waits."""

from typing import Any

from core.actor import slack_user
from core.db import transaction
from core.ids import UUID
from core.reviewers import bulk
from core.reviewers.bulk import BulkResult
from core.reviewers.low_risk import USUAL, DraftAtVersion, LowRisk, read_low_risk
from core.reviewers.review_queue import QueueFilter
from core.views.home import HomeView, read
from tests.fixtures.domain import Domain


def low(domain: Domain, **more: Any) -> UUID:
    """A new low-risk draft: its contact has a name and a role."""
    number = domain.drafts + 1
    to = {"email": f"dana{number}@example.org", "first_name": "Dana", "company": "Example", "title": "Head of Sales"}
    return domain.ingest(**{"to": to, **more})


def seen_by(
    domain: Domain, user: str = "U01ALICE", chosen: QueueFilter | None = None, note: str | None = None
) -> HomeView:
    """What this member's Home is made from."""
    by = domain.member(user)
    with transaction() as tx:
        return read(tx, by, chosen or QueueFilter(), note)


def waiting(domain: Domain, user: str = "U01ALICE", **chosen: Any) -> list[UUID]:
    """The drafts on the page that this member sees."""
    return [draft.draft_id for draft in seen_by(domain, user, QueueFilter(**chosen)).queue.drafts]


def offered(domain: Domain, user: str = "U01ALICE", limit: int = USUAL, campaign: UUID | None = None) -> LowRisk:
    """What a bulk approval would offer to this member."""
    by = domain.member(user)
    with transaction() as tx:
        return read_low_risk(tx, by, limit, campaign)


def approve_all(choices: list[DraftAtVersion], user: str = "U01ALICE", **more: Any) -> list[BulkResult]:
    """Approve these as this member."""
    return bulk.approve_each(lambda tx: slack_user(tx, "T01TEST", user), choices, **more)


def choices(*drafts: UUID, version: int = 1) -> list[DraftAtVersion]:
    return [DraftAtVersion(draft, version) for draft in drafts]


def shut(domain: Domain) -> None:
    """Today is none of the days on which the accounts send."""
    domain.sql(
        "UPDATE accounts SET weekdays ="
        " ARRAY[extract(isodow FROM (now() AT TIME ZONE timezone) + interval '3 days')::int]"
    )
