"""Expire: what nobody decided in time leaves the queue, and a person can have it back. Never an approval by silence."""

from collections.abc import Callable

import pytest

from core.db import transaction
from core.drafts.expire import expire_due, restore
from core.drafts.snooze import wake
from core.errors import Conflict, Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode, Verb
from tests.core.drafts.review_parts import ask_changes, does, row, settings, take_back, to_draw
from tests.fixtures.domain import REFUSED, Domain


def expired(limit: int = 100) -> list[UUID]:
    with transaction() as tx:
        return expire_due(tx, limit)


def waits(domain: Domain, draft: UUID, days: float) -> None:
    domain.sql("UPDATE drafts SET waits_since = now() - make_interval(secs => %s) WHERE id = %s", days * 86400, draft)


def bring_back(draft: UUID, user: str = "U01ALICE") -> None:
    does(user, Verb.RESTORE, lambda tx, by: restore(tx, draft, by), draft)


def old_draft(domain: Domain) -> UUID:
    """A draft that waits for 15 days, where 14 are allowed."""
    settings(domain, expire_after_days=14)
    draft = domain.ingest()
    waits(domain, draft, 15)
    return draft


def test_what_waits_for_longer_than_allowed_expires(domain: Domain) -> None:
    old = old_draft(domain)
    young = domain.ingest()
    waits(domain, young, 13.9)
    to_draw(domain, old)
    assert expired() == [old]
    assert domain.statuses(old) == ("expired", [])
    assert domain.statuses(young) == ("needs_review", [])
    assert to_draw(domain, old)
    assert domain.events(old)[-1] == ("expire", "needs_review", "expired", None)
    told = "SELECT workspace_id, surface, member_id, data FROM message_events WHERE verb = 'expire'"
    assert domain.rows(told) == [(domain.workspace_id, "job", None, {"version": 1})]
    assert expired() == []
    assert domain.state(old) == "expired"


def test_nothing_expires_where_no_time_is_set(domain: Domain) -> None:
    old = old_draft(domain)
    settings(domain, expire_after_days=None)
    assert expired() == []
    assert domain.statuses(old) == ("needs_review", [])


def test_a_few_at_a_time_and_two_clocks_do_not_wait_for_each_other(domain: Domain) -> None:
    old = old_draft(domain)
    other = domain.ingest()
    waits(domain, other, 20)
    with transaction() as one, transaction() as two:
        first = expire_due(one, 1)
        second = expire_due(two, 5)
    assert sorted(first + second) == sorted([old, other])
    assert len(first) == 1


def test_what_waits_for_changes_expires_in_the_room_that_is_left(domain: Domain) -> None:
    old, other, asked = old_draft(domain), domain.ingest(), domain.ingest()
    ask_changes(asked)
    for draft in (other, asked):
        waits(domain, draft, 15)
    assert len(expired(1)) == 1
    assert domain.statuses(asked)[0] == "pending"
    assert len(expired(2)) == 2
    assert [domain.statuses(draft)[0] for draft in (old, other, asked)] == ["expired"] * 3


CARED_FOR: dict[str, Callable[[Domain, UUID], object]] = {
    "decided": lambda domain, draft: domain.approve(draft),
    "put off": lambda domain, draft: domain.sql(
        "UPDATE drafts SET snoozed_until = now() - interval '1 minute' WHERE id = %s", draft
    ),
    "waits for changes": lambda _, draft: ask_changes(draft),
    "edited": lambda domain, draft: domain.edit(draft),
    "blocked since": lambda domain, draft: domain.edit(draft, body="Hi {{first_name}}"),
}


@pytest.mark.parametrize("how", CARED_FOR)
def test_what_somebody_cares_for_does_not_expire(domain: Domain, how: str) -> None:
    old = old_draft(domain)
    CARED_FOR[how](domain, old)
    assert expired() == []


def test_what_nobody_changes_expires_too(domain: Domain) -> None:
    old = old_draft(domain)
    ask_changes(old)
    waits(domain, old, 15)
    assert expired() == [old]
    assert domain.events(old)[-1] == ("expire", "pending", "expired", None)
    bring_back(old)
    assert domain.statuses(old) == ("needs_review", [])


def test_what_was_put_off_waits_anew_once_it_is_awake(domain: Domain) -> None:
    old = old_draft(domain)
    CARED_FOR["put off"](domain, old)
    does("U01ALICE", Verb.WAKE, lambda tx, by: wake(tx, old, by))
    assert expired() == []
    waits(domain, old, 15)
    assert expired() == [old]


@pytest.mark.parametrize("how", ["undone", "failed"])
def test_what_comes_back_waits_anew(domain: Domain, how: str) -> None:
    old = old_draft(domain)
    if how == "undone":
        domain.approve(old)
        take_back(old)
    else:
        domain.deliver(old, REFUSED)
    assert expired() == []


def test_it_can_be_restored_as_it_was_read(domain: Domain) -> None:
    old = old_draft(domain)
    other = domain.ingest()
    waits(domain, other, 16)
    expired()
    domain.sql("UPDATE drafts SET escalated_at = now()")
    to_draw(domain, old)
    bring_back(old, user="U02BOB")
    assert domain.statuses(other) == ("expired", [])
    stands = row(domain, old)
    assert (stands.status, stands.version) == ("needs_review", 1)
    assert to_draw(domain, old)
    assert stands.escalated_at is None
    assert domain.events(old)[-1] == ("restore", "expired", "needs_review", None)
    told = "SELECT member_id, data FROM message_events WHERE verb = 'restore'"
    assert domain.rows(told) == [(domain.member("U02BOB").member_id, {"version": 1})]
    assert expired() == []
    domain.approve(old)


def test_what_has_not_expired_is_not_restored(domain: Domain) -> None:
    old = old_draft(domain)
    approved, blocked = domain.ingest(), domain.ingest(body="Hi {first_name}")
    domain.approve(approved)
    for each in (old, blocked):
        with pytest.raises(Refusal) as refusal:
            bring_back(each)
        said = "This draft has not expired: it can still be decided."
        assert (refusal.value.code, str(refusal.value)) == (RefusalCode.NOTHING_TO_DO, said)
    with pytest.raises(Conflict):
        bring_back(approved)


def test_nobody_approves_what_has_expired(domain: Domain) -> None:
    old = old_draft(domain)
    expired()
    with pytest.raises(Refusal, match="expired") as refusal:
        domain.approve(old)
    assert refusal.value.code == RefusalCode.ALREADY_DECIDED
    assert domain.statuses(old) == ("expired", [])
