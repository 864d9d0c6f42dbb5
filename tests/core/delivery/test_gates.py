"""Gates: each one passes, refuses, says why, and knows until when; and who may skip which."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.delivery.gates import (
    A_MOMENT,
    AS_CLICKED,
    COOLING_OFF,
    GATES,
    AccountFacts,
    Facts,
    GateRefusal,
    earliest,
    first_refusal,
    limit_on,
)
from core.hours import Hours
from core.taxonomy import BlockedBy, DraftKind, GateCode, Timing
from core.text.words.refusals import LASTING

#: A Tuesday in summer, 11:00 in London.
NOON = datetime(2026, 7, 14, 10, tzinfo=UTC)
SUNDAY = datetime(2026, 7, 12, 10, tzinfo=UTC)

ACCOUNT = AccountFacts(
    address="sam@example.com",
    status="active",
    paused_reason=None,
    health_score=None,
    timezone="Europe/London",
    hours=Hours("Europe/London"),
    daily_limit=100,
    counted=0,
    counted_on=None,
    warmup_start=None,
    warmup_step=5,
    warmup_from=None,
    next_spaced_at=None,
)
FREE = Facts(
    now=NOON,
    account=ACCOUNT,
    kind=DraftKind.INTRO,
    timing=Timing.NEXT_SLOT,
    campaign="Autumn launch",
    campaign_status="active",
    recipient_hours=None,
    contact_status="available",
    last_contacted_at=None,
    suppressed_by=None,
)


def facts(account: dict[str, Any] | None = None, **changes: Any) -> Facts:
    """What every gate lets pass, with some changes."""
    return replace(FREE, account=replace(ACCOUNT, **(account or {})), **changes)


NEVER: Any = None
MONDAY_NINE = datetime(2026, 7, 13, 8, tzinfo=UTC)
MIDNIGHT = datetime(2026, 7, 14, 23, tzinfo=UTC)  # in London, in summer
FULL = {"counted": 100, "counted_on": date(2026, 7, 14)}
RESTS = {"next_spaced_at": NOON + timedelta(minutes=7)}
NO_SUCH_ZONE = (
    "The time zone Mars/Phobos of sam@example.com is not known here, so its business hours cannot be checked. "
    "Correct it with `signoff apply`."
)

#: (facts that one gate refuses, its code and sentence, until when, whether for good, whether all of the account waits)
REFUSED: tuple[tuple[str, Facts, GateCode, str, datetime | None, bool, bool], ...] = (
    (
        "kill switch",
        facts(sending_stopped="fire drill"),
        GateCode.SENDING_STOPPED,
        "All sending is stopped: fire drill.",
        NEVER,
        False,
        True,
    ),
    (
        "paused campaign",
        facts(campaign_status="paused"),
        GateCode.CAMPAIGN_NOT_ACTIVE,
        "Autumn launch is paused.",
        NEVER,
        False,
        False,
    ),
    (
        "campaign not begun",
        facts(campaign_status="draft"),
        GateCode.CAMPAIGN_NOT_ACTIVE,
        "Autumn launch is draft.",
        NEVER,
        False,
        False,
    ),
    (
        "ended campaign",
        facts(campaign_status="ended"),
        GateCode.CAMPAIGN_NOT_ACTIVE,
        "Autumn launch is ended.",
        NEVER,
        True,
        False,
    ),
    (
        "paused account",
        facts({"status": "paused", "paused_reason": "bounces"}),
        GateCode.ACCOUNT_NOT_ACTIVE,
        "The account sam@example.com is paused: bounces",
        NEVER,
        False,
        True,
    ),
    (
        "paused account, and nobody said why",
        facts({"status": "paused"}),
        GateCode.ACCOUNT_NOT_ACTIVE,
        "The account sam@example.com is paused.",
        NEVER,
        False,
        True,
    ),
    (
        "account that rests until an act",
        facts({"rest_reason": "auth_failed", "rest_code": 535}),
        GateCode.ACCOUNT_RESTS,
        "The account sam@example.com is resting: The mail server refused the account's user name or password (535).",
        NEVER,
        False,
        True,
    ),
    (
        "account that rests for a while",
        facts({"rest_reason": "timeout", "rest_until": NOON + timedelta(seconds=1)}),
        GateCode.ACCOUNT_RESTS,
        "The account sam@example.com is resting: The mail server did not answer in time.",
        NOON + timedelta(seconds=1),
        False,
        True,
    ),
    (
        "sick account",
        facts({"health_score": 29}),
        GateCode.ACCOUNT_UNHEALTHY,
        "The health of sam@example.com is 29; below 30 nothing is sent.",
        NEVER,
        False,
        True,
    ),
    *[
        (
            f"suppressed {kind}",
            facts(suppressed_by=kind),
            GateCode.SUPPRESSED,
            f"This {kind} is on the suppression list.",
            NEVER,
            True,
            False,
        )
        for kind in ("address", "domain", "company")
    ],
    (
        "opted out",
        facts(contact_status="do_not_contact"),
        GateCode.OPTED_OUT,
        LASTING[BlockedBy.OPTED_OUT],
        NEVER,
        True,
        False,
    ),
    (
        "replied",
        facts(contact_status="replied"),
        GateCode.REPLIED,
        LASTING[BlockedBy.REPLIED],
        NEVER,
        True,
        False,
    ),
    *(
        (f"the step before it is {state}", facts(step_before=state), GateCode.STEP_BEFORE, told, NEVER, False, False)
        for state, told in (
            ("outcome_unknown", "It is not known yet whether the previous mail in this sequence arrived."),
            ("on_its_way", "The previous mail in this sequence has not been sent yet."),
            ("undecided", "The previous mail in this sequence is not approved yet."),
        )
    ),
    (
        "written to lately",
        facts(last_contacted_at=NOON - timedelta(days=59)),
        GateCode.SIXTY_DAYS,
        "This person was written to on 16 May 2026; sixty days must pass.",
        NOON + timedelta(days=1),
        False,
        False,
    ),
    (
        "being written to",
        facts(being_written_to=True),
        GateCode.SIXTY_DAYS,
        "Another mail to this person is on its way.",
        NOON + A_MOMENT,
        False,
        False,
    ),
    (
        "full day, and a zone changed since",
        facts(
            {"counted": 100, "counted_on": date(2026, 7, 13), "count_holds_until": NOON + timedelta(hours=2)},
        ),
        GateCode.DAILY_LIMIT,
        "sam@example.com has reached today's limit of 100.",
        NOON + timedelta(hours=2),
        False,
        True,
    ),
    (
        "full day, and a zone changed before it",
        facts(FULL | {"count_holds_until": NOON + timedelta(hours=2)}),
        GateCode.DAILY_LIMIT,
        "sam@example.com has reached today's limit of 100.",
        MIDNIGHT,
        False,
        True,
    ),
    (
        "full day that lasts longer than the next, as a zone changed",
        facts({"counted": 100, "counted_on": date(2026, 7, 13), "count_holds_until": NOON + timedelta(days=1)}),
        GateCode.DAILY_LIMIT,
        "sam@example.com has reached today's limit of 100.",
        MIDNIGHT,
        False,
        True,
    ),
    (
        "full day that has not begun here, as a zone changed",
        facts({"counted": 100, "counted_on": date(2026, 7, 15)}),
        GateCode.DAILY_LIMIT,
        "sam@example.com has reached today's limit of 100.",
        MIDNIGHT,
        False,
        True,
    ),
    (
        "full day",
        facts(FULL),
        GateCode.DAILY_LIMIT,
        "sam@example.com has reached today's limit of 100.",
        MIDNIGHT,
        False,
        True,
    ),
    (
        "Sunday",
        facts(now=SUNDAY),
        GateCode.OUTSIDE_HOURS,
        "It is outside business hours for sam@example.com.",
        MONDAY_NINE,
        False,
        True,
    ),
    (
        "the recipient's night",
        facts(recipient_hours=Hours("America/New_York")),
        GateCode.OUTSIDE_HOURS,
        "It is outside business hours for the recipient.",
        datetime(2026, 7, 14, 13, tzinfo=UTC),
        False,
        False,
    ),
    (
        "spacing",
        facts(RESTS),
        GateCode.SPACING,
        "sam@example.com waits a few minutes between two mails.",
        NOON + timedelta(minutes=7),
        False,
        True,
    ),
    *(
        (
            f"a zone that is not known: {whose}",
            facts({"hours": hours}, recipient_hours=theirs),
            GateCode.OUTSIDE_HOURS,
            NO_SUCH_ZONE,
            NOON + timedelta(hours=1),
            False,
            True,
        )
        for whose, hours, theirs in (
            ("the account's", Hours("Mars/Phobos"), None),
            ("the recipient's", Hours("Europe/London"), Hours("Mars/Phobos")),
        )
    ),
)
NAMES = [row[0] for row in REFUSED]


def test_what_no_gate_refuses_may_leave_now() -> None:
    assert first_refusal(FREE) is None
    assert earliest(FREE) == NOON
    assert [gate(FREE) for gate in GATES] == [None] * len(GATES)


@pytest.mark.parametrize("row", REFUSED, ids=NAMES)
def test_a_gate_refuses_with_code_sentence_and_earliest_time(row: Any) -> None:
    _, given_facts, code, sentence, until, lasting, of_account = row
    held = first_refusal(given_facts)
    assert held is not None
    assert held == GateRefusal(code, sentence, until, lasting, of_account)
    assert [gate(given_facts) for gate in GATES if gate(given_facts)] == [held], "one gate, and no other"


def test_every_code_has_a_gate_and_every_gate_a_case() -> None:
    assert {row[2] for row in REFUSED} == set(GateCode)
    assert all(any(gate(row[1]) for row in REFUSED) for gate in GATES)


@pytest.mark.parametrize(
    "passes",
    [
        facts({"health_score": 30}),
        facts({"counted": 99, "counted_on": date(2026, 7, 14)}),
        facts({"counted": 100, "counted_on": date(2026, 7, 13)}),  # yesterday's count is not today's
        facts({"counted": 100, "counted_on": date(2026, 7, 13), "count_holds_until": facts().now}),
        facts({"counted": 100, "counted_on": None, "count_holds_until": MIDNIGHT}),  # nothing was counted yet
        facts({"counted": 100, "counted_on": date(2026, 7, 13), "daily_limit": 1}),
        facts({"rest_reason": "timeout", "rest_until": NOON}),
        facts(last_contacted_at=NOON - COOLING_OFF),
        facts({"next_spaced_at": NOON}),
        facts(contact_status="cooling_off"),  # a word for people: the date decides
        facts(now=datetime(2026, 7, 14, 8, tzinfo=UTC)),  # nine o'clock sharp
        facts(now=datetime(2026, 7, 14, 14, tzinfo=UTC), recipient_hours=Hours("America/New_York")),
        # The recipient's hours count in place of the account's, and not beside them.
        facts(now=datetime(2026, 7, 14, 20, tzinfo=UTC), recipient_hours=Hours("America/New_York")),
    ],
)
def test_the_other_side_of_each_line_passes(passes: Facts) -> None:
    assert first_refusal(passes) is None


STEPS_BEFORE = [row[0] for row in REFUSED if row[2] == GateCode.STEP_BEFORE]
SKIPPED = {
    *{(row[0], kind, Timing.EARLIEST) for row in REFUSED if row[2] == GateCode.OUTSIDE_HOURS for kind in DraftKind},
    ("spacing", DraftKind.REPLY, Timing.EARLIEST),
    # Not skipped by a button: an answer to somebody who wrote is what the rule is not about.
    *{
        (name, DraftKind.REPLY, timing)
        for name in ("replied", "written to lately", "being written to", *STEPS_BEFORE)
        for timing in Timing
    },
}


@pytest.mark.parametrize("timing", Timing)
@pytest.mark.parametrize("kind", DraftKind)
@pytest.mark.parametrize("row", REFUSED, ids=NAMES)
def test_each_kind_and_timing_skips_what_it_may_and_nothing_else(row: Any, kind: DraftKind, timing: Timing) -> None:
    held = first_refusal(replace(row[1], kind=kind, timing=timing))
    assert (held is None) == ((row[0], kind, timing) in SKIPPED)


@pytest.mark.parametrize(
    ("day", "limit"), [(-1, 10), (0, 10), (1, 15), (2, 20), (17, 95), (18, 100), (19, 100), (400, 100)]
)
def test_a_new_accounts_limit_grows_by_day_up_to_its_full_one(day: int, limit: int) -> None:
    begun = date(2026, 7, 1)
    account = replace(ACCOUNT, warmup_start=10, warmup_step=5, warmup_from=begun)
    assert limit_on(account, begun + timedelta(days=day)) == limit


def test_a_warm_up_holds_at_its_limit_of_the_day_and_says_so() -> None:
    warming = {"warmup_start": 10, "warmup_from": date(2026, 7, 13), "counted_on": date(2026, 7, 14)}
    assert first_refusal(facts(warming | {"counted": 14})) is None
    held = first_refusal(facts(warming | {"counted": 15}))
    assert held is not None
    assert held.sentence == "sam@example.com has reached today's limit of 15."


@pytest.mark.parametrize(
    ("account", "limit"),
    [
        ({"daily_limit": 8, "warmup_start": 10, "warmup_from": date(2026, 7, 1)}, 8),  # it never raises the limit
        ({"daily_limit": 8, "warmup_start": 10, "warmup_from": date(2026, 8, 1)}, 8),
        ({"warmup_start": 0, "warmup_from": date(2026, 8, 1)}, 0),
        ({"warmup_start": 0, "warmup_from": date(2026, 7, 31)}, 5),
        ({"warmup_start": 10, "warmup_from": None}, 100),
        ({"warmup_start": None, "warmup_from": date(2026, 8, 1)}, 100),
    ],
)
def test_the_limit_of_a_day(account: dict[str, Any], limit: int) -> None:
    assert limit_on(replace(ACCOUNT, **account), date(2026, 8, 1)) == limit


def test_approve_and_send_keeps_the_hours_once_its_author_cannot_know_the_time() -> None:
    """Held by a pause, a limit or the sixty days, it would leave in a night that nobody thought of."""
    fresh = facts(now=SUNDAY, timing=Timing.EARLIEST, queued_at=SUNDAY - AS_CLICKED + timedelta(seconds=1))
    assert first_refusal(fresh) is None
    old = replace(fresh, queued_at=SUNDAY - AS_CLICKED)
    refusal = first_refusal(old)
    assert refusal is not None
    assert (refusal.code, refusal.until) == (GateCode.OUTSIDE_HOURS, MONDAY_NINE)
    assert not refusal.of_account, "what was approved since may leave"
    nowhere = first_refusal(replace(old, account=replace(ACCOUNT, hours=Hours("Mars/Phobos"))))
    assert nowhere is not None
    assert not nowhere.of_account
    lately = replace(old, now=NOON, queued_at=NOON, last_contacted_at=SUNDAY - COOLING_OFF + timedelta(days=14))
    assert earliest(lately) == MONDAY_NINE + timedelta(days=14), "sixty days that end on a Sunday"


def test_a_person_hears_first_of_what_lasts_longest() -> None:
    told = facts(
        FULL | RESTS | {"counted_on": SUNDAY.date()}, now=SUNDAY, suppressed_by="domain", campaign_status="paused"
    )
    repairs: tuple[dict[str, Any], ...] = (
        {"campaign_status": "active"},
        {"suppressed_by": None},
        {"account": replace(ACCOUNT, **RESTS)},
        {"now": NOON},
    )
    order = []
    for repair in repairs:
        held = first_refusal(told)
        assert held is not None
        order.append(held.code)
        told = replace(told, **repair)
    assert order == [
        GateCode.CAMPAIGN_NOT_ACTIVE,
        GateCode.SUPPRESSED,
        GateCode.DAILY_LIMIT,
        GateCode.OUTSIDE_HOURS,
    ]
    assert getattr(first_refusal(told), "code", None) == GateCode.SPACING


def test_addresses_stay_out_of_a_repr() -> None:
    """P11: facts may end in a log of an error."""
    assert "sam@example.com" not in repr(FREE)
    assert isinstance(first_refusal(facts(FULL)), GateRefusal)
