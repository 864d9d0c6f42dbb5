"""Bulk approval (CHECKLIST 000.7): what is offered, and what becomes of each choice, whatever happens to the others."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy.engine import Connection
from structlog.testing import capture_logs

from core.actor import Actor, slack_user
from core.db import transaction
from core.drafts.snooze import snooze
from core.drafts.undo import undo
from core.errors import CommitInDoubt, DatabaseAway
from core.ids import UUID, new_id
from core.reviewers import bulk
from core.reviewers.bulk import BulkResult, When, undo_each
from core.reviewers.low_risk import MOST, USUAL, DraftAtVersion
from core.taxonomy import BulkOutcome, Timing, Verb
from core.text.words.refusals import NO_APPROVAL
from tests.core.drafts.review_parts import ask_changes, does, member_id, rules, somebody
from tests.core.intake.feedback_parts import second_campaign
from tests.core.reviewers.queue_parts import elsewhere
from tests.core.views.home_parts import approve_all, choices, low, offered, shut
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
    assert offered(domain, CAROL).campaign is None
    assert offered(domain, CAROL, campaign=new_id()).campaign is None
    found = offered(domain, CAROL, campaign=domain.campaign_id)
    assert found.campaign == "Autumn launch"
    assert ([line.draft.draft_id for line in found.offered], found.scanned) == ([here], 1)


def test_a_line_says_whom_it_is_for_and_all_of_the_text(domain: Domain) -> None:
    to = {"email": "dana@example.org", "first_name": "Dana", "last_name": "Doe", "title": "Head of Sales"}
    low(domain, to=to)
    ((line),) = offered(domain).offered
    assert (line.campaign, line.to_name, line.to_address) == ("Autumn launch", "Dana Doe", "dana@example.org")
    assert line.text == "Hi Dana,\n\nthis is letter 1.\n\nSam"


def test_which_are_outside_of_their_hours(domain: Domain) -> None:
    second_campaign(domain)
    drafts = [low(domain), low(domain)]
    domain.sql("UPDATE accounts SET opens = '00:00', closes = '00:00', weekdays = '{1,2,3,4,5,6,7}'")
    assert offered(domain).closed == frozenset()
    shut(domain)
    other = low(domain, campaign="winter")
    domain.sql("UPDATE accounts SET weekdays = '{1,2,3,4,5,6,7}' WHERE address = 'kim@example.com'")
    found = offered(domain)
    assert [line.draft.draft_id for line in found.offered] == [*drafts, other]
    assert found.closed == set(drafts)
    assert offered(domain, limit=1).closed == {drafts[0]}


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
    assert domain.rows("SELECT DISTINCT data ->> 'wanted' FROM message_events WHERE verb = 'refuse'") == [("approve",)]


def test_what_was_snoozed_or_handed_on_or_is_risky_since_is_not_approved(domain: Domain) -> None:
    drafts = asleep, handed, risky = low(domain), low(domain), low(domain)
    put_off(asleep)
    otto = somebody(domain, "U05OTTO")
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", otto, handed)
    domain.sql("UPDATE drafts SET risk = 'review' WHERE id = %s", risky)
    why = "This is no longer a low-risk draft for you: it was snoozed or assigned, or its risk changed."
    assert approve_all(choices(*drafts)) == [BulkResult(draft, BulkOutcome.CHANGED, why) for draft in choices(*drafts)]
    assert [domain.statuses(draft) for draft in drafts] == [("needs_review", [])] * 3


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


def test_what_somebody_else_took_is_theirs_whatever_else_one_approved(domain: Domain) -> None:
    own, theirs = choices(low(domain), low(domain))
    domain.approve(theirs.draft_id, user=BOB)
    assert [result.outcome for result in approve_all([own, theirs])] == [BulkOutcome.APPROVED, BulkOutcome.TAKEN]
    assert [result.outcome for result in approve_all([theirs, own])] == [BulkOutcome.TAKEN, BulkOutcome.APPROVED]


def test_what_they_rejected_or_approved_in_another_round_is_no_approval_of_this(domain: Domain) -> None:
    rejected, anew = choices(low(domain), low(domain))
    domain.reject(rejected.draft_id)
    domain.approve(anew.draft_id)
    undo_all([anew])
    domain.approve(anew.draft_id, version=2)
    results = approve_all([rejected, anew])
    assert [result.outcome for result in results] == [BulkOutcome.TAKEN, BulkOutcome.TAKEN]
    assert all(result.reason for result in results)


def test_what_was_edited_and_snoozed_since_has_changed(domain: Domain) -> None:
    draft = low(domain)
    domain.edit(draft, user=BOB)
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", draft)
    (result,) = approve_all(choices(draft))
    assert result.outcome == BulkOutcome.CHANGED
    assert "has changed" in str(result.reason)


def test_the_only_one_that_was_approved_counts_as_approved_again(domain: Domain) -> None:
    shown = choices(low(domain))
    for _ in range(2):
        assert [result.outcome for result in approve_all(shown)] == [BulkOutcome.APPROVED]


def test_each_is_looked_at_by_itself(domain: Domain) -> None:
    asleep, fine = low(domain), low(domain)
    put_off(asleep)
    results = approve_all(choices(asleep, fine))
    assert [result.outcome for result in results] == [BulkOutcome.CHANGED, BulkOutcome.APPROVED]
    assert [domain.statuses(draft)[0] for draft in (asleep, fine)] == ["needs_review", "approved"]


@pytest.mark.parametrize("other", ["another's approval", "of another draft", "of another round"])
def test_only_ones_own_approval_of_this_very_text_stands_beside_what_is_not_offered_any_more(
    domain: Domain, other: str
) -> None:
    """It was endorsed, and snoozed since: the click of whoever endorsed it themselves is known, others' is new."""
    rules(domain, quorum=3)
    draft, second = low(domain), low(domain)
    version = 1
    if other == "another's approval":
        domain.vote(draft, user=BOB)
    elif other == "of another draft":
        domain.vote(second)
    else:
        domain.vote(draft)
        version = domain.edit(draft, user=BOB)
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", draft)
    (result,) = approve_all(choices(draft, version=version))
    assert (result.outcome, str(result.reason).split(":")[0]) == (
        BulkOutcome.CHANGED,
        "This is no longer a low-risk draft for you",
    )


def test_ones_own_approval_of_what_was_snoozed_since_is_known(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = low(domain)
    domain.vote(draft)
    domain.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", draft)
    assert [result.outcome for result in approve_all(choices(draft))] == [BulkOutcome.ENDORSED]


def test_outside_of_hours_it_is_left_for_them_to_say_when_unless_they_were_told(domain: Domain) -> None:
    shut(domain)
    asked, told = choices(low(domain), low(domain))
    results = approve_all([asked, told], when=When(told_closed={told.draft_id}))
    why = "It is outside business hours now. Choose when to send it."
    assert results == [
        BulkResult(asked, BulkOutcome.LEFT, why, asks_when=True),
        BulkResult(told, BulkOutcome.APPROVED, account_id=domain.account_id),
    ]
    assert approve_all([asked], when=When(Timing.NEXT_SLOT)) == [
        BulkResult(asked, BulkOutcome.APPROVED, account_id=domain.account_id)
    ]
    timings = domain.rows("SELECT draft_id, timing FROM send_queue")
    assert dict(timings) == {told.draft_id: "earliest", asked.draft_id: "next_slot"}


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


def test_a_draft_that_never_was_or_is_another_workspaces_fails_and_the_rest_goes_on(domain: Domain) -> None:
    theirs = low(domain)
    draft = low(here := elsewhere(domain))
    assert offered(here, campaign=domain.campaign_id).campaign is None
    results = approve_all(choices(new_id(), theirs, draft))
    assert [result.outcome for result in results] == [BulkOutcome.FAILED, BulkOutcome.FAILED, BulkOutcome.APPROVED]


def test_a_defect_in_one_keeps_no_other_from_its_way(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = low(domain), low(domain)
    real = bulk.approve

    def approve(tx: Connection, draft_id: UUID, version: int, by: Actor, timing: Timing) -> object:
        if draft_id == broken:
            raise ZeroDivisionError
        return real(tx, draft_id, version, by, timing)

    monkeypatch.setattr(bulk, "approve", approve)
    with capture_logs() as logged:
        results = approve_all(choices(broken, fine))
    told = {"error": "ZeroDivisionError", "draft_id": str(broken)}
    assert logged == [{"event": "bulk approval failed", "log_level": "error", "exc_info": True} | told]
    assert results[0] == BulkResult(choices(broken)[0], BulkOutcome.FAILED, "Something went wrong. It was not changed.")
    assert results[1].outcome == BulkOutcome.APPROVED
    assert domain.statuses(broken) == ("needs_review", [])


def test_after_its_time_nothing_more_is_begun(domain: Domain) -> None:
    drafts = [low(domain) for _ in range(4)]
    seconds = count()  # begin, and one look before each
    results = approve_all(choices(*drafts), seconds=3, now=lambda: next(seconds))
    assert [result.outcome for result in results] == [BulkOutcome.APPROVED] * 2 + [BulkOutcome.LEFT] * 2
    why = "There was no time for it. It was not changed."
    assert results[2:] == [BulkResult(draft, BulkOutcome.LEFT, why) for draft in choices(*drafts[2:])]
    assert [domain.statuses(draft)[0] for draft in drafts] == ["approved"] * 2 + ["needs_review"] * 2


GONE = "The database does not answer. It was not changed."
IN_DOUBT = "The database went away; the card will show whether it was approved."


@pytest.mark.parametrize(
    ("away", "outcome", "why"),
    [(DatabaseAway, BulkOutcome.LEFT, GONE), (CommitInDoubt, BulkOutcome.FAILED, IN_DOUBT)],
)
def test_with_postgres_away_the_rest_is_left_and_what_was_done_counts(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, away: type[DatabaseAway], outcome: BulkOutcome, why: str
) -> None:
    drafts = [low(domain) for _ in range(3)]
    real = bulk.approve

    def approve(tx: Connection, draft_id: UUID, version: int, by: Actor, timing: Timing) -> object:
        if draft_id == drafts[1]:
            raise away("gone")
        return real(tx, draft_id, version, by, timing)

    monkeypatch.setattr(bulk, "approve", approve)
    results = approve_all(choices(*drafts))
    _, second, third = choices(*drafts)
    assert results[0].outcome == BulkOutcome.APPROVED
    assert results[1:] == [BulkResult(second, outcome, why), BulkResult(third, BulkOutcome.LEFT, GONE)]
    assert domain.statuses(drafts[0])[0] == "approved"
    assert domain.statuses(drafts[2])[0] == "needs_review"


def test_an_admin_who_does_not_review_the_campaign_may(domain: Domain) -> None:
    domain.sql("DELETE FROM campaign_reviewers WHERE member_id = %s", member_id(domain, CAROL))
    (result,) = approve_all(choices(low(domain)), CAROL)
    assert result.outcome == BulkOutcome.APPROVED


# --- taken back together ---


def undo_all(shown: list[DraftAtVersion], user: str = ALICE) -> tuple[list[DraftAtVersion], list[str]]:
    return undo_each(lambda tx: slack_user(tx, "T01TEST", user), shown)


def test_these_approvals_are_taken_back_and_no_other(domain: Domain) -> None:
    shown = choices(*(low(domain) for _ in range(3)))
    approve_all(shown)
    assert undo_all(shown[1:]) == (shown[1:], [])
    assert [domain.statuses(draft.draft_id) for draft in shown] == [
        ("approved", ["queued"]),
        *[("needs_review", ["cancelled"])] * 2,
    ]
    assert domain.verbs(shown[1].draft_id) == ["ingest", "approve", "cancel", "undo"]
    assert undo_all(shown[1:]) == ([], [NO_APPROVAL] * 2), "there is nothing more to take back"
    assert domain.statuses(shown[1].draft_id) == ("needs_review", ["cancelled"])


def test_what_is_leaving_or_was_not_approved_like_this_stays_and_the_rest_goes_on(domain: Domain) -> None:
    leaving, waits, anew, fine = (low(domain) for _ in range(4))
    domain.approve(leaving)
    domain.start(domain.claim())
    domain.approve(anew)
    undo_all(choices(anew))
    domain.approve(anew, version=2)
    domain.approve(fine, user=BOB)
    shown = choices(leaving, waits, anew, new_id(), fine)
    why = [
        "Too late to undo: it is being sent.",
        NO_APPROVAL,
        "This is not the approval you saw. Check the card again: you can undo it there.",
        "There is no such draft in your workspace.",
    ]
    assert undo_all(shown) == (shown[4:], why)
    assert [domain.statuses(draft)[0] for draft in (leaving, waits, anew, fine)] == [
        *("approved", "needs_review", "approved", "needs_review")
    ]
    assert domain.events(leaving)[-1] == ("refuse", None, None, "too_late")
    assert domain.rows("SELECT data ->> 'wanted' FROM message_events WHERE verb = 'refuse' GROUP BY 1") == [("undo",)]


def test_who_looks_on_takes_nothing_back(domain: Domain) -> None:
    shown = choices(low(domain))
    approve_all(shown)
    domain.sql("INSERT INTO campaign_reviewers SELECT id, %s FROM campaigns", member_id(domain, VERA))
    assert undo_all(shown, VERA) == ([], ["This needs the role reviewer or above; yours is viewer. Ask an admin."])
    assert domain.events(shown[0].draft_id)[-1] == ("refuse", None, None, "role_too_low")
    assert domain.statuses(shown[0].draft_id) == ("approved", ["queued"])


def test_with_postgres_away_what_was_taken_back_until_then_is(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = choices(low(domain), low(domain))
    approve_all(shown)
    real: Callable[..., None] = bulk.undo

    def undo(tx: Connection, draft_id: UUID, version: int, by: Actor) -> None:
        if draft_id == shown[1].draft_id:
            raise DatabaseAway("gone")
        real(tx, draft_id, version, by)

    monkeypatch.setattr(bulk, "undo", undo)
    with pytest.raises(DatabaseAway):
        undo_all(shown)
    assert [domain.statuses(draft.draft_id)[0] for draft in shown] == ["needs_review", "approved"]
