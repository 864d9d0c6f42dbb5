"""What the gates look at: the rows of an account and of a delivery, and the facts that they come down to. Pure."""

from datetime import date, datetime, time
from typing import NamedTuple

from core.delivery.gates import AccountFacts, Facts
from core.hours import Hours
from core.ids import UUID
from core.taxonomy import CountedAs, DraftKind
from core.time_zones import is_time_zone


class AccountRow(NamedTuple):
    """An account at one moment of the database's clock, `now`."""

    account_id: UUID
    account_name: str
    account_status: str
    account_timezone: str
    account_counted_on: date | None
    address: str
    smtp_url: str
    paused_reason: str | None
    rest_reason: str | None
    rest_code: int | None
    rest_until: datetime | None
    health_score: int | None
    country: str | None
    opens: time
    closes: time
    weekdays: list[int]
    warmup_start: int | None
    warmup_step: int
    warmup_from: date | None
    next_spaced_at: datetime | None
    count_holds_until: datetime | None
    daily_limit_emails: int
    counted_emails: int
    daily_limit_messages: int
    counted_messages: int
    daily_limit_connections: int
    counted_connections: int
    now: datetime
    sending_stopped: str | None

    def __repr__(self) -> str:
        """Without its address and settings (P11)."""
        return f"AccountRow({self.account_id})"

    def limit_and_count(self, counted_as: str) -> tuple[int, int]:
        """The daily limit of one kind of message, and how many of it were counted."""
        match CountedAs(counted_as):
            case CountedAs.EMAIL:
                return self.daily_limit_emails, self.counted_emails
            case CountedAs.MESSAGE:
                return self.daily_limit_messages, self.counted_messages
            case CountedAs.CONNECTION:
                return self.daily_limit_connections, self.counted_connections


class DeliveryRow(NamedTuple):
    """A delivery, with what the gates look at and what makes it into a mail."""

    id: UUID
    workspace_id: UUID
    draft_id: UUID
    content_version: int
    status: str
    attempt_id: UUID | None
    tries: int
    priority: int
    kind: str
    timing: str
    counted_as: str
    held_code: str | None
    reason: str | None
    due_at: datetime
    queued_at: datetime
    campaign: str
    campaign_status: str
    recipient_hours: bool
    email: str
    first_name: str | None
    last_name: str | None
    contact_timezone: str | None
    suppressed_by: str | None
    subject: str
    body: str
    in_reply_to: str | None
    reference_ids: list[str] | None
    answers: bool
    contact_status: str
    last_contacted_at: datetime | None
    being_written_to: bool
    step_before: str | None

    def __repr__(self) -> str:
        """Without names, addresses and texts (P11)."""
        return f"DeliveryRow({self.id}, {self.status})"


def facts_of(account: AccountRow, delivery: DeliveryRow) -> Facts:
    """What the gates decide by. A `reply` to somebody who never wrote is an intro."""
    unasked = delivery.kind == DraftKind.REPLY and not delivery.answers
    return Facts(
        now=account.now,
        account=account_facts(account, delivery.counted_as),
        kind=DraftKind.INTRO if unasked else delivery.kind,
        timing=delivery.timing,
        campaign=delivery.campaign,
        campaign_status=delivery.campaign_status,
        recipient_hours=recipient_hours(account, delivery.contact_timezone) if delivery.recipient_hours else None,
        contact_status=delivery.contact_status,
        last_contacted_at=delivery.last_contacted_at,
        being_written_to=delivery.being_written_to,
        step_before=delivery.step_before,
        suppressed_by=delivery.suppressed_by,
        sending_stopped=account.sending_stopped,
        queued_at=delivery.queued_at,
    )


def account_facts(account: AccountRow, counted_as: str) -> AccountFacts:
    """What the gates need of an account, for one kind of message."""
    limit, counted = account.limit_and_count(counted_as)
    return AccountFacts(
        address=account.address,
        status=account.account_status,
        paused_reason=account.paused_reason,
        rest_reason=account.rest_reason,
        rest_code=account.rest_code,
        rest_until=account.rest_until,
        health_score=account.health_score,
        timezone=account.account_timezone,
        hours=_hours(account, account.account_timezone),
        daily_limit=limit,
        counted=counted,
        counted_on=account.account_counted_on,
        warmup_start=account.warmup_start,
        warmup_step=account.warmup_step,
        warmup_from=account.warmup_from,
        next_spaced_at=account.next_spaced_at,
        count_holds_until=account.count_holds_until,
    )


def recipient_hours(account: AccountRow, timezone: str | None) -> Hours | None:
    """The account's hours, days and holidays in the recipient's zone, whose country is not known; None without zone."""
    return _hours(account, timezone) if timezone and is_time_zone(timezone) else None


def _hours(account: AccountRow, timezone: str) -> Hours:
    return Hours(
        timezone=timezone,
        opens=account.opens,
        closes=account.closes,
        weekdays=frozenset(account.weekdays),
        country=account.country,
    )
