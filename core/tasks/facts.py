"""What the gates of `core/delivery/gates.py` look at in a task: its row, locked, and the facts of it."""

from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import first_row
from core.delivery.facts import AccountRow, account_facts, recipient_hours
from core.delivery.gates import Facts
from core.ids import UUID


class TaskRow(NamedTuple):
    """A task, with what the gates look at."""

    id: UUID
    workspace_id: UUID
    campaign_id: UUID
    account_id: UUID
    status: str
    counted_as: str
    offers: int
    offered_to: UUID | None
    counted_on: date | None
    due_at: datetime
    kind: str
    timing: str
    campaign: str
    campaign_status: str
    recipient_hours: bool
    contact_timezone: str | None
    contact_status: str
    suppressed_by: str | None
    last_contacted_at: datetime | None
    being_written_to: bool
    step_before: str | None


#: The columns of `TaskRow`. `intro`: whoever replied is answered, not led on. `next_slot`: whoever is offered it did
#: not choose the hour.
_TASK = """
    t.id, t.workspace_id, t.campaign_id, t.account_id, t.status, t.kind AS counted_as, t.offers, t.offered_to,
    t.counted_on, t.due_at, 'intro' AS kind, 'next_slot' AS timing,
    c.name AS campaign, c.status AS campaign_status, c.recipient_hours,
    p.timezone AS contact_timezone,
    coalesce(answer_of(p.workspace_id, p.email_folded, p.linkedin_folded), p.status) AS contact_status,
    coalesce(p.suppressed_by, suppression_of(p.workspace_id, p.email_folded, p.company)) AS suppressed_by,
    last_contacted(p.workspace_id, p.email_folded, p.linkedin_folded, t.sequence_instance_id) AS last_contacted_at,
    being_written_to(p.workspace_id, p.email_folded, p.linkedin_folded, t.id) OR being_asked_for(
        p.workspace_id, p.email_folded, p.linkedin_folded, t.id, t.sequence_instance_id) AS being_written_to,
    step_before(t.sequence_instance_id, t.created_at, t.id) AS step_before
"""
_JOINS = "JOIN campaigns c ON c.id = t.campaign_id JOIN contacts p ON p.id = t.contact_id"
# What a pause holds is not even looked at: thousands of tasks may wait behind it, and nothing is to be noted.
_HEAD = sa.text(f"""
    SELECT {_TASK} FROM (
        SELECT * FROM tasks
        WHERE account_id = :account AND status = 'waiting' AND kind = ANY (:kinds) AND due_at <= :now
            AND campaign_id IN (SELECT id FROM campaigns WHERE status IN ('active', 'ended'))
        ORDER BY due_at, id LIMIT 1
        FOR UPDATE SKIP LOCKED
    ) t {_JOINS}
""")  # noqa: S608  made of our own constants
_ONE = sa.text(f"SELECT {_TASK} FROM (SELECT * FROM tasks WHERE id = :task FOR UPDATE) t {_JOINS}")  # noqa: S608  likewise
_LOOK = sa.text(f"SELECT {_TASK} FROM (SELECT * FROM tasks WHERE id = :task) t {_JOINS}")  # noqa: S608  likewise
_DUE = sa.text("""
    SELECT a.id FROM accounts a
    WHERE a.channel = 'linkedin' AND a.status = 'active'
        AND NOT EXISTS (SELECT FROM installation WHERE sending_stopped IS NOT NULL)
        AND EXISTS (
            SELECT FROM tasks t JOIN campaigns c ON c.id = t.campaign_id
            WHERE t.account_id = a.id AND t.status = 'waiting' AND t.due_at <= now()
                AND c.status IN ('active', 'ended')
        )
    ORDER BY a.id
""")


def accounts_due(tx: Connection) -> list[UUID]:
    """The LinkedIn accounts that have a task to look at."""
    return list(tx.scalars(_DUE))


def head_of_tasks(tx: Connection, account_id: UUID, kinds: list[str], now: datetime) -> TaskRow | None:
    """The task of these kinds that is due longest; locked, and passed over while somebody else has it."""
    return first_row(tx.execute(_HEAD, {"account": account_id, "kinds": kinds, "now": now}), TaskRow)


def lock_task(tx: Connection, task_id: UUID) -> TaskRow | None:
    """One task, locked, with what the gates look at."""
    return first_row(tx.execute(_ONE, {"task": task_id}), TaskRow)


def read_task(tx: Connection, task_id: UUID) -> TaskRow | None:
    """The same, without a lock."""
    return first_row(tx.execute(_LOOK, {"task": task_id}), TaskRow)


def facts_of(account: AccountRow, task: TaskRow) -> Facts:
    """What the gates decide by."""
    return Facts(
        now=account.now,
        account=account_facts(account, task.counted_as),
        kind=task.kind,
        timing=task.timing,
        campaign=task.campaign,
        campaign_status=task.campaign_status,
        recipient_hours=recipient_hours(account, task.contact_timezone) if task.recipient_hours else None,
        contact_status=task.contact_status,
        last_contacted_at=task.last_contacted_at,
        being_written_to=task.being_written_to,
        step_before=task.step_before,
        suppressed_by=task.suppressed_by,
        sending_stopped=account.sending_stopped,
    )
