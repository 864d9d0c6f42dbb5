"""What admins are to look at: sending stopped, unknown outcomes, accounts and campaigns that do not get on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import literal
from core.delivery.gates import HEALTHY
from core.drafts.order import AWAKE, OPEN_STATUS
from core.ids import UUID, first_id_at
from core.installation.kill_switch import stopped
from core.models import Account, Campaign, Delivery, Draft, Event, Member, Workspace
from core.taxonomy import AccountStatus, CampaignStatus, DeliveryStatus, TroubleKind
from core.text.words.outcomes import of_a_rest
from core.views.day import DECIDING

#: How long a campaign may go without a decision, where its workspace does not say when it reminds.
PATIENCE = timedelta(hours=24)


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong: with which account or campaign, why, how much is concerned, and since when."""

    kind: TroubleKind
    name: str = field(default="", repr=False)
    why: str | None = field(default=None, repr=False)
    count: int = 0
    since: datetime | None = None


def troubles(tx: Connection, workspace_id: UUID) -> tuple[Trouble, ...]:
    """All that is wrong in a workspace, the worst first. Bounded by its accounts and campaigns, not by its mail."""
    found = [
        *_stopped(tx),
        *_unknown(tx, workspace_id),
        *_accounts(tx, workspace_id),
        *_paused(tx, workspace_id),
        *_nothing_reviewed(tx, workspace_id),
        *(Trouble(TroubleKind.SLACK_REFUSED, said, said, since=at) for said, at in slack_refused(tx, workspace_id)),
    ]
    order = list(TroubleKind)
    return tuple(sorted(found, key=lambda trouble: (order.index(trouble.kind), trouble.name)))


def slack_refused(tx: Connection, workspace_id: UUID) -> list[tuple[str, datetime]]:
    """What Slack refused in the last day, as admins are told it, and when first."""
    return [(row.sentence, row.at) for row in tx.execute(_REFUSED, {"workspace": workspace_id})]


_REFUSED = sa.text("""
    SELECT sentence, min(created_at) AS at FROM alerts
    WHERE workspace_id = :workspace AND kind = 'slack_permissions' AND created_at > now() - interval '1 day'
    GROUP BY about, sentence ORDER BY at
""")


def _stopped(tx: Connection) -> Iterator[Trouble]:
    why = stopped(tx)
    if why:
        yield Trouble(TroubleKind.SENDING_STOPPED, why=why.reason, since=why.since)


def _unknown(tx: Connection, workspace_id: UUID) -> Iterator[Trouble]:
    count, since = tx.execute(
        sa.select(sa.func.count(), sa.func.min(Delivery.changed_at)).where(
            Delivery.workspace_id == workspace_id, Delivery.status == literal(DeliveryStatus.OUTCOME_UNKNOWN)
        )
    ).one()
    if count:
        yield Trouble(TroubleKind.OUTCOME_UNKNOWN, count=count, since=since)


def _accounts(tx: Connection, workspace_id: UUID) -> Iterator[Trouble]:
    for row in tx.execute(
        sa.select(
            *(Account.address, Account.paused_reason, Account.health_score, Account.status),
            *(Account.rest_reason, Account.rest_code, Account.rest_since),
        ).where(
            Account.workspace_id == workspace_id,
            sa.or_(
                Account.status == AccountStatus.PAUSED,
                Account.health_score < HEALTHY,
                Account.rest_reason.is_not(None),
            ),
        )
    ):
        if row.status == AccountStatus.PAUSED:
            yield Trouble(TroubleKind.ACCOUNT_PAUSED, row.address, row.paused_reason)
        elif row.rest_reason:
            why = of_a_rest(row.rest_reason, row.rest_code)
            yield Trouble(TroubleKind.ACCOUNT_RESTS, row.address, why, since=row.rest_since)
        else:
            yield Trouble(TroubleKind.ACCOUNT_UNHEALTHY, row.address, count=row.health_score)
    for row in tx.execute(_USED_UP, {"workspace": workspace_id}):
        yield Trouble(TroubleKind.LIMIT_REACHED, row.address, count=row.limit_today)


#: Accounts whose day is used up while more of their mail waits for it.
_USED_UP = sa.text("""
    SELECT c.address, c.limit_today FROM account_capacity c
    WHERE c.workspace_id = :workspace AND c.left_today = 0 AND c.kind = 'email'
        AND EXISTS (SELECT FROM send_queue q WHERE q.account_id = c.account_id AND q.status = 'queued')
    ORDER BY c.address
""")


def _paused(tx: Connection, workspace_id: UUID) -> Iterator[Trouble]:
    waiting = (
        sa.select(sa.func.count())
        .select_from(Delivery)
        .where(
            Delivery.campaign_id == Campaign.id,
            Delivery.status.in_([literal(DeliveryStatus.QUEUED), literal(DeliveryStatus.CLAIMED)]),
        )
        .scalar_subquery()
    )
    for row in tx.execute(
        sa.select(Campaign.name, waiting.label("waiting")).where(
            Campaign.workspace_id == workspace_id, Campaign.status == CampaignStatus.PAUSED
        )
    ):
        yield Trouble(TroubleKind.CAMPAIGN_PAUSED, row.name, count=row.waiting)


def _nothing_reviewed(tx: Connection, workspace_id: UUID) -> Iterator[Trouble]:
    """Active campaigns in which something has waited for long, and nothing was decided meanwhile."""
    hours, now = tx.execute(
        sa.select(Workspace.remind_after_hours, sa.func.now()).where(Workspace.id == workspace_id)
    ).one()
    long_ago = now - (timedelta(hours=hours) if hours else PATIENCE)
    waits = tx.execute(
        sa.select(
            Campaign.id, Campaign.name, sa.func.count().label("drafts"), sa.func.min(Draft.waits_since).label("since")
        )
        .join(Draft, Draft.campaign_id == Campaign.id)
        .where(Draft.workspace_id == workspace_id, OPEN_STATUS, AWAKE, Campaign.status == CampaignStatus.ACTIVE)
        .group_by(Campaign.id)
        .having(sa.func.min(Draft.waits_since) < long_ago)
    ).all()
    at_it = _decided_in(tx, workspace_id, long_ago) if waits else set()
    for row in waits:
        if row.id not in at_it:
            yield Trouble(TroubleKind.NOTHING_REVIEWED, row.name, count=row.drafts, since=row.since)


def _decided_in(tx: Connection, workspace_id: UUID, since: datetime) -> set[UUID]:
    """The campaigns in which somebody decided something since then: by what each member decided, not by all drafts."""
    return set(
        tx.scalars(
            sa.select(Draft.campaign_id)
            .join(Event, Event.draft_id == Draft.id)
            .join(Member, Member.id == Event.member_id)
            .where(Member.workspace_id == workspace_id, DECIDING, Event.id >= first_id_at(since))
            .distinct()
        )
    )
