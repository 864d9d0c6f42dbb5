"""What the clock does after a pause or a resume: have the cards of all waiting mail say so, step by step."""

from core.db import transaction
from core.ids import UUID
from core.surfaces import campaigns


def show_campaign(campaign_id: UUID) -> None:
    """Mark all cards of the campaign's waiting mail as behind. Begun again from the start if it dies half-way."""
    with transaction() as tx:
        status = campaigns.status_of(tx, campaign_id)
    last: UUID | None = None
    while True:
        with transaction() as tx:
            last = campaigns.mark_cards_behind(tx, campaign_id, last)
            if last is None:
                campaigns.record_shown(tx, campaign_id, status)
                return
