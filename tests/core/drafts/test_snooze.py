"""Snooze: put off for a while, still decidable, and woken by a person, by the clock, or by a decision."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors as pg

from core.db import transaction
from core.drafts.snooze import snooze, wake, wake_due
from core.errors import BadInput, Conflict, Refusal, Stale
from core.ids import UUID
from core.taxonomy import RefusalCode, Verb
from tests.core.drafts.review_parts import approve_past_the_code, ask_changes, does, row, to_draw
from tests.fixtures.domain import Domain


def put_off(draft: UUID, version: int = 1, *, hours: float = 1, user: str = "U01ALICE") -> datetime:
    until = datetime.now(UTC) + timedelta(hours=hours)
    does(user, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, version, until, by), draft)
    return until


def time_comes(domain: Domain, draft: UUID) -> None:
    domain.sql("UPDATE drafts SET snoozed_until = now() - interval '1 s' WHERE id = %s", draft)


def woken() -> list[UUID]:
    with transaction() as tx:
        return wake_due(tx)


def test_it_is_put_off_by_somebody_until_a_moment(domain: Domain) -> None:
    draft = domain.ingest()
    to_draw(domain, draft)
    until = put_off(draft)
    stands = row(domain, draft)
    assert (stands.snoozed_until, stands.snoozed_by) == (until, domain.member().member_id)
    assert (stands.status, stands.version) == ("needs_review", 1)
    assert to_draw(domain, draft)
    assert domain.verbs(draft) == ["ingest", "snooze"]
    data = {"version": 1, "until": until.isoformat(timespec="seconds")}
    alice = domain.member().member_id
    assert domain.rows("SELECT member_id, data FROM message_events WHERE verb = 'snooze'") == [(alice, data)]
    assert woken() == []


def test_a_second_time_moves_the_moment(domain: Domain) -> None:
    draft = domain.ingest()
    put_off(draft)
    until = put_off(draft, hours=48, user="U02BOB")
    assert row(domain, draft).snoozed_until == until


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-1, "Choose a time in the future."),
        (0, "Choose a time in the future."),
        (30 * 24 + 0.01, "Choose a time within 30 days."),
    ],
)
def test_only_a_moment_to_come_within_a_month(domain: Domain, hours: float, said: str) -> None:
    draft = domain.ingest()
    with pytest.raises(BadInput) as bad:
        put_off(draft, hours=hours)
    assert (str(bad.value), bad.value.field) == (said, "until")
    put_off(draft, hours=30 * 24 - 0.01)


def test_a_moment_to_come_begins_after_this_one_and_ends_with_the_thirtieth_day(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, at = domain.ingest(), datetime.now(UTC)
    monkeypatch.setattr("core.drafts.snooze.now", lambda _: at)
    with pytest.raises(BadInput, match="in the future"):
        does("U01ALICE", Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, at, by), draft)
    last = at + timedelta(days=30)
    does("U01ALICE", Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, last, by), draft)
    assert row(domain, draft).snoozed_until == last


def test_what_was_decided_or_changed_meanwhile_is_not_put_off(domain: Domain) -> None:
    edited, rejected = domain.ingest(), domain.ingest()
    domain.edit(edited)
    domain.reject(rejected)
    with pytest.raises(Stale):
        put_off(edited)
    with pytest.raises(Conflict):
        put_off(rejected)


def test_what_must_be_put_right_first_can_wait_too(domain: Domain) -> None:
    blocked = domain.ingest(body="Hi {{first_name}}")
    put_off(blocked)
    assert row(domain, blocked).snoozed_until


def test_it_can_still_be_decided_and_that_ends_it(domain: Domain) -> None:
    approved, rejected, changed = domain.ingest(), domain.ingest(), domain.ingest()
    for draft in (approved, rejected, changed):
        put_off(draft)
    domain.approve(approved)
    domain.reject(rejected)
    ask_changes(changed)
    for draft in (approved, rejected, changed):
        stands = row(domain, draft)
        assert (stands.snoozed_until, stands.snoozed_by) == (None, None)


def test_p4_the_database_refuses_a_decision_that_leaves_it_asleep(domain: Domain) -> None:
    draft = domain.ingest()
    put_off(draft)
    with pytest.raises(pg.IntegrityError, match="snoozed_while_open"):
        approve_past_the_code(domain, "U01ALICE", draft)


def test_somebody_wakes_it(domain: Domain) -> None:
    draft = domain.ingest()
    put_off(draft)
    domain.sql("UPDATE drafts SET escalated_at = now()")
    before = row(domain, draft)
    to_draw(domain, draft)
    does("U02BOB", Verb.WAKE, lambda tx, by: wake(tx, draft, by), draft)
    after = row(domain, draft)
    assert (after.snoozed_until, after.snoozed_by) == (None, None)
    assert after.waits_since > before.waits_since
    assert (after.escalated_at, to_draw(domain, draft)) == (None, True)
    told = "SELECT draft_id, member_id FROM message_events WHERE verb = 'wake'"
    assert domain.rows(told) == [(draft, domain.member("U02BOB").member_id)]
    assert not_woken(draft) == (RefusalCode.NOTHING_TO_DO, "This draft is not snoozed.")


def not_woken(draft: UUID) -> tuple[RefusalCode, str]:
    with pytest.raises(Refusal) as refusal:
        does("U02BOB", Verb.WAKE, lambda tx, by: wake(tx, draft, by))
    return refusal.value.code, str(refusal.value)


def test_what_nobody_put_off_is_not_woken(domain: Domain) -> None:
    draft, blocked, rejected = domain.ingest(), domain.ingest(body="Hi {first_name}"), domain.ingest()
    domain.reject(rejected)
    for each in (draft, blocked):
        assert not_woken(each) == (RefusalCode.NOTHING_TO_DO, "This draft is not snoozed.")
    code, said = not_woken(rejected)
    assert (code, said.partition(" at ")[0]) == (RefusalCode.ALREADY_DECIDED, "Alice Anderson rejected this")


def test_the_clock_wakes_what_is_due_once_longest_over_first(domain: Domain) -> None:
    first, second, later = domain.ingest(), domain.ingest(), domain.ingest()
    for draft in (second, later, first):
        put_off(draft)
    time_comes(domain, first)
    time_comes(domain, second)
    domain.sql("UPDATE drafts SET escalated_at = now()")
    before = row(domain, first)
    to_draw(domain, first)
    with transaction() as tx:
        assert wake_due(tx, limit=1) == [first]
        assert wake_due(tx, limit=5) == [second]
        assert wake_due(tx) == []
    assert to_draw(domain, first)
    after = row(domain, first)
    assert (after.snoozed_until, after.snoozed_by, after.escalated_at) == (None, None, None)
    assert after.waits_since > before.waits_since
    woke = domain.rows("SELECT draft_id, workspace_id, surface, member_id FROM message_events WHERE verb = 'wake'")
    assert woke == [(each, domain.workspace_id, "job", None) for each in (first, second)]
    assert row(domain, later).snoozed_until


def test_two_clocks_do_not_wait_for_each_other(domain: Domain) -> None:
    draft = domain.ingest()
    put_off(draft)
    time_comes(domain, draft)
    with transaction() as one, transaction() as other:
        assert wake_due(one) == [draft]
        assert wake_due(other) == []
