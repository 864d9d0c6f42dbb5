"""Every table (DESIGN §7). Rules that the database can hold stand here or in `migrations/sql`."""

from core.models.account import Account
from core.models.alert import Alert
from core.models.base import Base, belongs_to, in_state, now_by_default, one_of, primary_key
from core.models.campaign import Campaign, CampaignReviewer, Offer
from core.models.card import Card, Home
from core.models.contact import Contact, InboundMessage, OutreachHistory, SequenceInstance, Suppression
from core.models.delivery import ATTEMPT_NUMBERS, Attempt, Delivery
from core.models.draft import AWAKE, REVIEW_RANK, Draft, DraftApproval, DraftVersion
from core.models.event import Event
from core.models.installation import ClockLease, Installation, SlackInstallation
from core.models.task import Task, TaskCard
from core.models.workspace import ApiKey, Member, Workspace

__all__ = [
    "ATTEMPT_NUMBERS",
    "AWAKE",
    "REVIEW_RANK",
    "Account",
    "Alert",
    "ApiKey",
    "Attempt",
    "Base",
    "Campaign",
    "CampaignReviewer",
    "Card",
    "ClockLease",
    "Contact",
    "Delivery",
    "Draft",
    "DraftApproval",
    "DraftVersion",
    "Event",
    "Home",
    "InboundMessage",
    "Installation",
    "Member",
    "Offer",
    "OutreachHistory",
    "SequenceInstance",
    "SlackInstallation",
    "Suppression",
    "Task",
    "TaskCard",
    "Workspace",
    "belongs_to",
    "in_state",
    "now_by_default",
    "one_of",
    "primary_key",
]
