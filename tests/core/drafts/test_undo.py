"""Undo: an approval is taken back while its mail is queued; then it is too late, and nothing leaves twice."""

from datetime import timedelta

import pytest

from core.actor import Actor
from core.db import transaction
from core.drafts.review import approve
from core.drafts.undo import undo
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID, new_id
from core.taxonomy import DeliveryStatus, RefusalCode, Role, Surface, Timing
from core.text.words import refusals
from core.text.words.refusals import TOO_LATE_TO_UNDO
from tests.core.delivery.claim_parts import CLOSED, set_account
from tests.core.drafts.review_parts import row, settings, somebody, take_back, to_draw
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN, Domain


def window_passes(domain: Domain) -> None:
    """Let the time be over in which an approval can be taken back."""
    domain.sql("UPDATE send_queue SET due_at = created_at WHERE status = 'queued'")


def why_not(draft: UUID, seen: int = 1, user: str = "U01ALICE") -> tuple[RefusalCode, str]:
    with pytest.raises(Refusal) as refusal:
        take_back(draft, seen, user)
    return refusal.value.code, str(refusal.value)


@pytest.mark.parametrize("timing", Timing)
def test_within_the_window_nothing_is_claimed(domain: Domain, timing: Timing) -> None:
    settings(domain, undo_seconds=5)
    draft = domain.ingest()
    with transaction() as tx:
        approve(tx, draft, 1, domain.member(), timing)
    ((window,),) = domain.rows("SELECT due_at - created_at FROM send_queue")
    assert window == timedelta(seconds=5)
    assert domain.try_claim() is None
    ((looked_at_again,),) = domain.rows("SELECT next_send_at = due_at FROM accounts, send_queue")
    assert looked_at_again, "the clock looks when the window is over"
    window_passes(domain)
    assert domain.try_claim() is not None


def test_without_a_window_it_may_leave_at_once(domain: Domain) -> None:
    domain.approve(domain.ingest())
    assert domain.rows("SELECT due_at = created_at FROM send_queue") == [(True,)], "and its claim draws no card"
    assert domain.try_claim() is not None


def test_the_approval_is_taken_back_and_the_draft_is_in_review_anew(domain: Domain) -> None:
    settings(domain, undo_seconds=5)
    draft = domain.ingest()
    domain.approve(draft)
    before = row(domain, draft)
    to_draw(domain, draft)
    take_back(draft)
    after = row(domain, draft)
    assert domain.statuses(draft) == ("needs_review", ["cancelled"])
    assert (after.version, after.review_round) == (1, 2)
    assert (after.decided_by, after.decided_at, after.decided_surface, after.return_reason) == (None,) * 4
    assert after.waits_since > before.waits_since
    [(delivery,)] = domain.rows("SELECT id FROM send_queue")
    told = domain.rows("SELECT delivery_id, member_id FROM message_events WHERE verb IN ('cancel', 'undo') ORDER BY id")
    assert told == [(delivery, domain.member().member_id), (None, domain.member().member_id)]
    assert to_draw(domain, draft)
    assert domain.state(draft) == "needs_review"
    assert domain.events(draft)[2:] == [
        ("cancel", "queued", "cancelled", None),
        ("undo", "approved", "needs_review", None),
    ]
    window_passes(domain)
    assert domain.try_claim() is None


def test_p3_a_late_retry_of_the_old_click_approves_nothing(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    take_back(draft)
    with pytest.raises(Stale):
        domain.approve(draft, version=1)
    assert domain.statuses(draft) == ("needs_review", ["cancelled"])
    domain.approve(draft, version=2)
    assert domain.statuses(draft) == ("approved", ["cancelled", "queued"])


def test_a_colleague_may_take_it_back_too(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft, user="U01ALICE")
    take_back(draft, user="U02BOB")
    assert domain.statuses(draft) == ("needs_review", ["cancelled"])


def test_also_while_it_waits_for_its_slot(domain: Domain) -> None:
    set_account(domain, **CLOSED)
    draft = domain.ingest()
    with transaction() as tx:
        approve(tx, draft, 1, domain.member(), Timing.NEXT_SLOT)
    assert domain.try_claim() is None
    assert domain.state(draft) == "waiting"
    take_back(draft)
    assert domain.statuses(draft) == ("needs_review", ["cancelled"])


def test_also_between_two_tries_and_while_its_campaign_is_paused(domain: Domain) -> None:
    draft, paused = domain.ingest(), domain.ingest()
    domain.deliver(draft, BUSY)
    take_back(draft)
    domain.approve(paused)
    domain.pause()
    assert domain.try_claim() is None
    take_back(paused)
    ended = domain.rows("SELECT draft_id, status, reason, held_code FROM send_queue ORDER BY id")
    assert ended == [(draft, "cancelled", None, None), (paused, "cancelled", None, None)]


def test_p1_once_somebody_sends_it_it_is_too_late(domain: Domain) -> None:
    somebody(domain, "U05DAVE")
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    too_late = RefusalCode.TOO_LATE
    assert why_not(draft) == (too_late, TOO_LATE_TO_UNDO[DeliveryStatus.CLAIMED])
    assert domain.start(claimed)
    assert why_not(draft) == (too_late, TOO_LATE_TO_UNDO[DeliveryStatus.CLAIMED])
    domain.finish(claimed, SENT)
    for user in ("U01ALICE", "U05DAVE"):
        assert why_not(draft, user=user) == (too_late, TOO_LATE_TO_UNDO[DeliveryStatus.SENT])
    assert domain.statuses(draft) == ("approved", ["sent"])


def test_nobody_undoes_what_may_have_left(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, UNKNOWN)
    said = TOO_LATE_TO_UNDO[DeliveryStatus.OUTCOME_UNKNOWN]
    assert why_not(draft) == (RefusalCode.TOO_LATE, said)
    assert domain.statuses(draft) == ("approved", ["outcome_unknown"])


def test_there_is_nothing_to_take_back_twice_or_before(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    draft, open_, blocked = domain.ingest(), domain.ingest(), domain.ingest(body="Hi {{first_name}}")
    domain.approve(draft)
    take_back(draft)
    for each in (draft, open_, blocked):
        assert why_not(each) == (RefusalCode.NOTHING_TO_DO, refusals.NO_APPROVAL)
    assert domain.verbs(draft).count("undo") == 1


def test_a_rejection_is_no_approval(domain: Domain) -> None:
    draft = domain.ingest()
    domain.reject(draft)
    with pytest.raises(Conflict, match="Alice Anderson rejected this"):
        take_back(draft)
    expired = domain.ingest()
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", expired)
    said = refusals.EXPIRED
    assert why_not(expired) == (RefusalCode.ALREADY_DECIDED, said)


def test_whose_it_is_not_hears_that_and_not_of_a_later_round(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    somebody(domain, "U05DAVE")
    draft, other = domain.ingest(), domain.ingest()
    domain.approve(draft)
    domain.approve(other)
    said = "Only the reviewers of Autumn launch, and admins, can decide on this. Nothing was changed."
    assert why_not(draft, seen=7, user="U05DAVE") == (RefusalCode.NOT_A_REVIEWER, said)
    take_back(draft)
    assert domain.statuses(other) == ("approved", ["queued"])


def test_what_was_refused_since_comes_back_blocked(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft = domain.ingest(to={"email": "dana@example.org", "first_name": "Dana"})
    domain.approve(draft)
    domain.sql("UPDATE drafts SET escalated_at = now()")
    domain.sql("UPDATE contacts SET status = 'do_not_contact'")
    take_back(draft)
    assert domain.verbs(draft)[-3:] == ["cancel", "undo", "block"]
    assert row(domain, draft).escalated_at is None
    assert why_not(draft, seen=2) == (RefusalCode.NOTHING_TO_DO, refusals.NO_APPROVAL)


def test_what_failed_before_is_not_too_late_for_ever(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, REFUSED)
    domain.approve(draft, version=2)
    take_back(draft, version=2)
    assert domain.statuses(draft) == ("needs_review", ["failed", "cancelled"])
    domain.approve(draft, version=3)
    domain.claim()
    assert why_not(draft, seen=3) == (RefusalCode.TOO_LATE, TOO_LATE_TO_UNDO[DeliveryStatus.CLAIMED])


def test_what_is_sent_elsewhere_does_not_exist(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, SENT)
    stranger = Actor(Surface.SLACK, new_id(), domain.member().member_id, role=Role.OWNER)
    with pytest.raises(Refusal) as refusal, transaction() as tx:
        undo(tx, draft, 1, stranger)
    assert refusal.value.code == RefusalCode.NOT_FOUND


def test_p3_an_approval_that_its_reader_never_saw_is_not_taken_back(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft, _of_the_first_round = domain.ingest(), domain.ingest()
    domain.approve(draft, user="U01ALICE")
    take_back(draft, user="U02BOB")
    domain.approve(draft, version=2, user="U02BOB")
    with pytest.raises(Stale) as stale:
        take_back(draft, version=1, user="U01ALICE")
    assert str(stale.value) == refusals.ANOTHER_APPROVAL
    assert stale.value.current == 2
    assert domain.statuses(draft) == ("approved", ["cancelled", "queued"])
    take_back(draft, version=2, user="U01ALICE")
