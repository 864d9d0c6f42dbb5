"""The lease by which one of several clocks leads: a row, a holder, a fencing token, and the database's own time.

Whoever finds it expired takes it, with the next token. A holder that stood still finds another token there.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import from_now
from core.ids import UUID
from core.models import ClockLease


def take(tx: Connection, holder: UUID, lease: timedelta) -> int | None:
    """The fencing token, if the lease was free and is this clock's now; None while another one has it."""
    token: int | None = tx.scalar(
        sa.update(ClockLease)
        .where(ClockLease.expires_at <= sa.func.clock_timestamp())
        .values(holder=holder, token=ClockLease.token + 1, expires_at=from_now(lease))
        .returning(ClockLease.token)
    )
    return token


def renew(tx: Connection, holder: UUID, token: int, lease: timedelta) -> bool:
    """Whether this clock still has it, and now for so long again; after it ran out too, if nobody took it meanwhile."""
    renewed = tx.execute(_own(holder, token).values(expires_at=from_now(lease)))
    return renewed.rowcount == 1


def release(tx: Connection, holder: UUID, token: int) -> None:
    """The next clock need not wait until it runs out. Nothing happens if it is another's already."""
    tx.execute(_own(holder, token).values(expires_at=sa.func.clock_timestamp()))


def _own(holder: UUID, token: int) -> sa.Update:
    return sa.update(ClockLease).where(ClockLease.holder == holder, ClockLease.token == token)
