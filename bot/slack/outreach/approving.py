"""`approve-low-risk`: a window with what would be approved, for whoever may."""

from bot.slack.clicks import Click
from bot.slack.handlers.bulk import open_bulk
from bot.slack.outreach.replies import take_away
from bot.slack.outreach.typed import Typed
from core.access import act
from core.campaigns import finding
from core.campaigns.finding import UnresolvedCampaign
from core.cards.answers import Message
from core.cards.questions import which_campaign
from core.ids import UUID
from core.taxonomy import Role, Verb

WORD = "approve-low-risk"


def approve_low_risk(typed: Typed) -> Message | None:
    """Open the list, of one campaign if one is named: no answer, the window is it. Or ask which campaign is meant."""
    try:
        campaign_id = act(
            typed.who.identify,
            Role.REVIEWER,
            Verb.APPROVE,
            lambda tx, by: finding.find_campaign(tx, typed.rest[:200], by) if typed.rest else None,
        )
    except UnresolvedCampaign as unclear:
        return which_campaign(str(unclear), unclear.choices, WORD, typed.who.user_id, to="list")
    open_bulk(Click(typed.body, typed.after_ack), campaign_id=campaign_id)
    return None


def list_of(click: Click, campaign_id: UUID) -> None:
    """They said which campaign: its list takes the place of the question, which stays if Slack does not open it."""
    if open_bulk(click, campaign_id=campaign_id):
        take_away(click)
