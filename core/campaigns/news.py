"""News of a campaign for whoever reviews it: somebody paused or resumed it. Recorded with the act, and told once."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.alerts import tell_channel, tell_members
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Member
from core.taxonomy import AlertKind, Verb
from core.text.phrases import some_of
from core.text.words.events import NEWS


def tell_reviewers(tx: Connection, by: Actor, verb: Verb, campaigns: Collection[UUID]) -> None:
    """Have the reviewers of these campaigns told who paused or resumed them, and the channels that get their cards.

    Each member and each channel once, whatever the number of campaigns. Whoever did it knows.
    """
    if by.workspace_id is None:
        return
    for member_id, names in tx.execute(_MEMBERS, {"campaigns": list(campaigns), "by": by.member_id}).all():
        tell_members(tx, by.workspace_id, [member_id], AlertKind.CAMPAIGN_SWITCHED, _said(by, verb, names))
    for channel, names in tx.execute(_CHANNELS, {"campaigns": list(campaigns)}).all():
        tell_channel(tx, by.workspace_id, str(channel), AlertKind.CAMPAIGN_SWITCHED, _said(by, verb, names))


def _said(by: Actor, verb: Verb, names: Sequence[str]) -> str:
    return NEWS[verb].format(who=by.name, what=some_of(sorted(names)))


_MEANT = Campaign.id.in_(sa.bindparam("campaigns", expanding=True))
_NAMES = sa.func.array_agg(Campaign.name)
_MEMBERS = (
    sa.select(Member.id, _NAMES)
    .join(CampaignReviewer, CampaignReviewer.member_id == Member.id)
    .join(Campaign, Campaign.id == CampaignReviewer.campaign_id)
    .where(_MEANT, Member.active, Member.id.is_distinct_from(sa.bindparam("by")))
    .group_by(Member.id)
    .order_by(Member.id)
)
_CHANNELS = (
    sa.select(Campaign.slack_channel, _NAMES)
    .where(_MEANT, Campaign.slack_channel.is_not(None))
    .group_by(Campaign.slack_channel)
    .order_by(Campaign.slack_channel)
)
