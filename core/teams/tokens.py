"""The tokens of installations: kept sealed, and renewed where they rotate, by one at a time.

https://docs.slack.dev/authentication/using-token-rotation: a token holds for twelve hours, and is renewed by another
one, which is good once. So the answer is kept before anybody uses it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import from_now
from core.ids import UUID
from core.models import SlackInstallation
from core.secrets import SLACK_TOKEN, seal, unseal

#: A token that rotates is renewed when it holds for less than this. Slack's hold for twelve hours.
RENEW_BEFORE = timedelta(hours=2)
#: Who renews a token has this long: longer than the call may take, and the database to keep its answer. Then another
#: may try.
HOLD = timedelta(minutes=2)


@dataclass(frozen=True)
class Tokens:
    """A bot token, and where tokens rotate the one that renews it, and the seconds for which the first one holds."""

    bot: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_in: float | None = None


def sealed(id_: UUID, tokens: Tokens) -> dict[str, object]:
    """The columns of an installation with these tokens."""
    lasting = sa.cast(timedelta(seconds=tokens.expires_in), sa.Interval) if tokens.expires_in is not None else None
    return {
        "bot_token": seal(tokens.bot, id_, SLACK_TOKEN),
        "refresh_token": seal(tokens.refresh, id_, SLACK_TOKEN) if tokens.refresh else None,
        "expires_at": None if lasting is None else sa.func.clock_timestamp() + lasting,
        "held_until": None,
    }


@dataclass(frozen=True)
class Renewal:
    """The right to renew one token, until then, and the sealed token that does it: good once."""

    id: UUID
    workspace_id: UUID
    refresh_token: str = field(repr=False)
    held_until: datetime

    def unsealed(self) -> str:
        """What to renew with. Raises `StillSealed`."""
        return unseal(self.refresh_token, self.id, SLACK_TOKEN)


def hold_renewal(tx: Connection) -> Renewal | None:
    """Take the right to renew a token that is due: nobody else does until then. None: none is due."""
    due = (
        sa.select(SlackInstallation.id)
        .where(SlackInstallation.expires_at < sa.func.clock_timestamp() + sa.cast(RENEW_BEFORE, sa.Interval))
        .where(SlackInstallation.held_until.is_(None) | (SlackInstallation.held_until < sa.func.clock_timestamp()))
        .order_by(SlackInstallation.expires_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = tx.execute(
        sa.update(SlackInstallation)
        .where(SlackInstallation.id == due)
        .values(held_until=from_now(HOLD))
        .returning(
            SlackInstallation.id,
            SlackInstallation.workspace_id,
            SlackInstallation.refresh_token,
            SlackInstallation.held_until,
        )
    ).first()
    return Renewal(**row._mapping) if row else None


def renewed(tx: Connection, renewal: Renewal, tokens: Tokens) -> bool:
    """Keep the new tokens, before anybody uses them. False when it was installed anew, or revoked, meanwhile."""
    return tx.execute(_held(renewal).values(sealed(renewal.id, tokens))).rowcount == 1


def put_off(tx: Connection, renewal: Renewal, seconds: float) -> None:
    """It could not be renewed now: nobody tries for so long."""
    tx.execute(_held(renewal).values(held_until=from_now(timedelta(seconds=seconds))))


def _held(renewal: Renewal) -> sa.Update:
    """An update of the installation, while the renewal is still ours: its time is the fencing token."""
    ours = SlackInstallation.held_until == renewal.held_until
    return sa.update(SlackInstallation).where(SlackInstallation.id == renewal.id, ours)
