"""Alarms: trouble that is found in the rows, or met at Slack's, and that admins must hear of.

Each is told some minutes after it was found, if it is still so then: an outcome may become known by a late answer, and
a queue may only just have got its worker back.
"""

from collections import defaultdict
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.alerts import Notice, ToTell, raise_alert, tell_channel
from core.delivery.explain import explain_wait
from core.delivery.queue import PRIORITIES
from core.ids import UUID
from core.models import Account, Campaign, Delivery, Draft, Member, SlackInstallation, Workspace
from core.slack_codes import Meaning, meant_by
from core.states import OPEN_DRAFT
from core.taxonomy import AlertKind, DeliveryStatus

#: Due mail that nobody claims for so long, although nothing holds it, is stuck.
STUCK_AFTER = timedelta(minutes=15)
#: How long it may still turn out to be nothing.
IT_MAY_PASS = timedelta(minutes=2)


def raise_unknown(tx: Connection, limit: int = 100) -> int:
    """Have admins told of each outcome that nobody knows, once an attempt; returns how many were found untold."""
    rows = tx.execute(_UNKNOWN, {"most": limit}).all()
    for row in rows:
        unknown = Notice(
            AlertKind.OUTCOME_UNKNOWN,
            f"It is unknown whether the mail to {row.email} arrived. Signoff will not send it again by itself.",
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
            f"Mail of {row.address} has been due for over 15 minutes, and no worker has picked it up.",
            account_id=row.id,
            about=f"stuck:{row.id}:{row.today}",
            wait=IT_MAY_PASS,
        )
        raise_alert(tx, row.workspace_id, due)
    return len(stuck)


#: An account says itself when it is to be looked at; each claim looks, and says when to look again. One that claims and
#: claims says nothing, but when its latest claim was.
_OVERDUE = """
    SELECT a.id, a.workspace_id, a.address, day_there(a.timezone, now()) AS today FROM accounts a
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


def slack_refused(tx: Connection, workspace_id: UUID | None, code: str, place: str | None = None) -> None:
    """Slack refused a call, and that will not pass by itself. Admins are told once a day, when Slack lets us.

    Without a workspace it is SLACK_BOT_TOKEN that Slack refused, which all share that have no installation of their
    own. `place` is the channel, DM or person that it is about, in Slack's id; None where it is about more.
    """
    found = meant_by(code)
    has_its_own = sa.exists().where(SlackInstallation.workspace_id == Workspace.id)
    which = Workspace.id == workspace_id if workspace_id else ~has_its_own
    there = place if place and "{place}" in (found.remedy or _LASTS[found.meaning]) else None
    about = ":".join(filter(None, ("slack", code, there)))
    for row in tx.execute(sa.select(Workspace.id, sa.func.current_date().label("today")).where(which)).all():
        remedy = (found.remedy or _LASTS[found.meaning]).format(place=_name_of(tx, row.id, there) if there else "Slack")
        sentence = f"Slack refused a call of Signoff: {code}. {remedy}"
        raise_alert(tx, row.id, Notice(AlertKind.SLACK_PERMISSIONS, sentence, about=f"{about}:{row.today}"))


def tell_where_digests_go(tx: Connection, alert: ToTell) -> None:
    """No DM takes this word to admins: the channel of the digest gets it too, if there is one. Once, by what it is
    about; `/outreach status` and the Home of admins show it all the while.
    """
    channel = tx.scalar(sa.select(Workspace.digest_channel).where(Workspace.id == alert.workspace_id))
    if channel:
        tell_channel(tx, alert.workspace_id, channel, Notice(alert.kind, alert.sentence, about=alert.about))


#: Of a code without a remedy.
_AGAIN = "Signoff retries every few minutes."
_LASTS = defaultdict(
    lambda: f"This has lasted for some minutes. {_AGAIN}",
    {Meaning.UNKNOWN: f"Signoff does not know this error code, which is about {{place}}. {_AGAIN}"},
)


def _name_of(tx: Connection, workspace_id: UUID, place: str) -> str:
    """What people call a place of Slack's that we have its id of."""
    campaigns = (Campaign.workspace_id == workspace_id, Campaign.slack_channel == place)
    if names := tx.scalars(sa.select(Campaign.name).where(*campaigns).order_by(Campaign.name).limit(3)).all():
        return f"{place}, the channel of {', '.join(names)}"
    of_member = sa.select(Member.name).where(
        Member.workspace_id == workspace_id, (Member.dm_channel == place) | (Member.slack_user_id == place)
    )
    name = tx.scalar(of_member.limit(1))
    return f"the DM of {name}" if name else place


def is_over(tx: Connection, kind: AlertKind, draft_id: UUID | None, account_id: UUID | None) -> bool:
    """Whether that is not so any more, and nobody need be told."""
    if kind == AlertKind.OUTCOME_UNKNOWN:
        unknown = sa.select(Delivery.id).where(
            Delivery.draft_id == draft_id, Delivery.status == DeliveryStatus.OUTCOME_UNKNOWN
        )
        return tx.scalar(unknown) is None
    if kind == AlertKind.QUEUE_STUCK and account_id is not None:
        return not _is_stuck(tx, account_id)
    if account_id is not None and kind in (AlertKind.ACCOUNT_RESTS, AlertKind.CAMPAIGN_SWITCHED):
        rests = sa.select(Account.id).where(Account.id == account_id, Account.rest_reason.is_not(None))
        return (tx.scalar(rests) is None) == (kind == AlertKind.ACCOUNT_RESTS)
    if kind == AlertKind.REMINDER:  # the one that waited longest is decided: another comes in its time
        return tx.scalar(sa.select(Draft.id).where(Draft.id == draft_id, Draft.status.in_(OPEN_DRAFT))) is None
    return False
