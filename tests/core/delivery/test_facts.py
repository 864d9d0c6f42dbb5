"""What the gates look at: each column of an account and of a delivery where its gate looks for it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from core.delivery.facts import AccountRow, DeliveryRow, facts_of
from core.delivery.gates import AccountFacts, Facts
from core.hours import Hours
from core.ids import new_id
from core.taxonomy import CountedAs

NOW = datetime(2026, 7, 14, 10, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


ACCOUNT = AccountRow(
    account_id=new_id(),
    account_name="Sam Hill",
    account_status="paused",
    account_timezone="Europe/London",
    account_counted_on=date(2026, 7, 13),
    address="sam@example.com",
    smtp_url="smtp://127.0.0.1:9",
    paused_reason="On holiday.",
    rest_reason="timeout",
    rest_code=421,
    rest_until=at(1),
    health_score=77,
    country="GB",
    opens=time(8),
    closes=time(17),
    weekdays=[1, 2, 3],
    warmup_start=5,
    warmup_step=6,
    warmup_from=date(2026, 7, 7),
    next_spaced_at=at(2),
    count_holds_until=at(3),
    daily_limit_emails=40,
    counted_emails=11,
    daily_limit_messages=30,
    counted_messages=12,
    daily_limit_connections=20,
    counted_connections=13,
    now=NOW,
    sending_stopped="Stopped by Carol.",
)
DELIVERY = DeliveryRow(
    id=new_id(),
    workspace_id=new_id(),
    draft_id=new_id(),
    content_version=3,
    status="queued",
    attempt_id=None,
    tries=2,
    priority=40,
    kind="follow_up",
    timing="next_slot",
    counted_as="email",
    held_code="spacing",
    reason="It waits.",
    due_at=at(4),
    queued_at=at(-5),
    campaign="Autumn launch",
    campaign_status="active",
    recipient_hours=False,
    email="dana@example.org",
    first_name="Dana",
    last_name=None,
    contact_timezone="America/New_York",
    suppressed_by="domain",
    subject="Hello",
    body="Hi Dana.",
    in_reply_to=None,
    reference_ids=None,
    answers=False,
    contact_status="replied",
    last_contacted_at=at(-6),
    being_written_to=True,
    step_before="undecided",
)
DAYS = frozenset({1, 2, 3})
LONDON = Hours("Europe/London", time(8), time(17), DAYS, "GB")
ACCOUNT_FACTS = AccountFacts(
    address="sam@example.com",
    status="paused",
    paused_reason="On holiday.",
    health_score=77,
    timezone="Europe/London",
    hours=LONDON,
    daily_limit=40,
    counted=11,
    counted_on=date(2026, 7, 13),
    warmup_start=5,
    warmup_step=6,
    warmup_from=date(2026, 7, 7),
    next_spaced_at=at(2),
    count_holds_until=at(3),
    rest_reason="timeout",
    rest_code=421,
    rest_until=at(1),
)


def test_every_column_is_where_its_gate_looks_for_it() -> None:
    assert facts_of(ACCOUNT, DELIVERY) == Facts(
        now=NOW,
        account=ACCOUNT_FACTS,
        kind="follow_up",
        timing="next_slot",
        campaign="Autumn launch",
        campaign_status="active",
        recipient_hours=None,
        contact_status="replied",
        last_contacted_at=at(-6),
        suppressed_by="domain",
        being_written_to=True,
        step_before="undecided",
        sending_stopped="Stopped by Carol.",
        queued_at=at(-5),
    )


@pytest.mark.parametrize(
    ("counted_as", "limit", "counted"),
    [(CountedAs.EMAIL, 40, 11), (CountedAs.MESSAGE, 30, 12), (CountedAs.CONNECTION, 20, 13)],
)
def test_each_kind_of_message_has_its_own_limit(counted_as: str, limit: int, counted: int) -> None:
    account = facts_of(ACCOUNT, DELIVERY._replace(counted_as=counted_as)).account
    assert (account.daily_limit, account.counted) == (limit, counted)


@pytest.mark.parametrize(
    ("kind", "answers", "counts_as"),
    [("reply", True, "reply"), ("reply", False, "intro"), ("intro", False, "intro"), ("follow_up", False, "follow_up")],
)
def test_an_answer_to_somebody_who_never_wrote_is_none(kind: str, answers: bool, counts_as: str) -> None:
    assert facts_of(ACCOUNT, DELIVERY._replace(kind=kind, answers=answers)).kind == counts_as


@pytest.mark.parametrize(
    ("columns", "hours"),
    [
        ({"recipient_hours": False}, None),
        ({"recipient_hours": True}, Hours("America/New_York", time(8), time(17), DAYS, "GB")),
        ({"recipient_hours": True, "contact_timezone": None}, None),
        ({"recipient_hours": True, "contact_timezone": "Mars/Phobos"}, None),
    ],
    ids=["not asked for", "their own zone", "none known", "none that there is"],
)
def test_the_recipients_hours_are_the_accounts_on_their_clock(columns: dict[str, Any], hours: Hours | None) -> None:
    assert facts_of(ACCOUNT, DELIVERY._replace(**columns)).recipient_hours == hours


def test_p11_a_row_in_a_log_names_nobody() -> None:
    assert repr(ACCOUNT) == f"AccountRow({ACCOUNT.account_id})"
    assert repr(DELIVERY) == f"DeliveryRow({DELIVERY.id}, queued)"
