"""What people do about an account that rests: try it again, or find by a check that it is well."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.alerts import Notice, tell_members
from core.delivery import rests
from core.delivery.leased import NOT_LEFT_YET
from core.delivery.resting import end_rest, heed
from core.errors import Refusal
from core.ids import UUID
from core.mail.outcome import Outcome
from core.models import Account, Alert, Delivery
from core.taxonomy import AlertKind, RefusalCode, Verb


def try_again(tx: Connection, account_id: UUID, by: Actor) -> UUID:
    """Conditional update: let one mail of a resting account try at once; the rest ends if it gets on. Where nothing
    waits that could try, it ends now. Returns the account.

    Raises `Refusal` when there is no such account in the workspace, or it does not rest.
    """
    _require_rest(tx, account_id, by)
    waits = tx.scalar(sa.select(sa.exists().where(Delivery.account_id == account_id, NOT_LEFT_YET)))
    if waits:
        moment = sa.func.clock_timestamp()
        tx.execute(
            sa.update(Account)
            .where(Account.id == account_id)
            .values(rest_until=moment, next_send_at=moment, rest_shown=False)
        )
    else:
        end_rest(tx, account_id)
    events.write(tx, by, events.Entry(Verb.TRY_AGAIN, data={"kind": "account", "id": str(account_id)}))
    return account_id


def address_of_server(tx: Connection, account_id: UUID) -> str:
    """The account's mail server, as its row names it (`core/mail/server.py`)."""
    return tx.execute(sa.select(Account.smtp_url).where(Account.id == account_id)).scalar_one()


def found_well(tx: Connection, account_id: UUID, by: Actor) -> bool:
    """End the rest of an account whose server let us in; False if it did not rest."""
    if end_rest(tx, account_id) is None:
        return False
    events.write(tx, by, events.Entry(Verb.RECOVER, data={"kind": "account", "id": str(account_id)}))
    return True


def found_ill(tx: Connection, account_id: UUID, outcome: Outcome) -> bool:
    """Let an account that rests say what a check has just found in place of what it said; False where it stays as it
    was.

    A check is no attempt: it begins no rest, prolongs none for the same, and shortens none.
    """
    row = tx.execute(
        sa.select(Account.rest_reason, Account.rest_until, Account.timezone, sa.func.clock_timestamp().label("now"))
        .where(Account.id == account_id)
        .with_for_update(key_share=True)
    ).one()
    policy = rests.rest_for(outcome)
    if row.rest_reason is None or policy is None or rests.is_the_same(row.rest_reason, outcome.reason):
        return False
    until = rests.until(policy, outcome.reply, 0, row.now, row.timezone)
    if until is not None and (row.rest_until is None or until < row.rest_until):
        return False
    heed(tx, account_id, outcome)
    return True


def _require_rest(tx: Connection, account_id: UUID, by: Actor) -> None:
    row = tx.execute(
        sa.select(Account.address, Account.rest_reason)
        .where(Account.id == account_id, Account.workspace_id == by.workspace_id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such account in your workspace.")
    if row.rest_reason is None:
        raise Refusal(RefusalCode.NOTHING_TO_DO, f"{row.address} is not resting: its mail can be sent.")


def not_shown_yet(tx: Connection) -> list[UUID]:
    """Accounts whose rest, or its end, has not reached the cards of their waiting mail yet."""
    return list(tx.scalars(sa.select(Account.id).where(~Account.rest_shown)))


def read_state(tx: Connection, account_id: UUID) -> tuple[object, ...]:
    """What the cards are to show: named again by `record_shown`."""
    return tuple(tx.execute(sa.select(*_STATE).where(Account.id == account_id)).one())


def record_shown(tx: Connection, account_id: UUID, state: tuple[object, ...]) -> None:
    """The cards show this, unless it has changed meanwhile."""
    same = [column.is_not_distinct_from(value) for column, value in zip(_STATE, state, strict=True)]
    tx.execute(sa.update(Account).where(Account.id == account_id, *same).values(rest_shown=True))


def tell_that_it_is_over(tx: Connection, account_id: UUID) -> None:
    """Have whoever was told last that this account rests told that it does so no longer, once; nothing while it rests.

    However it ended: a mail that got through, a check, another secret or server, a resume.
    """
    well = (Account.id == account_id, Account.rest_reason.is_(None))
    row = tx.execute(sa.select(Account.workspace_id, Account.address).where(*well)).first()
    if row is None:
        return
    latest = {row.member_id: row.about for row in tx.execute(_TOLD, {"account": account_id})}
    for member_id, about in latest.items():
        over = Notice(
            AlertKind.CAMPAIGN_SWITCHED,
            f"{row.address} no longer rests: its mail can be sent.",
            account_id=account_id,
            about=f"over:{about}",
        )
        tell_members(tx, row.workspace_id, [member_id], over)


#: What each was told of its rests, or may have been told, the latest last.
_TOLD = (
    sa.select(Alert.member_id, Alert.about)
    .where(
        Alert.account_id == sa.bindparam("account"),
        Alert.kind == AlertKind.ACCOUNT_RESTS,
        Alert.member_id.is_not(None),
        Alert.told_at.is_not(None) | Alert.tried_at.is_not(None),
    )
    .order_by(Alert.id)
)

_STATE = (Account.rest_reason, Account.rest_since, Account.rest_tries)
