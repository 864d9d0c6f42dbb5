"""Which accounts have mail that is due: found by index, bounded, whatever waits behind full accounts."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import literal
from core.ids import UUID
from core.models import Account, Installation
from core.taxonomy import AccountStatus

#: Accounts that one look finds.
MOST = 200


def accounts_with_mail_due(tx: Connection, limit: int = MOST) -> list[UUID]:
    """Accounts that may have something to send now, longest waiting first.

    An account says itself when to look at it (`next_send_at`): a million mails behind full accounts cost nothing.
    None while sending is stopped.
    """
    return list(
        tx.scalars(
            sa.select(Account.id)
            .where(Account.status == literal(AccountStatus.ACTIVE), Account.next_send_at <= sa.func.now())
            .where(~sa.exists().where(Installation.sending_stopped.is_not(None)))
            .order_by(Account.next_send_at)
            .limit(limit)
        )
    )
