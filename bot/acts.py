"""The doorway for acts: who, a verb, a role, one transaction, what became of it, counted, and the rings after it.

A surface (a click, a modal, a command, a Home, a page's form) brings an `Identify` and a `Target`, runs an `Act`
(bot/decisions.py has those that more than one surface knows), and tells its `Outcome` in its own way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from core import access
from core.access import Identify
from core.actor import Actor
from core.db import Connection
from core.errors import BadInput, CommitInDoubt, DatabaseAway, Refusal, SignoffError
from core.ids import UUID
from core.taxonomy import RefusalCode, Role, Verb
from core.telemetry import metrics
from jobs.ring import ring_cards, ring_task

Result = TypeVar("Result")
#: Takes work that must not happen before the act is committed: for Slack, not before its ack.
After = Callable[[Callable[[], object]], None]

NOTHING_HAPPENED = "Nothing happened: Signoff's database does not answer. Please try again in a minute."
IN_DOUBT = "Signoff's database went away while recording this. Once it is back, the card shows whether it counted."


# --- what is asked for -------------------------------------------------------------------------------------------


class RowKind(StrEnum):
    """What an act is about: the sort of row that a `Target` names."""

    DRAFT = "draft"
    TASK = "task"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Target:
    """The row that an act is aimed at, and its optimistic version, as the person saw it (P3): a draft's
    round of review, a task's offer."""

    row_id: UUID | None
    version: int
    #: A third number where one is needed: a page of a text, or an attempt.
    number: int = 0

    def require_id(self) -> UUID:
        """The row's id. Raises `Refusal` when what was clicked carried none of ours."""
        if self.row_id is None:
            raise Refusal(RefusalCode.NOT_FOUND, "This button has no draft. Nothing was changed.")
        return self.row_id


@dataclass(frozen=True)
class Act(Generic[Result]):
    """A command object: what a person asks for, whatever surface they ask from."""

    verb: Verb
    do: Callable[[Connection, Actor, Target], Result]
    needs: Role = Role.REVIEWER
    row_kind: RowKind = RowKind.DRAFT
    #: What else is rung once it is committed. The cards of its row are, always.
    ring: Callable[[Result], object] | None = None


def run(identify: Identify, act: Act[Result], target: Target, after: After) -> Result:
    """Run an act in one transaction as whom `identify` finds; `after` takes the rings: the cards', then the act's own.

    Raises what the act raises; a `Refusal` is recorded as an event first (P10).
    """
    drafts = act.row_kind == RowKind.DRAFT
    result = access.act(
        identify,
        act.needs,
        act.verb,
        lambda tx, by: act.do(tx, by, target),
        draft_id=target.row_id if drafts else None,
        task_id=target.row_id if act.row_kind == RowKind.TASK else None,
    )
    after(lambda: ring_cards_of(act.row_kind, target))
    if act.ring is not None:
        ring = act.ring
        after(lambda: ring(result))
    return result


def ring_cards_of(row_kind: RowKind, target: Target) -> None:
    """Ask for every card of this row to be drawn as it is now."""
    if target.row_id is None:
        return
    if row_kind == RowKind.TASK:
        ring_task(target.row_id)
    elif row_kind == RowKind.DRAFT:  # the clock finds the cards of an account
        ring_cards([target.row_id])


# --- what became of it -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Done(Generic[Result]):
    """Outcome: the act is committed."""

    result: Result
    label: ClassVar[str] = "done"


@dataclass(frozen=True)
class Refused:
    """Outcome: it changed nothing, and the sentence says why."""

    error: Refusal

    @property
    def sentence(self) -> str:
        return str(self.error)

    @property
    def label(self) -> str:
        """The code, by which refusals are counted."""
        return self.error.code


@dataclass(frozen=True)
class NotTaken:
    """Outcome: what was given cannot be taken; `field` is where it stood, if that is known."""

    error: SignoffError
    label: ClassVar[str] = "refused"

    @property
    def sentence(self) -> str:
        return str(self.error)

    @property
    def field(self) -> str | None:
        return self.error.field if isinstance(self.error, BadInput) else None


@dataclass(frozen=True)
class Away:
    """Outcome: Postgres does not answer: nothing was recorded; or, where the commit itself broke, nobody knows yet."""

    error: DatabaseAway
    label: ClassVar[str] = "away"

    @property
    def sentence(self) -> str:
        return IN_DOUBT if isinstance(self.error, CommitInDoubt) else NOTHING_HAPPENED


Outcome = Done[Result] | Refused | NotTaken | Away


def outcome_of(do: Callable[[], Result], *, count_as: str | None = None) -> Outcome[Result]:
    """What becomes of `do`: what Signoff raises on purpose is an outcome, and counted under this name if one is given.

    A defect of ours goes on as it is.
    """
    outcome = _caught(do)
    if count_as is not None:
        metrics.click(count_as, outcome.label)
    return outcome


def _caught(do: Callable[[], Result]) -> Outcome[Result]:
    try:
        return Done(do())
    except Refusal as refusal:
        return Refused(refusal)
    except DatabaseAway as away:
        return Away(away)
    except SignoffError as error:
        return NotTaken(error)
