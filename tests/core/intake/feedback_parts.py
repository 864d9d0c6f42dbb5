"""What the tests of feedback share: a mail that was sent, what is told of it, and what is known afterwards."""

from typing import Any

import sqlalchemy as sa

from core.actor import Actor
from core.db import transaction
from core.delivery import Claimed
from core.ids import UUID
from core.intake.feedback import FeedbackIn, IngestedFeedback, ingest_feedback
from core.models import Account, Campaign, Offer
from core.taxonomy import Surface
from tests.fixtures.domain import SENT, Domain


def tell(domain: Domain, kind: str, **more: Any) -> IngestedFeedback:
    with transaction() as tx:
        told = FeedbackIn.model_validate({"kind": kind, **more})
        return ingest_feedback(tx, domain.workspace_id, told, Actor(Surface.API, domain.workspace_id))


def sent(domain: Domain, **more: Any) -> tuple[UUID, Claimed, str]:
    """A draft that was sent, its last claim, and its Message-ID."""
    draft = domain.ingest(**more)
    claimed = domain.deliver(draft, SENT)
    return draft, claimed, message_id(domain, claimed)


def message_id(domain: Domain, claimed: Claimed) -> str:
    [(found,)] = domain.rows("SELECT message_id FROM send_attempts WHERE id = %s", claimed.attempt_id)
    return str(found)


def second_campaign(domain: Domain) -> str:
    """A campaign of another offer, which sends from an account of its own."""
    with transaction() as tx:
        offer = tx.execute(
            sa.insert(Offer).values(workspace_id=domain.workspace_id, slug="winter").returning(Offer.id)
        ).scalar_one()
        account = tx.execute(
            sa.insert(Account)
            .values(
                workspace_id=domain.workspace_id,
                address="kim@example.com",
                name="Kim",
                smtp_url="smtp://127.0.0.1:9",
                timezone="UTC",
            )
            .returning(Account.id)
        ).scalar_one()
        tx.execute(
            sa.insert(Campaign).values(
                workspace_id=domain.workspace_id, offer_id=offer, account_id=account, slug="winter", name="Winter"
            )
        )
    return "winter"


def contacts(domain: Domain) -> set[tuple[str, str | None, bool]]:
    return set(domain.rows("SELECT status, suppressed_by, eligible_for_outreach FROM contacts"))


def history(domain: Domain, draft: UUID) -> list[str]:
    return [
        status
        for (status,) in domain.rows(
            "SELECT h.status FROM outreach_history h JOIN send_queue q ON q.id = h.delivery_id WHERE q.draft_id = %s",
            draft,
        )
    ]


DANA = {"email": "dana@example.org", "first_name": "Dana"}
