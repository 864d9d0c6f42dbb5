"""What became of drafts that somebody looked at a moment ago: where each stands, by whom, and what can be done."""

from datetime import UTC, datetime, timedelta

from core.db import transaction
from core.drafts.became import Became, became_of
from core.ids import UUID, new_id
from core.taxonomy import DraftState
from tests.core.drafts.review_parts import ask_changes, member_id, settings
from tests.core.intake.feedback_parts import tell
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain


def became(domain: Domain, draft: UUID) -> Became:
    with transaction() as tx:
        return became_of(tx, [draft])[draft]


def due(domain: Domain, draft: UUID) -> datetime:
    [(at,)] = domain.rows("SELECT due_at FROM send_queue WHERE draft_id = %s", draft)
    assert isinstance(at, datetime)
    return at


def test_each_of_several_and_none_of_none(domain: Domain) -> None:
    first, second, _third = domain.ingest(), domain.ingest(), domain.ingest()
    domain.reject(second, user="U02BOB")
    with transaction() as tx:
        assert became_of(tx, [first, second, new_id()]) == {
            first: Became(DraftState.NEEDS_REVIEW),
            second: Became(DraftState.REJECTED, "U02BOB"),
        }
        assert became_of(tx, []) == {}


def test_what_may_still_be_decided(domain: Domain) -> None:
    draft, blocked, asked = domain.ingest(), domain.ingest(body="Hi {first_name}"), domain.ingest()
    until = datetime.now(UTC) + timedelta(days=1)
    owner = member_id(domain, "U02BOB")
    domain.sql("UPDATE drafts SET snoozed_until = %s, assigned_to = %s WHERE id = %s", until, owner, draft)
    ask_changes(asked, user="U02BOB")
    assert became(domain, draft) == Became(DraftState.NEEDS_REVIEW, snoozed_until=until, assigned_to="U02BOB")
    assert became(domain, blocked) == Became(DraftState.MANUAL_REVIEW)
    assert became(domain, asked) == Became(DraftState.CHANGES_ASKED, "U02BOB")


def test_what_came_back_or_was_decided_without_a_mail(domain: Domain) -> None:
    failed, expired = domain.ingest(), domain.ingest()
    domain.deliver(failed, REFUSED)
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", expired)
    assert became(domain, failed) == Became(DraftState.FAILED_BACK)
    assert became(domain, expired) == Became(DraftState.EXPIRED)


def test_an_approval_can_be_undone_where_it_was_given_time_or_waits_for_something(domain: Domain) -> None:
    at_once, given_time, held = domain.ingest(), domain.ingest(), domain.ingest()
    domain.approve(at_once)
    assert became(domain, at_once) == Became(DraftState.WAITING, "U01ALICE", False, due(domain, at_once))
    settings(domain, undo_seconds=60)
    domain.approve(given_time)
    assert became(domain, given_time) == Became(DraftState.WAITING, "U01ALICE", True, due(domain, given_time))
    settings(domain, undo_seconds=0)
    domain.approve(held, user="U02BOB")
    domain.pause()
    assert domain.try_claim() is None
    assert became(domain, held) == Became(DraftState.WAITING, "U02BOB", True, due(domain, held))


def test_what_is_on_its_way_or_left_cannot_be_undone(domain: Domain) -> None:
    draft, lost = domain.ingest(), domain.ingest()
    settings(domain, undo_seconds=60)
    domain.approve(draft)
    domain.make_due()
    claimed = domain.claim()
    assert became(domain, draft) == Became(DraftState.SENDING, "U01ALICE", False, due(domain, draft))
    domain.start(claimed)
    domain.finish(claimed, SENT)
    assert became(domain, draft) == Became(DraftState.SENT, "U01ALICE", False, due(domain, draft))
    domain.deliver(lost, UNKNOWN)
    assert became(domain, lost) == Became(DraftState.OUTCOME_UNKNOWN, "U01ALICE", False, due(domain, lost))


def test_what_was_sent_is_called_by_the_weightiest_that_came_back(domain: Domain) -> None:
    draft, other = domain.ingest(), domain.ingest()
    for each in (draft, other):
        domain.deliver(each, SENT)
    for kind, state in (
        ("bounce", DraftState.BOUNCED),
        ("reply", DraftState.ANSWERED),
        ("bounce", DraftState.ANSWERED),
        ("unsubscribe", DraftState.UNSUBSCRIBED),
        ("complaint", DraftState.REPORTED),
        ("reply", DraftState.REPORTED),
    ):
        tell(domain, kind, draft="key-1")
        assert became(domain, draft) == Became(state, "U01ALICE", False, due(domain, draft))
    assert became(domain, other).state == DraftState.SENT
