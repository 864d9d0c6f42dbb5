"""Undo: an approval is taken back while its mail is queued; then it is too late, and nothing leaves twice."""

from datetime import timedelta

import pytest

from core.db import transaction
from core.drafts.review import approve
from core.drafts.undo import undo
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID
from core.taxonomy import RefusalCode, Timing, Verb
from tests.core.delivery.claim_parts import CLOSED, set_account
from tests.core.drafts.review_parts import refused, row, settings, take_back, to_draw
from tests.fixtures.desk import BUSY, REFUSED, SENT, UNKNOWN, Desk


def window_passes(desk: Desk) -> None:
    """Let the time be over in which an approval can be taken back."""
    desk.sql("UPDATE send_queue SET due_at = created_at WHERE status = 'queued'")


def why_not(draft: UUID, user: str = "U01ALICE") -> RefusalCode:
    return refused(user, Verb.UNDO, lambda tx, by: undo(tx, draft, 1, by), draft)


@pytest.mark.parametrize("timing", Timing)
def test_within_the_window_nothing_is_claimed(desk: Desk, timing: Timing) -> None:
    settings(desk, undo_seconds=5)
    draft = desk.ingest()
    with transaction() as tx:
        approve(tx, draft, 1, desk.member(), timing)
    ((window,),) = desk.rows("SELECT due_at - created_at FROM send_queue")
    assert window == timedelta(seconds=5)
    assert desk.try_claim() is None
    ((looked_at_again,),) = desk.rows("SELECT next_send_at = due_at FROM accounts, send_queue")
    assert looked_at_again, "the clock looks when the window is over"
    window_passes(desk)
    assert desk.try_claim() is not None


def test_without_a_window_it_may_leave_at_once(desk: Desk) -> None:
    desk.approve(desk.ingest())
    assert desk.rows("SELECT due_at = created_at FROM send_queue") == [(True,)], "and its claim draws no card"
    assert desk.try_claim() is not None


def test_the_approval_is_taken_back_and_the_draft_is_in_review_anew(desk: Desk) -> None:
    settings(desk, undo_seconds=5)
    draft = desk.ingest()
    desk.approve(draft)
    before = row(desk, draft)
    to_draw(desk, draft)
    take_back(draft)
    after = row(desk, draft)
    assert desk.statuses(draft) == ("needs_review", ["cancelled"])
    assert (after.version, after.decided_by, after.decided_at, after.return_reason) == (2, None, None, None)
    assert after.waits_since > before.waits_since
    assert to_draw(desk, draft)
    assert desk.state(draft) == "needs_review"
    assert desk.events(draft)[2:] == [
        ("cancel", "queued", "cancelled", None),
        ("undo", "approved", "needs_review", None),
    ]
    window_passes(desk)
    assert desk.try_claim() is None


def test_p3_a_late_retry_of_the_old_click_approves_nothing(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    take_back(draft)
    with pytest.raises(Stale):
        desk.approve(draft, version=1)
    assert desk.statuses(draft) == ("needs_review", ["cancelled"])
    desk.approve(draft, version=2)
    assert desk.statuses(draft) == ("approved", ["cancelled", "queued"])


def test_a_colleague_may_take_it_back_too(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft, user="U01ALICE")
    take_back(draft, user="U02BOB")
    assert desk.statuses(draft) == ("needs_review", ["cancelled"])


def test_also_while_it_waits_for_its_slot(desk: Desk) -> None:
    set_account(desk, **CLOSED)
    draft = desk.ingest()
    with transaction() as tx:
        approve(tx, draft, 1, desk.member(), Timing.NEXT_SLOT)
    assert desk.try_claim() is None
    assert desk.state(draft) == "waiting"
    take_back(draft)
    assert desk.statuses(draft) == ("needs_review", ["cancelled"])


def test_also_between_two_tries_and_while_its_campaign_is_paused(desk: Desk) -> None:
    draft, paused = desk.ingest(), desk.ingest()
    desk.deliver(draft, BUSY)
    take_back(draft)
    desk.approve(paused)
    desk.pause()
    assert desk.try_claim() is None
    take_back(paused)
    assert [desk.statuses(each)[1] for each in (draft, paused)] == [["cancelled"], ["cancelled"]]


def test_p1_once_somebody_sends_it_it_is_too_late(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    assert why_not(draft) == RefusalCode.TOO_LATE
    assert desk.start(claimed)
    assert why_not(draft) == RefusalCode.TOO_LATE
    desk.finish(claimed, SENT)
    with pytest.raises(Refusal, match="it was sent"):
        take_back(draft)
    assert desk.statuses(draft) == ("approved", ["sent"])


def test_nobody_undoes_what_may_have_left(desk: Desk) -> None:
    draft = desk.ingest()
    desk.deliver(draft, UNKNOWN)
    assert why_not(draft) == RefusalCode.TOO_LATE
    assert desk.statuses(draft) == ("approved", ["outcome_unknown"])


def test_there_is_nothing_to_take_back_twice_or_before(desk: Desk) -> None:
    draft, open_, blocked = desk.ingest(), desk.ingest(), desk.ingest(body="Hi {{first_name}}")
    desk.approve(draft)
    take_back(draft)
    for each in (draft, open_, blocked):
        assert why_not(each) == RefusalCode.NOTHING_TO_DO
    assert desk.verbs(draft).count("undo") == 1


def test_a_rejection_is_no_approval(desk: Desk) -> None:
    draft = desk.ingest()
    desk.reject(draft)
    with pytest.raises(Conflict, match="Alice Anderson rejected this"):
        take_back(draft)


def test_what_failed_before_is_not_too_late_for_ever(desk: Desk) -> None:
    draft = desk.ingest()
    desk.deliver(draft, REFUSED)
    desk.approve(draft, version=2)
    take_back(draft, version=2)
    assert desk.statuses(draft) == ("needs_review", ["failed", "cancelled"])


def test_p3_an_approval_that_its_reader_never_saw_is_not_taken_back(desk: Desk) -> None:
    settings(desk, undo_seconds=60)
    draft = desk.ingest()
    desk.approve(draft, user="U01ALICE")
    take_back(draft, user="U02BOB")
    desk.approve(draft, version=2, user="U02BOB")
    with pytest.raises(Stale, match="not the one you saw") as stale:
        take_back(draft, version=1, user="U01ALICE")
    assert stale.value.current == 2
    assert desk.statuses(draft) == ("approved", ["cancelled", "queued"])
    take_back(draft, version=2, user="U01ALICE")
