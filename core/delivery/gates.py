"""The gates: everything that may keep a mail from leaving (P8). Pure functions of facts; one list says which apply.

Each returns nothing, or a `GateRefusal`: a code, a sentence for a person, and the earliest moment at which it may pass.
Where none is known (`until` is None) the delivery waits for an act (`lasting` False), or is skipped for good
and its draft goes back to a person (`lasting` True).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from core.hours import Hours, is_open, local_day, next_open, start_of_day
from core.taxonomy import (
    AccountStatus,
    BlockedBy,
    CampaignStatus,
    ContactStatus,
    DraftKind,
    GateCode,
    StepBefore,
    Timing,
)
from core.text.phrases import all_stopped
from core.text.words.outcomes import of_a_rest
from core.text.words.refusals import LASTING
from core.time_zones import is_time_zone

#: Nobody is written to again within this time, across all offers and campaigns of a workspace (CHECKLIST 004.2).
COOLING_OFF = timedelta(days=60)
#: After this, another mail to the same person has either left or come to nothing.
A_MOMENT = timedelta(minutes=5)
#: Whoever clicked "Approve & send" knew the time of the next few hours. What is held for longer, by a pause, a limit or
#: the sixty days, keeps the hours: it would leave in a night that nobody thought of.
AS_CLICKED = timedelta(hours=4)
#: A zone that is not known may be tomorrow, with other data of the time zones.
ASK_AGAIN = timedelta(hours=1)
#: An account below this health sends nothing (CHECKLIST 004.5).
HEALTHY = 30


@dataclass(frozen=True)
class GateRefusal:
    """A gate's refusal: why a delivery does not leave now, and the earliest moment at which it may."""

    code: GateCode
    sentence: str
    until: datetime | None = None
    lasting: bool = False
    #: It refuses everything of this account that is no more urgent, not only this delivery.
    of_account: bool = False


@dataclass(frozen=True)
class AccountFacts:
    """An account, as its locked row has it."""

    address: str = field(repr=False)
    status: str
    paused_reason: str | None
    health_score: int | None
    timezone: str
    hours: Hours
    daily_limit: int
    #: How many of this kind were counted, and on which of the account's own days.
    counted: int
    counted_on: date | None
    warmup_start: int | None
    warmup_step: int
    warmup_from: date | None
    next_spaced_at: datetime | None
    #: After a change of the time zone, until when the count stays, whatever day it is there.
    count_holds_until: datetime | None = None
    #: Why it rests (a `Reason`, with its reply code), and until when; without an end it waits for an act.
    rest_reason: str | None = None
    rest_code: int | None = None
    rest_until: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """All that the gates look at, at one moment of the database's clock."""

    now: datetime
    account: AccountFacts
    #: `reply` only if this person has written to us: an answer by its name alone passes no gate.
    kind: str
    timing: str
    campaign: str
    campaign_status: str
    #: The recipient's own calendar, where their zone is known and the campaign asks for it.
    recipient_hours: Hours | None
    contact_status: str
    #: When somebody of this workspace last wrote to this person, outside of this draft's own sequence.
    last_contacted_at: datetime | None
    suppressed_by: str | None
    #: Another delivery to the same person is on its way at this moment.
    being_written_to: bool = False
    #: What an earlier mail of the same run waits for, if there is one: a `StepBefore`.
    step_before: str | None = None
    sending_stopped: str | None = None
    #: When it was approved; None for this moment.
    queued_at: datetime | None = None


Gate = Callable[[Facts], GateRefusal | None]


def sending_allowed(facts: Facts) -> GateRefusal | None:
    """A kill switch, or a database that was restored to an older state (P12)."""
    if facts.sending_stopped is None:
        return None
    return GateRefusal(GateCode.SENDING_STOPPED, all_stopped(facts.sending_stopped), of_account=True)


def campaign_active(facts: Facts) -> GateRefusal | None:
    """Only an active campaign sends. A paused one waits for its resume; an ended one never sends again."""
    if facts.campaign_status == CampaignStatus.ACTIVE:
        return None
    return GateRefusal(
        GateCode.CAMPAIGN_NOT_ACTIVE,
        f"{facts.campaign} is {facts.campaign_status}.",
        lasting=facts.campaign_status == CampaignStatus.ENDED,
    )


def account_active(facts: Facts) -> GateRefusal | None:
    """A paused account waits for its resume."""
    if facts.account.status == AccountStatus.ACTIVE:
        return None
    why = f": {facts.account.paused_reason}" if facts.account.paused_reason else "."
    return GateRefusal(
        GateCode.ACCOUNT_NOT_ACTIVE,
        f"The account {facts.account.address} is {facts.account.status}{why}",
        of_account=True,
    )


def account_rested(facts: Facts) -> GateRefusal | None:
    """What an account's mail server refuses all of its mail for is asked again in its time, or after somebody's act."""
    account = facts.account
    if account.rest_reason is None or (account.rest_until is not None and facts.now >= account.rest_until):
        return None
    return GateRefusal(
        GateCode.ACCOUNT_RESTS,
        f"The account {account.address} is resting: {of_a_rest(account.rest_reason, account.rest_code)}",
        until=account.rest_until,
        of_account=True,
    )


def account_healthy(facts: Facts) -> GateRefusal | None:
    """A sick account sends nothing until its health is back (CHECKLIST 004.5)."""
    score = facts.account.health_score
    if score is None or score >= HEALTHY:
        return None
    return GateRefusal(
        GateCode.ACCOUNT_UNHEALTHY,
        f"The health of {facts.account.address} is {score}; below {HEALTHY} nothing is sent.",
        of_account=True,
    )


def not_suppressed(facts: Facts) -> GateRefusal | None:
    """An address, domain or company that must not be written to, for good."""
    if facts.suppressed_by is None:
        return None
    return GateRefusal(GateCode.SUPPRESSED, LASTING[facts.suppressed_by], lasting=True)


def contactable(facts: Facts) -> GateRefusal | None:
    """Who opted out is never written to. Who replied gets answers, and nothing that was planned before."""
    if facts.contact_status == ContactStatus.DO_NOT_CONTACT:
        return GateRefusal(GateCode.OPTED_OUT, LASTING[BlockedBy.OPTED_OUT], lasting=True)
    if facts.contact_status == ContactStatus.REPLIED and facts.kind != DraftKind.REPLY:
        return GateRefusal(GateCode.REPLIED, LASTING[BlockedBy.REPLIED], lasting=True)
    return None


_STEPS_BEFORE: dict[str, str] = {
    StepBefore.OUTCOME_UNKNOWN: "It is not known yet whether the previous mail in this sequence arrived.",
    StepBefore.ON_ITS_WAY: "The previous mail in this sequence has not been sent yet.",
    StepBefore.UNDECIDED: "The previous mail in this sequence is not approved yet.",
}


def after_step_before(facts: Facts) -> GateRefusal | None:
    """The steps of a sequence go in their order: each waits for what came of the mails before it."""
    if facts.kind == DraftKind.REPLY or facts.step_before is None:
        return None
    return GateRefusal(GateCode.STEP_BEFORE, _STEPS_BEFORE[facts.step_before])


def sixty_days(facts: Facts) -> GateRefusal | None:
    """Nobody is written to twice within sixty days, but for answers and the steps of one sequence."""
    if facts.kind == DraftKind.REPLY:
        return None
    if facts.being_written_to:
        return contact_busy(facts)
    if facts.last_contacted_at is None:
        return None
    until = facts.last_contacted_at + COOLING_OFF
    if facts.now >= until:
        return None
    return GateRefusal(
        GateCode.SIXTY_DAYS,
        f"This person was written to on {facts.last_contacted_at:%d %B %Y}; sixty days must pass.",
        until=until,
    )


def contact_busy(facts: Facts) -> GateRefusal:
    """The refusal while somebody is writing to the same person: what comes of that is not known yet."""
    return GateRefusal(GateCode.SIXTY_DAYS, "Another mail to this person is on its way.", until=facts.now + A_MOMENT)


def within_hours(facts: Facts) -> GateRefusal | None:
    """The account's hours, or the recipient's. "Approve & send" skips them: the person who clicked knows the time.

    Not for ever: after a while it keeps them, and waits by itself, so that what was approved since is not held by it.
    """
    at_once = facts.timing == Timing.EARLIEST
    if at_once and (facts.queued_at is None or facts.now < facts.queued_at + AS_CLICKED):
        return None
    of_account = facts.recipient_hours is None and not at_once
    calendar = facts.recipient_hours or facts.account.hours
    if not is_time_zone(calendar.timezone):
        return GateRefusal(
            GateCode.OUTSIDE_HOURS,
            f"The time zone {calendar.timezone} of {facts.account.address} is not known here, so its business hours "
            "cannot be checked. Correct it with `signoff apply`.",
            until=facts.now + ASK_AGAIN,
            of_account=not at_once,
        )
    if is_open(calendar, facts.now):
        return None
    whose = "for the recipient" if facts.recipient_hours else f"for {facts.account.address}"
    return GateRefusal(
        GateCode.OUTSIDE_HOURS,
        f"It is outside business hours {whose}.",
        until=next_open(calendar, facts.now),
        of_account=of_account,
    )


def within_limit(facts: Facts) -> GateRefusal | None:
    """The account's limit of its own day, which grows day by day while it warms up."""
    account = facts.account
    today = local_day(account.timezone, facts.now)
    limit = limit_on(account, today)
    # A count outlives its day for a while, where the account's clock was changed.
    over = account.counted_on is None or account.counted_on < today
    held_over = account.count_holds_until if over and account.counted_on else None
    if held_over is not None and held_over <= facts.now:
        held_over = None
    used = account.counted if not over or held_over else 0
    if used < limit:
        return None
    tomorrow = start_of_day(account.timezone, today + timedelta(days=1))
    return GateRefusal(
        GateCode.DAILY_LIMIT,
        f"{account.address} has reached today's limit of {limit}.",
        until=min(tomorrow, held_over or tomorrow),
        of_account=True,
    )


def limit_on(account: AccountFacts, day: date) -> int:
    """The limit of a day: the full one, or what the warm-up allows by then."""
    if account.warmup_start is None or account.warmup_from is None:
        return account.daily_limit
    days = (day - account.warmup_from).days
    return max(0, min(account.daily_limit, account.warmup_start + max(0, days) * account.warmup_step))


def spaced(facts: Facts) -> GateRefusal | None:
    """Some minutes between two mails of an account. Only an answer approved to go at once skips it."""
    if facts.kind == DraftKind.REPLY and facts.timing == Timing.EARLIEST:
        return None
    until = facts.account.next_spaced_at
    if until is None or facts.now >= until:
        return None
    return GateRefusal(
        GateCode.SPACING,
        f"{facts.account.address} waits a few minutes between two mails.",
        until=until,
        of_account=True,
    )


#: In the order in which a person should hear of them: what lasts longest first.
GATES: tuple[Gate, ...] = (
    sending_allowed,
    campaign_active,
    account_active,
    account_rested,
    account_healthy,
    not_suppressed,
    contactable,
    after_step_before,
    sixty_days,
    within_limit,
    within_hours,
    spaced,
)


def first_refusal(facts: Facts) -> GateRefusal | None:
    """The refusal of the first gate that does not let this pass, or None: it may leave now."""
    for gate in GATES:
        refusal = gate(facts)
        if refusal is not None:
            return refusal
    return None


def earliest(facts: Facts) -> datetime | None:
    """The earliest moment at which every gate lets this pass, as far as can be known; None if none can be."""
    at = facts
    for _ in range(32):
        refusal = first_refusal(at)
        if refusal is None:
            return at.now
        if refusal.until is None:
            return None
        at = replace(at, now=refusal.until, being_written_to=False)
    return None
