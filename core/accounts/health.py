"""Health: how an account's mail is received, as a score with its reasons; and a sudden rise that pauses the account.

What counts are mails that left, and of these the ones that bounced for good or were reported as spam. Mailbox providers
begin to distrust a sender at 0.1 % complaints and block at 0.3 % (https://support.google.com/a/answer/81126), and mail
services review one at 5 % bounces (https://docs.aws.amazon.com/ses/latest/dg/reputationdashboardmessages.html).

Below which score an account sends nothing is a gate: `HEALTHY` in `core/delivery/gates.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import alerts
from core.accounts import pausing
from core.accounts.deliverability import AccountHealth, Window, health_of
from core.actor import Actor
from core.delivery.gates import HEALTHY
from core.delivery.leased import wait_for_starts
from core.ids import UUID
from core.models import Account
from core.taxonomy import AlertKind, Surface

#: Fewer mails in 30 days say nothing: no score, and the gate lets pass.
ENOUGH_TO_TELL = 20
#: Points that each per cent takes. Rates are of at least so many mails, so that one complaint alone blocks nobody.
POINTS_FOR_BOUNCES, BOUNCES_OF = 6, 50
POINTS_FOR_COMPLAINTS, COMPLAINTS_OF = 200, 300
#: A sudden rise: rates of the last 7 days at or above these, of at least so many mails, and no single case.
SUDDEN_BOUNCES, SUDDEN_COMPLAINTS = 0.05, 0.003
SUDDEN_MAILS, SUDDEN_CASES = 50, 2
HOW_IT_IS_COUNTED = (
    f"The score is 100, less {POINTS_FOR_BOUNCES} for each per cent of bounces and {POINTS_FOR_COMPLAINTS // 10}"
    " for each tenth of a per cent of spam reports, in the worse of the two."
)
#: How old a score may grow before the clock has it computed again.
SCORE_LASTS = timedelta(minutes=55)


@dataclass(frozen=True)
class Score:
    """0 to 100, or None while there is too little to tell; and the sentences that explain it."""

    value: int | None
    reasons: tuple[str, ...]


def score(week: Window, month: Window) -> Score:
    """The score of the worse of the two windows."""
    if month.sent < ENOUGH_TO_TELL:
        few = "1 mail" if month.sent == 1 else f"{month.sent} mails"
        return Score(None, (f"Not enough data: {few} in the last 30 days, and a score needs {ENOUGH_TO_TELL}.",))
    lost = max(_points_lost(week), _points_lost(month))
    return Score(
        max(0, round(100 - lost)),
        (*(_reason(days, window) for days, window in ((7, week), (30, month)) if window.sent), HOW_IT_IS_COUNTED),
    )


def fresh(health: AccountHealth) -> Score:
    """The score and its reasons by what is counted now, so that both speak of the same mails; one that was never scored
    has what is kept. The gate goes by the kept one, which is at most `SCORE_LASTS` old.
    """
    return score(health.week, health.month) if health.scored_at else Score(health.score, health.reasons)


def _points_lost(window: Window) -> float:
    bounces = window.bounced / max(window.sent, BOUNCES_OF)
    complaints = window.complained / max(window.sent, COMPLAINTS_OF)
    return 100 * (POINTS_FOR_BOUNCES * bounces + POINTS_FOR_COMPLAINTS * complaints)


def _reason(days: int, window: Window) -> str:
    return (
        f"In the last {days} days {window.bounced} of {window.sent} mails bounced ({window.bounce_rate:.1%}), and"
        f" {window.complained} {'was' if window.complained == 1 else 'were'} reported as spam"
        f" ({window.complaint_rate:.2%})."
    )


def sudden_rise(watched: Window) -> str | None:
    """Why this account should be paused at once, in a sentence; None when nothing speaks for it."""
    if watched.sent < SUDDEN_MAILS:
        return None
    for cases, rate, bearable, what in (
        (watched.bounced, watched.bounce_rate, SUDDEN_BOUNCES, "bounced"),
        (watched.complained, watched.complaint_rate, SUDDEN_COMPLAINTS, "were reported as spam"),
    ):
        if cases >= SUDDEN_CASES and rate >= bearable:
            return f"{cases} of {watched.sent} mails of the last 7 days {what} ({rate:.1%})."
    return None


def accounts_to_score(tx: Connection, limit: int = 1000) -> Sequence[UUID]:
    """Accounts whose score was never computed, or too long ago; the longest first."""
    return tx.scalars(
        sa.select(Account.id)
        .where(Account.health_at.is_(None) | (Account.health_at < sa.func.now() - sa.cast(SCORE_LASTS, sa.Interval)))
        .order_by(Account.health_at.nulls_first(), Account.id)
        .limit(limit)
    ).all()


def refresh_score(tx: Connection, account_id: UUID) -> bool:
    """Refresh the stored score of an account, with its reasons. A circuit breaker besides: a sudden rise pauses the
    account, and its admins are told. True when its mail may leave now and could not before, or the other way round:
    cards must follow.
    """
    health = health_of(tx, account_id)
    if health is not None and _rise(health):
        wait_for_starts(tx)  # it may have to be paused: before its row is locked
    before = tx.execute(
        sa.select(Account.workspace_id, Account.status, Account.health_score)
        .where(Account.id == account_id)
        .with_for_update(key_share=True)
    ).first()
    health = health_of(tx, account_id)
    if before is None or health is None:
        return False
    new = score(health.week, health.month)
    crossed = _passes(before.health_score) != _passes(new.value)
    tx.execute(
        sa.update(Account)
        .where(Account.id == account_id)
        .values(
            health_score=new.value,
            health_reasons=list(new.reasons),
            spam_rate=health.month.complaint_rate if health.month.sent else None,
            health_at=sa.func.now(),
            # What waited for its health is looked at again.
            **({"next_send_at": sa.func.now()} if crossed and _passes(new.value) else {}),
        )
    )
    return _pause_at_a_rise(tx, before.workspace_id, health) or crossed


def _passes(value: int | None) -> bool:
    return value is None or value >= HEALTHY


def _rise(health: AccountHealth) -> str | None:
    return None if health.is_paused else sudden_rise(health.watched)


def _pause_at_a_rise(tx: Connection, workspace_id: UUID, health: AccountHealth) -> bool:
    rise = _rise(health)
    if rise is None:
        return False
    pausing.pause(tx, health.account_id, rise, Actor(Surface.JOB, workspace_id))
    paused = alerts.Notice(AlertKind.ACCOUNT_PAUSED, rise, account_id=health.account_id)
    alerts.raise_alert(tx, workspace_id, paused)
    return True
