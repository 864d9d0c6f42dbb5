"""What a Home is made from: what waits for whom, the day of one member, what can be taken back, what is in trouble."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.cards.home_tab import home_tab
from core.db import transaction
from core.drafts.snooze import snooze
from core.ids import UUID, first_id_at, new_id
from core.reviewers.low_risk import read_low_risk
from core.reviewers.review_queue import PAGE
from core.taxonomy import Role, TroubleKind, Verb
from tests.core.drafts.review_parts import ask_changes, does, member_id, rules, settings, somebody, take_back
from tests.core.intake.feedback_parts import second_campaign
from tests.core.views.home_parts import low, seen_by, waiting
from tests.fixtures.domain import SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

ALICE, BOB, CAROL, VERA = "U01ALICE", "U02BOB", "U03CAROL", "U04VERA"


def give(domain: Domain, draft: UUID, to: UUID) -> None:
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", to, draft)


def put_off(draft: UUID, user: str = ALICE) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    does(user, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, until, by), draft)


# --- what waits ---


def test_the_order_is_that_of_review(domain: Domain) -> None:
    closer, blocked = domain.ingest(), domain.ingest(body="Hi {{first_name}}")
    old, unsure, sure = low(domain), low(domain, confidence=0.4), low(domain, confidence=0.9)
    assert waiting(domain) == [sure, unsure, old, closer, blocked]


def test_a_reviewer_sees_their_campaigns_and_an_admin_all(domain: Domain) -> None:
    draft = low(domain)
    domain.sql("DELETE FROM campaign_reviewers WHERE member_id <> %s", member_id(domain, BOB))
    assert waiting(domain, ALICE) == []
    assert waiting(domain, BOB) == [draft]
    assert waiting(domain, CAROL) == [draft]


def test_where_a_campaign_names_no_reviewers_it_waits_for_all_of_them(domain: Domain) -> None:
    draft = low(domain)
    domain.sql("DELETE FROM campaign_reviewers")
    domain.sql("UPDATE campaigns SET slack_channel = 'C01'")
    assert waiting(domain, ALICE) == waiting(domain, BOB) == waiting(domain, CAROL) == [draft]
    assert waiting(domain, VERA) == []
    with transaction() as tx:
        assert [one.draft.draft_id for one in read_low_risk(tx, domain.member(ALICE)).offered] == [draft]


def test_what_waits_for_changes_is_a_count_apart(domain: Domain) -> None:
    ask_changes(low(domain))
    waits = low(domain)
    for user in (ALICE, CAROL):
        queue = seen_by(domain, user).queue
        assert ([draft.draft_id for draft in queue.drafts], queue.everything, queue.to_change) == ([waits], 1, 1)
    domain.sql("DELETE FROM campaign_reviewers WHERE member_id = %s", member_id(domain, ALICE))
    assert seen_by(domain, ALICE).queue.to_change == 0, "it is for others to decide"
    assert "1 waits for changes." in str(home_tab(seen_by(domain, BOB), "https://example.com"))


def test_what_was_assigned_waits_for_that_member_and_admins_only(domain: Domain) -> None:
    theirs, everybodys = low(domain), low(domain)
    stranger = somebody(domain, "U05OTTO")
    give(domain, theirs, stranger)
    assert waiting(domain, ALICE) == [everybodys]
    assert waiting(domain, "U05OTTO") == [theirs]
    assert waiting(domain, CAROL) == [theirs, everybodys]
    assert [draft.assigned for draft in seen_by(domain, "U05OTTO").queue.drafts] == [True]


def test_nothing_waits_for_somebody_who_looks_on(domain: Domain) -> None:
    low(domain)
    domain.sql("INSERT INTO campaign_reviewers SELECT id, %s FROM campaigns", member_id(domain, VERA))
    assert waiting(domain, VERA) == []
    assert seen_by(domain, VERA).queue.everything == 0


def test_another_workspace_is_another_world(domain: Domain) -> None:
    low(domain)
    ((other,),) = domain.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER') RETURNING id"
    )
    domain.sql("UPDATE members SET workspace_id = %s WHERE slack_user_id = %s", other, CAROL)
    domain.sql("UPDATE workspaces SET slack_team_id = 'T01X' WHERE id = %s", domain.workspace_id)
    domain.sql("UPDATE workspaces SET slack_team_id = 'T01TEST' WHERE id = %s", other)
    assert waiting(domain, CAROL) == []


def test_what_is_snoozed_is_a_count_apart(domain: Domain) -> None:
    asleep, awake = low(domain), low(domain)
    put_off(asleep)
    queue = seen_by(domain).queue
    assert [draft.draft_id for draft in queue.drafts] == [awake]
    assert (queue.total, queue.everything, queue.snoozed) == (1, 1, 1)


def test_whoever_endorsed_waits_for_others(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = low(domain)
    domain.vote(draft)
    assert waiting(domain, ALICE) == []
    (row,) = seen_by(domain, BOB).queue.drafts
    assert (row.endorsed_by, row.quorum) == ((ALICE,), 2)
    assert seen_by(domain, ALICE).day.decided == 1


def test_a_choice_narrows_what_is_seen_and_not_what_is_counted(domain: Domain) -> None:
    second_campaign(domain)
    here, there = low(domain), low(domain, campaign="winter")
    ((winter,),) = domain.rows("SELECT id FROM campaigns WHERE slug = 'winter'")
    closer = domain.ingest()
    assert waiting(domain, campaign_id=domain.campaign_id) == [here, closer]
    assert waiting(domain, risk="review") == [closer]
    assert waiting(domain, CAROL, campaign_id=winter) == [there]
    queue = seen_by(domain, CAROL).queue
    assert [(count.campaign_id, count.waiting) for count in queue.campaigns] == [(domain.campaign_id, 2), (winter, 1)]
    assert (queue.everything, queue.low_risk) == (3, 2)


def test_pages_are_whole_and_hold_each_draft_once(domain: Domain) -> None:
    drafts = [low(domain) for _ in range(2 * PAGE + 1)]
    pages = [waiting(domain, page=page) for page in range(3)]
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]
    assert [draft for page in pages for draft in page] == drafts
    assert waiting(domain, page=99) == pages[-1], "past the end is the end"
    assert seen_by(domain).queue.pages == 3


def test_what_they_may_not_approve_says_why(domain: Domain) -> None:
    rules(domain, self_approval=False, admins_above_risk="low")
    own, risky, fine = low(domain), domain.ingest(), low(domain)
    domain.edit(own, user=ALICE)
    barred = {row.draft_id: row.barred for row in seen_by(domain, ALICE).queue.drafts}
    assert "You wrote this" in str(barred[own])
    assert "An admin has to approve this" in str(barred[risky])
    assert barred[fine] is None
    assert seen_by(domain, ALICE).queue.low_risk == 1, "what cannot be approved is not offered in bulk"
    assert [row.barred for row in seen_by(domain, CAROL).queue.drafts] == [None] * 3


def test_a_long_text_is_read_no_further_than_it_is_shown(domain: Domain) -> None:
    low(domain, body="word " * 10_000)
    (row,) = seen_by(domain).queue.drafts
    assert len(row.preview) < 500
    assert row.length == len("word " * 10_000)


def test_the_repr_of_what_waits_holds_nobodys_data(domain: Domain) -> None:
    """It may end in a log (P11)."""
    low(domain)
    told = repr(seen_by(domain, note="Hello number 1: too late."))
    assert "Hello" not in told
    assert "dana" not in told.lower()


# --- the day ---


def test_the_day_counts_what_was_decided_and_what_became_of_it(domain: Domain) -> None:
    domain.deliver(low(domain), SENT)
    domain.deliver(low(domain), UNKNOWN)
    domain.approve(low(domain))
    domain.reject(low(domain))
    domain.approve(low(domain), user=BOB)
    day = seen_by(domain).day
    assert (day.decided, day.sent, day.waiting, day.unknown) == (4, 1, 1, 1)


def test_a_draft_that_was_decided_twice_is_one_decision(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft = low(domain)
    domain.approve(draft)
    take_back(draft)
    domain.approve(draft, version=2)
    assert (seen_by(domain).day.decided, seen_by(domain).day.waiting) == (1, 1)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_begins_at_the_members_own_midnight(domain: Domain, zone: str) -> None:
    domain.sql("UPDATE members SET timezone = %s WHERE slack_user_id = %s", zone, ALICE)
    draft = low(domain)
    domain.approve(draft)
    assert seen_by(domain).timezone == zone
    assert seen_by(domain).day.decided == 1
    ((midnight,),) = domain.rows("SELECT date_trunc('day', now() AT TIME ZONE %s) AT TIME ZONE %s", zone, zone)
    yesterday = first_id_at(midnight - timedelta(milliseconds=1))
    domain.sql("ALTER TABLE message_events DISABLE TRIGGER ALL")
    domain.sql("UPDATE message_events SET id = %s WHERE verb = 'approve'", yesterday)
    assert (seen_by(domain).day.decided, seen_by(domain).day.waiting) == (0, 1)


def test_an_id_is_told_from_the_moment_it_was_made() -> None:
    before = datetime.now(UTC)
    made = new_id()
    after = datetime.now(UTC) + timedelta(milliseconds=2)
    assert first_id_at(before) <= made < first_id_at(after)


# --- what can be taken back ---


def test_an_approval_can_be_taken_back_while_it_waits_for_that(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft = low(domain)
    domain.approve(draft)
    (approved,) = seen_by(domain).recent_approvals
    assert (approved.draft_id, approved.review_round) == (draft, 1)
    assert approved.until > datetime.now(UTC)
    assert seen_by(domain, BOB).recent_approvals == ()
    take_back(draft)
    assert seen_by(domain).recent_approvals == ()


def test_nothing_is_offered_to_be_taken_back_without_a_time_for_it(domain: Domain) -> None:
    domain.approve(low(domain))
    assert seen_by(domain).recent_approvals == ()


def test_an_approval_that_can_be_taken_back_says_what_holds_it_now_and_no_longer_what_did(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    domain.approve(low(domain))
    domain.sql(
        "UPDATE send_queue SET reason = 'The mail server was away.', created_at = created_at - interval '1 minute',"
        " due_at = now() - interval '1 second'"
    )
    domain.sql("UPDATE installation SET sending_stopped = 'fire drill', stopped_at = now(), stopped_by = 'person'")
    (stopped,) = seen_by(domain).recent_approvals
    assert (stopped.why, stopped.until) == ("All sending is stopped: fire drill.", None)
    assert "· waits: All sending is stopped: fire drill." in str(home_tab(seen_by(domain), "http://x"))
    domain.sql("UPDATE installation SET sending_stopped = NULL, stopped_at = NULL, stopped_by = NULL")
    (free,) = seen_by(domain).recent_approvals
    assert free.why is None
    assert "· waits for its turn'" in str(home_tab(seen_by(domain), "http://x"))


# --- trouble ---


def kinds(domain: Domain) -> list[TroubleKind]:
    found = seen_by(domain, CAROL).troubles
    assert found is not None
    return [trouble.kind for trouble in found]


def test_only_admins_see_what_is_in_trouble(domain: Domain) -> None:
    assert seen_by(domain, ALICE).troubles is None
    assert seen_by(domain, CAROL).troubles == ()


def test_paused_unhealthy_full_unknown_and_stopped(domain: Domain) -> None:
    domain.deliver(low(domain), UNKNOWN)
    domain.approve(low(domain))
    domain.sql("UPDATE accounts SET daily_limit_emails = 0")
    assert kinds(domain) == [TroubleKind.OUTCOME_UNKNOWN, TroubleKind.LIMIT_REACHED]
    domain.pause()
    assert kinds(domain)[-1] == TroubleKind.CAMPAIGN_PAUSED
    domain.sql("UPDATE accounts SET health_score = 12")
    assert TroubleKind.ACCOUNT_UNHEALTHY in kinds(domain)
    domain.sql("UPDATE accounts SET status = 'paused', paused_reason = 'Too many bounces.'")
    troubles = seen_by(domain, CAROL).troubles
    assert troubles is not None
    (paused,) = [trouble for trouble in troubles if trouble.kind == TroubleKind.ACCOUNT_PAUSED]
    assert (paused.name, paused.why) == ("sam@example.com", "Too many bounces.")
    domain.sql("UPDATE installation SET sending_stopped = 'Stop.', stopped_at = now(), stopped_by = 'person'")
    assert kinds(domain)[0] == TroubleKind.SENDING_STOPPED, "the worst first"


def test_a_campaign_in_which_nothing_was_decided_for_long(domain: Domain) -> None:
    low(domain)
    assert kinds(domain) == []
    domain.sql("UPDATE drafts SET waits_since = now() - interval '25 hours'")
    assert kinds(domain) == [TroubleKind.NOTHING_REVIEWED]
    domain.reject(low(domain))
    assert kinds(domain) == [], "somebody is at it"


def test_the_patience_is_that_of_the_workspaces_reminders(domain: Domain) -> None:
    low(domain)
    domain.sql("UPDATE drafts SET waits_since = now() - interval '25 hours'")
    settings(domain, remind_after_hours=48)
    assert kinds(domain) == []


def test_a_reviewer_who_becomes_an_admin_sees_all_of_it(domain: Domain) -> None:
    domain.sql("UPDATE members SET role = %s WHERE slack_user_id = %s", Role.OWNER, ALICE)
    assert seen_by(domain, ALICE).troubles == ()


@pytest.mark.parametrize(
    ("due", "says"),
    [
        ("now() + interval '1 hour'", r"Sends at <!date\^\d+\^.*time_secs}\|"),
        (
            "now() + interval '40 days'",
            r"Sends at <!date\^\d+\^{date_short_pretty}, {time_secs}\|\w{3} \d+ \w{3}",
        ),
        ("'9999-01-01'", "· waits: Autumn launch is paused."),
    ],
)
def test_an_approval_that_waits_says_the_day_or_what_it_waits_for(domain: Domain, due: str, says: str) -> None:
    domain.sql("UPDATE workspaces SET undo_seconds = 60")
    domain.approve(low(domain))
    reason = "'Autumn launch is paused.'" if "9999" in due else "NULL"
    domain.sql(f"UPDATE send_queue SET due_at = {due}, reason = {reason}")
    blocks = home_tab(seen_by(domain), "https://signoff.example.com")["blocks"]
    told = next(block["text"]["text"] for block in blocks if block.get("block_id", "").startswith("undo:"))
    assert re.search(says, told), told
