"""What an act of a person, and the drawing of a card, reads does not grow with what waits or was sent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.engine import Connection

from core.actor import slack_user
from core.delivery import skipping
from core.drafts import review
from core.drafts.snooze import snooze
from core.drafts.undo import undo
from core.ids import UUID
from core.reviewers.review_queue import QueueFilter
from core.views import draft as facts
from core.views import send_queue
from core.views.home import read as read_home
from tests.core.delivery.crowded import BIG, crowd, crowded
from tests.fixtures.big_worlds import reading
from tests.fixtures.domain import Domain

__all__ = ["crowd", "crowded"]

Do = Callable[[Connection, UUID], object]

#: Each on a draft of its own, which was just ingested, or approved as well.
UNDECIDED: dict[str, Do] = {
    "approve": lambda tx, draft: review.approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE")),
    "edit": lambda tx, draft: review.edit(tx, draft, 1, "S", "T", slack_user(tx, "T01TEST", "U01ALICE")),
    "reject": lambda tx, draft: review.reject(tx, draft, 1, "No.", slack_user(tx, "T01TEST", "U01ALICE")),
    "snooze": lambda tx, draft: snooze(
        tx, draft, 1, datetime.now(UTC) + timedelta(hours=2), slack_user(tx, "T01TEST", "U01ALICE")
    ),
    "draw": facts.read,
    "home": lambda tx, _draft: read_home(tx, slack_user(tx, "T01TEST", "U01ALICE"), QueueFilter()),
}
APPROVED: dict[str, Do] = {
    "undo": lambda tx, draft: undo(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE")),
    "skip": lambda tx, draft: skipping.skip(tx, draft, "No.", slack_user(tx, "T01TEST", "U03CAROL")),
    "draw": facts.read,
    "find by address": lambda tx, _draft: send_queue.find_draft(
        tx, "dana1@example.org", slack_user(tx, "T01TEST", "U03CAROL")
    ),
}


def test_what_is_done_with_a_draft_reads_a_handful_of_rows(crowded: Domain) -> None:
    for name, do in UNDECIDED.items():
        assert_little_is_read(name, do, crowded.ingest())


def test_what_is_done_with_an_approved_draft_reads_a_handful_of_rows(crowded: Domain) -> None:
    for name, do in APPROVED.items():
        draft = crowded.ingest()
        crowded.approve(draft)
        assert_little_is_read(name, do, draft)


def assert_little_is_read(name: str, do: Do, draft: UUID) -> None:
    work = reading(lambda tx: do(tx, draft))
    assert work.scanned & BIG == set(), name
    assert sum(work.read.values()) < 100, f"{name}: {work.read}"  # a page of Home asks the gates of each row
