"""Which outcomes are the account's, or its server's, and not the mail's; and for how long the account rests. Pure.

A wrong password refuses all of an account's mail alike. So it is no try of the mail that met it: that stays approved,
and the account rests. What cannot mend itself waits for a person; the rest is tried again by one mail at a time, after
what the server's words say, or else after waits that grow.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.hours import local_day, start_of_day
from core.mail.outcome import Outcome
from core.mail.reasons import BEFORE_RCPT
from core.taxonomy import AttemptOutcome, Reason

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Rest:
    """How long an account rests: each of `waits` once, then the last; none: until somebody acts.

    `tell_after`: what may pass by itself within this time is told to nobody. `by_day`: a limit that ends with a day.
    """

    waits: tuple[timedelta, ...] = ()
    tell_after: timedelta = timedelta(0)
    by_day: bool = False


UNTIL_AN_ACT = Rest()
#: A configuration that its owner mends without a word to us: a certificate, an environment variable.
MENDED_ELSEWHERE = Rest((15 * MINUTE, HOUR, 4 * HOUR))
#: A server that is away, or busy.
PASSES = Rest((MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR), tell_after=15 * MINUTE)

#: What is about the account, at whatever step its server says so.
OF_ACCOUNT: dict[Reason, Rest] = {
    Reason.AUTH_FAILED: UNTIL_AN_ACT,
    Reason.AUTH_UNAVAILABLE: UNTIL_AN_ACT,
    Reason.LOGIN_REQUIRED: UNTIL_AN_ACT,
    Reason.ACCOUNT_SUSPENDED: UNTIL_AN_ACT,
    Reason.REJECTED_SENDER: UNTIL_AN_ACT,
    Reason.RELAY_DENIED: UNTIL_AN_ACT,
    Reason.TLS_REQUIRED: UNTIL_AN_ACT,
    Reason.TLS_FAILED: MENDED_ELSEWHERE,
    Reason.TLS_UNAVAILABLE: MENDED_ELSEWHERE,
    Reason.TLS_NOT_SPOKEN: MENDED_ELSEWHERE,
    Reason.TLS_TOO_OLD: MENDED_ELSEWHERE,
    Reason.CA_FILE: MENDED_ELSEWHERE,
    Reason.NO_SERVER: MENDED_ELSEWHERE,
    Reason.STILL_SEALED: MENDED_ELSEWHERE,
    Reason.SENDER_UNVERIFIED: Rest((HOUR, 4 * HOUR, DAY)),
    Reason.REPUTATION: Rest((HOUR, 4 * HOUR, DAY)),
    Reason.QUOTA_REACHED: Rest((HOUR, 4 * HOUR), by_day=True),
    Reason.RATE_LIMITED: Rest((5 * MINUTE, 15 * MINUTE, HOUR), tell_after=HOUR),
    Reason.LOGIN_BUSY: Rest((15 * MINUTE, HOUR, 4 * HOUR), tell_after=HOUR),
}
#: Ended by ourselves, or because of the mail: no server has said anything of the account.
NOT_THE_ACCOUNT = frozenset(
    {
        *(Reason.INTERRUPTED, Reason.LEASE_EXPIRED, Reason.START_REFUSED, Reason.START_FAILED, Reason.EVIDENCE),
        *(Reason.UNSENDABLE, Reason.SMTPUTF8_UNSUPPORTED, Reason.EIGHTBIT_UNSUPPORTED, Reason.TOO_LARGE),
        *(Reason.CONTENT_REFUSED, Reason.GREYLISTED),
    }
)
#: A server that cannot be talked to for the moment, in its changing ways.
AWAY = frozenset(
    {
        *(Reason.DNS_FAILED, Reason.CONNECT_REFUSED, Reason.UNREACHABLE, Reason.TIMEOUT, Reason.DROPPED),
        *(Reason.TLS_HANDSHAKE, Reason.MALFORMED_REPLY, Reason.REJECTED_SERVER, Reason.SERVER_TROUBLE),
    }
)
#: What a server may say as late as at RCPT or after the final dot: that a recipient was judged shows nothing of it. All
#: else is over for whoever gets so far.
SAID_LATE = frozenset(
    {
        *(Reason.QUOTA_REACHED, Reason.RATE_LIMITED, Reason.REPUTATION, Reason.SENDER_UNVERIFIED),
        *(Reason.REJECTED_SENDER, Reason.RELAY_DENIED, Reason.ACCOUNT_SUSPENDED),
        *(Reason.LOGIN_REQUIRED, Reason.TLS_REQUIRED, Reason.REJECTED_SERVER),
    }
)
#: Shorter than the first nobody rests, and none longer than the second.
SHORTEST, LONGEST = MINUTE, 31 * DAY


def rest_for(outcome: Outcome) -> Rest | None:
    """How an account rests after this outcome; None where it is no matter of the account."""
    if outcome.kind is not AttemptOutcome.NOT_SENT or outcome.reason in NOT_THE_ACCOUNT:
        return None
    if outcome.reason is Reason.REJECTED_SENDER and outcome.transient:
        return PASSES
    if outcome.reason in OF_ACCOUNT:
        return OF_ACCOUNT[outcome.reason]
    if outcome.phase not in BEFORE_RCPT and outcome.reason is not Reason.REJECTED_SERVER:
        return None
    return PASSES if outcome.transient else MENDED_ELSEWHERE


def is_the_same(before: str | None, now: Reason) -> bool:
    """Whether an account that rests goes on to rest for the same: it is not told anew, and its waits grow on."""
    return before == now or (before in AWAY and now in AWAY)


def proves_well(reason: Reason, outcome: Outcome) -> bool:
    """Whether an account that rests for `reason` is well again, as its server has got so far with another mail."""
    if outcome.kind is AttemptOutcome.SENT:
        return True
    judged = outcome.kind is AttemptOutcome.NOT_SENT and outcome.phase not in BEFORE_RCPT
    return judged and reason not in SAID_LATE and rest_for(outcome) is None


def until(rest: Rest, said: str, tries: int, now: datetime, timezone: str) -> datetime | None:
    """Until when the account rests, after `tries` that came to the same; None: until somebody acts."""
    if not rest.waits:
        return None
    named = when_it_says(said, now)
    if named is not None:
        return min(max(named, now + SHORTEST), now + LONGEST)
    if rest.by_day and tries == 0:
        return max(start_of_day(timezone, local_day(timezone, now) + DAY), now + HOUR)
    return now + rest.waits[min(tries, len(rest.waits) - 1)]


_UNITS = {"s": timedelta(seconds=1), "m": MINUTE, "h": HOUR, "d": DAY}
#: "try again in 60 seconds", "retry after 5 minutes", "limited for 24 hours".
_SPAN = re.compile(
    r"\b(?:in|for|after|within|wait|retry-after:?)\s+(?:about |another |the next |up to )?(\d{1,6}|an?|one)[ -]?"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\b(?:until|after|at|before|not before)\s+(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)"
    r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def when_it_says(said: str, now: datetime) -> datetime | None:
    """The moment that a server's words name, as a span or a moment (in UTC, where no zone); None if none."""
    moment = _MOMENT.search(said)
    if moment:
        zone = (moment[3] or "Z").upper().replace("UTC", "Z").replace("GMT", "Z")
        try:
            return datetime.fromisoformat(f"{moment[1]}T{moment[2]}{zone}").astimezone(UTC)
        except ValueError:
            return None
    span = how_long_it_says(said)
    return None if span is None else now + span


def how_long_it_says(said: str) -> timedelta | None:
    """The span that a server's words name, `LONGEST` at most; None if none."""
    span = _SPAN.search(said)
    if span is None:
        return None
    number = int(span[1]) if span[1].isdecimal() else 1
    return min(number * _UNITS[span[2][0].lower()], LONGEST)
