"""The views and their readers: what they say is what stands there, each thing once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.account_capacity import Capacity, capacity
from core.activity_feed import activity, scheduled
from core.db import transaction
from core.ids import UUID
from core.leads_for_review import leads_for_review
from core.models import Account
from core.todays_schedule import todays_schedule
from tests.core.claim_parts import back_dated
from tests.core.test_feedback import second_campaign, tell
from tests.fixtures.desk import REFUSED, SENT, UNKNOWN, Desk


def capacities(desk: Desk) -> list[Capacity]:
    with transaction() as tx:
        return capacity(tx, desk.workspace_id)


# --- account_capacity ---


def test_capacity_counts_the_day_of_the_account_and_its_warm_up(desk: Desk) -> None:
    desk.deliver(desk.ingest(), SENT)
    [found] = capacities(desk)
    assert (found.kind, found.limit, found.used, found.left) == ("email", 100, 1, 99)
    desk.sql("UPDATE accounts SET warmup_start = 3, warmup_step = 5, warmup_from = %s", found.day)
    assert [(c.limit, c.left) for c in capacities(desk)] == [(3, 2)]
    desk.sql("UPDATE accounts SET warmup_from = %s", found.day - timedelta(days=2))
    assert [(c.limit, c.left) for c in capacities(desk)] == [(13, 12)]
    desk.sql("UPDATE accounts SET counted_on = %s", found.day - timedelta(days=1))
    assert [(c.used, c.left) for c in capacities(desk)] == [(0, 13)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_is_the_accounts_own(desk: Desk, zone: str) -> None:
    desk.sql("UPDATE accounts SET timezone = %s", zone)
    [(here,)] = desk.rows("SELECT (now() AT TIME ZONE %s)::date", zone)
    assert [c.day for c in capacities(desk)] == [here]


def test_nothing_is_left_below_zero_and_each_channel_has_its_kinds(desk: Desk) -> None:
    desk.deliver(desk.ingest(), SENT)
    desk.sql("UPDATE accounts SET daily_limit_emails = 0")
    assert [c.left for c in capacities(desk)] == [0]
    desk.sql("UPDATE accounts SET channel = 'linkedin'")
    assert [(c.kind, c.limit) for c in capacities(desk)] == [("connection", 20), ("message", 38)]


# --- todays_schedule ---


def schedule(desk: Desk) -> dict[UUID, tuple[str, str | None]]:
    with transaction() as tx:
        rows = todays_schedule(tx, desk.workspace_id)
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
        lost: ("outcome_unknown", None),
        leaving: ("claimed", None),
        waiting: ("queued", None),
    }
    assert desk.start(claimed)
    desk.pause()
    assert schedule(desk)[leaving] == ("sending", None)
    assert schedule(desk)[waiting] == ("queued", "campaign_not_active")


def test_what_waits_says_when_at_the_earliest_or_that_it_takes_an_act(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    rest = datetime.now(UTC) + timedelta(minutes=9)
    desk.sql("UPDATE accounts SET next_spaced_at = %s", rest)
    with transaction() as tx:
        [row] = todays_schedule(tx, desk.workspace_id)
    assert (row.not_before, row.code) == (rest, "spacing")
    assert row.why is not None
    assert "some minutes" in row.why
    desk.pause()
    assert desk.try_claim() is None
    with transaction() as tx:
        [row] = todays_schedule(tx, desk.workspace_id)
    assert (row.not_before, row.why) == (None, "Autumn launch is paused.")
    assert desk.rows("SELECT not_before FROM todays_schedule") == [(None,)]


def test_yesterdays_mail_and_tomorrows_queue_are_not_todays(desk: Desk) -> None:
    sent, later = desk.ingest(), desk.ingest()
    desk.deliver(sent, SENT)
    desk.approve(later)
    back_dated(desk, "25 hours")
    desk.sql("UPDATE send_queue SET due_at = now() + interval '25 hours' WHERE draft_id = %s", later)
    assert schedule(desk) == {}


# --- leads_for_review ---


def test_leads_come_low_first_then_by_score_then_by_age(desk: Desk) -> None:
    to: dict[str, Any] = {"first_name": "Dana", "title": "Head"}
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("low 0.9", {"to": to, "confidence": 0.9}),
        ("low 0.5", {"to": to, "confidence": 0.5}),
        ("low older", {"to": to}),
        ("low younger", {"to": to}),
        ("review 0.95", {"to": {"first_name": "Dana"}, "confidence": 0.95}),
        ("review", {"to": {}}),
        ("blocked 0.99", {"to": to, "confidence": 0.99, "body": "Hi {{ first_name }},"}),
    ]
    made = {}
    for name in ("blocked 0.99", "review", "low older", "low 0.5", "low younger", "review 0.95", "low 0.9"):
        more = dict(wanted)[name]
        person = {"email": f"{name.replace(' ', '-')}@example.org", **more.pop("to")}
        made[desk.ingest(to=person, **more)] = name
    desk.approve(desk.ingest())
    with transaction() as tx:
        leads = leads_for_review(tx, desk.workspace_id)
        page = leads_for_review(tx, desk.workspace_id, limit=2, offset=2)
        plain = tx.scalars(sa.text("SELECT draft_id FROM leads_for_review")).all()
    assert [made[lead.draft_id] for lead in leads] == [name for name, _ in wanted]
    assert list(plain) == [lead.draft_id for lead in leads]
    assert page == leads[2:4]
    assert [(lead.risk, lead.tier, lead.score) for lead in leads] == [
        ("low", "P1", 90),
        ("low", "P3", 50),
        ("low", None, None),
        ("low", None, None),
        ("review", "P1", 95),
        ("review", None, None),
        ("blocked", "P1", 99),
    ]


@pytest.mark.parametrize(
    ("confidence", "tier"), [(1, "P1"), (0.8, "P1"), (0.79, "P2"), (0.6, "P2"), (0.4, "P3"), (0.39, "P4"), (0, "P4")]
)
def test_tiers_begin_where_they_are_said_to(desk: Desk, confidence: float, tier: str) -> None:
    desk.ingest(confidence=confidence)
    with transaction() as tx:
        assert [lead.tier for lead in leads_for_review(tx, desk.workspace_id)] == [tier]


def test_a_lead_that_came_back_says_why_and_shows_its_latest_text(desk: Desk) -> None:
    draft = desk.ingest()
    desk.deliver(draft, REFUSED)
    desk.edit(draft, version=2, subject="A better subject")
    back = desk.ingest()
    desk.deliver(back, REFUSED)
    with transaction() as tx:
        leads = {lead.draft_id: lead for lead in leads_for_review(tx, desk.workspace_id)}
    assert leads[draft].subject == "A better subject"
    assert "refused the recipient" in (leads[back].return_reason or "")


# --- activity_feed ---


def test_the_feed_shows_each_thing_once_whatever_happened_on_the_way(desk: Desk) -> None:
    twice = desk.ingest()
    desk.deliver(twice, REFUSED)
    desk.approve(twice, version=2)
    claimed = desk.claim()
    assert desk.start(claimed)
    desk.finish(claimed, SENT)
    desk.deliver(desk.ingest(), UNKNOWN)
    desk.deliver(desk.ingest(), REFUSED)  # nothing left, and nothing is planned
    waiting = desk.ingest()
    desk.approve(waiting)
    tell(desk, "reply", draft="key-1")
    desk.sql(
        "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at, import_key)"
        " VALUES (gen_random_uuid(), %s, 'sent', 'old@example.org', now() - interval '1 year', 'line 1')",
        desk.workspace_id,
    )
    with transaction() as tx:
        left, planned = activity(tx, desk.workspace_id), scheduled(tx, desk.workspace_id)
    assert [(item.status, item.person) for item in left] == [
        ("unknown", "dana2@example.org"),
        ("replied", "dana1@example.org"),
        ("sent", "old@example.org"),
    ]
    assert [(item.draft_id, item.status, item.campaign) for item in planned] == [(waiting, "queued", "Autumn launch")]
    assert desk.rows("SELECT count(*), count(DISTINCT item_id) FROM activity_feed") == [(4, 4)]


def test_what_came_back_before_our_bookkeeping_is_in_the_feed_once(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    assert desk.start(claimed)
    tell(desk, "reply", draft="key-1")
    assert desk.rows("SELECT what, status FROM activity_feed") == [("scheduled", "sending")]
    desk.finish(claimed, SENT)
    assert desk.rows("SELECT what, status FROM activity_feed") == [("sent", "replied")]


def test_the_feed_is_read_backwards_in_pages(desk: Desk) -> None:
    for _ in range(5):
        desk.deliver(desk.ingest(), SENT)
    with transaction() as tx:
        whole = activity(tx, desk.workspace_id)
        first = activity(tx, desk.workspace_id, limit=2)
        rest = activity(tx, desk.workspace_id, before=first[-1].at)
    assert first + rest == whole
    assert [item.person for item in whole] == [f"dana{n}@example.org" for n in (5, 4, 3, 2, 1)]


def test_readers_show_their_own_workspace_only(desk: Desk) -> None:
    second_campaign(desk)
    desk.deliver(desk.ingest(), SENT)
    desk.approve(desk.ingest())
    desk.ingest()
    with transaction() as tx:
        other = tx.execute(
            sa.text(
                "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'E', 'T02') RETURNING id"
            )
        ).scalar_one()
        readers = (capacity, todays_schedule, leads_for_review, activity, scheduled)
        assert [bool(read(tx, desk.workspace_id)) for read in readers] == [True] * 5
        assert [read(tx, other) for read in readers] == [[]] * 5
        assert tx.scalar(sa.select(sa.func.count()).select_from(Account)) == 2
