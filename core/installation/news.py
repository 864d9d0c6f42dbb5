"""Who is told in Slack that all sending was stopped, or goes on: whom a pause of a campaign is told, and admins."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.alerts import Notice, admins, tell_channel, tell_members
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Member, Workspace
from core.taxonomy import AlertKind, CampaignStatus, StoppedBy, Verb
from core.text.phrases import all_stopped
from core.text.words.events import NEWS


def tell_everybody(tx: Connection, by: Actor, verb: Verb, stopped_by: StoppedBy, reason: str = "") -> None:
    """Have the admins, the reviewers and the channels of every workspace told, each once. Whoever did it knows.

    What the guard against a restored database found stands in its reason, in whole sentences.
    """
    if verb == Verb.STOP_SENDING and stopped_by == StoppedBy.RESTORE:
        sentence = all_stopped(reason)
    else:
        sentence = NEWS[verb].format(who=by.name, what=reason.rstrip("."))
    notice = Notice(AlertKind.CAMPAIGN_SWITCHED, sentence)
    for workspace_id in tx.scalars(sa.select(Workspace.id).order_by(Workspace.id)).all():
        people = {*admins(tx, workspace_id), *_reviewers(tx, workspace_id)} - {by.member_id}
        tell_members(tx, workspace_id, sorted(people), notice)
        for channel in _channels(tx, workspace_id):
            tell_channel(tx, workspace_id, channel, notice)


def _reviewers(tx: Connection, workspace_id: UUID) -> list[UUID]:
    return list(
        tx.scalars(
            sa.select(CampaignReviewer.member_id)
            .join(Campaign, Campaign.id == CampaignReviewer.campaign_id)
            .join(Member, Member.id == CampaignReviewer.member_id)
            .where(Campaign.workspace_id == workspace_id, _SENDS, Member.active)
        )
    )


def _channels(tx: Connection, workspace_id: UUID) -> list[str]:
    where = (Campaign.workspace_id == workspace_id, _SENDS, Campaign.slack_channel.is_not(None))
    return [str(channel) for channel in tx.scalars(sa.select(Campaign.slack_channel).where(*where).distinct())]


_SENDS = Campaign.status != CampaignStatus.ENDED
