"""The rows that the gates look at, as facts: the account, locked or not, and the head of its queue."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import Row
from core.delivery.gates import AccountFacts, Facts
from core.hours import Hours
from core.ids import UUID
from core.taxonomy import CountedAs, DraftKind

#: The order in which an account's queue is worked off; `prepare_delivery` in the database gives them out. What a person
#: wants gone at once comes before what may wait for its hour, and answers come before the rest; what keeps the
#: recipient's hours (31, 41) does not stand behind what keeps the account's.
PRIORITIES = (10, 20, 30, 31, 40, 41)

_LIMITS = {
    CountedAs.EMAIL: ("daily_limit_emails", "counted_emails"),
    CountedAs.MESSAGE: ("daily_limit_messages", "counted_messages"),
    CountedAs.CONNECTION: ("daily_limit_connections", "counted_connections"),
}

#: An account, at one moment of the database's clock: names, and what they stand for.
_ACCOUNT = {
    "account_id": "a.id",
    "account_name": "a.name",
    "account_status": "a.status",
    "account_timezone": "a.timezone",
    "account_counted_on": "a.counted_on",
    **{
        name: f"a.{name}"
        for name in (
            *("address", "smtp_url", "paused_reason", "health_score", "country", "opens", "closes", "weekdays"),
            *("warmup_start", "warmup_step", "warmup_from", "next_spaced_at", "count_holds_until"),
            *(name for limit_and_count in _LIMITS.values() for name in limit_and_count),
        )
    },
    "now": "clock_timestamp()",
    "sending_stopped": "s.sending_stopped",
}
#: What else of a delivery the gates look at, and what makes it into a mail.
_DELIVERY = {
    **{
        name: f"q.{name}"
        for name in (
            *("id", "workspace_id", "draft_id", "content_version", "status", "attempt_id", "tries", "priority"),
            *("kind", "timing", "counted_as", "held_code", "reason", "due_at"),
        )
    },
    "campaign": "c.name",
    "campaign_status": "c.status",
    "recipient_hours": "c.recipient_hours",
    "email": "t.email",
    "first_name": "t.first_name",
    "last_name": "t.last_name",
    "contact_timezone": "t.timezone",
    "suppressed_by": "coalesce(t.suppressed_by, suppression_of(t.workspace_id, t.email_folded, t.company))",
    "subject": "v.subject",
    "body": "v.body",
    "in_reply_to": "i.message_id",
}
#: What a person has said, who was written to, and who is being written to: functions of the database, which asks them
#: again before it lets a delivery be claimed.
_PERSON = "t.workspace_id, t.email_folded, t.linkedin_folded"
_LAST_CONTACTED = f"last_contacted({_PERSON}, CASE q.kind WHEN '{DraftKind.FOLLOW_UP}' THEN d.sequence_instance_id END)"
_ANSWERS = f"(q.kind = '{DraftKind.REPLY}' AND has_written({_PERSON}))"
_WRITTEN = {
    "answers": _ANSWERS,
    "contact_status": f"coalesce(answer_of({_PERSON}), t.status)",
    "last_contacted_at": f"CASE WHEN NOT {_ANSWERS} THEN {_LAST_CONTACTED} END",
    "being_written_to": f"NOT {_ANSWERS} AND being_written_to({_PERSON}, q.id)",
}
#: The same as far as the contact's own row knows it. Where that says "not in the last sixty days", or somebody is at it
#: right now, the database has the word: `take_delivery` looks everything up, and a claim that it refuses asks again.
_WRITTEN_AT_A_GLANCE = {
    "answers": _ANSWERS,
    "contact_status": "t.status",
    "last_contacted_at": f"CASE WHEN NOT {_ANSWERS} AND t.last_contacted_at > clock_timestamp() - interval '60 days'"
    f" THEN {_LAST_CONTACTED} END",
    "being_written_to": "false",
}
_JOINS = """
    JOIN campaigns c ON c.id = q.campaign_id
    JOIN contacts t ON t.id = q.contact_id
    JOIN drafts d ON d.id = q.draft_id
    JOIN draft_versions v ON v.draft_id = q.draft_id AND v.version = q.content_version
    LEFT JOIN inbound_messages i ON i.id = d.inbound_message_id
"""


def _columns(columns: dict[str, str]) -> str:
    return ", ".join(f"{what} AS {name}" for name, what in columns.items())


def _statement(text: str, *columns: dict[str, str]) -> sa.TextualSelect:
    """A statement whose columns are known beforehand: finding them in every result took as long as the gates."""
    return sa.text(text).columns(*(sa.column(name) for some in columns for name in some))


_OF_ACCOUNT = f"SELECT {_columns(_ACCOUNT)} FROM accounts a, installation s WHERE a.id = :account"  # noqa: S608  ours
# So strong a lock waits for every delivery of this account that is being queued (its foreign key holds the account), so
# that `rest_account` overlooks none.
_LOCK = " FOR UPDATE OF a"
_LOCK_ACCOUNT = _statement(_OF_ACCOUNT + _LOCK, _ACCOUNT)
_READ_ACCOUNT = _statement(_OF_ACCOUNT, _ACCOUNT)
_HEAD_OF_QUEUE = f"""
    SELECT {_columns(_DELIVERY)}, {_columns(_WRITTEN_AT_A_GLANCE)}
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
"""  # noqa: S608  made of our own constants
_HEAD = _statement(_HEAD_OF_QUEUE, _DELIVERY, _WRITTEN_AT_A_GLANCE)
#: Both in one, for an account whom nobody holds.
_ACCOUNT_AND_HEAD = _statement(
    f"""
    WITH account AS MATERIALIZED ({_OF_ACCOUNT}{_LOCK and f"{_LOCK} SKIP LOCKED"})
    SELECT * FROM account LEFT JOIN LATERAL ({_HEAD_OF_QUEUE.replace(":now", "account.now")}) head ON true
    """,  # noqa: S608  likewise
    _ACCOUNT,
    _DELIVERY,
    _WRITTEN_AT_A_GLANCE,
)
_DELIVERY_BY_ID = _statement(
    f"SELECT {_columns(_DELIVERY)}, {_columns(_WRITTEN)} FROM send_queue q {_JOINS} WHERE q.id = :delivery",  # noqa: S608  likewise
    _DELIVERY,
    _WRITTEN,
)

#: A draft as though somebody approved it now, for the next free slot.
_AS_IF = _statement(
    f"""
    SELECT {_columns(_DELIVERY)}, {_columns(_WRITTEN)}
    FROM (
        SELECT NULL::uuid AS id, workspace_id, id AS draft_id, version AS content_version, 'queued' AS status,
            NULL::uuid AS attempt_id, 0 AS tries, CASE WHEN kind = 'reply' THEN 30 ELSE 40 END AS priority, kind,
            'next_slot' AS timing, 'email' AS counted_as, NULL AS held_code, NULL AS reason, now() AS due_at,
            campaign_id, contact_id
        FROM drafts WHERE id = :draft
    ) q {_JOINS}
    """,  # noqa: S608  likewise
    _DELIVERY,
    _WRITTEN,
)


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
            status=self.row.account_status,
            paused_reason=self.row.paused_reason,
            health_score=self.row.health_score,
            timezone=self.row.account_timezone,
            hours=_hours(self.row, self.row.account_timezone),
            daily_limit=values[limit],
            counted=values[counted],
            counted_on=self.row.account_counted_on,
            warmup_start=self.row.warmup_start,
            warmup_step=self.row.warmup_step,
            warmup_from=self.row.warmup_from,
            next_spaced_at=self.row.next_spaced_at,
            count_holds_until=self.row.count_holds_until,
        )


def lock_account_and_head(tx: Connection, account_id: UUID) -> tuple[Account, Row | None] | None:
    """The account, locked until the transaction ends, and the head of its queue; None if there is no such account.

    In one statement, unless somebody holds the account. Whoever had to wait looks at the queue afterwards: a statement
    sees what was there when it began.
    """
    row = tx.execute(_ACCOUNT_AND_HEAD, {"account": account_id, "priorities": list(PRIORITIES)}).first()
    if row is not None:
        return Account(row), row if row.id else None
    account = lock_account(tx, account_id)
    return (account, head_of_queue(tx, account_id, list(PRIORITIES), account.now)) if account else None


def lock_account(tx: Connection, account_id: UUID) -> Account | None:
    """The account, locked until the transaction ends: one claim of an account at a time."""
    row = tx.execute(_LOCK_ACCOUNT, {"account": account_id}).first()
    return Account(row) if row else None


def read_account(tx: Connection, account_id: UUID) -> Account | None:
    """The account as it is, not locked."""
    row = tx.execute(_READ_ACCOUNT, {"account": account_id}).first()
    return Account(row) if row else None


def head_of_queue(tx: Connection, account_id: UUID, priorities: list[int], now: datetime) -> Row | None:
    """The first delivery that is due, of these priorities; locked, so that no cancel or skip comes in between."""
    return tx.execute(_HEAD, {"account": account_id, "priorities": priorities, "now": now}).first()


def read_delivery(tx: Connection, delivery_id: UUID) -> Row | None:
    """One delivery, with what the gates look at."""
    return tx.execute(_DELIVERY_BY_ID, {"delivery": delivery_id}).first()


def as_if_queued(tx: Connection, draft_id: UUID) -> Row | None:
    """A draft, with what the gates would look at, had it been approved for the next free slot this moment."""
    return tx.execute(_AS_IF, {"draft": draft_id}).first()


def facts_of(account: Account, row: Row) -> Facts:
    """What the gates decide by."""
    theirs = _hours(account.row, row.contact_timezone) if row.recipient_hours and row.contact_timezone else None
    return Facts(
        now=account.now,
        account=account.facts(row.counted_as),
        kind=DraftKind.INTRO if row.kind == DraftKind.REPLY and not row.answers else row.kind,
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
