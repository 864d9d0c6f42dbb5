"""Which outcomes are the account's, for how long it rests then, and the words with which servers give times."""

from datetime import UTC, datetime, timedelta

import pytest

from core.delivery.rests import (
    LONGEST,
    MENDED_ELSEWHERE,
    OF_ACCOUNT,
    PASSES,
    UNTIL_AN_ACT,
    Rest,
    how_long_it_says,
    is_the_same,
    proves_well,
    rest_for,
    until,
    when_it_says,
)
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN

NOT_SENT = AttemptOutcome.NOT_SENT
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUOTA = Outcome(NOT_SENT, Phase.DOT, Reason.QUOTA_REACHED, code=550)
AWAY = Outcome(NOT_SENT, Phase.CONNECT, Reason.CONNECT_REFUSED, transient=True)
UNSENDABLE_HERE = Outcome(NOT_SENT, Phase.MAIL, Reason.SMTPUTF8_UNSUPPORTED)


@pytest.mark.parametrize(
    ("outcome", "rest"),
    [
        (Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_FAILED), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_UNAVAILABLE), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_NOT_SPOKEN), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_TOO_OLD), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_HANDSHAKE, transient=True), PASSES),
        (Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_HANDSHAKE), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.CA_FILE), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.RCPT, Reason.REJECTED_SERVER, code=504), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.RCPT, Reason.REJECTED_SERVER, transient=True, code=450), PASSES),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.STILL_SEALED), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.NO_SERVER), MENDED_ELSEWHERE),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.TIMEOUT, transient=True), PASSES),
        (Outcome(NOT_SENT, Phase.MAIL, Reason.REJECTED_SENDER, code=553), UNTIL_AN_ACT),
        (Outcome(NOT_SENT, Phase.RCPT, Reason.REJECTED_SENDER, transient=True, code=450), PASSES),
        (Outcome(NOT_SENT, Phase.RCPT, Reason.REPUTATION, code=554), Rest((HOUR, 4 * HOUR, DAY))),
        (
            Outcome(NOT_SENT, Phase.RCPT, Reason.RATE_LIMITED, transient=True, code=450),
            Rest((5 * MINUTE, 15 * MINUTE, HOUR), tell_after=HOUR),
        ),
        (Outcome(NOT_SENT, Phase.DOT, Reason.AUTH_FAILED, code=403), UNTIL_AN_ACT),
        (Outcome(NOT_SENT, Phase.MAIL, Reason.TOO_LARGE, code=552), None),
        (UNSENDABLE_HERE, None),
        (Outcome(NOT_SENT, Phase.MAIL, Reason.GREYLISTED, transient=True, code=451), None),
        (Outcome(NOT_SENT, Phase.RCPT, Reason.RECIPIENT_UNKNOWN, code=550), None),
        (Outcome(NOT_SENT, Phase.RCPT, Reason.TIMEOUT, transient=True), None),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.INTERRUPTED, transient=True), None),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.LEASE_EXPIRED, transient=True), None),
        (Outcome(NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE), None),
        (UNKNOWN, None),
        (SENT, None),
    ],
)
def test_whose_fault_it_is(outcome: Outcome, rest: Rest | None) -> None:
    assert rest_for(outcome) == rest


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("auth_failed", Reason.AUTH_FAILED, True),
        ("timeout", Reason.DNS_FAILED, True),
        ("timeout", Reason.AUTH_FAILED, False),
        ("auth_failed", Reason.TIMEOUT, False),
        ("auth_failed", Reason.QUOTA_REACHED, False),
        (None, Reason.TIMEOUT, False),
    ],
)
def test_a_server_that_is_away_is_away_however_it_shows(before: str | None, now: Reason, same: bool) -> None:
    assert is_the_same(before, now) is same


@pytest.mark.parametrize(
    ("reason", "outcome", "well"),
    [
        (Reason.AUTH_FAILED, SENT, True),
        (Reason.AUTH_FAILED, REFUSED, True),
        (Reason.AUTH_FAILED, BUSY, True),
        (Reason.AUTH_FAILED, QUOTA, False),
        (Reason.AUTH_FAILED, AWAY, False),
        (Reason.AUTH_FAILED, UNKNOWN, False),
        (Reason.AUTH_FAILED, UNSENDABLE_HERE, False),
        (Reason.QUOTA_REACHED, SENT, True),
        (Reason.QUOTA_REACHED, REFUSED, False),
        (Reason.REPUTATION, REFUSED, False),
    ],
)
def test_what_shows_that_an_account_is_well(reason: Reason, outcome: Outcome, well: bool) -> None:
    assert proves_well(reason, outcome) is well


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("try again in 90 seconds", timedelta(seconds=90)),
        ("Greylisted for 5 minutes", 5 * MINUTE),
        ("GREYLISTED FOR 5 MINUTES", 5 * MINUTE),
        ("wait 1 m", MINUTE),
        ("Retry-After: 120 s", 2 * MINUTE),
        ("temporarily limited for 24 hours", DAY),
        ("retry after 1 hour", HOUR),
        ("retry within 2 days", 2 * DAY),
        ("try again in an hour", HOUR),
        ("try again in 999999 days", LONGEST),
        ("try again in 31 days", LONGEST),
        ("5.4.5 Daily user sending limit exceeded", None),
        ("in 2026 everything is better", None),
    ],
)
def test_words_that_give_a_span(said: str, after: timedelta | None) -> None:
    assert how_long_it_says(said) == after
    assert when_it_says(said, NOW) == (after and NOW + after)


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("blocked until 2026-12-01 08:30 UTC", timedelta(hours=20, minutes=30)),
        ("blocked until 2026-12-01 08:30 utc", timedelta(hours=20, minutes=30)),
        ("blocked until 2026-12-01 08:30:15 GMT", timedelta(hours=20, minutes=30, seconds=15)),
        ("blocked until 2026-12-01T08:30Z", timedelta(hours=20, minutes=30)),
        ("blocked until 2026-12-01 08:30z", timedelta(hours=20, minutes=30)),
        ("blocked until 2026-12-01 08:30 gmt", timedelta(hours=20, minutes=30)),
        ("blocked until 2026-12-01 08:30 -0330", timedelta(hours=24)),
        ("blocked until 2026-12-01 08:30", timedelta(hours=20, minutes=30)),
        ("not before 2026-11-30T14:00:00+01:00", HOUR),
        ("after 2026-11-30 14:00, not in 5 minutes", 2 * HOUR),
        ("until 2026-99-99 08:30", None),
        ("until 2026-99-99 08:30, so in 5 minutes", None),
    ],
)
def test_words_that_give_a_moment(said: str, after: timedelta | None) -> None:
    moment = when_it_says(said, NOW)
    assert moment == (after and NOW + after)
    assert moment is None or moment.tzinfo is UTC


def test_waits_grow() -> None:
    waits = [until(PASSES, "", tries, NOW, "UTC") for tries in range(6)]
    assert waits == [NOW + wait for wait in (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, HOUR, HOUR)]


@pytest.mark.parametrize(
    ("tries", "now", "timezone", "ends"),
    [
        (0, NOW, "UTC", NOW + timedelta(hours=12)),
        (0, NOW, "Asia/Kolkata", NOW + timedelta(hours=6, minutes=30)),  # it is half past five there
        (0, NOW + timedelta(hours=11), "UTC", NOW + timedelta(hours=12)),
        (0, NOW + timedelta(hours=11, minutes=50), "UTC", NOW + timedelta(hours=12, minutes=50)),
        (1, NOW, "UTC", NOW + 4 * HOUR),
        (2, NOW, "UTC", NOW + 4 * HOUR),
    ],
)
def test_a_daily_limit_ends_with_the_accounts_day(tries: int, now: datetime, timezone: str, ends: datetime) -> None:
    assert until(OF_ACCOUNT[Reason.QUOTA_REACHED], "", tries, now, timezone) == ends


@pytest.mark.parametrize(
    ("said", "rests"),
    [
        ("try again in 1 second", MINUTE),
        ("try again in 61 seconds", timedelta(seconds=61)),
        ("try again in 30 days", 30 * DAY),
        ("until 2027-12-01 08:30", LONGEST),
        ("until 2025-12-01 08:30", MINUTE),
    ],
)
def test_a_servers_words_come_before_our_waits_and_are_bounded(said: str, rests: timedelta) -> None:
    assert until(OF_ACCOUNT[Reason.QUOTA_REACHED], said, 0, NOW, "UTC") == NOW + rests


def test_what_waits_for_an_act_waits_whatever_the_server_says() -> None:
    assert until(UNTIL_AN_ACT, "try again in 1 hour", 0, NOW, "UTC") is None
