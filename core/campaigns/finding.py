"""Find the campaign that a person means by what they typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, Draft
from core.taxonomy import CampaignStatus, RefusalCode
from core.text.phrases import some_of


@dataclass(frozen=True)
class CampaignOption:
    """A campaign that may be meant, to choose from."""

    id: UUID
    slug: str
    name: str
    status: str


class UnresolvedCampaign(Refusal):
    """No campaign was named, more than one fits, or none does. `choices` may be meant; there are some."""

    def __init__(self, code: RefusalCode, sentence: str, choices: Sequence[CampaignOption]) -> None:
        super().__init__(code, sentence)
        self.choices = tuple(choices)


def find_campaign(tx: Connection, named: str, by: Actor, status: CampaignStatus | None = None) -> UUID:
    """Find a campaign by what a person typed: its slug, or the only one whose name or slug begins so.

    A leading `#` is none of its name. Raises `UnresolvedCampaign`, with the campaigns that may be meant: where nothing
    is named or near, those of this `status`, if there are any. Raises a plain `Refusal` where there is none to choose.
    """
    named = named.strip().removeprefix("#").strip()
    folded = named.casefold()
    there = [
        CampaignOption(*row)
        for row in tx.execute(
            sa.select(Campaign.id, Campaign.slug, Campaign.name, Campaign.status)
            .where(Campaign.workspace_id == by.workspace_id)
            .order_by((Campaign.status == status).desc(), Campaign.slug)
        )
    ]
    meant = [one for one in there if one.status == status]
    likely = meant or there
    if not there:
        raise Refusal(RefusalCode.UNKNOWN_CAMPAIGN, "This workspace has no campaign yet.")
    if not named and status and not meant:
        raise Refusal(RefusalCode.NOTHING_TO_DO, f"No campaign is {status}.")
    if not named:
        raise UnresolvedCampaign(
            RefusalCode.UNKNOWN_CAMPAIGN, f"Which campaign? Choose from: {_slugs(likely)}.", likely
        )
    for fits in (
        [one for one in there if one.slug == named],
        [one for one in there if folded in (one.slug.casefold(), one.name.casefold())],
        [one for one in there if one.name.casefold().startswith(folded) or one.slug.casefold().startswith(folded)],
    ):
        if len(fits) == 1:
            return fits[0].id
        if fits:
            which = f"More than one campaign matches. Which one: {_slugs(sorted(fits, key=lambda one: one.slug))}."
            raise UnresolvedCampaign(RefusalCode.UNCLEAR_CAMPAIGN, which, fits)
    none = f"There is no campaign with that name. Choose from: {_slugs(likely)}."
    raise UnresolvedCampaign(RefusalCode.UNKNOWN_CAMPAIGN, none, _near(folded, there) or likely)


def _near(folded: str, there: Sequence[CampaignOption]) -> list[CampaignOption]:
    """Campaigns whose name or slug holds this, or is spelt almost so."""
    if len(folded) > 100:
        return []  # nobody's name, and dear to compare
    holds = [one for one in there if folded in one.name.casefold() or folded in one.slug.casefold()]
    spelt = {word_.casefold(): one for one in there for word_ in (one.name, one.slug)}
    return holds or list(dict.fromkeys(spelt[close] for close in get_close_matches(folded, spelt, n=5)))


def _slugs(choices: Sequence[CampaignOption]) -> str:
    return some_of([one.slug for one in choices])


def campaign_of(tx: Connection, draft_id: UUID, by: Actor) -> UUID:
    """The campaign of a draft of the actor's own workspace. Raises `Refusal` where there is no such draft."""
    found: UUID | None = tx.scalar(
        sa.select(Draft.campaign_id).where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
    )
    if found is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such draft in your workspace.")
    return found
