"""The views and their readers: what they say is what stands there, each thing once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.drafts.snooze import snooze
from core.models import Account
from core.views.accounts import Capacity, capacity
from core.views.activity import activity, scheduled
from core.views.leads_for_review import leads_for_review
from core.views.todays_schedule import todays_schedule
from tests.core.intake.feedback_parts import second_campaign
from tests.fixtures.domain import REFUSED, SENT, Domain


def capacities(domain: Domain) -> list[Capacity]:
    with transaction() as tx:
        return capacity(tx, domain.workspace_id)


# --- account_capacity ---


def test_capacity_counts_the_day_of_the_account_and_its_warm_up(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    [found] = capacities(domain)
    assert (found.kind, found.limit, found.used, found.left) == ("email", 100, 1, 99)
    domain.sql("UPDATE accounts SET warmup_start = 3, warmup_step = 5, warmup_from = %s", found.day)
    assert [(c.limit, c.left) for c in capacities(domain)] == [(3, 2)]
    domain.sql("UPDATE accounts SET warmup_from = %s", found.day - timedelta(days=2))
    assert [(c.limit, c.left) for c in capacities(domain)] == [(13, 12)]
    domain.sql("UPDATE accounts SET counted_on = %s", found.day - timedelta(days=1))
    assert [(c.used, c.left) for c in capacities(domain)] == [(0, 13)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_is_the_accounts_own(domain: Domain, zone: str) -> None:
    domain.sql("UPDATE accounts SET timezone = %s", zone)
    [(here,)] = domain.rows("SELECT (now() AT TIME ZONE %s)::date", zone)
    assert [c.day for c in capacities(domain)] == [here]


def test_nothing_is_left_below_zero_and_each_channel_has_its_kinds(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    domain.sql("UPDATE accounts SET daily_limit_emails = 0")
    assert [c.left for c in capacities(domain)] == [0]
    domain.sql("UPDATE accounts SET channel = 'linkedin'")
    assert [(c.kind, c.limit) for c in capacities(domain)] == [("connection", 20), ("message", 38)]


# --- leads_for_review ---


def test_what_was_put_off_is_no_lead_until_then(domain: Domain) -> None:
    draft = domain.ingest()
    with transaction() as tx:
        snooze(tx, draft, 1, datetime.now(UTC) + timedelta(hours=1), domain.member())
        assert leads_for_review(tx, domain.workspace_id) == []


def test_a_lead_waits_since_it_came_back(domain: Domain) -> None:
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET created_at = created_at - interval '9 days'")
    domain.deliver(draft, REFUSED)
    with transaction() as tx:
        [lead] = leads_for_review(tx, domain.workspace_id)
    assert lead.waits_since - lead.created_at > timedelta(days=8)


def test_leads_come_low_first_then_by_score_then_by_age(domain: Domain) -> None:
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
        made[domain.ingest(to=person, **more)] = name
    domain.approve(domain.ingest())
    with transaction() as tx:
        leads = leads_for_review(tx, domain.workspace_id)
        page = leads_for_review(tx, domain.workspace_id, limit=2, offset=2)
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
    ("confidence", "tier"),
    [(1, "P1"), (0.8, "P1"), (0.796, "P1"), (0.79, "P2"), (0.6, "P2"), (0.4, "P3"), (0.39, "P4"), (0, "P4")],
)
def test_tiers_begin_where_they_are_said_to(domain: Domain, confidence: float, tier: str) -> None:
    domain.ingest(confidence=confidence)
    with transaction() as tx:
        assert [lead.tier for lead in leads_for_review(tx, domain.workspace_id)] == [tier]


def test_a_lead_that_came_back_says_why_and_shows_its_latest_text(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, REFUSED)
    domain.edit(draft, version=2, subject="A better subject")
    back = domain.ingest()
    domain.deliver(back, REFUSED)
    with transaction() as tx:
        leads = {lead.draft_id: lead for lead in leads_for_review(tx, domain.workspace_id)}
    assert leads[draft].subject == "A better subject"
    assert "refused the recipient" in (leads[back].return_reason or "")


def test_readers_show_their_own_workspace_only(domain: Domain) -> None:
    second_campaign(domain)
    domain.deliver(domain.ingest(), SENT)
    domain.approve(domain.ingest())
    domain.ingest()
    with transaction() as tx:
        other = tx.execute(
            sa.text(
                "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'E', 'T02') RETURNING id"
            )
        ).scalar_one()
        readers = (capacity, lambda tx, id_: todays_schedule(tx, id_)[0], leads_for_review, activity, scheduled)
        assert [bool(read(tx, domain.workspace_id)) for read in readers] == [True] * 5
        assert [read(tx, other) for read in readers] == [[]] * 5
        assert tx.scalar(sa.select(sa.func.count()).select_from(Account)) == 2
