"""Snooze: put off for a while, still decidable, and woken by a person, by the clock, or by a decision."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors as pg

from core.db import transaction
from core.drafts.snooze import snooze, wake, wake_due
from core.errors import BadInput, Conflict, Refusal, Stale
from core.ids import UUID
from core.taxonomy import RefusalCode, Verb
from tests.core.drafts.review_parts import approve_past_the_code, ask_changes, does, refused, row, to_draw
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
    assert woken() == []


def test_a_second_time_moves_the_moment(domain: Domain) -> None:
    draft = domain.ingest()
    put_off(draft)
    until = put_off(draft, hours=48, user="U02BOB")
    assert row(domain, draft).snoozed_until == until


@pytest.mark.parametrize(
    ("hours", "said"), [(-1, "in the future"), (0, "in the future"), (30 * 24 + 1, "within 30 days")]
)
def test_only_a_moment_to_come_within_a_month(domain: Domain, hours: float, said: str) -> None:
    draft = domain.ingest()
    with pytest.raises(BadInput, match=said) as bad:
        put_off(draft, hours=hours)
    assert bad.value.field == "until"
    put_off(draft, hours=30 * 24 - 1)


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
    before = row(domain, draft)
    to_draw(domain, draft)
    does("U02BOB", Verb.WAKE, lambda tx, by: wake(tx, draft, by), draft)
    after = row(domain, draft)
    assert (after.snoozed_until, after.snoozed_by) == (None, None)
    assert after.waits_since > before.waits_since
    assert to_draw(domain, draft)
    assert refused("U02BOB", Verb.WAKE, lambda tx, by: wake(tx, draft, by)) == RefusalCode.NOTHING_TO_DO


def test_what_nobody_put_off_is_not_woken(domain: Domain) -> None:
    draft, rejected = domain.ingest(), domain.ingest()
    domain.reject(rejected)
    for each, code in ((draft, RefusalCode.NOTHING_TO_DO), (rejected, RefusalCode.ALREADY_DECIDED)):
        with pytest.raises(Refusal) as refusal:
            does("U01ALICE", Verb.WAKE, lambda tx, by, each=each: wake(tx, each, by))
        assert refusal.value.code == code


def test_the_clock_wakes_what_is_due_once_longest_over_first(domain: Domain) -> None:
    first, second, later = domain.ingest(), domain.ingest(), domain.ingest()
    for draft in (second, later, first):
        put_off(draft)
    time_comes(domain, first)
    time_comes(domain, second)
    before = row(domain, first)
    to_draw(domain, first)
    with transaction() as tx:
        assert wake_due(tx, limit=1) == [first]
        assert wake_due(tx, limit=5) == [second]
        assert wake_due(tx) == []
    assert to_draw(domain, first)
    assert row(domain, first).waits_since > before.waits_since
    assert domain.events(first)[-1] == ("wake", None, None, None)
    assert row(domain, later).snoozed_until


def test_two_clocks_do_not_wait_for_each_other(domain: Domain) -> None:
    draft = domain.ingest()
    put_off(draft)
    time_comes(domain, draft)
    with transaction() as one, transaction() as other:
        assert wake_due(one) == [draft]
        assert wake_due(other) == []
