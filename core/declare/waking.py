"""What waits because of an hour is due again when a declaration changes that.

That the account itself is looked at again, when its hours or limits change, the database sees to (`look_again`).
"""

import sqlalchemy as sa

from core.declare.change import Turn
from core.declare.declaration import Declaration
from core.delivery.release import release
from core.models import Account, Campaign, Delivery
from core.taxonomy import GateCode

#: The keys of an account by which the gates decide when it may send.
HOURS = ("timezone", "country", "opens", "closes", "weekdays")


def wake_what_hours_hold(turn: Turn, declaration: Declaration) -> None:
    """Make due what waits for an hour that is about to be another one.

    Before accounts are changed: deliveries are locked before them, by everybody.
    """
    for account in declaration.accounts:
        hours = account.model_dump(include=set(HOURS)) | {
            "timezone": account.timezone or declaration.workspace.timezone
        }
        changed = (
            sa.select(Account.id)
            .where(Account.workspace_id == turn.workspace_id)
            .where(sa.func.lower(Account.address) == account.address.lower())
            .where(sa.or_(*(getattr(Account, key).is_distinct_from(value) for key, value in hours.items())))
        )
        release(turn.tx, Delivery.account_id.in_(changed), GateCode.OUTSIDE_HOURS)
    for campaign in declaration.campaigns:
        changed = sa.select(Campaign.id).where(
            Campaign.workspace_id == turn.workspace_id,
            Campaign.slug == campaign.slug,
            Campaign.recipient_hours != campaign.recipient_hours,
        )
        release(turn.tx, Delivery.campaign_id.in_(changed), GateCode.OUTSIDE_HOURS)
