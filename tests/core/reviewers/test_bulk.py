"""Bulk approval (CHECKLIST 000.7): what is offered, and what becomes of each choice, whatever happens to the others."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.db import transaction
from core.drafts.snooze import snooze
from core.drafts.undo import undo
from core.errors import CommitInDoubt, DatabaseAway
from core.ids import UUID, new_id
from core.reviewers import bulk
from core.reviewers.bulk import MOST, USUAL
from core.taxonomy import BulkOutcome, Timing, Verb
from tests.core.drafts.review_parts import ask_changes, does, member_id, rules, somebody
from tests.core.intake.feedback_parts import second_campaign
from tests.core.views.home_parts import approve_all, choices, low, offered
from tests.fixtures.domain import REFUSED, Domain

pytestmark = pytest.mark.slow

ALICE, BOB, CAROL, VERA = "U01ALICE", "U02BOB", "U03CAROL", "U04VERA"


def listed(domain: Domain, user: str = ALICE) -> list[UUID]:
    return [line.draft.draft_id for line in offered(domain, user).offered]


def put_off(draft: UUID) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    does(BOB, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, until, by), draft)


# --- what is offered ---


def test_only_low_risk_drafts_that_wait_and_are_awake(domain: Domain) -> None:
    first, second = low(domain), low(domain, confidence=0.9)
    domain.ingest(), domain.ingest(body="Hi {{first_name}}")
    asleep, decided = low(domain), low(domain)
    put_off(asleep)
    domain.approve(decided)
    found = offered(domain)
    assert [line.draft for line in found.offered] == choices(second, first)
    assert (found.scanned, found.found) == (4, 2)
    assert [(line.subject, line.to_address) for line in found.offered] == [
        ("Hello number 2", "dana2@example.org"),
        ("Hello number 1", "dana1@example.org"),
    ]


def test_what_came_back_is_read_by_itself(domain: Domain) -> None:
    refused, fresh, undone = low(domain), low(domain), low(domain)
    domain.deliver(refused, REFUSED)
    domain.approve(undone)
    with transaction() as tx:
        undo(tx, undone, 1, domain.member())
    assert domain.view(refused).state == "failed_back"
    assert sorted(listed(domain)) == sorted([fresh, undone])


def test_the_latest_version_is_offered(domain: Domain) -> None:
    draft = low(domain)
    domain.edit(draft, user=BOB)
    ((line),) = offered(domain).offered
    assert (line.draft, line.subject) == (choices(draft, version=2)[0], "Another subject")


def test_twenty_unless_asked_for_more_and_never_more_than_one_window_holds(domain: Domain) -> None:
    for _ in range(MOST + 3):
        low(domain)
    assert len(offered(domain).offered) == USUAL == 20
    assert len(offered(domain, limit=5_000).offered) == MOST == 95
    assert len(offered(domain, limit=-1).offered) == 0
    assert offered(domain).found == MOST + 3


def test_what_somebody_may_not_approve_is_not_offered(domain: Domain) -> None:
    rules(domain, self_approval=False)
    own, others = low(domain), low(domain)
    domain.edit(own, user=ALICE)
    assert listed(domain, ALICE) == [others]
    assert listed(domain, BOB) == [own, others]
    assert listed(domain, VERA) == []


def test_one_campaign_where_one_is_named(domain: Domain) -> None:
    second_campaign(domain)
    here = low(domain)
    low(domain, campaign="winter")
    found = offered(domain, CAROL, campaign=domain.campaign_id)
    assert ([line.draft.draft_id for line in found.offered], found.scanned) == ([here], 1)


# --- what becomes of them ---


def test_each_is_an_approval_of_its_own(domain: Domain) -> None:
    drafts = [low(domain) for _ in range(3)]
    results = approve_all(choices(*drafts))
    assert [result.outcome for result in results] == [BulkOutcome.APPROVED] * 3
    assert bulk.accounts(results) == [domain.account_id]
    assert [domain.statuses(draft) for draft in drafts] == [("approved", ["queued"])] * 3
    assert [domain.verbs(draft) for draft in drafts] == [["ingest", "approve"]] * 3


def test_p3_what_changed_since_it_was_shown_is_not_approved(domain: Domain) -> None:
    edited, asked, blocked = low(domain), low(domain), low(domain)
    shown = choices(edited, asked, blocked)
    domain.edit(edited, user=BOB)
    ask_changes(asked, user=BOB)
    domain.edit(blocked, user=BOB, body="Hi {{first_name}}")
    results = approve_all(shown)
    assert [result.outcome for result in results] == [BulkOutcome.CHANGED] * 3
    assert "has changed" in str(results[0].reason)
    assert all(domain.statuses(draft)[1] == [] for draft in (edited, asked, blocked))
    assert domain.events(edited)[-1] == ("refuse", None, None, "stale_version")


def test_what_was_snoozed_or_handed_on_since_is_not_approved(domain: Domain) -> None:
    asleep, handed = low(domain), low(domain)
    put_off(asleep)
    otto = somebody(domain, "U05OTTO")
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", otto, handed)
    results = approve_all(choices(asleep, handed))
    assert [result.outcome for result in results] == [BulkOutcome.CHANGED] * 2
    assert "snoozed or assigned" in str(results[0].reason)
    assert domain.statuses(asleep) == domain.statuses(handed) == ("needs_review", [])


def test_what_somebody_else_took_is_no_failure_and_the_rest_goes_on(domain: Domain) -> None:
    taken, rejected, fine = low(domain), low(domain), low(domain)
    domain.approve(taken, user=BOB)
    domain.reject(rejected, user=BOB)
    results = approve_all(choices(taken, rejected, fine))
    assert [result.outcome for result in results] == [BulkOutcome.TAKEN, BulkOutcome.TAKEN, BulkOutcome.APPROVED]
    assert "Bob Brown approved this" in str(results[0].reason)
    assert bulk.accounts(results) == [domain.account_id]


def test_p1_the_same_again_is_the_same_and_sends_nothing_twice(domain: Domain) -> None:
    """Our answer was lost, and they submit again: what they did themselves counts as done."""
    shown = choices(low(domain), low(domain))
    first, again = approve_all(shown), approve_all(shown)
    assert [result.outcome for result in again] == [result.outcome for result in first] == [BulkOutcome.APPROVED] * 2
    assert bulk.accounts(again) == []
    assert [domain.statuses(draft.draft_id) for draft in shown] == [("approved", ["queued"])] * 2


def test_a_quorum_is_told_as_one_of_several(domain: Domain) -> None:
    rules(domain, quorum=2)
    shown = choices(low(domain))
    (endorsed,) = approve_all(shown)
    assert (endorsed.outcome, endorsed.reason) == (BulkOutcome.ENDORSED, "1 of 2 approvals.")
    (again,) = approve_all(shown)
    assert again.outcome == BulkOutcome.ENDORSED
    assert "another reviewer" in str(again.reason)
    (last,) = approve_all(shown, BOB)
    assert last.outcome == BulkOutcome.APPROVED


@pytest.mark.parametrize(("user", "reason"), [(VERA, "the role reviewer"), ("U99STRANGER", "not a member")])
def test_whoever_may_not_fails_each_with_the_reason(domain: Domain, user: str, reason: str) -> None:
    draft = low(domain)
    (result,) = approve_all(choices(draft), user)
    assert result.outcome == BulkOutcome.FAILED
    assert reason in str(result.reason)
    assert domain.statuses(draft) == ("needs_review", [])
    assert [verb for verb, *_ in domain.events()][-1] == "refuse"


def test_a_reviewer_of_other_campaigns_approves_none_of_it(domain: Domain) -> None:
    somebody(domain, "U05OTTO")
    draft = low(domain)
    assert listed(domain, "U05OTTO") == []
    (result,) = approve_all(choices(draft), "U05OTTO")
    assert result.outcome == BulkOutcome.CHANGED
    assert domain.statuses(draft) == ("needs_review", [])


def test_a_draft_that_never_was_fails_and_the_rest_goes_on(domain: Domain) -> None:
    draft = low(domain)
    results = approve_all(choices(new_id(), draft))
    assert [result.outcome for result in results] == [BulkOutcome.FAILED, BulkOutcome.APPROVED]


def test_a_defect_in_one_keeps_no_other_from_its_way(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = low(domain), low(domain)
    real = bulk.approve

    def approve(tx: Connection, draft_id: UUID, version: int, by: Actor, timing: Timing) -> object:
        if draft_id == broken:
            raise ZeroDivisionError
        return real(tx, draft_id, version, by, timing)

    monkeypatch.setattr(bulk, "approve", approve)
    results = approve_all(choices(broken, fine))
    assert [result.outcome for result in results] == [BulkOutcome.FAILED, BulkOutcome.APPROVED]
    assert domain.statuses(broken) == ("needs_review", [])


def test_after_its_time_nothing_more_is_begun(domain: Domain) -> None:
    drafts = [low(domain) for _ in range(4)]
    seconds = count()  # begin, and one look before each
    results = approve_all(choices(*drafts), seconds=3, now=lambda: next(seconds))
    assert [result.outcome for result in results] == [BulkOutcome.APPROVED] * 2 + [BulkOutcome.LEFT] * 2
    assert "no time" in str(results[-1].reason)
    assert [domain.statuses(draft)[0] for draft in drafts] == ["approved"] * 2 + ["needs_review"] * 2


@pytest.mark.parametrize(("away", "outcome"), [(DatabaseAway, BulkOutcome.LEFT), (CommitInDoubt, BulkOutcome.FAILED)])
def test_with_postgres_away_the_rest_is_left_and_what_was_done_counts(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, away: type[DatabaseAway], outcome: BulkOutcome
) -> None:
    drafts = [low(domain) for _ in range(3)]
    real = bulk.approve

    def approve(tx: Connection, draft_id: UUID, version: int, by: Actor, timing: Timing) -> object:
        if draft_id == drafts[1]:
            raise away("gone")
        return real(tx, draft_id, version, by, timing)

    monkeypatch.setattr(bulk, "approve", approve)
    results = approve_all(choices(*drafts))
    assert [result.outcome for result in results] == [BulkOutcome.APPROVED, outcome, BulkOutcome.LEFT]
    assert domain.statuses(drafts[0])[0] == "approved"
    assert domain.statuses(drafts[2])[0] == "needs_review"


def test_an_admin_who_does_not_review_the_campaign_may(domain: Domain) -> None:
    domain.sql("DELETE FROM campaign_reviewers WHERE member_id = %s", member_id(domain, CAROL))
    (result,) = approve_all(choices(low(domain)), CAROL)
    assert result.outcome == BulkOutcome.APPROVED
