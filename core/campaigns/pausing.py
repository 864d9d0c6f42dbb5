"""Pause and resume: what a campaign's status lets through (P7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.alerts import Notice, tell_channel, tell_members
from core.delivery.leased import wait_for_starts
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Member
from core.taxonomy import AlertKind, CampaignStatus, RefusalCode, Verb
from core.text.phrases import some_of
from core.text.words.events import NEWS


@dataclass(frozen=True)
class CampaignStatusChange:
    """A campaign that was paused or resumed, and how much of its mail waits."""

    name: str
    waiting: int
    id: UUID | None = None
    #: Of what waits: connected to a mail server at this moment. A pause keeps these from passing the point before DATA.
    about_to_leave: int = 0
    #: Past that point already: no pause calls them back.
    leaving: int = 0


@dataclass(frozen=True)
class BulkTarget:
    """What "all" means at a moment: ids and names of campaigns to change, and the names of those it leaves alone."""

    campaigns: tuple[tuple[UUID, str], ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class BulkStatusChange:
    """The campaigns that one act paused or resumed, and the names of those it left as they were."""

    switched: tuple[CampaignStatusChange, ...]
    left: tuple[str, ...]


def pause(tx: Connection, campaign_id: UUID, by: Actor) -> CampaignStatusChange:
    """Conditional update: pause an active campaign, and have its reviewers told. Once this commits, no mail of it
    passes the point before DATA.

    Raises `Refusal` when it is not active.
    """
    switched = _change_status(tx, campaign_id, by, _PAUSE)
    notify_reviewers(tx, by, Verb.PAUSE, [campaign_id])
    return switched


def resume(tx: Connection, campaign_id: UUID, by: Actor) -> CampaignStatusChange:
    """Conditional update: resume a paused campaign, and have its reviewers told. Raises `Refusal` when it is not
    paused.
    """
    switched = _change_status(tx, campaign_id, by, _RESUME)
    notify_reviewers(tx, by, Verb.RESUME, [campaign_id])
    return switched


def pause_all(tx: Connection, by: Actor) -> BulkStatusChange:
    """Pause every active campaign in one act, with an event for each. Raises `Refusal` when none is active."""
    wait_for_starts(tx)  # before the campaigns' rows, as a start does
    return _change_all(tx, by, all_active(tx, by), _PAUSE)


def resume_all(tx: Connection, by: Actor, asked_at: datetime | None = None) -> BulkStatusChange:
    """Resume in one act what `pause_all` paused, with an event for each. What somebody paused by itself stays paused.

    `asked_at`: when the person was asked whether they are sure; what was paused after that is not meant. Raises
    `Refusal` when there is nothing to resume.
    """
    wait_for_starts(tx)
    return _change_all(tx, by, paused_by_all(tx, by, asked_at), _RESUME)


def all_active(tx: Connection, by: Actor) -> BulkTarget:
    """What `pause_all` means: every active campaign. What is paused already stays as it is."""
    rows = tx.execute(
        sa.select(Campaign.id, Campaign.name, Campaign.status)
        .where(
            Campaign.workspace_id == by.workspace_id,
            Campaign.status.in_([CampaignStatus.ACTIVE, CampaignStatus.PAUSED]),
        )
        .order_by(Campaign.id)
        .with_for_update(key_share=True)
    ).all()
    return BulkTarget(
        tuple((row.id, row.name) for row in rows if row.status == CampaignStatus.ACTIVE),
        tuple(row.name for row in rows if row.status == CampaignStatus.PAUSED),
    )


def paused_by_all(tx: Connection, by: Actor, asked_at: datetime | None = None) -> BulkTarget:
    """What `resume_all` means: the campaigns that `pause_all` paused, and that nobody has switched since.

    The other paused ones somebody paused by themselves, and may have had a reason.
    """
    # First the locks, then the events: a pause that somebody else commits while we wait for it must be seen.
    tx.execute(
        sa.select(Campaign.id)
        .where(Campaign.workspace_id == by.workspace_id, Campaign.status == CampaignStatus.PAUSED)
        .order_by(Campaign.id)
        .with_for_update(key_share=True)
    )
    rows = tx.execute(_PAUSED, {"workspace": by.workspace_id, "asked_at": asked_at}).all()
    return BulkTarget(
        tuple((row.id, row.name) for row in rows if row.by_all), tuple(row.name for row in rows if not row.by_all)
    )


def empty_target_refusal(verb: Verb, left: Sequence[str]) -> Refusal:
    """The refusal to raise when "all" means none."""
    if verb == Verb.PAUSE:
        return Refusal(RefusalCode.NOTHING_TO_DO, "No campaign is active: there is nothing to pause.")
    others = f" Paused one by one: {some_of(left)}. Resume them by name." if left else ""
    return Refusal(RefusalCode.NOTHING_TO_DO, f"No campaign was paused as part of a pause of all.{others}")


class _Change(NamedTuple):
    verb: Verb
    before: CampaignStatus
    after: CampaignStatus


_PAUSE = _Change(Verb.PAUSE, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
_RESUME = _Change(Verb.RESUME, CampaignStatus.PAUSED, CampaignStatus.ACTIVE)
_PAUSED = sa.text("""
    SELECT c.id, c.name,
           coalesce(last.by_all AND last.at <= coalesce(:asked_at, CAST('infinity' AS timestamptz)), false) AS by_all
    FROM campaigns c
    LEFT JOIN LATERAL (
        SELECT verb = 'pause' AND data ? 'all' AS by_all, at FROM message_events
        WHERE campaign_id = c.id AND verb IN ('pause', 'resume') ORDER BY id DESC LIMIT 1
    ) last ON true
    WHERE c.workspace_id = :workspace AND c.status = 'paused'
    ORDER BY c.id
""").bindparams(sa.bindparam("asked_at", type_=sa.DateTime(timezone=True)))


def _change_all(tx: Connection, by: Actor, target: BulkTarget, change: _Change) -> BulkStatusChange:
    if not target.campaigns:
        raise empty_target_refusal(change.verb, target.left)
    ids = [campaign_id for campaign_id, _ in target.campaigns]
    switched = tuple(_change_status(tx, campaign_id, by, change, all_=True) for campaign_id in ids)
    notify_reviewers(tx, by, change.verb, ids)
    return BulkStatusChange(switched, target.left)


def _change_status(
    tx: Connection, campaign_id: UUID, by: Actor, change: _Change, *, all_: bool = False
) -> CampaignStatusChange:
    wait_for_starts(tx)
    name = tx.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id, Campaign.status == change.before)
        .values(status=change.after)
        .returning(Campaign.name)
    ).scalar()
    if name is None:
        raise _refusal(tx, campaign_id, change.verb, by)
    # From here on no `start` of this campaign passes: each has committed before us, or waits for our commit.
    queued, claimed, sending = tx.execute(_ON_THEIR_WAY, {"campaign": campaign_id}).one()
    data = {"waiting": queued + claimed, "about_to_leave": claimed, "leaving": sending} | (
        {"all": True} if all_ else {}
    )
    moved = (change.before, change.after)
    events.write(tx, by, events.Entry(change.verb, campaign_id=campaign_id, moved=moved, data=data))
    return CampaignStatusChange(name, queued + claimed, campaign_id, claimed, sending)


#: By two partial indexes: of what waits, by campaign; and of the few that are under way.
_ON_THEIR_WAY = sa.text("""
    SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'claimed'),
           (SELECT count(*) FROM send_queue WHERE campaign_id = :campaign AND status = 'sending')
    FROM send_queue WHERE campaign_id = :campaign AND status IN ('queued', 'claimed')
""")


def _refusal(tx: Connection, campaign_id: UUID, verb: Verb, by: Actor) -> Refusal:
    found = tx.execute(
        sa.select(Campaign.name, Campaign.status).where(
            Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id
        )
    ).first()
    if found is None:
        return Refusal(RefusalCode.UNKNOWN_CAMPAIGN, "There is no such campaign in your workspace.")
    return Refusal(RefusalCode.NOTHING_TO_DO, f"{found.name} is {found.status}: there is nothing to {verb}.")


def notify_reviewers(tx: Connection, by: Actor, verb: Verb, campaigns: Collection[UUID]) -> None:
    """Have the reviewers of these campaigns told who paused or resumed them, and the channels that get their cards.

    Each member and each channel once, whatever the number of campaigns. Whoever did it knows.
    """
    if by.workspace_id is None:
        return
    for member_id, names in tx.execute(_MEMBERS, {"campaigns": list(campaigns), "by": by.member_id}).all():
        tell_members(tx, by.workspace_id, [member_id], _notice(by, verb, names))
    for channel, names in tx.execute(_CHANNELS, {"campaigns": list(campaigns)}).all():
        tell_channel(tx, by.workspace_id, str(channel), _notice(by, verb, names))


def _notice(by: Actor, verb: Verb, names: Sequence[str]) -> Notice:
    sentence = NEWS[verb].format(who=by.name, what=some_of(sorted(names)))
    return Notice(AlertKind.CAMPAIGN_SWITCHED, sentence)


_CHOSEN = Campaign.id.in_(sa.bindparam("campaigns", expanding=True))
_NAMES = sa.func.array_agg(Campaign.name)
_MEMBERS = (
    sa.select(Member.id, _NAMES)
    .join(CampaignReviewer, CampaignReviewer.member_id == Member.id)
    .join(Campaign, Campaign.id == CampaignReviewer.campaign_id)
    .where(_CHOSEN, Member.active, Member.id.is_distinct_from(sa.bindparam("by")))
    .group_by(Member.id)
    .order_by(Member.id)
)
_CHANNELS = (
    sa.select(Campaign.slack_channel, _NAMES)
    .where(_CHOSEN, Campaign.slack_channel.is_not(None))
    .group_by(Campaign.slack_channel)
    .order_by(Campaign.slack_channel)
)
