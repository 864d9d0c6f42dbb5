"""What the tests of one person share: Dana, whom two offers may want to write to."""

from typing import Any

import pytest

from core.ids import UUID
from tests.core.delivery.claim_parts import Seat, delivery, seat
from tests.fixtures.domain import SENT, Domain

DANA = "https://www.linkedin.com/in/dana-1"
MAIL = "dana@example.org"
VARIANTS = [
    "https://linkedin.com/in/dana-1",
    "http://www.linkedin.com/in/dana-1/",
    "www.linkedin.com/in/Dana-1",
    "https://uk.linkedin.com/in/dana-1?trk=public_profile",
    "HTTPS://WWW.LINKEDIN.COM/IN/DANA-1/#about",
    "https://www.linkedin.com/in/dana-1/details/experience/",
    "https://www.linkedin.com/in/dana-1/en/",
    "https://www.linkedin.com/mwlite/in/dana-1/",
    " //linkedin.com//in/dana-1// ",
]
TO_DANA = {"email": MAIL, "first_name": "Dana"}


@pytest.fixture
def other(domain: Domain) -> Seat:
    """Another account, with an offer of its own."""
    return seat(domain, "winter")


def linked(domain: Domain, email: str, url: str | None) -> None:
    domain.sql("UPDATE contacts SET linkedin_url = %s WHERE email_folded = %s", url, email)


def in_sequence(domain: Domain, delivery_id: UUID, sequence: UUID) -> None:
    """Make the delivery's draft a step of this run of a sequence."""
    domain.sql(
        "INSERT INTO sequence_instances (id, workspace_id, contact_id, key)"
        " SELECT %s, workspace_id, contact_id, %s FROM send_queue WHERE id = %s ON CONFLICT DO NOTHING",
        sequence,
        str(sequence),
        delivery_id,
    )
    domain.sql(
        "UPDATE drafts SET sequence_instance_id = %s WHERE id = (SELECT draft_id FROM send_queue WHERE id = %s)",
        sequence,
        delivery_id,
    )


def send(domain: Domain, delivery_id: UUID, outcome: Any = SENT) -> Any:
    claimed = domain.claim()
    assert claimed.delivery_id == delivery_id
    assert domain.start(claimed)
    domain.finish(claimed, outcome)
    return claimed


def is_held(domain: Domain, delivery_id: UUID) -> bool:
    """Whether the claim holds this delivery back for the sixty days."""
    claimed = domain.try_claim()
    row = delivery(domain, delivery_id)
    assert (row.held_code == "sixty_days") == (claimed is None)
    return claimed is None
