"""The account and the head of its queue, locked or only read: what the gates look at, in as few trips as can be.

The statements are text, as their plans were measured: the claim scales with ready accounts, not with the backlog
(DESIGN §7). Columns are listed in the order of the fields of `AccountRow` and `DeliveryRow`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import first_row
from core.delivery.facts import AccountRow, DeliveryRow
from core.ids import UUID
from core.taxonomy import DraftKind

#: The order in which an account's queue is worked off; `prepare_delivery` in the database gives them out. What a person
#: wants gone at once comes before what may wait for its hour, and answers come before the rest; what keeps the
#: recipient's hours (31, 41) does not stand behind what keeps the account's.
PRIORITIES = (10, 20, 30, 31, 40, 41)


def _statement(text: str, *rows: type[AccountRow] | type[DeliveryRow]) -> sa.TextualSelect:
    """A statement whose columns are known beforehand: finding them in every result took as long as the gates."""
    return sa.text(text).columns(*(sa.column(name) for row in rows for name in row._fields))


#: `AccountRow`, at one moment of the database's clock.
_ACCOUNT = """
    a.id AS account_id, a.name AS account_name, a.status AS account_status, a.timezone AS account_timezone,
    a.counted_on AS account_counted_on, a.address, a.smtp_url, a.paused_reason,
    a.rest_reason, a.rest_code, a.rest_until, a.health_score, a.country,
    a.opens, a.closes, a.weekdays, a.warmup_start, a.warmup_step, a.warmup_from, a.next_spaced_at, a.count_holds_until,
    a.daily_limit_emails, a.counted_emails, a.daily_limit_messages, a.counted_messages, a.daily_limit_connections,
    a.counted_connections, clock_timestamp() AS now, s.sending_stopped
"""
#: What else `DeliveryRow` has of a delivery `q`: what the gates look at, and what makes it into a mail.
_DELIVERY = """
    q.id, q.workspace_id, q.draft_id, q.content_version, q.status, q.attempt_id, q.tries, q.priority, q.kind, q.timing,
    q.counted_as, q.held_code, q.reason, q.due_at, q.created_at AS queued_at,
    c.name AS campaign, c.status AS campaign_status, c.recipient_hours,
    t.email, t.first_name, t.last_name, t.timezone AS contact_timezone,
    coalesce(t.suppressed_by, suppression_of(t.workspace_id, t.email_folded, t.company)) AS suppressed_by,
    v.subject, v.body, i.message_id AS in_reply_to, i.reference_ids
"""
#: What a person has said, who was written to, and who is being written to: functions of the database, which asks them
#: again before it lets a delivery be claimed.
_PERSON = "t.workspace_id, t.email_folded, t.linkedin_folded"
_LAST_CONTACTED = f"last_contacted({_PERSON}, CASE q.kind WHEN '{DraftKind.FOLLOW_UP}' THEN d.sequence_instance_id END)"
_ANSWERS = f"(q.kind = '{DraftKind.REPLY}' AND has_written({_PERSON}))"
_STEP_BEFORE = "step_before(d.sequence_instance_id, d.created_at, d.id) AS step_before"
_CONTACTED = f"""
    {_ANSWERS} AS answers, coalesce(answer_of({_PERSON}), t.status) AS contact_status,
    CASE WHEN NOT {_ANSWERS} THEN {_LAST_CONTACTED} END AS last_contacted_at,
    NOT {_ANSWERS} AND being_written_to({_PERSON}, q.id) AS being_written_to, {_STEP_BEFORE}
"""
#: The same as far as the contact's own row knows it. Where that says "not in the last sixty days", or somebody is at it
#: right now, the database has the word: `take_delivery` looks everything up, and a claim that it refuses asks again.
_CONTACTED_AT_A_GLANCE = f"""
    {_ANSWERS} AS answers, t.status AS contact_status,
    CASE WHEN NOT {_ANSWERS} AND t.last_contacted_at > clock_timestamp() - interval '60 days'
        THEN {_LAST_CONTACTED} END AS last_contacted_at,
    false AS being_written_to, {_STEP_BEFORE}
"""
_JOINS = """
    JOIN campaigns c ON c.id = q.campaign_id
    JOIN contacts t ON t.id = q.contact_id
    JOIN drafts d ON d.id = q.draft_id
    JOIN draft_versions v ON v.draft_id = q.draft_id AND v.version = q.content_version
    LEFT JOIN inbound_messages i ON i.id = d.inbound_message_id
"""


def _head_sql(now: str) -> str:
    """The head of the queue of account `:account`, of `:priorities`, due by `now`: an expression of SQL."""
    return f"""
    SELECT {_DELIVERY}, {_CONTACTED_AT_A_GLANCE}
    FROM (
        SELECT p AS priority FROM unnest(CAST(:priorities AS smallint[])) p
        CROSS JOIN LATERAL (
            SELECT FROM send_queue
            WHERE account_id = :account AND status = 'queued' AND priority = p AND due_at <= {now}
            ORDER BY due_at LIMIT 1
        ) any_due  -- with EXISTS, Postgres may read all of the account's queue to answer for every priority at once
        ORDER BY p LIMIT 1
    ) first
    CROSS JOIN LATERAL (
        SELECT * FROM send_queue
        WHERE account_id = :account AND status = 'queued' AND priority = first.priority AND due_at <= {now}
        ORDER BY due_at LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) q {_JOINS}
    """  # noqa: S608  made of our own constants


_READ_ACCOUNT = _statement(f"SELECT {_ACCOUNT} FROM accounts a, installation s WHERE a.id = :account", AccountRow)  # noqa: S608  likewise
# So strong a lock waits for every delivery of this account that is being queued (its foreign key holds the account), so
# that `put_off_account` overlooks none.
_LOCK_ACCOUNT = _statement(
    f"SELECT {_ACCOUNT} FROM accounts a, installation s WHERE a.id = :account FOR UPDATE OF a",  # noqa: S608  likewise
    AccountRow,
)
_HEAD = _statement(_head_sql(":now"), DeliveryRow)
#: Both in one, for an account whom nobody holds.
_ACCOUNT_AND_HEAD = _statement(
    f"""
    WITH account AS MATERIALIZED (
        SELECT {_ACCOUNT} FROM accounts a, installation s WHERE a.id = :account FOR UPDATE OF a SKIP LOCKED
    )
    SELECT * FROM account LEFT JOIN LATERAL ({_head_sql("account.now")}) head ON true
    """,  # noqa: S608  likewise
    AccountRow,
    DeliveryRow,
)
_DELIVERY_BY_ID = _statement(
    f"SELECT {_DELIVERY}, {_CONTACTED} FROM send_queue q {_JOINS} WHERE q.id = :delivery",  # noqa: S608  likewise
    DeliveryRow,
)
#: Drafts as though somebody approved them now, for the next free slot, each with its account.
_AS_IF_QUEUED = _statement(
    f"""
    SELECT {_ACCOUNT}, {_DELIVERY}, {_CONTACTED}
    FROM (
        SELECT NULL::uuid AS id, workspace_id, id AS draft_id, version AS content_version, 'queued' AS status,
            NULL::uuid AS attempt_id, 0 AS tries, CASE WHEN kind = 'reply' THEN 30 ELSE 40 END AS priority, kind,
            'next_slot' AS timing, 'email' AS counted_as, NULL AS held_code, NULL AS reason, now() AS due_at,
            now() AS created_at, campaign_id, contact_id
        FROM drafts WHERE id = ANY(:drafts)
    ) q {_JOINS} JOIN accounts a ON a.id = c.account_id CROSS JOIN installation s
    """,  # noqa: S608  likewise
    AccountRow,
    DeliveryRow,
)


def lock_account_and_head(tx: Connection, account_id: UUID) -> tuple[AccountRow, DeliveryRow | None] | None:
    """The account, locked until the transaction ends, and the head of its queue; None if there is no such account.

    In one statement, unless somebody holds the account. Whoever had to wait looks at the queue afterwards: a statement
    sees what was there when it began.
    """
    both = tx.execute(_ACCOUNT_AND_HEAD, {"account": account_id, "priorities": list(PRIORITIES)}).first()
    if both is not None:
        account, head = _apart(both)
        return account, head if head.id else None
    only = lock_account(tx, account_id)
    return (only, head_of_queue(tx, account_id, list(PRIORITIES), only.now)) if only else None


def lock_account(tx: Connection, account_id: UUID) -> AccountRow | None:
    """The account, locked until the transaction ends: one claim of an account at a time."""
    return first_row(tx.execute(_LOCK_ACCOUNT, {"account": account_id}), AccountRow)


def read_account(tx: Connection, account_id: UUID) -> AccountRow | None:
    """The account as it is, not locked."""
    return first_row(tx.execute(_READ_ACCOUNT, {"account": account_id}), AccountRow)


def head_of_queue(tx: Connection, account_id: UUID, priorities: list[int], now: datetime) -> DeliveryRow | None:
    """The first delivery that is due, of these priorities; locked, so that no cancel or skip comes in between."""
    return first_row(tx.execute(_HEAD, {"account": account_id, "priorities": priorities, "now": now}), DeliveryRow)


def read_delivery(tx: Connection, delivery_id: UUID) -> DeliveryRow | None:
    """One delivery, with what the gates look at, not locked."""
    return first_row(tx.execute(_DELIVERY_BY_ID, {"delivery": delivery_id}), DeliveryRow)


def read_as_if_queued(tx: Connection, draft_ids: Sequence[UUID]) -> list[tuple[AccountRow, DeliveryRow]]:
    """Drafts as the deliveries that approvals for the next free slot would make of them this moment, without an `id`;
    and the account of each. In no order.
    """
    return [_apart(row) for row in tx.execute(_AS_IF_QUEUED, {"drafts": list(draft_ids)})]


def _apart(both: sa.Row[Any]) -> tuple[AccountRow, DeliveryRow]:
    columns = len(AccountRow._fields)
    return AccountRow(*both[:columns]), DeliveryRow(*both[columns:])
