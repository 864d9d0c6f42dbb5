"""The kill switch of an installation: whether anything may be sent at all (P12). Obeyed by `claim` and `start`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.delivery.leased import wait_for_starts
from core.delivery.release import release
from core.errors import Refusal
from core.installation.news import tell_everybody
from core.models import Account, Campaign, Installation
from core.taxonomy import GateCode, RefusalCode, StoppedBy, Verb


@dataclass(frozen=True)
class Stopped:
    """Why nothing is sent, since when, and who stopped it."""

    reason: str
    since: datetime | None
    by: StoppedBy


def stopped(tx: Connection) -> Stopped | None:
    """What stops all sending; None while mail may go."""
    row = tx.execute(
        sa.select(Installation.sending_stopped, Installation.stopped_at, Installation.stopped_by).where(
            Installation.sending_stopped.is_not(None)
        )
    ).first()
    if row is None:
        return None
    return Stopped(row.sending_stopped, row.stopped_at, StoppedBy(row.stopped_by or StoppedBy.PERSON))


def stop(
    tx: Connection, reason: str, by: Actor, stopped_by: StoppedBy = StoppedBy.PERSON, data: dict[str, Any] | None = None
) -> None:
    """Stop all sending, and have it told. Once this commits, no mail of any campaign passes the point before DATA.

    `reason` is what the cards of waiting mail say after "All sending is stopped:". Raises `Refusal` when
    it is stopped already.
    """
    now_stopped = {"sending_stopped": reason, "stopped_at": sa.func.clock_timestamp(), "stopped_by": stopped_by}
    if not _change(tx, Installation.sending_stopped.is_(None), now_stopped):
        was = stopped(tx)
        raise Refusal(RefusalCode.NOTHING_TO_DO, f"Sending is already stopped: {was.reason if was else ''}")
    events.write(tx, by, events.Entry(Verb.STOP_SENDING, data={"stopped_by": stopped_by, **(data or {})}))
    tell_everybody(tx, by, Verb.STOP_SENDING, stopped_by, reason)


def allow(
    tx: Connection, by: Actor, stopped_by: StoppedBy = StoppedBy.PERSON, data: dict[str, Any] | None = None
) -> None:
    """Let mail go again, if it was stopped by `stopped_by`. Raises `Refusal` when it was not."""
    theirs = sa.func.coalesce(Installation.stopped_by, StoppedBy.PERSON) == stopped_by
    nothing = {"sending_stopped": None, "stopped_at": None, "stopped_by": None}
    if not _change(tx, theirs & Installation.sending_stopped.is_not(None), nothing):
        raise Refusal(RefusalCode.NOTHING_TO_DO, "Sending is not stopped: there is nothing to start.")
    events.write(tx, by, events.Entry(Verb.ALLOW_SENDING, data={"stopped_by": stopped_by, **(data or {})}))
    tell_everybody(tx, by, Verb.ALLOW_SENDING, stopped_by)
    release(tx, sa.true(), GateCode.SENDING_STOPPED)
    tx.execute(sa.update(Account).where(Account.next_send_at.is_(None)).values(next_send_at=sa.func.now()))


def _change(tx: Connection, which: sa.ColumnElement[bool], values: dict[str, Any]) -> bool:
    """Conditional update of the one row, once the mails that are passing have passed; False where it changed nothing.

    A stop and its end change the same rows, in the same order.
    """
    wait_for_starts(tx)
    _have_cards_drawn(tx)
    return tx.execute(sa.update(Installation).where(which).values(values)).rowcount == 1


def _have_cards_drawn(tx: Connection) -> None:
    """The clock draws the cards of all waiting mail, campaign by campaign, as it does after a pause.

    Before the installation's row is touched: `start` locks campaigns first, too, so that nobody waits in a circle.
    """
    campaigns = tx.scalars(sa.select(Campaign.id).order_by(Campaign.id).with_for_update(key_share=True)).all()
    tx.execute(sa.update(Campaign).where(Campaign.id.in_(campaigns)).values(shown_status=""))
