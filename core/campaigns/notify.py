"""Notify whoever reviews a campaign that somebody paused or resumed it: an outbox row, written with the act."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.alerts import Notice, tell_channel, tell_members
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Member
from core.taxonomy import AlertKind, Verb
from core.text.phrases import some_of
from core.text.words.events import NEWS


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
