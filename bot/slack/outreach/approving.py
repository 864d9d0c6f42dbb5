"""`approve-low-risk`: a window with what would be approved, for whoever may."""

from bot.slack.bulk import open_bulk
from bot.slack.outreach.typed import Typed
from core import campaigns
from core.act import act
from core.cards.answers import Message
from core.taxonomy import Role, Verb


def approve_low_risk(typed: Typed) -> Message | None:
    """Open the list, of one campaign if one is named. No answer: the window is it."""
    campaign_id = act(
        typed.who.identify,
        Role.REVIEWER,
        Verb.APPROVE,
        lambda tx, by: campaigns.find(tx, typed.rest[:200], by) if typed.rest else None,
    )
    open_bulk(typed.body, str(typed.body.get("trigger_id") or ""), typed.later, campaign_id=campaign_id)
    return None
