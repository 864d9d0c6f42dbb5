"""Unknown outcomes: what a person can say of a mail that may have left, and that nothing of it is lost (P1, P2)."""

import pytest
from psycopg import errors as pg

from core.access import act
from core.actor import slack_user
from core.db import transaction
from core.delivery import Claimed, unknown
from core.errors import Conflict, Refusal
from core.ids import UUID
from core.mail.outcome import Outcome
from core.taxonomy import RefusalCode, Role, Verb
from core.telemetry import metrics
from core.views.draft import read
from tests.core.delivery.claim_parts import back_dated
from tests.fixtures.desk import BUSY, REFUSED, SENT, UNKNOWN, Desk

CAROL = "U03CAROL"


def number_of(desk: Desk, claimed: Claimed) -> int:
    ((number,),) = desk.rows("SELECT number FROM send_attempts WHERE id = %s", claimed.attempt_id)
    return int(number)


def wait_out(desk: Desk) -> None:
    """Let half an hour pass, as time would."""
    desk.sql("UPDATE send_attempts SET finished_at = finished_at - interval '31 minutes' WHERE outcome = 'unknown'")


def lost(desk: Desk, **more: object) -> tuple[UUID, Claimed]:
    """A mail of which nobody knows, for longer than the wait."""
    draft = desk.ingest(**more)
    claimed = desk.deliver(draft, UNKNOWN)
    wait_out(desk)
    return draft, claimed


def arrived(desk: Desk, draft: UUID, claimed: Claimed, user: str = CAROL) -> None:
    number = number_of(desk, claimed)
    act(
        lambda tx: slack_user(tx, "T01TEST", user),
        Role.ADMIN,
        Verb.CONFIRM,
        lambda tx, by: unknown.it_arrived(tx, draft, number, by),
        draft_id=draft,
    )


def again(desk: Desk, draft: UUID, claimed: Claimed, user: str = CAROL) -> None:
    number = number_of(desk, claimed)
    act(
        lambda tx: slack_user(tx, "T01TEST", user),
        Role.ADMIN,
        Verb.RESEND,
        lambda tx, by: unknown.send_again(tx, draft, number, by),
        draft_id=draft,
    )


def last(desk: Desk, draft: UUID) -> tuple[str, str | None, str | None, str | None]:
    return desk.events(draft)[-1]


def history(desk: Desk) -> list[str]:
    return [status for (status,) in desk.rows("SELECT status FROM outreach_history ORDER BY id")]


# --- what is known ---


def test_what_is_known_is_shown(desk: Desk) -> None:
    draft, claimed = lost(desk)
    known = desk.facts(draft).unknown
    assert known is not None
    assert (known.number, known.phase, known.server) == (number_of(desk, claimed), "dot", "127.0.0.1")
    assert known.again_from - known.since == unknown.WAIT
    assert known.message_id.encode() in claimed.mime


def test_a_server_whose_address_is_a_secret_is_not_named(desk: Desk) -> None:
    desk.sql("UPDATE accounts SET smtp_url = 'env:SAM_SMTP'")
    draft, _ = lost(desk)
    known = desk.facts(draft).unknown
    assert known is not None
    assert known.server is None


def alarm(desk: Desk, name: str) -> int:
    (question,) = [question for question in metrics.QUESTIONS if question.name == name]
    ((value,),) = desk.rows(question.sql)
    return int(value)


def test_each_unknown_and_each_duplicate_is_a_number_that_can_ring(desk: Desk) -> None:
    draft, first = lost(desk)
    assert alarm(desk, "signoff_outcomes_unknown") == 1
    again(desk, draft, first)
    assert alarm(desk, "signoff_outcomes_unknown") == 0
    second = desk.claim()
    assert desk.start(second)
    desk.finish(second, SENT)
    assert alarm(desk, "signoff_arrived_twice_last_hour") == 0
    desk.finish(first, SENT)
    assert alarm(desk, "signoff_arrived_twice_last_hour") == 1


# --- it arrived ---


def test_an_admin_says_that_it_arrived(desk: Desk) -> None:
    draft, claimed = lost(desk)
    arrived(desk, draft, claimed)
    assert desk.state(draft) == "sent"
    assert desk.attempts(draft) == [(True, "sent")]
    assert last(desk, draft) == ("confirm", "outcome_unknown", "sent", None)
    ((who, kind),) = desk.rows(
        "SELECT m.slack_user_id, e.data->>'evidence' FROM message_events e JOIN members m ON m.id = e.member_id"
        " WHERE verb = 'confirm'"
    )
    assert (who, kind) == (CAROL, "person")
    assert history(desk) == ["sent"]


def test_a_reviewer_may_say_neither_and_the_click_is_noted(desk: Desk) -> None:
    draft, claimed = lost(desk)
    for says in (arrived, again):
        with pytest.raises(Refusal, match="needs the role admin"):
            says(desk, draft, claimed, "U01ALICE")
    assert [event[0::3] for event in desk.events(draft)[-2:]] == [("refuse", "role_too_low")] * 2
    assert desk.state(draft) == "outcome_unknown"


def test_the_second_to_say_it_is_told_who_was_first(desk: Desk) -> None:
    draft, claimed = lost(desk)
    arrived(desk, draft, claimed)
    with pytest.raises(Conflict, match="and it was sent"):
        arrived(desk, draft, claimed)
    with pytest.raises(Conflict, match="and it was sent"):
        again(desk, draft, claimed)
    assert desk.verbs(draft).count("confirm") == 1


# --- it did not: send again ---


def test_nobody_sends_again_before_half_an_hour_has_passed(desk: Desk) -> None:
    draft = desk.ingest()
    claimed = desk.deliver(draft, UNKNOWN)
    with pytest.raises(Refusal, match="Not yet") as refused:
        again(desk, draft, claimed)
    assert refused.value.code == RefusalCode.TOO_EARLY
    assert "be sent again from" in str(refused.value)
    assert last(desk, draft) == ("refuse", None, None, "too_early")
    with pytest.raises(pg.IntegrityConstraintViolation):  # and neither does careless code (P4)
        desk.sql("UPDATE send_attempts SET overruled_at = now(), overruled_by = (SELECT id FROM members LIMIT 1)")


def test_it_is_sent_again_once_and_no_gate_is_in_its_own_way(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    assert desk.statuses(draft) == ("approved", ["queued"])
    assert last(desk, draft) == ("resend", "outcome_unknown", "queued", None)
    assert history(desk) == ["failed"]
    second = desk.claim()
    assert (second.draft_id, second.delivery_id) == (draft, first.delivery_id)
    assert second.attempt_id != first.attempt_id
    assert desk.start(second)
    desk.finish(second, SENT)
    assert desk.state(draft) == "sent"
    assert desk.attempts(draft) == [(True, "unknown"), (True, "sent")]
    assert history(desk) == ["sent"]
    assert desk.try_claim() is None


def test_the_sixty_days_begin_with_the_mail_that_was_sent_again(desk: Desk) -> None:
    draft, first = lost(desk)
    back_dated(desk, "3 days")
    again(desk, draft, first)
    second = desk.claim()
    assert desk.start(second)
    desk.finish(second, SENT)
    assert desk.rows("SELECT contacted_at > now() - interval '1 minute' FROM outreach_history") == [(True,)]


def test_what_may_have_left_stays_counted(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    assert desk.rows("SELECT counted_emails FROM accounts") == [(1,)]
    desk.claim()
    assert desk.rows("SELECT counted_emails FROM accounts") == [(2,)]


def test_every_gate_applies_once_more(desk: Desk) -> None:
    draft, first = lost(desk)
    desk.sql("UPDATE contacts SET status = 'do_not_contact'")
    again(desk, draft, first)
    assert desk.try_claim() is None
    assert desk.statuses(draft) == ("needs_review", ["skipped"])


def test_two_who_send_again_send_once(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    with pytest.raises(Conflict):
        again(desk, draft, first)
    assert desk.verbs(draft).count("resend") == 1


def test_a_click_on_an_earlier_unknown_is_not_taken_for_the_later_one(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    assert desk.start(second)
    desk.finish(second, UNKNOWN)
    wait_out(desk)
    for says in (arrived, again):
        with pytest.raises(Refusal, match="an earlier try"):
            says(desk, draft, first)
    again(desk, draft, second)
    third = desk.claim()
    assert desk.start(third)
    desk.finish(third, SENT)
    assert desk.attempts(draft) == [(True, "unknown"), (True, "unknown"), (True, "sent")]


def test_another_workspaces_mail_does_not_exist(desk: Desk) -> None:
    draft, first = lost(desk)
    desk.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER')")
    desk.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " SELECT gen_random_uuid(), id, 'U09EVE', 'Eve', 'owner' FROM workspaces WHERE slack_team_id = 'T02OTHER'"
    )
    with pytest.raises(Refusal, match="no such draft"), transaction() as tx:
        unknown.send_again(tx, draft, number_of(desk, first), slack_user(tx, "T02OTHER", "U09EVE"))
    assert desk.state(draft) == "outcome_unknown"


@pytest.mark.parametrize(("outcome", "state"), [(REFUSED, "failed_back"), (BUSY, "waiting")])
def test_a_second_try_that_is_refused_does_not_say_that_nothing_was_sent(
    desk: Desk, outcome: Outcome, state: str
) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    desk.finish(second, outcome)
    assert desk.state(draft) == state
    given_up = desk.facts(draft).given_up
    assert given_up is not None
    assert (given_up.by, given_up.arrived) == (CAROL, False)


# --- the overruled attempt arrived after all ---


def test_p1_it_arrived_after_all_before_another_was_claimed(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    desk.finish(first, SENT)
    assert desk.state(draft) == "sent"
    assert last(desk, draft) == ("confirm", "queued", "sent", None)
    assert desk.try_claim() is None
    assert desk.attempts(draft) == [(True, "sent")]
    assert history(desk) == ["sent"]


def test_p1_it_arrived_after_all_while_another_was_connected(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    desk.finish(first, SENT)
    assert last(desk, draft) == ("confirm", "claimed", "sent", None)
    assert not desk.start(second)
    desk.finish(second, BUSY)
    assert desk.state(draft) == "sent"
    assert desk.attempts(draft) == [(True, "sent"), (False, "not_sent")]


@pytest.mark.parametrize("outcome", [REFUSED, BUSY, UNKNOWN])
def test_it_arrived_after_all_while_another_was_being_sent_which_did_not(desk: Desk, outcome: Outcome) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    assert desk.start(second)
    desk.finish(first, SENT)
    assert desk.state(draft) == "sending"
    assert last(desk, draft)[0] == "contradict"
    desk.finish(second, outcome)
    assert desk.state(draft) == "sent"
    assert last(desk, draft) == ("confirm", "sending", "sent", None)
    assert desk.try_claim() is None


def test_both_arrived_and_nobody_can_overlook_it(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    assert desk.start(second)
    desk.finish(second, SENT)
    before = desk.facts(draft)
    assert before.given_up is not None
    assert not before.given_up.twice
    desk.finish(first, SENT)
    after = desk.facts(draft)
    assert after.given_up is not None
    assert after.given_up.twice
    assert after.revision > before.revision, "no card would be drawn again"
    assert last(desk, draft)[0] == "duplicate"
    desk.finish(first, SENT)
    assert desk.verbs(draft).count("duplicate") == 1


def test_both_arrived_the_first_while_the_second_was_being_sent(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    assert desk.start(second)
    desk.finish(first, SENT)
    desk.finish(second, SENT)
    assert desk.verbs(draft)[-2:] == ["deliver", "duplicate"]
    given_up = desk.facts(draft).given_up
    assert given_up is not None
    assert given_up.twice


def test_it_arrived_after_all_when_the_draft_is_back_in_review(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    second = desk.claim()
    desk.finish(second, REFUSED)
    version = desk.facts(draft).version
    desk.finish(first, SENT)
    facts = desk.facts(draft)
    assert facts.state == "failed_back"
    assert "It arrived after all" in str(facts.reason)
    assert history(desk) == ["sent"]
    with pytest.raises(Refusal, match="has changed"):
        desk.approve(draft, version)


def test_it_arrived_after_all_when_the_draft_was_approved_anew(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    desk.finish(desk.claim(), REFUSED)
    desk.approve(draft, desk.facts(draft).version)
    desk.finish(first, SENT)
    assert desk.statuses(draft) == ("needs_review", ["failed", "cancelled"])
    assert "It arrived after all" in str(desk.facts(draft).reason)


def test_p4_the_database_lets_no_attempt_start_once_another_arrived(desk: Desk) -> None:
    draft, first = lost(desk, kind="reply")
    again(desk, draft, first)
    desk.finish(desk.claim(), REFUSED)
    desk.approve(draft, desk.facts(draft).version)
    third = desk.claim()
    desk.finish(first, SENT)
    with pytest.raises(Exception, match="cannot start once another has arrived"):
        desk.start(third)


def test_a_late_refusal_of_an_overruled_attempt_changes_nothing_else(desk: Desk) -> None:
    draft, first = lost(desk)
    again(desk, draft, first)
    desk.finish(first, REFUSED)
    assert desk.statuses(draft) == ("approved", ["queued"])
    assert desk.attempts(draft) == [(True, "not_sent")]
    assert desk.facts(draft).given_up is None


def test_p4_an_overruling_is_never_taken_back_and_has_a_name(desk: Desk) -> None:
    draft, first = lost(desk)
    with pytest.raises(pg.CheckViolation):
        desk.sql("UPDATE send_attempts SET overruled_at = now()")
    again(desk, draft, first)
    with pytest.raises(pg.IntegrityConstraintViolation):
        desk.sql("UPDATE send_attempts SET overruled_at = NULL, overruled_by = NULL")
    with transaction() as tx:
        facts = read(tx, draft)
    assert facts is not None


@pytest.mark.parametrize("first_outcome", [SENT, UNKNOWN])
def test_p1_without_a_person_a_second_attempt_still_cannot_start(desk: Desk, first_outcome: Outcome) -> None:
    draft = desk.ingest()
    desk.deliver(draft, first_outcome)
    with pytest.raises(pg.UniqueViolation):
        desk.sql(
            "INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256,"
            " started_at) SELECT gen_random_uuid(), workspace_id, id, draft_id, 'x', '', '', now() FROM send_queue"
            " WHERE draft_id = %s",
            draft,
        )
