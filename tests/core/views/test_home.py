"""What a Home is made from: what waits for whom, the day of one member, what can be taken back, what is in trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from core.cards.home_view import home
from core.db import transaction
from core.drafts.snooze import snooze
from core.ids import UUID, first_id_at, new_id
from core.reviewers.bulk import low_risk
from core.reviewers.waiting import PAGE
from core.taxonomy import Role, Verb
from core.views.trouble import TroubleKind
from tests.core.drafts.review_parts import ask_changes, does, member_id, rules, settings, somebody, take_back
from tests.core.intake.test_feedback import second_campaign
from tests.core.views.home_parts import low, seen_by, waiting
from tests.fixtures.desk import SENT, UNKNOWN, Desk

ALICE, BOB, CAROL, VERA = "U01ALICE", "U02BOB", "U03CAROL", "U04VERA"


def give(desk: Desk, draft: UUID, to: UUID) -> None:
    desk.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", to, draft)


def put_off(draft: UUID, user: str = ALICE) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    does(user, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, until, by), draft)


# --- what waits ---


def test_the_order_is_that_of_review(desk: Desk) -> None:
    closer, blocked = desk.ingest(), desk.ingest(body="Hi {{first_name}}")
    old, unsure, sure = low(desk), low(desk, confidence=0.4), low(desk, confidence=0.9)
    assert waiting(desk) == [sure, unsure, old, closer, blocked]


def test_a_reviewer_sees_their_campaigns_and_an_admin_all(desk: Desk) -> None:
    draft = low(desk)
    desk.sql("DELETE FROM campaign_reviewers WHERE member_id <> %s", member_id(desk, BOB))
    assert waiting(desk, ALICE) == []
    assert waiting(desk, BOB) == [draft]
    assert waiting(desk, CAROL) == [draft]


def test_where_a_campaign_names_no_reviewers_it_waits_for_all_of_them(desk: Desk) -> None:
    draft = low(desk)
    desk.sql("DELETE FROM campaign_reviewers")
    desk.sql("UPDATE campaigns SET slack_channel = 'C01'")
    assert waiting(desk, ALICE) == waiting(desk, BOB) == waiting(desk, CAROL) == [draft]
    assert waiting(desk, VERA) == []
    with transaction() as tx:
        assert [one.choice.draft_id for one in low_risk(tx, desk.member(ALICE)).offered] == [draft]


def test_what_waits_for_changes_is_a_count_apart(desk: Desk) -> None:
    ask_changes(low(desk))
    waits = low(desk)
    for user in (ALICE, CAROL):
        queue = seen_by(desk, user).queue
        assert ([draft.draft_id for draft in queue.drafts], queue.everything, queue.to_change) == ([waits], 1, 1)
    desk.sql("DELETE FROM campaign_reviewers WHERE member_id = %s", member_id(desk, ALICE))
    assert seen_by(desk, ALICE).queue.to_change == 0, "it is for others to decide"
    assert "1 waits for changes." in str(home(seen_by(desk, BOB), "https://example.com"))


def test_what_was_assigned_waits_for_that_member_and_admins_only(desk: Desk) -> None:
    theirs, everybodys = low(desk), low(desk)
    stranger = somebody(desk, "U05OTTO")
    give(desk, theirs, stranger)
    assert waiting(desk, ALICE) == [everybodys]
    assert waiting(desk, "U05OTTO") == [theirs]
    assert waiting(desk, CAROL) == [theirs, everybodys]
    assert [draft.assigned for draft in seen_by(desk, "U05OTTO").queue.drafts] == [True]


def test_nothing_waits_for_somebody_who_looks_on(desk: Desk) -> None:
    low(desk)
    desk.sql("INSERT INTO campaign_reviewers SELECT id, %s FROM campaigns", member_id(desk, VERA))
    assert waiting(desk, VERA) == []
    assert seen_by(desk, VERA).queue.everything == 0


def test_another_workspace_is_another_world(desk: Desk) -> None:
    low(desk)
    ((other,),) = desk.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER') RETURNING id"
    )
    desk.sql("UPDATE members SET workspace_id = %s WHERE slack_user_id = %s", other, CAROL)
    desk.sql("UPDATE workspaces SET slack_team_id = 'T01X' WHERE id = %s", desk.workspace_id)
    desk.sql("UPDATE workspaces SET slack_team_id = 'T01TEST' WHERE id = %s", other)
    assert waiting(desk, CAROL) == []


def test_what_is_snoozed_is_a_count_apart(desk: Desk) -> None:
    asleep, awake = low(desk), low(desk)
    put_off(asleep)
    queue = seen_by(desk).queue
    assert [draft.draft_id for draft in queue.drafts] == [awake]
    assert (queue.total, queue.everything, queue.snoozed) == (1, 1, 1)


def test_whoever_endorsed_waits_for_others(desk: Desk) -> None:
    rules(desk, quorum=2)
    draft = low(desk)
    desk.vote(draft)
    assert waiting(desk, ALICE) == []
    (row,) = seen_by(desk, BOB).queue.drafts
    assert (row.endorsed_by, row.quorum) == ((ALICE,), 2)
    assert seen_by(desk, ALICE).day.decided == 1


def test_a_choice_narrows_what_is_seen_and_not_what_is_counted(desk: Desk) -> None:
    second_campaign(desk)
    here, there = low(desk), low(desk, campaign="winter")
    ((winter,),) = desk.rows("SELECT id FROM campaigns WHERE slug = 'winter'")
    closer = desk.ingest()
    assert waiting(desk, campaign_id=desk.campaign_id) == [here, closer]
    assert waiting(desk, risk="review") == [closer]
    assert waiting(desk, CAROL, campaign_id=winter) == [there]
    queue = seen_by(desk, CAROL).queue
    assert [(count.campaign_id, count.waiting) for count in queue.campaigns] == [(desk.campaign_id, 2), (winter, 1)]
    assert (queue.everything, queue.low_risk) == (3, 2)


def test_pages_are_whole_and_hold_each_draft_once(desk: Desk) -> None:
    drafts = [low(desk) for _ in range(2 * PAGE + 1)]
    pages = [waiting(desk, page=page) for page in range(3)]
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]
    assert [draft for page in pages for draft in page] == drafts
    assert waiting(desk, page=99) == pages[-1], "past the end is the end"
    assert seen_by(desk).queue.pages == 3


def test_what_they_may_not_approve_says_why(desk: Desk) -> None:
    rules(desk, self_approval=False, admins_above_risk="low")
    own, risky, fine = low(desk), desk.ingest(), low(desk)
    desk.edit(own, user=ALICE)
    barred = {row.draft_id: row.barred for row in seen_by(desk, ALICE).queue.drafts}
    assert "You wrote this" in str(barred[own])
    assert "An admin approves" in str(barred[risky])
    assert barred[fine] is None
    assert seen_by(desk, ALICE).queue.low_risk == 1, "what cannot be approved is not offered in bulk"
    assert [row.barred for row in seen_by(desk, CAROL).queue.drafts] == [None] * 3


def test_a_long_text_is_read_no_further_than_it_is_shown(desk: Desk) -> None:
    low(desk, body="word " * 10_000)
    (row,) = seen_by(desk).queue.drafts
    assert len(row.preview) < 500
    assert row.length == len("word " * 10_000)


def test_the_repr_of_what_waits_holds_nobodys_data(desk: Desk) -> None:
    """It may end in a log (P11)."""
    low(desk)
    told = repr(seen_by(desk, note="Hello number 1: too late."))
    assert "Hello" not in told
    assert "dana" not in told.lower()


# --- the day ---


def test_the_day_counts_what_was_decided_and_what_became_of_it(desk: Desk) -> None:
    desk.deliver(low(desk), SENT)
    desk.deliver(low(desk), UNKNOWN)
    desk.approve(low(desk))
    desk.reject(low(desk))
    desk.approve(low(desk), user=BOB)
    day = seen_by(desk).day
    assert (day.decided, day.sent, day.waiting, day.unknown) == (4, 1, 1, 1)


def test_a_draft_that_was_decided_twice_is_one_decision(desk: Desk) -> None:
    settings(desk, undo_seconds=60)
    draft = low(desk)
    desk.approve(draft)
    take_back(draft)
    desk.approve(draft, version=2)
    assert (seen_by(desk).day.decided, seen_by(desk).day.waiting) == (1, 1)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_begins_at_the_members_own_midnight(desk: Desk, zone: str) -> None:
    desk.sql("UPDATE members SET timezone = %s WHERE slack_user_id = %s", zone, ALICE)
    draft = low(desk)
    desk.approve(draft)
    assert seen_by(desk).timezone == zone
    assert seen_by(desk).day.decided == 1
    ((midnight,),) = desk.rows("SELECT date_trunc('day', now() AT TIME ZONE %s) AT TIME ZONE %s", zone, zone)
    yesterday = first_id_at(midnight - timedelta(milliseconds=1))
    desk.sql("ALTER TABLE message_events DISABLE TRIGGER ALL")
    desk.sql("UPDATE message_events SET id = %s WHERE verb = 'approve'", yesterday)
    assert (seen_by(desk).day.decided, seen_by(desk).day.waiting) == (0, 1)


def test_an_id_is_told_from_the_moment_it_was_made() -> None:
    before = datetime.now(UTC)
    made = new_id()
    after = datetime.now(UTC) + timedelta(milliseconds=2)
    assert first_id_at(before) <= made < first_id_at(after)


# --- what can be taken back ---


def test_an_approval_can_be_taken_back_while_it_waits_for_that(desk: Desk) -> None:
    settings(desk, undo_seconds=60)
    draft = low(desk)
    desk.approve(draft)
    (approved,) = seen_by(desk).just_approved
    assert (approved.draft_id, approved.version) == (draft, 1)
    assert approved.until > datetime.now(UTC)
    assert seen_by(desk, BOB).just_approved == ()
    take_back(draft)
    assert seen_by(desk).just_approved == ()


def test_nothing_is_offered_to_be_taken_back_without_a_time_for_it(desk: Desk) -> None:
    desk.approve(low(desk))
    assert seen_by(desk).just_approved == ()


# --- trouble ---


def kinds(desk: Desk) -> list[TroubleKind]:
    found = seen_by(desk, CAROL).troubles
    assert found is not None
    return [trouble.kind for trouble in found]


def test_only_admins_see_what_is_in_trouble(desk: Desk) -> None:
    assert seen_by(desk, ALICE).troubles is None
    assert seen_by(desk, CAROL).troubles == ()


def test_paused_unhealthy_full_unknown_and_stopped(desk: Desk) -> None:
    desk.deliver(low(desk), UNKNOWN)
    desk.approve(low(desk))
    desk.sql("UPDATE accounts SET daily_limit_emails = 0")
    assert kinds(desk) == [TroubleKind.OUTCOME_UNKNOWN, TroubleKind.LIMIT_REACHED]
    desk.pause()
    assert kinds(desk)[-1] == TroubleKind.CAMPAIGN_PAUSED
    desk.sql("UPDATE accounts SET health_score = 12")
    assert TroubleKind.ACCOUNT_UNHEALTHY in kinds(desk)
    desk.sql("UPDATE accounts SET status = 'paused', paused_reason = 'Too many bounces.'")
    troubles = seen_by(desk, CAROL).troubles
    assert troubles is not None
    (paused,) = [trouble for trouble in troubles if trouble.kind == TroubleKind.ACCOUNT_PAUSED]
    assert (paused.name, paused.why) == ("sam@example.com", "Too many bounces.")
    desk.sql("UPDATE installation SET sending_stopped = 'Stop.', stopped_at = now(), stopped_by = 'person'")
    assert kinds(desk)[0] == TroubleKind.SENDING_STOPPED, "the worst first"


def test_a_campaign_in_which_nothing_was_decided_for_long(desk: Desk) -> None:
    low(desk)
    assert kinds(desk) == []
    desk.sql("UPDATE drafts SET waits_since = now() - interval '25 hours'")
    assert kinds(desk) == [TroubleKind.NOTHING_REVIEWED]
    desk.reject(low(desk))
    assert kinds(desk) == [], "somebody is at it"


def test_the_patience_is_that_of_the_workspaces_reminders(desk: Desk) -> None:
    low(desk)
    desk.sql("UPDATE drafts SET waits_since = now() - interval '25 hours'")
    settings(desk, remind_after_hours=48)
    assert kinds(desk) == []


def test_a_reviewer_who_becomes_an_admin_sees_all_of_it(desk: Desk) -> None:
    desk.sql("UPDATE members SET role = %s WHERE slack_user_id = %s", Role.OWNER, ALICE)
    assert seen_by(desk, ALICE).troubles == ()
