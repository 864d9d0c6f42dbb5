"""What the clock does after a pause or a resume: have the cards of all waiting mail say so, step by step."""

from core import campaign_cards
from core.db import transaction
from core.ids import UUID


def show_campaign(campaign_id: UUID) -> None:
    """Mark all cards of the campaign's waiting mail as behind. Begun again from the start if it dies half-way."""
    with transaction() as tx:
        status = campaign_cards.status_of(tx, campaign_id)
    last: UUID | None = None
    while True:
        with transaction() as tx:
            last = campaign_cards.show_some(tx, campaign_id, last)
            if last is None:
                campaign_cards.shown(tx, campaign_id, status)
                return
