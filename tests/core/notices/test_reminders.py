"""Reminders: kind, ever more seldom, and never when somebody wants quiet. Then admins hear of it, once."""

from datetime import UTC, datetime, timedelta

import pytest

from core.db import transaction
from core.ids import UUID
from core.notices.alarms import is_over
from core.notices.escalation import escalate_due
from core.notices.reminders import Reminded, next_reminder, remind_due
from core.taxonomy import AlertKind, Verb
from core.text.phrases import how_long
from tests.core.drafts.review_parts import ask_changes
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    back,
    campaign,
    come,
    member,
    muted,
    quiet_now,
    reviewers,
    workspace,
)
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
AFTER = timedelta(hours=4)
HOUR = timedelta(hours=1)


# --- when ---


def test_the_first_comes_so_long_after_the_oldest_came() -> None:
    assert next_reminder(Reminded(), NINE, None, AFTER) == (NINE + AFTER, 1)


def test_who_decides_is_left_in_peace() -> None:
    assert next_reminder(Reminded(), NINE, NINE + 3 * HOUR, AFTER) == (NINE + 7 * HOUR, 1)


def test_each_further_one_takes_twice_as_long() -> None:
    told, waits = Reminded(), []
    for _ in range(8):
        due, times = next_reminder(told, NINE, None, AFTER)
        waits.append((due - (told.last or NINE)) / HOUR)
        told = Reminded(times, due)
    assert waits == [4, 8, 16, 32, 64, 128, 128, 128]


def test_a_decision_begins_it_anew() -> None:
    decided = NINE + 30 * HOUR
    assert next_reminder(Reminded(3, NINE + 28 * HOUR), NINE, decided, AFTER) == (decided + AFTER, 1)


def test_what_came_after_the_last_one_begins_it_anew() -> None:
    """All that they were reminded of was decided by others."""
    came = NINE + 50 * HOUR
    assert next_reminder(Reminded(3, NINE + 28 * HOUR), came, None, AFTER) == (came + AFTER, 1)


@pytest.mark.parametrize(
    ("lasted", "said"),
    [
        (timedelta(0), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=1_500), "1,500 days"),
    ],
)
def test_how_long_it_lasted(lasted: timedelta, said: str) -> None:
    assert how_long(lasted) == said


# --- whom, and of what ---


def remind(domain: Domain) -> int:
    with transaction() as tx:
        return remind_due(tx)


def told(domain: Domain, kind: str = AlertKind.REMINDER) -> list[tuple[str, str]]:
    """(member, sentence) of each message, oldest first."""
    return [
        (user, sentence)
        for user, sentence in domain.rows(
            "SELECT m.slack_user_id, a.sentence FROM alerts a JOIN members m ON m.id = a.member_id"
            " WHERE a.kind = %s ORDER BY a.id",
            kind,
        )
    ]


def waited(domain: Domain, hours: float, *drafts: UUID) -> None:
    """These drafts came, with their cards, so many hours ago."""
    since = "now() - %s * interval '1 hour'"
    domain.sql(f"UPDATE drafts SET waits_since = {since} WHERE id = ANY(%s)", hours, list(drafts))
    domain.sql(f"UPDATE cards SET created_at = {since} WHERE draft_id = ANY(%s)", hours, list(drafts))


def later(domain: Domain, hours: float) -> None:
    """So much time passes."""
    passed = f"{hours} * interval '1 hour'"
    domain.sql(f"UPDATE members SET reminded_at = reminded_at - {passed}")
    domain.sql(f"UPDATE drafts SET waits_since = waits_since - {passed}")
    domain.sql(f"UPDATE cards SET created_at = created_at - {passed}")


@pytest.fixture
def waiting(domain: Domain) -> Domain:
    """Three drafts wait for Alice alone, the oldest for five hours."""
    workspace(domain, remind_after_hours=4)
    reviewers(domain, ALICE)
    drafts = come(domain, 3)
    waited(domain, 5, drafts[0])
    return domain


def test_a_reviewer_is_reminded_of_what_waits(waiting: Domain) -> None:
    assert remind(waiting) == 1
    assert told(waiting) == [(ALICE, "3 drafts wait for you, the oldest for 5 hours.")]
    events = waiting.rows(
        "SELECT surface, data ->> 'waiting', data ->> 'times' FROM message_events WHERE verb = 'remind'"
    )
    assert events == [("job", "3", "1")]


def test_a_reminder_of_what_was_decided_meanwhile_is_not_told(waiting: Domain) -> None:
    """It may rest for an hour, until Slack answers again."""
    remind(waiting)
    ((oldest,),) = waiting.rows("SELECT draft_id FROM alerts WHERE kind = 'reminder'")

    def over() -> bool:
        with transaction() as tx:
            return is_over(tx, AlertKind.REMINDER, oldest, None)

    assert not over()
    waiting.reject(oldest)
    assert over()


def test_a_single_one_is_told_as_one(domain: Domain) -> None:
    workspace(domain, remind_after_hours=4)
    reviewers(domain, ALICE)
    waited(domain, 50, *come(domain, 1))
    remind(domain)
    assert told(domain) == [(ALICE, "A draft has waited for you for 2 days.")]


def test_it_is_told_once_and_then_ever_more_seldom(waiting: Domain) -> None:
    assert [remind(waiting), remind(waiting)] == [1, 0]
    later(waiting, 7.9)
    assert remind(waiting) == 0
    later(waiting, 0.2)
    assert remind(waiting) == 1
    later(waiting, 15.8)
    assert remind(waiting) == 0
    assert len(told(waiting)) == 2


def test_a_decision_is_an_answer(waiting: Domain) -> None:
    remind(waiting)
    draft = waiting.rows("SELECT id FROM drafts ORDER BY id LIMIT 1")[0][0]
    waiting.reject(draft)
    later(waiting, 3)
    assert remind(waiting) == 0, "the rest waits for less than four hours since the decision"


def test_without_a_setting_nobody_is_reminded(waiting: Domain) -> None:
    workspace(waiting, remind_after_hours=None)
    assert remind(waiting) == 0


@pytest.mark.parametrize("away", ["quiet", "muted"])
def test_never_in_quiet_hours_or_while_muted(waiting: Domain, away: str) -> None:
    if away == "quiet":
        quiet_now(waiting, ALICE)
    else:
        muted(waiting, ALICE, hours=2)
    assert remind(waiting) == 0
    back(waiting, ALICE)
    member(waiting, ALICE, muted_until=None)
    assert remind(waiting) == 1


def test_what_was_dealt_just_now_is_no_reason(domain: Domain) -> None:
    """It waited for long, and not for them."""
    workspace(domain, remind_after_hours=4)
    (draft,) = come(domain, 1)
    domain.sql("UPDATE drafts SET waits_since = now() - interval '9 hours' WHERE id = %s", draft)
    assert remind(domain) == 0


def test_what_is_for_somebody_else_is_no_reason(domain: Domain) -> None:
    """Assigned to Bob, or endorsed by them already."""
    workspace(domain, remind_after_hours=4)
    campaign(domain, quorum=2)
    reviewers(domain, ALICE, BOB)
    for_bob, endorsed = come(domain, 2)
    waited(domain, 5, for_bob, endorsed)
    domain.sql(
        "UPDATE drafts SET assigned_to = (SELECT id FROM members WHERE slack_user_id = %s) WHERE id = %s", BOB, for_bob
    )
    domain.vote(endorsed)
    domain.sql("UPDATE cards SET created_at = now() - interval '9 hours'")
    assert remind(domain) == 1
    assert told(domain) == [(BOB, "2 drafts wait for you, the oldest for 5 hours.")]


def test_who_left_is_not_reminded(waiting: Domain) -> None:
    member(waiting, ALICE, active=False)
    assert remind(waiting) == 0


# --- then admins ---


def escalate(domain: Domain) -> list[UUID]:
    with transaction() as tx:
        return escalate_due(tx)


def test_admins_are_told_once_of_what_nobody_decides(domain: Domain) -> None:
    workspace(domain, escalate_after_hours=24)
    drafts = come(domain, 3)
    waited(domain, 30, drafts[0])
    assert escalate(domain) == [drafts[0]]
    assert escalate(domain) == []
    assert told(domain, AlertKind.DRAFT_WAITING) == [
        (CAROL, "It has waited for 30 hours, and its reviewers have not decided.")
    ]
    assert domain.verbs(drafts[0]) == [Verb.INGEST, Verb.ESCALATE]
    assert domain.state(drafts[0]) == "needs_review", "never an approval by silence"


def test_several_at_once_are_one_sentence(domain: Domain) -> None:
    workspace(domain, escalate_after_hours=24)
    drafts = come(domain, 4)
    waited(domain, 25, *drafts[1:])
    waited(domain, 100, drafts[2])
    assert set(escalate(domain)) == set(drafts[1:])
    assert told(domain, AlertKind.DRAFT_WAITING) == [
        (CAROL, "3 drafts have waited, the oldest for 4 days, and their reviewers have not decided.")
    ]
    assert domain.rows("SELECT draft_id FROM alerts") == [(drafts[2],)]


def test_admins_are_told_of_changes_that_nobody_makes(domain: Domain) -> None:
    workspace(domain, escalate_after_hours=24)
    waiting, asked = come(domain, 2)
    waited(domain, 30, waiting, asked)
    ask_changes(asked)
    assert escalate(domain) == [waiting], "it waits for its author only since now"
    waited(domain, 30, asked)
    assert escalate(domain) == [asked]
    assert escalate(domain) == []
    assert (CAROL, "It has waited for 30 hours, and nobody has made the requested changes.") in told(
        domain, AlertKind.DRAFT_WAITING
    )


ALICES = "(SELECT id FROM members WHERE slack_user_id = 'U01ALICE')"


@pytest.mark.parametrize(
    "other",
    [
        f"status = 'rejected', decided_at = now(), decision_note = 'No.', decided_by = {ALICES}",
        "snoozed_until = now() + interval '1 hour'",
    ],
    ids=["decided", "put off"],
)
def test_what_waits_for_nobody_is_not_escalated(domain: Domain, other: str) -> None:
    workspace(domain, escalate_after_hours=24)
    (draft,) = come(domain, 1)
    waited(domain, 30, draft)
    domain.sql(f"UPDATE drafts SET {other} WHERE id = %s", draft)
    assert escalate(domain) == []


def test_without_a_setting_nothing_is_escalated(domain: Domain) -> None:
    waited(domain, 1_000, *come(domain, 1))
    assert escalate(domain) == []
