"""The rows that the gates look at, as facts: the account, locked or not, and the head of its queue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.delivery.held import Row
from core.gates import AccountFacts, Facts
from core.hours import Hours
from core.ids import UUID
from core.taxonomy import CountedAs

#: The order in which an account's queue is worked off; `prepare_delivery` in the database gives them out. What a person
#: wants gone at once comes before what may wait for its hour, and answers come before the rest; what keeps the
#: recipient's hours (31, 41) does not stand behind what keeps the account's.
PRIORITIES = (10, 20, 30, 31, 40, 41)

_LIMITS = {
    CountedAs.EMAIL: ("daily_limit_emails", "counted_emails"),
    CountedAs.MESSAGE: ("daily_limit_messages", "counted_messages"),
    CountedAs.CONNECTION: ("daily_limit_connections", "counted_connections"),
}

#: What else of a delivery the gates look at. `last_contacted` and `being_written_to` are functions of the database.
_DELIVERY = """
    q.id, q.workspace_id, q.draft_id, q.content_version, q.status, q.attempt_id, q.tries, q.priority, q.kind,
    q.timing, q.counted_as, q.held_code, q.reason, q.due_at,
    c.name AS campaign, c.status AS campaign_status, c.recipient_hours,
    t.email, t.first_name, t.last_name, t.timezone AS contact_timezone, t.status AS contact_status,
    coalesce(t.suppressed_by, suppression_of(t.workspace_id, t.email_folded, t.company)) AS suppressed_by,
    CASE WHEN q.kind = 'reply' THEN NULL
         ELSE last_contacted(t.workspace_id, t.email_folded, t.linkedin_folded, d.sequence_instance_id)
    END AS last_contacted_at,
    q.kind <> 'reply' AND being_written_to(t.workspace_id, t.email_folded, t.linkedin_folded, q.id)
        AS being_written_to,
    v.subject, v.body, i.message_id AS answers
"""
_JOINS = """
    JOIN campaigns c ON c.id = q.campaign_id
    JOIN contacts t ON t.id = q.contact_id
    JOIN drafts d ON d.id = q.draft_id
    JOIN draft_versions v ON v.draft_id = q.draft_id AND v.version = q.content_version
    LEFT JOIN inbound_messages i ON i.id = d.inbound_message_id
"""
_ACCOUNT = (
    "SELECT a.*, clock_timestamp() AS now, s.sending_stopped FROM accounts a, installation s WHERE a.id = :account"
)

# So strong a lock waits for every delivery of this account that is being queued (its foreign key holds the account), so
# that `rest` overlooks none.
_LOCK_ACCOUNT = sa.text(f"{_ACCOUNT} FOR UPDATE OF a")
_READ_ACCOUNT = sa.text(_ACCOUNT)
_HEAD = sa.text(f"""
    SELECT {_DELIVERY}
    FROM (
        SELECT p AS priority FROM unnest(CAST(:priorities AS smallint[])) p
        CROSS JOIN LATERAL (
            SELECT FROM send_queue
            WHERE account_id = :account AND status = 'queued' AND priority = p AND due_at <= :now
            ORDER BY due_at LIMIT 1
        ) any_due  -- with EXISTS, Postgres may read all of the account's queue to answer for every priority at once
        ORDER BY p LIMIT 1
    ) first
    CROSS JOIN LATERAL (
        SELECT * FROM send_queue
        WHERE account_id = :account AND status = 'queued' AND priority = first.priority AND due_at <= :now
        ORDER BY due_at LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) q {_JOINS}
""")  # noqa: S608  made of our own constants
_ONE = sa.text(f"SELECT {_DELIVERY} FROM send_queue q {_JOINS} WHERE q.id = :delivery")  # noqa: S608  likewise

#: A draft as though somebody approved it now, for the next free slot.
_AS_IF = sa.text(f"""
    SELECT {_DELIVERY}
    FROM (
        SELECT NULL::uuid AS id, workspace_id, id AS draft_id, version AS content_version, 'queued' AS status,
            NULL::uuid AS attempt_id, 0 AS tries, CASE WHEN kind = 'reply' THEN 30 ELSE 40 END AS priority, kind,
            'next_slot' AS timing, 'email' AS counted_as, NULL AS held_code, NULL AS reason, now() AS due_at,
            campaign_id, contact_id
        FROM drafts WHERE id = :draft
    ) q {_JOINS}
""")  # noqa: S608  made of our own constants


@dataclass(frozen=True)
class Account:
    """An account's row at one moment of the database's clock."""

    row: Row

    @property
    def now(self) -> datetime:
        now: datetime = self.row.now
        return now

    def facts(self, counted_as: str) -> AccountFacts:
        """What the gates need of it, for one kind of message."""
        limit, counted = _LIMITS[CountedAs(counted_as)]
        values = self.row._mapping
        return AccountFacts(
            address=self.row.address,
            status=self.row.status,
            paused_reason=self.row.paused_reason,
            health_score=self.row.health_score,
            timezone=self.row.timezone,
            hours=_hours(self.row, self.row.timezone),
            daily_limit=values[limit],
            counted=values[counted],
            counted_on=self.row.counted_on,
            warmup_start=self.row.warmup_start,
            warmup_step=self.row.warmup_step,
            warmup_from=self.row.warmup_from,
            next_spaced_at=self.row.next_spaced_at,
        )


def lock_account(tx: Connection, account_id: UUID) -> Account | None:
    """The account, locked until the transaction ends: one claim of an account at a time."""
    row = tx.execute(_LOCK_ACCOUNT, {"account": account_id}).first()
    return Account(row) if row else None


def read_account(tx: Connection, account_id: UUID) -> Account | None:
    """The account as it is, not locked."""
    row = tx.execute(_READ_ACCOUNT, {"account": account_id}).first()
    return Account(row) if row else None


def head(tx: Connection, account_id: UUID, priorities: list[int], now: datetime) -> Row | None:
    """The first delivery that is due, of these priorities; locked, so that no cancel or skip comes in between."""
    return tx.execute(_HEAD, {"account": account_id, "priorities": priorities, "now": now}).first()


def one(tx: Connection, delivery_id: UUID) -> Row | None:
    """One delivery, with what the gates look at."""
    return tx.execute(_ONE, {"delivery": delivery_id}).first()


def as_if_queued(tx: Connection, draft_id: UUID) -> Row | None:
    """A draft, with what the gates would look at, had it been approved for the next free slot this moment."""
    return tx.execute(_AS_IF, {"draft": draft_id}).first()


def facts_of(account: Account, row: Row) -> Facts:
    """What the gates decide by."""
    theirs = _hours(account.row, row.contact_timezone) if row.recipient_hours and row.contact_timezone else None
    return Facts(
        now=account.now,
        account=account.facts(row.counted_as),
        kind=row.kind,
        timing=row.timing,
        campaign=row.campaign,
        campaign_status=row.campaign_status,
        recipient_hours=theirs,
        contact_status=row.contact_status,
        last_contacted_at=row.last_contacted_at,
        being_written_to=row.being_written_to,
        suppressed_by=row.suppressed_by,
        sending_stopped=account.row.sending_stopped,
    )


def _hours(account: Any, timezone: str) -> Hours:
    """The account's hours, days and holidays, in this zone: the recipient's country is not known."""
    return Hours(
        timezone=timezone,
        opens=account.opens,
        closes=account.closes,
        weekdays=frozenset(account.weekdays),
        country=account.country,
    )
