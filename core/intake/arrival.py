"""What came back of a mail shows that its server took it: evidence where its outcome is unknown (DESIGN §3)."""

from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from core.actor import Actor
from core.delivery.evidence import Evidence, record
from core.ids import UUID
from core.taxonomy import EvidenceKind, Says, Verb

#: Comes back of a mail alone: whoever reports one of a draft has seen its mail. A person may answer without one.
ONLY_OF_A_MAIL = frozenset({Verb.BOUNCE, Verb.COMPLAIN})


def note_arrival(
    tx: Connection, attempt_id: UUID, verb: Verb, at: datetime | None, by: Actor, *, by_message_id: bool
) -> None:
    """Close this attempt as arrived, if its outcome is unknown. A bounce is sent by who has accepted the mail, and a
    reply, complaint or unsubscribe names the one that was read.

    `by_message_id`: it names the mail itself, not only its draft. Idempotent.
    """
    if by_message_id or verb in ONLY_OF_A_MAIL:
        record(tx, attempt_id, Evidence(EvidenceKind.DELIVERY_REPORT, Says.ARRIVED, at or datetime.now(UTC), verb), by)
