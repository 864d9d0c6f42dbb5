"""An account that rests: it begins with the outcome of an attempt, and ends with one that shows it well, or by an act.

While it rests nothing of it is claimed; when its time comes, one mail tries (half-open): the claim itself puts the next
try off (`count_delivery` in the database), whatever becomes of its worker.
"""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import alerts, events
from core.actor import SIGNOFF
from core.db import first_row
from core.delivery import rests
from core.delivery.outcomes import sentence_for
from core.ids import UUID
from core.mail.outcome import Outcome
from core.models import Account
from core.taxonomy import AlertKind, Reason, Verb


class _Account(NamedTuple):
    workspace_id: UUID
    timezone: str
    rest_reason: str | None
    rest_tries: int
    until_an_act: bool


def heed(tx: Connection, account_id: UUID, outcome: Outcome) -> None:
    """Let what became of an attempt begin, prolong or end the rest of its account. Idempotent with its attempt."""
    policy = rests.rest_for(outcome)
    if policy is not None:
        _begin(tx, account_id, policy, outcome)
        return
    row = tx.execute(sa.select(Account.rest_reason).where(Account.id == account_id)).scalar()
    if row is not None and rests.proves_well(Reason(row), outcome):
        _end(tx, account_id)


def _begin(tx: Connection, account_id: UUID, policy: rests.Rest, outcome: Outcome) -> None:
    row = first_row(tx.execute(_LOCKED, {"account": account_id}), _Account)
    if row is None:
        return
    same = rests.is_the_same(row.rest_reason, outcome.reason)
    if row.rest_reason and row.until_an_act and not same and policy.waits:
        return  # it waits for a person, whatever else another conversation met meanwhile
    moment = tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    tries = row.rest_tries if same else 0
    tx.execute(
        sa.update(Account)
        .where(Account.id == account_id)
        .values(
            rest_reason=outcome.reason,
            rest_code=outcome.code,
            rest_since=Account.rest_since if same else moment,
            rest_until=rests.until(policy, outcome.reply, tries, moment, row.timezone),
            rest_tries=tries + 1,
            rest_shown=False,
            next_send_at=moment,  # the next claim says when to look again
        )
    )
    if same:
        return
    sentence = sentence_for(outcome)
    data = {"kind": "account", "id": str(account_id), "reason": outcome.reason, "smtp_code": outcome.code}
    events.write(tx, SIGNOFF, events.Entry(Verb.REST, workspace_id=row.workspace_id, data=data))
    alerts.raise_alert(
        tx,
        row.workspace_id,
        alerts.Notice(
            AlertKind.ACCOUNT_RESTS,
            sentence,
            account_id=account_id,
            about=f"rests:{account_id}:{outcome.reason}:{moment.isoformat()}",
            wait=policy.tell_after,
        ),
    )


_LOCKED = (
    sa.select(
        Account.workspace_id,
        Account.timezone,
        Account.rest_reason,
        Account.rest_tries,
        Account.rest_until.is_(None).label("until_an_act"),
    )
    .where(Account.id == sa.bindparam("account"))
    .with_for_update(key_share=True)
)


def _end(tx: Connection, account_id: UUID) -> None:
    ended = end_rest(tx, account_id)
    if ended is not None:
        data = {"kind": "account", "id": str(account_id)}
        events.write(tx, SIGNOFF, events.Entry(Verb.RECOVER, workspace_id=ended, data=data))


def end_rest(tx: Connection, account_id: UUID) -> UUID | None:
    """Conditional update: end the rest of an account, and let the clock look at its queue at once. Returns its
    workspace; None if it does not rest. The event is the caller's."""
    ended: UUID | None = tx.scalar(
        sa.update(Account)
        .where(Account.id == account_id, Account.rest_reason.is_not(None))
        .values(
            rest_reason=None,
            rest_code=None,
            rest_since=None,
            rest_until=None,
            rest_tries=0,
            rest_shown=False,
            next_send_at=sa.func.clock_timestamp(),
        )
        .returning(Account.workspace_id)
    )
    return ended
