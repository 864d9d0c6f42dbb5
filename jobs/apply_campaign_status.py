"""What the clock does after a pause or a resume: release the waiting mail, and have its cards say so, step by step."""

from core.campaigns import waiting_mail
from core.db import transaction
from core.ids import UUID


def apply_campaign_status(campaign_id: UUID) -> None:
    """Have all of the campaign's waiting mail follow its status. Idempotent: begun again if it dies half-way."""
    with transaction() as tx:
        status = waiting_mail.status_of(tx, campaign_id)
    last: UUID | None = None
    while True:
        with transaction() as tx:
            last = waiting_mail.apply_status_to_waiting_mail(tx, campaign_id, last)
            if last is None:
                waiting_mail.record_shown(tx, campaign_id, status)
                return
