"""Alarms: trouble that is found in the rows, or met at Slack's, and that admins must hear of.

Each is told some minutes after it was found, if it is still so then: an outcome may become known by a late answer, and
a queue may only just have got its worker back.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.alerts import Notice, raise_alert
from core.delivery.explain import explain_wait
from core.delivery.queue import PRIORITIES
from core.ids import UUID
from core.models import Account, Delivery, Draft, SlackInstallation, Workspace
from core.states import OPEN_DRAFT
from core.taxonomy import AlertKind, DeliveryStatus

#: Due mail that nobody claims for so long, although nothing holds it, is stuck.
STUCK_AFTER = timedelta(minutes=15)
#: How long it may still turn out to be nothing.
IT_MAY_PASS = timedelta(minutes=2)
#: What Slack says when the bot may no longer do what it must (https://docs.slack.dev/reference/methods#errors).
PERMISSION_CODES = frozenset(
    {"missing_scope", "not_authed", "invalid_auth", "account_inactive", "token_revoked", "not_in_channel"}
)


def raise_unknown(tx: Connection, limit: int = 100) -> int:
    """Have admins told of each outcome that nobody knows, once an attempt; returns how many were found untold."""
    rows = tx.execute(_UNKNOWN, {"most": limit}).all()
    for row in rows:
        unknown = Notice(
            AlertKind.OUTCOME_UNKNOWN,
            f"Nobody knows whether the mail to {row.email} arrived. It is not sent again by itself.",
            account_id=row.account_id,
            draft_id=row.draft_id,
            about=f"unknown:{row.attempt_id}",
            wait=IT_MAY_PASS,
        )
        raise_alert(tx, row.workspace_id, unknown)
    return len(rows)


_UNKNOWN = sa.text("""
    SELECT q.workspace_id, q.draft_id, q.account_id, q.attempt_id, t.email
    FROM send_queue q JOIN contacts t ON t.id = q.contact_id
    WHERE q.status = 'outcome_unknown' AND EXISTS (
        SELECT FROM members m WHERE m.workspace_id = q.workspace_id AND m.active AND m.role IN ('admin', 'owner')
            AND NOT EXISTS (SELECT FROM alerts WHERE member_id = m.id AND about = 'unknown:' || q.attempt_id)
    )
    LIMIT :most
""")


def raise_stuck(tx: Connection, limit: int = 100) -> int:
    """Have admins told, once a day and account, of due mail that no worker takes up; returns how many accounts."""
    rows = tx.execute(_OVERDUE_ACCOUNTS, {"after": STUCK_AFTER, "most": limit}).all()
    stuck = [row for row in rows if _is_stuck(tx, row.id)]
    for row in stuck:
        due = Notice(
            AlertKind.QUEUE_STUCK,
            f"Mail of {row.address} has been due for more than a quarter of an hour, and nobody takes it up.",
            account_id=row.id,
            about=f"stuck:{row.id}:{row.today}",
            wait=IT_MAY_PASS,
        )
        raise_alert(tx, row.workspace_id, due)
    return len(stuck)


#: An account says itself when it is to be looked at; each claim looks, and says when to look again. One that claims and
#: claims says nothing, but when its latest claim was.
_OVERDUE = """
    SELECT a.id, a.workspace_id, a.address, (now() AT TIME ZONE a.timezone)::date AS today FROM accounts a
    WHERE a.status = 'active' AND a.next_send_at < now() - CAST(:after AS interval)
        AND coalesce(a.next_spaced_at, '-infinity') < now() - CAST(:after AS interval)
        AND NOT EXISTS (SELECT FROM installation WHERE sending_stopped IS NOT NULL)
"""
_OVERDUE_ACCOUNTS = sa.text(_OVERDUE + "ORDER BY a.next_send_at LIMIT :most")
_STILL_OVERDUE = sa.text(_OVERDUE + "AND a.id = :account")


def _is_stuck(tx: Connection, account_id: UUID) -> bool:
    """Whether some mail of the account has been due for so long, and every gate lets it pass."""
    if tx.execute(_STILL_OVERDUE, {"after": STUCK_AFTER, "account": account_id}).first() is None:
        return False
    heads = tx.scalars(_HEADS, {"account": account_id, "priorities": list(PRIORITIES), "after": STUCK_AFTER}).all()
    return any(explain_wait(tx, head, account_id) is None for head in heads)


_HEADS = sa.text("""
    SELECT q.id FROM unnest(CAST(:priorities AS smallint[])) p CROSS JOIN LATERAL (
        SELECT id FROM send_queue
        WHERE account_id = :account AND status = 'queued' AND priority = p
            AND due_at <= now() - CAST(:after AS interval)
        ORDER BY due_at LIMIT 1
    ) q
""")


#: What an admin can do about it.
_REMEDIES = {
    "missing_scope": "Install the app again from docs/slack-manifest.yaml, so that it has all its scopes.",
    "not_in_channel": "Invite Signoff into the channel that it is to write to.",
}
_NEW_TOKEN = "Its token is not valid any more: install the app again."  # noqa: S105  no token


def slack_refused(tx: Connection, workspace_id: UUID | None, code: str) -> None:
    """Slack refused a call because the bot may not do that (any more). Admins are told once a day, when Slack lets us.

    Without a workspace it is SLACK_BOT_TOKEN that Slack refused, which all share that have no installation of their
    own. What is no matter of permission is passed over.
    """
    if code not in PERMISSION_CODES:
        return
    sentence = f"Slack refused what Signoff asked for: {code}. {_REMEDIES.get(code, _NEW_TOKEN)}"
    has_its_own = sa.exists().where(SlackInstallation.workspace_id == Workspace.id)
    which = Workspace.id == workspace_id if workspace_id else ~has_its_own
    for row in tx.execute(sa.select(Workspace.id, sa.func.current_date().label("today")).where(which)).all():
        refused = Notice(AlertKind.SLACK_PERMISSIONS, sentence, about=f"slack:{code}:{row.today}")
        raise_alert(tx, row.id, refused)


def is_over(tx: Connection, kind: AlertKind, draft_id: UUID | None, account_id: UUID | None) -> bool:
    """Whether that is not so any more, and nobody need be told."""
    if kind == AlertKind.OUTCOME_UNKNOWN:
        unknown = sa.select(Delivery.id).where(
            Delivery.draft_id == draft_id, Delivery.status == DeliveryStatus.OUTCOME_UNKNOWN
        )
        return tx.scalar(unknown) is None
    if kind == AlertKind.QUEUE_STUCK and account_id is not None:
        return not _is_stuck(tx, account_id)
    if kind == AlertKind.ACCOUNT_RESTS:
        rests = sa.select(Account.id).where(Account.id == account_id, Account.rest_reason.is_not(None))
        return tx.scalar(rests) is None
    if kind == AlertKind.REMINDER:  # the one that waited longest is decided: another comes in its time
        return tx.scalar(sa.select(Draft.id).where(Draft.id == draft_id, Draft.status.in_(OPEN_DRAFT))) is None
    return False
