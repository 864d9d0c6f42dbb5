"""Reminders: kind, ever more seldom, and never when somebody wants quiet. Then admins hear of it, once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.db import transaction
from core.ids import UUID
from core.notices.alarms import is_over
from core.notices.escalation import escalate_due
from core.notices.reminders import Told, next_reminder, remind_due
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
from tests.fixtures.desk import Desk

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
AFTER = timedelta(hours=4)
HOUR = timedelta(hours=1)


# --- when ---


def test_the_first_comes_so_long_after_the_oldest_came() -> None:
    assert next_reminder(Told(), NINE, None, AFTER) == (NINE + AFTER, 1)


def test_who_decides_is_left_in_peace() -> None:
    assert next_reminder(Told(), NINE, NINE + 3 * HOUR, AFTER) == (NINE + 7 * HOUR, 1)


def test_each_further_one_takes_twice_as_long() -> None:
    told, waits = Told(), []
    for _ in range(8):
        due, times = next_reminder(told, NINE, None, AFTER)
        waits.append((due - (told.last or NINE)) / HOUR)
        told = Told(times, due)
    assert waits == [4, 8, 16, 32, 64, 128, 128, 128]


def test_a_decision_begins_it_anew() -> None:
    decided = NINE + 30 * HOUR
    assert next_reminder(Told(3, NINE + 28 * HOUR), NINE, decided, AFTER) == (decided + AFTER, 1)


def test_what_came_after_the_last_one_begins_it_anew() -> None:
    """All that they were reminded of was decided by others."""
    came = NINE + 50 * HOUR
    assert next_reminder(Told(3, NINE + 28 * HOUR), came, None, AFTER) == (came + AFTER, 1)


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


def remind(desk: Desk) -> int:
    with transaction() as tx:
        return remind_due(tx)


def told(desk: Desk, kind: str = AlertKind.REMINDER) -> list[tuple[str, str]]:
    """(member, sentence) of each message, oldest first."""
    return [
        (user, sentence)
        for user, sentence in desk.rows(
            "SELECT m.slack_user_id, a.sentence FROM alerts a JOIN members m ON m.id = a.member_id"
            " WHERE a.kind = %s ORDER BY a.id",
            kind,
        )
    ]


def waited(desk: Desk, hours: float, *drafts: UUID) -> None:
    """These drafts came, with their cards, so many hours ago."""
    since = "now() - %s * interval '1 hour'"
    desk.sql(f"UPDATE drafts SET waits_since = {since} WHERE id = ANY(%s)", hours, list(drafts))
    desk.sql(f"UPDATE cards SET created_at = {since} WHERE draft_id = ANY(%s)", hours, list(drafts))


def later(desk: Desk, hours: float) -> None:
    """So much time passes."""
    passed = f"{hours} * interval '1 hour'"
    desk.sql(f"UPDATE members SET reminded_at = reminded_at - {passed}")
    desk.sql(f"UPDATE drafts SET waits_since = waits_since - {passed}")
    desk.sql(f"UPDATE cards SET created_at = created_at - {passed}")


@pytest.fixture
def waiting(desk: Desk) -> Desk:
    """Three drafts wait for Alice alone, the oldest for five hours."""
    workspace(desk, remind_after_hours=4)
    reviewers(desk, ALICE)
    drafts = come(desk, 3)
    waited(desk, 5, drafts[0])
    return desk


def test_a_reviewer_is_reminded_of_what_waits(waiting: Desk) -> None:
    assert remind(waiting) == 1
    assert told(waiting) == [(ALICE, "3 drafts wait for you, the oldest for 5 hours.")]
    events = waiting.rows(
        "SELECT surface, data ->> 'waiting', data ->> 'times' FROM message_events WHERE verb = 'remind'"
    )
    assert events == [("job", "3", "1")]


def test_a_reminder_of_what_was_decided_meanwhile_is_not_told(waiting: Desk) -> None:
    """It may rest for an hour, until Slack answers again."""
    remind(waiting)
    ((oldest,),) = waiting.rows("SELECT draft_id FROM alerts WHERE kind = 'reminder'")

    def over() -> bool:
        with transaction() as tx:
            return is_over(tx, AlertKind.REMINDER, oldest, None)

    assert not over()
    waiting.reject(oldest)
    assert over()


def test_a_single_one_is_told_as_one(desk: Desk) -> None:
    workspace(desk, remind_after_hours=4)
    reviewers(desk, ALICE)
    waited(desk, 50, *come(desk, 1))
    remind(desk)
    assert told(desk) == [(ALICE, "A draft has waited for you for 2 days.")]


def test_it_is_told_once_and_then_ever_more_seldom(waiting: Desk) -> None:
    assert [remind(waiting), remind(waiting)] == [1, 0]
    later(waiting, 7.9)
    assert remind(waiting) == 0
    later(waiting, 0.2)
    assert remind(waiting) == 1
    later(waiting, 15.8)
    assert remind(waiting) == 0
    assert len(told(waiting)) == 2


def test_a_decision_is_an_answer(waiting: Desk) -> None:
    remind(waiting)
    draft = waiting.rows("SELECT id FROM drafts ORDER BY id LIMIT 1")[0][0]
    waiting.reject(draft)
    later(waiting, 3)
    assert remind(waiting) == 0, "the rest waits for less than four hours since the decision"


def test_without_a_setting_nobody_is_reminded(waiting: Desk) -> None:
    workspace(waiting, remind_after_hours=None)
    assert remind(waiting) == 0


@pytest.mark.parametrize("away", ["quiet", "muted"])
def test_never_in_quiet_hours_or_while_muted(waiting: Desk, away: str) -> None:
    if away == "quiet":
        quiet_now(waiting, ALICE)
    else:
        muted(waiting, ALICE, hours=2)
    assert remind(waiting) == 0
    back(waiting, ALICE)
    member(waiting, ALICE, muted_until=None)
    assert remind(waiting) == 1


def test_what_was_dealt_just_now_is_no_reason(desk: Desk) -> None:
    """It waited for long, and not for them."""
    workspace(desk, remind_after_hours=4)
    (draft,) = come(desk, 1)
    desk.sql("UPDATE drafts SET waits_since = now() - interval '9 hours' WHERE id = %s", draft)
    assert remind(desk) == 0


def test_what_is_for_somebody_else_is_no_reason(desk: Desk) -> None:
    """Assigned to Bob, or endorsed by them already."""
    workspace(desk, remind_after_hours=4)
    campaign(desk, quorum=2)
    reviewers(desk, ALICE, BOB)
    for_bob, endorsed = come(desk, 2)
    waited(desk, 5, for_bob, endorsed)
    desk.sql(
        "UPDATE drafts SET assigned_to = (SELECT id FROM members WHERE slack_user_id = %s) WHERE id = %s", BOB, for_bob
    )
    desk.vote(endorsed)
    desk.sql("UPDATE cards SET created_at = now() - interval '9 hours'")
    assert remind(desk) == 1
    assert told(desk) == [(BOB, "2 drafts wait for you, the oldest for 5 hours.")]


def test_who_left_is_not_reminded(waiting: Desk) -> None:
    member(waiting, ALICE, active=False)
    assert remind(waiting) == 0


# --- then admins ---


def escalate(desk: Desk) -> list[UUID]:
    with transaction() as tx:
        return escalate_due(tx)


def test_admins_are_told_once_of_what_nobody_decides(desk: Desk) -> None:
    workspace(desk, escalate_after_hours=24)
    drafts = come(desk, 3)
    waited(desk, 30, drafts[0])
    assert escalate(desk) == [drafts[0]]
    assert escalate(desk) == []
    assert told(desk, AlertKind.DRAFT_WAITING) == [
        (CAROL, "It has waited for 30 hours, and its reviewers have not decided.")
    ]
    assert desk.verbs(drafts[0]) == [Verb.INGEST, Verb.ESCALATE]
    assert desk.state(drafts[0]) == "needs_review", "never an approval by silence"


def test_several_at_once_are_one_sentence(desk: Desk) -> None:
    workspace(desk, escalate_after_hours=24)
    drafts = come(desk, 4)
    waited(desk, 25, *drafts[1:])
    waited(desk, 100, drafts[2])
    assert set(escalate(desk)) == set(drafts[1:])
    assert told(desk, AlertKind.DRAFT_WAITING) == [
        (CAROL, "3 do, the oldest for 4 days, and their reviewers have not decided.")
    ]
    assert desk.rows("SELECT draft_id FROM alerts") == [(drafts[2],)]


def test_admins_are_told_of_changes_that_nobody_makes(desk: Desk) -> None:
    workspace(desk, escalate_after_hours=24)
    waiting, asked = come(desk, 2)
    waited(desk, 30, waiting, asked)
    ask_changes(asked)
    assert escalate(desk) == [waiting], "it waits for its author only since now"
    waited(desk, 30, asked)
    assert escalate(desk) == [asked]
    assert escalate(desk) == []
    assert (CAROL, "It has waited for 30 hours, and nobody has made the changes that were asked for.") in told(
        desk, AlertKind.DRAFT_WAITING
    )


@pytest.mark.parametrize(
    "other", [{"status": "rejected", "decided_at": NINE}, {"snoozed_until": NINE}], ids=["decided", "put off"]
)
def test_what_waits_for_nobody_is_not_escalated(desk: Desk, other: dict[str, Any]) -> None:
    workspace(desk, escalate_after_hours=24)
    (draft,) = come(desk, 1)
    waited(desk, 30, draft)
    columns = ", ".join(f"{name} = %s" for name in other)
    desk.sql(f"UPDATE drafts SET {columns} WHERE id = %s", *other.values(), draft)
    assert escalate(desk) == []


def test_without_a_setting_nothing_is_escalated(desk: Desk) -> None:
    waited(desk, 1_000, *come(desk, 1))
    assert escalate(desk) == []
