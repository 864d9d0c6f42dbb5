"""The view `todays_schedule` and its reader: each account's own day, each mail once, and the truth of this moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.db import transaction
from core.delivery.explain import explain_wait
from core.ids import UUID
from core.taxonomy import Timing
from core.views.todays_schedule import Scheduled, todays_schedule
from tests.core.delivery.claim_parts import (
    ALWAYS,
    back_dated,
    database_now,
    far_from_midnight,
    queued,
    seat,
    set_account,
)
from tests.core.intake.feedback_parts import tell
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain


def schedule(domain: Domain) -> dict[UUID, tuple[str, str | None]]:
    with transaction() as tx:
        rows, _ = todays_schedule(tx, domain.workspace_id)
    assert len({row.delivery_id for row in rows}) == len(rows)
    return {row.draft_id: (row.status, row.code) for row in rows}


def test_today_holds_what_left_what_leaves_and_what_waits_with_its_reason(domain: Domain) -> None:
    first, lost, failed = domain.ingest(), domain.ingest(), domain.ingest()
    domain.deliver(first, SENT)
    domain.deliver(lost, UNKNOWN)
    domain.deliver(failed, REFUSED)
    leaving = domain.ingest()
    domain.approve(leaving)
    claimed = domain.claim()
    waiting = domain.ingest()
    domain.approve(waiting)
    assert schedule(domain) == {
        first: ("sent", None),
        lost: ("unknown", None),
        leaving: ("claimed", None),
        waiting: ("queued", None),
    }
    assert domain.start(claimed)
    domain.pause()
    assert schedule(domain)[leaving] == ("sending", None)
    assert schedule(domain)[waiting] == ("queued", "campaign_not_active")


def test_what_waits_says_when_at_the_earliest_or_that_it_takes_an_act(domain: Domain) -> None:
    far_from_midnight(domain)
    draft = domain.ingest()
    domain.approve(draft)
    rest = datetime.now(UTC) + timedelta(minutes=9)
    domain.sql("UPDATE accounts SET next_spaced_at = %s", rest)
    with transaction() as tx:
        [row], _ = todays_schedule(tx, domain.workspace_id)
    assert (row.not_before, row.code) == (rest, "spacing")
    assert row.why is not None
    assert "a few minutes" in row.why
    domain.pause()
    assert domain.try_claim() is None
    with transaction() as tx:
        [row], _ = todays_schedule(tx, domain.workspace_id)
    assert (row.not_before, row.why) == (None, "Autumn launch is paused.")
    assert domain.rows("SELECT not_before FROM todays_schedule") == [(None,)]


def test_yesterdays_mail_and_tomorrows_queue_are_not_todays(domain: Domain) -> None:
    sent, later = domain.ingest(), domain.ingest()
    domain.deliver(sent, SENT)
    domain.approve(later)
    back_dated(domain, "25 hours")
    domain.sql("UPDATE send_queue SET due_at = now() + interval '25 hours' WHERE draft_id = %s", later)
    assert schedule(domain) == {}


def today(domain: Domain, limit: int = 200) -> list[Scheduled]:
    with transaction() as tx:
        return todays_schedule(tx, domain.workspace_id, limit)[0]


def test_it_says_the_same_as_why(domain: Domain) -> None:
    """A mail that failed for the moment is due in an hour, whatever the spacing."""
    far_from_midnight(domain)
    draft = domain.ingest()
    domain.approve(draft)
    now = database_now(domain)
    set_account(domain, **ALWAYS, next_spaced_at=now + timedelta(seconds=60))
    domain.sql("UPDATE send_queue SET due_at = %s, reason = 'For the moment.'", now + timedelta(seconds=90))
    [row] = today(domain)
    with transaction() as tx:
        waits = explain_wait(tx, row.delivery_id, domain.account_id)
    assert waits is not None
    assert (row.not_before, row.code, row.why) == (waits.until, waits.code, waits.sentence)
    assert row.not_before == now + timedelta(seconds=90)


def test_what_waits_comes_earliest_first_as_of_now(domain: Domain) -> None:
    winter = seat(domain, "winter")
    for each in (domain, winter):
        set_account(each, **ALWAYS)
    waits, free = queued(domain), queued(winter)
    domain.sql("UPDATE send_queue SET due_at = due_at - interval '1 hour' WHERE id = %s", waits)
    domain.pause()  # nobody has looked since, so the row says nothing of it
    assert [(row.delivery_id, row.not_before is None) for row in today(domain)] == [(free, False), (waits, True)]


def test_no_more_of_an_account_than_it_may_still_send_today(domain: Domain) -> None:
    set_account(domain, **ALWAYS, daily_limit_emails=3)
    domain.deliver(domain.ingest(), SENT)
    waits = [queued(domain) for _ in range(4)]
    assert [row.delivery_id for row in today(domain) if row.status == "queued"] == waits[:2]
    set_account(domain, daily_limit_emails=1)
    assert [row.status for row in today(domain)] == ["sent"]


def test_what_cannot_leave_today_is_not_of_today(domain: Domain) -> None:
    """Its own row is due, and it is the hours of the account that hold it until another day."""
    queued(domain, timing=Timing.NEXT_SLOT)
    there = database_now(domain).astimezone(ZoneInfo("Europe/London"))
    set_account(domain, **ALWAYS | {"weekdays": [there.isoweekday() % 7 + 1]})
    assert today(domain) == []


def test_what_left_is_cut_first(domain: Domain) -> None:
    set_account(domain, **ALWAYS)
    for _ in range(3):
        domain.deliver(domain.ingest(), SENT)
    queued(domain)
    with transaction() as tx:
        rows, goes_on = todays_schedule(tx, domain.workspace_id, 2)
        assert [row.status for row in rows] == ["queued", "sent"]
        assert rows[1].key == "key-3"
        assert goes_on
        assert todays_schedule(tx, domain.workspace_id, 4)[1] is False


def test_what_came_back_is_said(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    tell(domain, "bounce", draft="key-1")
    assert [row.status for row in today(domain)] == ["bounced"]
