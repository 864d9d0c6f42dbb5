"""Pause and resume of an account: its mail waits, or may go again (P7)."""

from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.db import literal
from core.delivery.leased import NOT_LEFT_YET, wait_for_starts
from core.drafts import open_cards
from core.errors import Refusal
from core.ids import UUID
from core.models import Account, Campaign, Delivery, Draft, Task
from core.taxonomy import AccountStatus, RefusalCode, TaskStatus, Verb
from core.text.clean import clean_reason
from core.text.folding import fold_text


@dataclass(frozen=True)
class AccountStatusChange:
    """The account that was paused or resumed, and how much of its mail waits."""

    address: str = field(repr=False)
    waiting: int


def pause(tx: Connection, account_id: UUID, reason: str, by: Actor) -> AccountStatusChange:
    """Conditional update: pause an active account, with a reason in a sentence. Once this commits, no mail of it passes
    the point before DATA, whatever its campaign (P7).

    Raises `Refusal` when it is not active, `BadInput` without a reason. Its cards follow by `mark_cards_behind`.
    """
    return _change_status(tx, account_id, by, _PAUSE, clean_reason(reason))


def resume(tx: Connection, account_id: UUID, by: Actor) -> AccountStatusChange:
    """Resume a paused account: the clock looks at its queue at once (a trigger sees to it).

    Raises `Refusal` when it is not paused.
    """
    return _change_status(tx, account_id, by, _RESUME, None)


class _Change(NamedTuple):
    verb: Verb
    before: AccountStatus
    after: AccountStatus


_PAUSE = _Change(Verb.PAUSE, AccountStatus.ACTIVE, AccountStatus.PAUSED)
_RESUME = _Change(Verb.RESUME, AccountStatus.PAUSED, AccountStatus.ACTIVE)


def _change_status(
    tx: Connection, account_id: UUID, by: Actor, change: _Change, paused_reason: str | None
) -> AccountStatusChange:
    wait_for_starts(tx)
    address = tx.scalar(
        sa.update(Account)
        .where(Account.id == account_id, Account.workspace_id == by.workspace_id, Account.status == change.before)
        .values(status=change.after, paused_reason=paused_reason)
        .returning(Account.address)
    )
    if address is None:
        raise _refusal(tx, account_id, change.verb, by)
    waiting = tx.scalar(
        sa.select(sa.func.count()).select_from(Delivery).where(Delivery.account_id == account_id, NOT_LEFT_YET)
    )
    data = {"kind": "account", "id": str(account_id), "waiting": waiting}
    events.write(tx, by, events.Entry(change.verb, moved=(change.before, change.after), data=data))
    return AccountStatusChange(address, waiting or 0)


def mark_cards_behind(tx: Connection, account_id: UUID, after: UUID | None = None, limit: int = 500) -> UUID | None:
    """Mark a batch of cards of an account's waiting mail, and of what is open and would be sent by it, as behind, those
    `after` one: it was paused or resumed.

    Returns the last draft of them; None when there are no more. In small steps, so that a long queue locks nothing
    that a click needs.
    """
    if after is None:  # of tasks on offer there are no more than a day's limits
        offered = (Task.account_id == account_id, Task.status == literal(TaskStatus.OFFERED))
        tx.execute(sa.update(Task).where(*offered).values(revision=Task.revision + 1))
    waiting = tx.scalars(
        sa.select(Delivery.draft_id)
        .where(Delivery.account_id == account_id, NOT_LEFT_YET, *([Delivery.draft_id > after] if after else []))
        .order_by(Delivery.draft_id)
        .limit(limit)
        .with_for_update()
    ).all()
    campaigns = sa.select(Campaign.id).where(Campaign.account_id == account_id)
    shown = open_cards.lock_shown(tx, Draft.campaign_id.in_(campaigns), after, limit)
    drafts = sorted([*waiting, *shown])[:limit]
    if drafts:
        tx.execute(sa.update(Draft).where(Draft.id.in_(drafts)).values(revision=Draft.revision + 1))
    return drafts[-1] if drafts else None


def _refusal(tx: Connection, account_id: UUID, verb: Verb, by: Actor) -> Refusal:
    found = tx.execute(
        sa.select(Account.address, Account.status).where(
            Account.id == account_id, Account.workspace_id == by.workspace_id
        )
    ).first()
    if found is None:
        return Refusal(RefusalCode.NOT_FOUND, "There is no such account in your workspace.")
    return Refusal(RefusalCode.NOTHING_TO_DO, f"{found.address} is {found.status}: there is nothing to {verb}.")


def find_account(tx: Connection, named: str, by: Actor) -> UUID:
    """Find an account by the address that a person typed, in any case. Raises `Refusal` that lists what there is."""
    account_id: UUID | None = tx.scalar(
        sa.select(Account.id).where(
            Account.workspace_id == by.workspace_id, sa.func.fold_text(Account.address) == fold_text(named.strip())
        )
    )
    if account_id is not None:
        return account_id
    addresses = tx.scalars(
        sa.select(Account.address).where(Account.workspace_id == by.workspace_id).order_by(Account.address).limit(10)
    ).all()
    there = f"Choose from: {', '.join(addresses)}." if addresses else "This workspace has none yet."
    raise Refusal(RefusalCode.NOT_FOUND, f"There is no account with that address. {there}")
