"""Evidence: what became of an attempt whose outcome is unknown, from whoever can know (DESIGN §3).

Whoever can know comes in here: a provider's replay and a person today.
Evidence closes an attempt and sends nothing, ever; that nothing was found is no evidence. The first word stands:
whatever says otherwise later is an event, before a person, and changes no outcome.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.db import first_row
from core.delivery.finishing import finish
from core.delivery.late_arrival import stop_duplicate, write_on_cards
from core.delivery.leased import LOCK_BY_ATTEMPT, LeasedRow
from core.errors import BadInput
from core.ids import UUID
from core.mail.outcome import Outcome
from core.models import Attempt, Event
from core.taxonomy import AttemptOutcome, EvidenceKind, Phase, Reason, Says, Surface, Verb

#: Whoever reconciles without a person.
RECONCILER = Actor(Surface.PROVIDER)

#: Only these know that a mail was refused; a folder shows what is there, and a person has "send again".
_MAY_SAY_REFUSED = frozenset({EvidenceKind.PROVIDER_REPLAY, EvidenceKind.DELIVERY_REPORT})
_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_OUTCOMES = {Says.ARRIVED: AttemptOutcome.SENT, Says.REFUSED: AttemptOutcome.NOT_SENT}


@dataclass(frozen=True)
class Evidence:
    """Who says what of an attempt, since when, and the short code of it. Raises `BadInput` for what cannot be said."""

    kind: EvidenceKind
    says: Says
    at: datetime
    code: str | None = None

    def __post_init__(self) -> None:
        if self.says == Says.REFUSED and self.kind not in _MAY_SAY_REFUSED:
            raise BadInput("Only a provider or a delivery report can say that a mail was refused.", field="says")
        if self.code is not None and not _CODE.fullmatch(self.code):
            raise BadInput("The code of evidence is one short word without spaces.", field="code")
        if self.at.tzinfo is None:
            raise BadInput("The time of evidence needs a time zone.", field="at")


class Recorded(Enum):
    """The result of recording evidence: what it changed."""

    #: The attempt is closed by it.
    CLOSED = auto()
    #: Nothing: this was known, or the attempt is still under way and will say itself.
    KNOWN = auto()
    #: Nothing: something else is recorded, and stands. There is an event of it.
    CONTRADICTED = auto()


def record(tx: Connection, attempt_id: UUID, evidence: Evidence, by: Actor = RECONCILER) -> Recorded:
    """Reconcile an unknown outcome: evidence closes the attempt. `arrived` takes it to `sent`; `refused` to `failed`,
    its draft back in review.

    Idempotent. Raises `BadInput` when there is no such attempt.
    """
    delivery = first_row(tx.execute(LOCK_BY_ATTEMPT, {"attempt": attempt_id}), LeasedRow)
    if delivery is None:
        raise BadInput("There is no such attempt.", field="attempt_id")
    attempt = first_row(tx.execute(_ATTEMPT, {"attempt": attempt_id}), _Attempt)
    assert attempt is not None, "the delivery was found by it"
    outcome = _OUTCOMES[evidence.says]
    source = {"evidence": evidence.kind, "evidence_at": evidence.at.isoformat(), "evidence_code": evidence.code}
    if attempt.outcome == AttemptOutcome.UNKNOWN:
        # A provider says it as when it took the mail, so that the mail is found by that name.
        is_named = evidence.kind == EvidenceKind.PROVIDER_REPLAY and evidence.code
        reply = f"id {evidence.code}" if is_named else ""
        finish(tx, attempt_id, Outcome(outcome, Phase(attempt.phase), Reason.EVIDENCE, reply=reply), by, source)
        return Recorded.CLOSED
    if attempt.outcome is None or attempt.outcome == outcome:
        return Recorded.KNOWN
    contradiction: dict[str, object] = {"says": evidence.says, "recorded": attempt.outcome, **source}
    if not _is_recorded(tx, delivery.draft_id, attempt_id, contradiction):
        write_on_cards(tx, by, delivery.entry(attempt_id, Verb.CONTRADICT, contradiction))
        if evidence.says == Says.ARRIVED:
            stop_duplicate(tx, delivery.draft_id, attempt_id, by)
    return Recorded.CONTRADICTED


class _Attempt(NamedTuple):
    outcome: str | None
    phase: str


_ATTEMPT = sa.select(Attempt.outcome, Attempt.phase).where(Attempt.id == sa.bindparam("attempt"))


def _is_recorded(tx: Connection, draft_id: UUID, attempt_id: UUID, contradiction: dict[str, object]) -> bool:
    """Whether this very evidence has its event already: providers repeat themselves."""
    found = sa.exists().where(
        Event.draft_id == draft_id,
        Event.attempt_id == attempt_id,
        Event.verb == Verb.CONTRADICT,
        Event.data.contains({key: contradiction[key] for key in ("says", "evidence", "evidence_at", "evidence_code")}),
    )
    return bool(tx.scalar(sa.select(found)))
