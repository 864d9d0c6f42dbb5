"""News of a campaign for its reviewers: somebody paused or resumed it. Recorded with the act, and told once."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.alerts import tell_members
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Member
from core.some import some_of
from core.taxonomy import AlertKind, Verb

_NEWS = {
    Verb.PAUSE: "{who} paused {what}. What was approved waits; drafts may still be reviewed.",
    Verb.RESUME: "{who} resumed {what}. What was approved may leave again.",
}


def tell_reviewers(tx: Connection, by: Actor, verb: Verb, campaigns: Collection[UUID]) -> None:
    """Have the reviewers of these campaigns told who paused or resumed them: each of them once, whatever the number.

    Whoever did it knows.
    """
    if by.workspace_id is None:
        return
    rows = tx.execute(
        sa.select(Member.id, sa.func.array_agg(Campaign.name).label("names"))
        .join(CampaignReviewer, CampaignReviewer.member_id == Member.id)
        .join(Campaign, Campaign.id == CampaignReviewer.campaign_id)
        .where(Campaign.id.in_(campaigns), Member.active, Member.id.is_distinct_from(by.member_id))
        .group_by(Member.id)
        .order_by(Member.id)
    ).all()
    for row in rows:
        said = _NEWS[verb].format(who=by.name, what=some_of(sorted(row.names)))
        tell_members(tx, by.workspace_id, [row.id], AlertKind.CAMPAIGN_SWITCHED, said)
