"""Gates: at the earliest moment that they name all of them pass, and a moment before one refuses."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery.gates import (
    A_MOMENT,
    Facts,
    earliest,
    first_refusal,
)
from core.hours import Hours
from core.taxonomy import DraftKind, Timing
from tests.core.delivery.test_gates import REFUSED, facts
from tests.fixtures.cases import cases

ALWAYS = Hours("Europe/London", time(0), time(0), frozenset(range(1, 8)))


@st.composite
def waiting(draw: st.DrawFn) -> Facts:
    """A delivery that time alone may set free."""
    zone = draw(st.sampled_from(["Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"]))
    now = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 300 * 24 * 60)))
    opens = draw(st.integers(0, 20))
    hours = Hours(
        zone,
        time(opens),
        time((opens + draw(st.integers(1, 23 - opens))) % 24),
        frozenset(draw(st.sets(st.integers(1, 7), min_size=1))),
        draw(st.sampled_from([None, "GB", "US", "IN"])),
    )
    account = {
        "timezone": zone,
        "hours": hours,
        "daily_limit": draw(st.integers(1, 3)),
        "counted": draw(st.integers(0, 4)),
        "counted_on": draw(st.sampled_from([None, now.date(), now.date() - timedelta(days=1)])),
        "next_spaced_at": draw(st.one_of(st.none(), st.integers(-30, 3000).map(lambda m: now + timedelta(minutes=m)))),
        "count_holds_until": draw(
            st.one_of(st.none(), st.integers(-30, 1500).map(lambda m: now + timedelta(minutes=m)))
        ),
        "warmup_start": draw(st.sampled_from([None, 0, 1])),
        "warmup_step": draw(st.integers(1, 2)),
        "warmup_from": now.date() - timedelta(days=draw(st.integers(-1, 3))),
    }
    return facts(
        account,
        now=now,
        kind=draw(st.sampled_from(list(DraftKind))),
        timing=draw(st.sampled_from(list(Timing))),
        recipient_hours=draw(st.sampled_from([None, Hours("America/New_York"), Hours("Asia/Kolkata")])),
        last_contacted_at=draw(st.one_of(st.none(), st.integers(0, 70).map(lambda days: now - timedelta(days=days)))),
        being_written_to=draw(st.booleans()),
    )


@cases(400)
@given(waiting())
def test_at_the_earliest_moment_every_gate_passes_and_before_it_one_refuses(case: Facts) -> None:
    moment = earliest(case)
    assert moment is not None
    then = replace(case, now=moment, being_written_to=case.being_written_to and moment < case.now + A_MOMENT)
    assert first_refusal(then) is None
    if moment > case.now:
        for back in (timedelta(seconds=1), (moment - case.now) / 3, (moment - case.now) / 2, moment - case.now):
            at = moment - back
            before = replace(case, now=at, being_written_to=case.being_written_to and at < case.now + A_MOMENT)
            assert first_refusal(before) is not None, f"{at} would have done"


@pytest.mark.parametrize("row", [row for row in REFUSED if row[4] is None], ids=lambda row: row[0])
def test_what_waits_for_an_act_or_for_ever_has_no_earliest_moment(row: Any) -> None:
    assert earliest(row[1]) is None


def test_another_mail_to_the_same_person_keeps_it_for_a_moment() -> None:
    assert earliest(facts(being_written_to=True)) == facts().now + A_MOMENT


@pytest.mark.parametrize("never", [{"daily_limit": 0}, {"hours": Hours("Europe/London", weekdays=frozenset())}])
def test_who_never_sends_has_no_earliest_moment(never: dict[str, Any]) -> None:
    assert earliest(facts(never)) is None


@pytest.mark.parametrize(("begins_in_days", "known"), [(31, True), (32, False)])
def test_a_month_is_as_far_ahead_as_can_be_known(begins_in_days: int, known: bool) -> None:
    """A warm-up that lets nothing leave before a day: each midnight on the way is one refusal."""
    begins = date(2026, 7, 13) + timedelta(days=begins_in_days)
    warming = {"warmup_start": 0, "warmup_step": 1, "warmup_from": begins, "hours": ALWAYS}
    day_of_the_first = datetime(2026, 7, 13, 23, tzinfo=UTC) + timedelta(days=begins_in_days)
    assert earliest(facts(warming)) == (day_of_the_first if known else None)


def test_refusals_follow_one_on_another_until_all_gates_pass() -> None:
    """A full Friday: midnight, then the weekend, then Monday's opening."""
    friday = datetime(2026, 7, 17, 10, tzinfo=UTC)
    full = facts({"counted": 100, "counted_on": friday.date()}, now=friday)
    assert earliest(full) == datetime(2026, 7, 20, 8, tzinfo=UTC)
