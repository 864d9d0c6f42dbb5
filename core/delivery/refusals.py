"""What a gate's refusal does: the delivery waits, with the reason, or is skipped for good; and its account is put off.

And how it is released again, once the act has come that a gate waited for.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.delivery.facts import DeliveryRow
from core.delivery.gates import GateRefusal
from core.drafts.review import bring_back
from core.ids import UUID
from core.models import Account, Delivery, Draft
from core.taxonomy import DeliveryStatus, Verb

#: When a delivery is due that waits for somebody's act: a resume, or a restored health.
UNTIL_AN_ACT = datetime(9999, 1, 1, tzinfo=UTC)


def apply_refusal(tx: Connection, row: DeliveryRow, refusal: GateRefusal) -> None:
    """Apply a gate's refusal to its delivery: postpone it, with the reason, or skip it for good."""
    if refusal.lasting:
        _skip(tx, row, refusal)
    elif refusal.of_account:
        _note(tx, row, refusal, row.due_at)
    else:
        _note(tx, row, refusal, refusal.until or UNTIL_AN_ACT)


def _note(tx: Connection, row: DeliveryRow, refusal: GateRefusal, due_at: datetime) -> None:
    """Keep the refusal with the delivery. One that says what is already known writes nothing."""
    if (row.held_code, row.reason, row.due_at) == (refusal.code, refusal.sentence, due_at):
        return
    tx.execute(
        sa.update(Delivery)
        .where(Delivery.id == row.id)
        .values(held_code=refusal.code, reason=refusal.sentence, due_at=due_at)
    )
    tx.execute(sa.update(Draft).where(Draft.id == row.draft_id).values(revision=Draft.revision + 1))


def _skip(tx: Connection, row: DeliveryRow, refusal: GateRefusal) -> None:
    """It will never pass: its draft goes back to a person, with the reason (P2)."""
    tx.execute(
        sa.update(Delivery)
        .where(Delivery.id == row.id)
        .values(status=DeliveryStatus.SKIPPED, held_code=refusal.code, reason=refusal.sentence)
    )
    entry = events.Entry(
        Verb.SKIP,
        workspace_id=row.workspace_id,
        draft_id=row.draft_id,
        delivery_id=row.id,
        moved=(DeliveryStatus.QUEUED, DeliveryStatus.SKIPPED),
        data={"gate": refusal.code},
    )
    events.write(tx, SIGNOFF, entry)
    bring_back(tx, row.draft_id, None)  # it is blocked by the same, and says so as long as that is so


_NEXT_DUE = sa.text("""
    SELECT min(h.due_at) FROM unnest(CAST(:priorities AS smallint[])) p
    CROSS JOIN LATERAL (
        SELECT due_at FROM send_queue
        WHERE account_id = :account AND status = 'queued' AND priority = p ORDER BY due_at LIMIT 1
    ) h
    WHERE h.due_at < :never
""")


def put_off_account(tx: Connection, account_id: UUID, open_priorities: list[int], untils: list[datetime]) -> None:
    """Back the account off: the clock looks at it again at the earliest of these moments, or when an act wakes it."""
    due = tx.scalar(_NEXT_DUE, {"account": account_id, "priorities": open_priorities, "never": UNTIL_AN_ACT})
    moments = [*untils, *([due] if due else [])]
    tx.execute(
        sa.update(Account).where(Account.id == account_id).values(next_send_at=min(moments) if moments else None)
    )
