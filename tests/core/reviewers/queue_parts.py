"""What the tests of what waits share: one member's queue, and what happens to the drafts in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.actor import Actor
from core.db import transaction
from core.drafts.snooze import snooze
from core.ids import UUID
from core.reviewers.review_queue import PAGE, Queue, QueueFilter, queue_of
from core.taxonomy import Verb
from tests.core.drafts.review_parts import does, member_id
from tests.core.intake.feedback_parts import second_campaign
from tests.fixtures.domain import Domain, domain_on

ALICE, BOB, CAROL, VERA, OTTO = "U01ALICE", "U02BOB", "U03CAROL", "U04VERA", "U05OTTO"


def queue(domain: Domain, user: str = ALICE, per_page: int = PAGE, kept: list[UUID] | None = None, **to: Any) -> Queue:
    return queue_as(domain.member(user), per_page, kept, **to)


def queue_as(by: Actor, per_page: int = PAGE, kept: list[UUID] | None = None, **chosen: Any) -> Queue:
    with transaction() as tx:
        return queue_of(tx, by, QueueFilter(**chosen), per_page, kept)


def ids(found: Queue) -> list[UUID]:
    return [draft.draft_id for draft in found.drafts]


def give(domain: Domain, draft: UUID, user: str) -> None:
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", member_id(domain, user), draft)


def put_off(draft: UUID) -> datetime:
    until = datetime.now(UTC) + timedelta(hours=1)
    does(CAROL, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, until, by), draft)
    return until


def winter_of(domain: Domain) -> UUID:
    """A second campaign, of which nobody is named a reviewer."""
    second_campaign(domain)
    found: UUID = domain.rows("SELECT id FROM campaigns WHERE slug = 'winter'")[0][0]
    return found


def elsewhere(domain: Domain) -> Domain:
    """Another workspace, with people of the same Slack ids: from here on theirs are the acts."""
    domain.sql("UPDATE workspaces SET slack_team_id = 'T02OTHER'")
    return domain_on(domain.url)
