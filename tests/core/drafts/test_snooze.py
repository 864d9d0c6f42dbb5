"""Snooze: put off for a while, still decidable, and woken by a person, by the clock, or by a decision."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors as pg

from core.db import transaction
from core.drafts.snooze import snooze, wake, wake_due
from core.errors import BadInput, Conflict, Refusal, Stale
from core.ids import UUID
from core.taxonomy import RefusalCode, Verb
from tests.core.drafts.review_parts import ask_changes, does, refused, row, to_draw
from tests.fixtures.desk import Desk


def put_off(draft: UUID, version: int = 1, *, hours: float = 1, user: str = "U01ALICE") -> datetime:
    until = datetime.now(UTC) + timedelta(hours=hours)
    does(user, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, version, until, by), draft)
    return until


def time_comes(desk: Desk, draft: UUID) -> None:
    desk.sql("UPDATE drafts SET snoozed_until = now() - interval '1 s' WHERE id = %s", draft)


def woken() -> list[UUID]:
    with transaction() as tx:
        return wake_due(tx)


def test_it_is_put_off_by_somebody_until_a_moment(desk: Desk) -> None:
    draft = desk.ingest()
    to_draw(desk, draft)
    until = put_off(draft)
    stands = row(desk, draft)
    assert (stands.snoozed_until, stands.snoozed_by) == (until, desk.member().member_id)
    assert (stands.status, stands.version) == ("needs_review", 1)
    assert to_draw(desk, draft)
    assert desk.verbs(draft) == ["ingest", "snooze"]
    assert woken() == []


def test_a_second_time_moves_the_moment(desk: Desk) -> None:
    draft = desk.ingest()
    put_off(draft)
    until = put_off(draft, hours=48, user="U02BOB")
    assert row(desk, draft).snoozed_until == until


@pytest.mark.parametrize(
    ("hours", "said"), [(-1, "still to come"), (0, "still to come"), (30 * 24 + 1, "within 30 days")]
)
def test_only_a_moment_to_come_within_a_month(desk: Desk, hours: float, said: str) -> None:
    draft = desk.ingest()
    with pytest.raises(BadInput, match=said) as bad:
        put_off(draft, hours=hours)
    assert bad.value.field == "until"
    put_off(draft, hours=30 * 24 - 1)


def test_what_was_decided_or_changed_meanwhile_is_not_put_off(desk: Desk) -> None:
    edited, rejected = desk.ingest(), desk.ingest()
    desk.edit(edited)
    desk.reject(rejected)
    with pytest.raises(Stale):
        put_off(edited)
    with pytest.raises(Conflict):
        put_off(rejected)


def test_what_must_be_put_right_first_can_wait_too(desk: Desk) -> None:
    blocked = desk.ingest(body="Hi {{first_name}}")
    put_off(blocked)
    assert row(desk, blocked).snoozed_until


def test_it_can_still_be_decided_and_that_ends_it(desk: Desk) -> None:
    approved, rejected, changed = desk.ingest(), desk.ingest(), desk.ingest()
    for draft in (approved, rejected, changed):
        put_off(draft)
    desk.approve(approved)
    desk.reject(rejected)
    ask_changes(changed)
    for draft in (approved, rejected, changed):
        stands = row(desk, draft)
        assert (stands.snoozed_until, stands.snoozed_by) == (None, None)


def test_p4_the_database_refuses_a_decision_that_leaves_it_asleep(desk: Desk) -> None:
    draft = desk.ingest()
    put_off(draft)
    with pytest.raises(pg.IntegrityError, match="snoozed_while_open"):
        desk.sql("UPDATE drafts SET status = 'approved', decided_at = now() WHERE id = %s", draft)


def test_somebody_wakes_it(desk: Desk) -> None:
    draft = desk.ingest()
    put_off(draft)
    before = row(desk, draft)
    to_draw(desk, draft)
    does("U02BOB", Verb.WAKE, lambda tx, by: wake(tx, draft, by), draft)
    after = row(desk, draft)
    assert (after.snoozed_until, after.snoozed_by) == (None, None)
    assert after.waits_since > before.waits_since
    assert to_draw(desk, draft)
    assert refused("U02BOB", Verb.WAKE, lambda tx, by: wake(tx, draft, by)) == RefusalCode.NOTHING_TO_DO


def test_what_nobody_put_off_is_not_woken(desk: Desk) -> None:
    draft, rejected = desk.ingest(), desk.ingest()
    desk.reject(rejected)
    for each, code in ((draft, RefusalCode.NOTHING_TO_DO), (rejected, RefusalCode.ALREADY_DECIDED)):
        with pytest.raises(Refusal) as refusal:
            does("U01ALICE", Verb.WAKE, lambda tx, by, each=each: wake(tx, each, by))
        assert refusal.value.code == code


def test_the_clock_wakes_what_is_due_once_longest_over_first(desk: Desk) -> None:
    first, second, later = desk.ingest(), desk.ingest(), desk.ingest()
    for draft in (second, later, first):
        put_off(draft)
    time_comes(desk, first)
    time_comes(desk, second)
    before = row(desk, first)
    to_draw(desk, first)
    with transaction() as tx:
        assert wake_due(tx, limit=1) == [first]
        assert wake_due(tx, limit=5) == [second]
        assert wake_due(tx) == []
    assert to_draw(desk, first)
    assert row(desk, first).waits_since > before.waits_since
    assert desk.events(first)[-1] == ("wake", None, None, None)
    assert row(desk, later).snoozed_until


def test_two_clocks_do_not_wait_for_each_other(desk: Desk) -> None:
    draft = desk.ingest()
    put_off(draft)
    time_comes(desk, draft)
    with transaction() as one, transaction() as other:
        assert wake_due(one) == [draft]
        assert wake_due(other) == []
