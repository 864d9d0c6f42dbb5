"""The machines of DESIGN §3, as data. `docs/states.md` draws them; the database's triggers hold the same tables."""

from dataclasses import dataclass

from core.taxonomy import DeliveryStatus as Q
from core.taxonomy import DraftStatus as D
from core.taxonomy import TaskStatus as T
from core.taxonomy import Verb as V


@dataclass(frozen=True)
class Machine:
    """A status column: where a row may begin, and each `(from, verb, to)` that it may take."""

    name: str
    initial: frozenset[str]
    transitions: tuple[tuple[str, V, str], ...]

    def sources(self, verb: V, to: str | None = None) -> tuple[str, ...]:
        """The states that `verb` may leave, in the order of the table; only those that lead to `to`, if it is given."""
        return tuple(dict.fromkeys(a for a, v, b in self.transitions if v == verb and to in (None, b)))

    def moves(self) -> frozenset[tuple[str, str]]:
        """Every `(from, to)` that changes the state: what the database's trigger lets through."""
        return frozenset((a, b) for a, _, b in self.transitions if a != b)

    def final(self) -> frozenset[str]:
        """The states that nothing leaves."""
        states = {a for a, _, _ in self.transitions} | {b for _, _, b in self.transitions} | self.initial
        return frozenset(states - {a for a, _, _ in self.transitions})


DRAFT = Machine(
    name="draft",
    initial=frozenset({D.PENDING, D.NEEDS_REVIEW, D.MANUAL_REVIEW}),
    transitions=(
        (D.PENDING, V.SUBMIT, D.NEEDS_REVIEW),
        (D.PENDING, V.BLOCK, D.MANUAL_REVIEW),
        (D.NEEDS_REVIEW, V.BLOCK, D.MANUAL_REVIEW),
        (D.MANUAL_REVIEW, V.UNBLOCK, D.NEEDS_REVIEW),
        (D.NEEDS_REVIEW, V.EDIT, D.NEEDS_REVIEW),
        (D.NEEDS_REVIEW, V.EDIT, D.MANUAL_REVIEW),
        (D.MANUAL_REVIEW, V.EDIT, D.NEEDS_REVIEW),
        (D.MANUAL_REVIEW, V.EDIT, D.MANUAL_REVIEW),
        (D.NEEDS_REVIEW, V.APPROVE, D.APPROVED),
        (D.NEEDS_REVIEW, V.REJECT, D.REJECTED),
        (D.MANUAL_REVIEW, V.REJECT, D.REJECTED),
        (D.NEEDS_REVIEW, V.EXPIRE, D.EXPIRED),
        (D.EXPIRED, V.RESTORE, D.NEEDS_REVIEW),
        (D.APPROVED, V.RETURN, D.NEEDS_REVIEW),
        (D.APPROVED, V.UNDO, D.NEEDS_REVIEW),
        # Out of the queue until its author, or a person, writes a new version.
        (D.NEEDS_REVIEW, V.REQUEST_CHANGES, D.PENDING),
        (D.MANUAL_REVIEW, V.REQUEST_CHANGES, D.PENDING),
        (D.PENDING, V.EDIT, D.NEEDS_REVIEW),
        (D.PENDING, V.EDIT, D.MANUAL_REVIEW),
        (D.PENDING, V.REJECT, D.REJECTED),
        (D.PENDING, V.EXPIRE, D.EXPIRED),
    ),
)

DELIVERY = Machine(
    name="delivery",
    initial=frozenset({Q.QUEUED}),
    transitions=(
        (Q.QUEUED, V.CLAIM, Q.CLAIMED),
        (Q.QUEUED, V.CANCEL, Q.CANCELLED),
        (Q.QUEUED, V.SKIP, Q.SKIPPED),
        # Nothing has left while `claimed`: every way back is safe.
        (Q.CLAIMED, V.RELEASE, Q.QUEUED),
        (Q.CLAIMED, V.RETRY, Q.QUEUED),
        (Q.CLAIMED, V.FAIL, Q.FAILED),
        (Q.CLAIMED, V.START, Q.SENDING),
        # Only a server's refusal, or a body that was never ended, leads from `sending` back.
        (Q.SENDING, V.RETRY, Q.QUEUED),
        (Q.SENDING, V.FAIL, Q.FAILED),
        (Q.SENDING, V.DELIVER, Q.SENT),
        (Q.SENDING, V.LOSE, Q.OUTCOME_UNKNOWN),
        # A late result of the same attempt, or evidence.
        (Q.OUTCOME_UNKNOWN, V.CONFIRM, Q.SENT),
        (Q.OUTCOME_UNKNOWN, V.FAIL, Q.FAILED),
        # Back to the queue only by a person, who overrules the attempt. If it arrived after all, no other leaves.
        (Q.OUTCOME_UNKNOWN, V.RESEND, Q.QUEUED),
        (Q.QUEUED, V.CONFIRM, Q.SENT),
        (Q.CLAIMED, V.CONFIRM, Q.SENT),
        (Q.SENDING, V.CONFIRM, Q.SENT),
    ),
)

TASK = Machine(
    name="task",
    initial=frozenset({T.WAITING}),
    transitions=(
        (T.WAITING, V.OFFER, T.OFFERED),
        (T.WAITING, V.SKIP, T.SKIPPED),
        (T.OFFERED, V.RELEASE, T.WAITING),
        (T.OFFERED, V.SKIP, T.SKIPPED),
        (T.OFFERED, V.COULD_NOT, T.COULD_NOT),
        (T.OFFERED, V.DONE, T.DONE),
        # It was done before the word reached them that it was taken back: it has happened, so it is recorded.
        (T.WAITING, V.DONE, T.DONE),
        (T.SKIPPED, V.DONE, T.DONE),
    ),
)

#: A draft in these states stands before a person, who may put it off.
OPEN_DRAFT = (D.NEEDS_REVIEW, D.MANUAL_REVIEW)
#: In these it can be somebody's: they are asked once it stands before a person again.
ASSIGNABLE = (*OPEN_DRAFT, D.PENDING)

#: In these a draft answers the message that it was written for: no other does.
ANSWERING = (*ASSIGNABLE, D.APPROVED)

#: A draft has at most one delivery in these states, ever: `sent` and `outcome_unknown` are live for good (P1).
LIVE_DELIVERY = (Q.QUEUED, Q.CLAIMED, Q.SENDING, Q.SENT, Q.OUTCOME_UNKNOWN)
