"""The view `todays_schedule` and its reader: each account's own day, each mail once, and the truth of this moment."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.db import transaction
from core.delivery.explain import why_not_yet
from core.ids import UUID
from core.taxonomy import Timing
from core.views.schedule import Scheduled, todays_schedule
from tests.core.delivery.claim_parts import (
    ALWAYS,
    back_dated,
    database_now,
    far_from_midnight,
    queued,
    seat,
    set_account,
)
from tests.core.intake.test_feedback import tell
from tests.fixtures.desk import REFUSED, SENT, UNKNOWN, Desk


def schedule(desk: Desk) -> dict[UUID, tuple[str, str | None]]:
    with transaction() as tx:
        rows, _ = todays_schedule(tx, desk.workspace_id)
    assert len({row.delivery_id for row in rows}) == len(rows)
    return {row.draft_id: (row.status, row.code) for row in rows}


def test_today_holds_what_left_what_leaves_and_what_waits_with_its_reason(desk: Desk) -> None:
    first, lost, failed = desk.ingest(), desk.ingest(), desk.ingest()
    desk.deliver(first, SENT)
    desk.deliver(lost, UNKNOWN)
    desk.deliver(failed, REFUSED)
    leaving = desk.ingest()
    desk.approve(leaving)
    claimed = desk.claim()
    waiting = desk.ingest()
    desk.approve(waiting)
    assert schedule(desk) == {
        first: ("sent", None),
        lost: ("unknown", None),
        leaving: ("claimed", None),
        waiting: ("queued", None),
    }
    assert desk.start(claimed)
    desk.pause()
    assert schedule(desk)[leaving] == ("sending", None)
    assert schedule(desk)[waiting] == ("queued", "campaign_not_active")


def test_what_waits_says_when_at_the_earliest_or_that_it_takes_an_act(desk: Desk) -> None:
    far_from_midnight(desk)
    draft = desk.ingest()
    desk.approve(draft)
    rest = datetime.now(UTC) + timedelta(minutes=9)
    desk.sql("UPDATE accounts SET next_spaced_at = %s", rest)
    with transaction() as tx:
        [row], _ = todays_schedule(tx, desk.workspace_id)
    assert (row.not_before, row.code) == (rest, "spacing")
    assert row.why is not None
    assert "some minutes" in row.why
    desk.pause()
    assert desk.try_claim() is None
    with transaction() as tx:
        [row], _ = todays_schedule(tx, desk.workspace_id)
    assert (row.not_before, row.why) == (None, "Autumn launch is paused.")
    assert desk.rows("SELECT not_before FROM todays_schedule") == [(None,)]


def test_yesterdays_mail_and_tomorrows_queue_are_not_todays(desk: Desk) -> None:
    sent, later = desk.ingest(), desk.ingest()
    desk.deliver(sent, SENT)
    desk.approve(later)
    back_dated(desk, "25 hours")
    desk.sql("UPDATE send_queue SET due_at = now() + interval '25 hours' WHERE draft_id = %s", later)
    assert schedule(desk) == {}


def today(desk: Desk, limit: int = 200) -> list[Scheduled]:
    with transaction() as tx:
        return todays_schedule(tx, desk.workspace_id, limit)[0]


def test_it_says_the_same_as_why(desk: Desk) -> None:
    """A mail that failed for the moment is due in an hour, whatever the spacing."""
    far_from_midnight(desk)
    draft = desk.ingest()
    desk.approve(draft)
    now = database_now(desk)
    set_account(desk, **ALWAYS, next_spaced_at=now + timedelta(seconds=60))
    desk.sql("UPDATE send_queue SET due_at = %s, reason = 'For the moment.'", now + timedelta(seconds=90))
    [row] = today(desk)
    with transaction() as tx:
        waits = why_not_yet(tx, row.delivery_id, desk.account_id)
    assert waits is not None
    assert (row.not_before, row.code, row.why) == (waits.until, waits.code, waits.sentence)
    assert row.not_before == now + timedelta(seconds=90)


def test_what_waits_comes_earliest_first_as_of_now(desk: Desk) -> None:
    winter = seat(desk, "winter")
    for each in (desk, winter):
        set_account(each, **ALWAYS)
    waits, free = queued(desk), queued(winter)
    desk.sql("UPDATE send_queue SET due_at = due_at - interval '1 hour' WHERE id = %s", waits)
    desk.pause()  # nobody has looked since, so the row says nothing of it
    assert [(row.delivery_id, row.not_before is None) for row in today(desk)] == [(free, False), (waits, True)]


def test_no_more_of_an_account_than_it_may_still_send_today(desk: Desk) -> None:
    set_account(desk, **ALWAYS, daily_limit_emails=3)
    desk.deliver(desk.ingest(), SENT)
    waits = [queued(desk) for _ in range(4)]
    assert [row.delivery_id for row in today(desk) if row.status == "queued"] == waits[:2]
    set_account(desk, daily_limit_emails=1)
    assert [row.status for row in today(desk)] == ["sent"]


def test_what_cannot_leave_today_is_not_of_today(desk: Desk) -> None:
    """Its own row is due, and it is the hours of the account that hold it until another day."""
    queued(desk, timing=Timing.NEXT_SLOT)
    there = database_now(desk).astimezone(ZoneInfo("Europe/London"))
    set_account(desk, **ALWAYS | {"weekdays": [there.isoweekday() % 7 + 1]})
    assert today(desk) == []


def test_what_left_is_cut_first(desk: Desk) -> None:
    set_account(desk, **ALWAYS)
    for _ in range(3):
        desk.deliver(desk.ingest(), SENT)
    queued(desk)
    with transaction() as tx:
        rows, goes_on = todays_schedule(tx, desk.workspace_id, 2)
        assert [row.status for row in rows] == ["queued", "sent"]
        assert rows[1].key == "key-3"
        assert goes_on
        assert todays_schedule(tx, desk.workspace_id, 4)[1] is False


def test_what_came_back_is_said(desk: Desk) -> None:
    desk.deliver(desk.ingest(), SENT)
    tell(desk, "bounce", draft="key-1")
    assert [row.status for row in today(desk)] == ["bounced"]
