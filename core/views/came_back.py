"""What came back of a mail, as every surface says it: derived from the recorded feedback, and kept nowhere else."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.ids import UUID
from core.taxonomy import FEEDBACK_VERBS, WEIGHTIEST, DraftState, HistoryStatus, Verb


@dataclass(frozen=True)
class CameBack:
    """One sort of feedback on a draft: how often it was told, and when last."""

    verb: Verb
    times: int
    at: datetime
    #: Of a bounce: for good.
    hard: bool
    #: Of the mail that the draft's latest delivery sent; a person may also answer without one.
    of_mail: bool


def read(tx: Connection, draft_id: UUID, delivery_id: UUID | None) -> tuple[CameBack, ...]:
    """What came back of a draft, the weightiest first."""
    rows = tx.execute(_READ, {"draft": draft_id, "delivery": delivery_id}).all()
    found = [CameBack(Verb(row.verb), row.times, row.at, row.hard, row.of_mail) for row in rows]
    return tuple(sorted(found, key=lambda one: WEIGHTIEST.index(one.verb)))


def read_of_task(tx: Connection, task_id: UUID) -> tuple[CameBack, ...]:
    """What came back of a task, the weightiest first."""
    rows = tx.execute(_OF_TASK, {"task": task_id}).all()
    found = [CameBack(Verb(row.verb), row.times, row.at, hard=False, of_mail=True) for row in rows]
    return tuple(sorted(found, key=lambda one: WEIGHTIEST.index(one.verb)))


_VERBS = ", ".join(f"'{verb}'" for verb in FEEDBACK_VERBS)
_READ = sa.text(f"""
    SELECT verb, count(*) AS times, max(at) AS at, coalesce(bool_or(data ->> 'hard' = 'true'), false) AS hard,
           coalesce(bool_or(delivery_id = :delivery), false) AS of_mail
    FROM message_events WHERE draft_id = :draft AND verb IN ({_VERBS}) GROUP BY verb
""").bindparams(sa.bindparam("draft", type_=sa.Uuid), sa.bindparam("delivery", type_=sa.Uuid))  # noqa: S608  our own words

_OF_TASK = sa.text(f"""
    SELECT verb, count(*) AS times, max(at) AS at FROM message_events
    WHERE task_id = :task AND verb IN ({_VERBS}) GROUP BY verb
""").bindparams(sa.bindparam("task", type_=sa.Uuid))  # noqa: S608  likewise

#: What a mail is in a list of what left, once this came back of it.
LEFT_AS: dict[Verb, str] = {
    Verb.REPLY: HistoryStatus.REPLIED,
    Verb.BOUNCE: HistoryStatus.BOUNCED,
    Verb.UNSUBSCRIBE: DraftState.UNSUBSCRIBED,
    Verb.COMPLAIN: DraftState.REPORTED,
}
_LEFT_AS = " ".join(f"WHEN '{verb}' THEN '{word}'" for verb, word in LEFT_AS.items())
_WEIGHT = " ".join(f"WHEN '{verb}' THEN {place}" for place, verb in enumerate(WEIGHTIEST))


def weightiest_of(row: str) -> str:
    """SQL, of a row with a draft and its delivery: what the weightiest that came back makes of it, if anything did."""
    return _weightiest(f"e.draft_id = {row}.draft_id AND e.delivery_id = {row}.delivery_id")


def weightiest_of_task(row: str) -> str:
    """The same of a row with a task."""
    return _weightiest(f"e.task_id = {row}.task_id")


def _weightiest(which: str) -> str:
    return f"""(
        SELECT CASE e.verb {_LEFT_AS} END FROM message_events e
        WHERE {which} AND e.verb IN ({_VERBS})
        ORDER BY CASE e.verb {_WEIGHT} END LIMIT 1
    )"""  # noqa: S608  likewise
