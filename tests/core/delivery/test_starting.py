"""Start: whether a person may be written to, whichever of their contacts knows that they may not (P8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.delivery.leased import contactable
from core.models import Contact
from tests.core.contacts.person_parts import DANA, MAIL, TO_DANA, linked
from tests.core.delivery.claim_parts import guard_off, queued, seat, waits_for_a_lock
from tests.fixtures.domain import Domain
from tests.fixtures.waiting import wait_until


@pytest.mark.parametrize(
    ("known_by", "status", "kinds"),
    [
        (None, "available", {"intro", "follow_up", "reply"}),
        ("another profile", "do_not_contact", {"intro", "follow_up", "reply"}),
        ("their own contact", "replied", {"reply"}),
        ("their own contact", "do_not_contact", set()),
        ("the same address", "replied", {"reply"}),
        ("the same address", "do_not_contact", set()),
        ("the same profile", "replied", {"reply"}),
        ("the same profile", "do_not_contact", set()),
    ],
)
def test_p8_whom_a_mail_may_go_to(domain: Domain, known_by: str | None, status: str, kinds: set[str]) -> None:
    """Another contact of theirs says so at this very moment: theirs carries no mark of it yet."""
    domain.ingest(to=TO_DANA)
    linked(domain, MAIL, DANA)
    other = seat(domain, "winter")
    address = MAIL if known_by == "the same address" else "dana.private@example.net"
    other.ingest(to={"email": address, "first_name": "Dana"})
    if known_by == "the same profile":
        linked(domain, address, DANA)
    theirs, another = (
        each for (each,) in domain.rows("SELECT id FROM contacts ORDER BY offer_id = %s DESC", offer_of(domain))
    )
    with guard_off(domain, "contacts", "spread_answer"):
        domain.sql(
            "UPDATE contacts SET status = %s WHERE id = %s",
            status,
            theirs if known_by == "their own contact" else another,
        )
    with transaction() as tx:
        may = {
            kind
            for kind in ("intro", "follow_up", "reply")
            if tx.scalar(sa.select(contactable(sa.literal(kind))).where(Contact.id == theirs))
        }
    assert may == kinds


def offer_of(domain: Domain) -> object:
    return domain.rows("SELECT offer_id FROM campaigns WHERE id = %s", domain.campaign_id)[0][0]


@pytest.mark.parametrize(("kind", "starts"), [("intro", False), ("reply", True)])
def test_p8_a_reply_that_is_being_recorded_is_waited_for(domain: Domain, kind: str, starts: bool) -> None:
    queued(domain, kind=kind)
    claimed = domain.claim()
    with ThreadPoolExecutor(1) as pool, domain.connect() as other:
        with other.transaction():
            other.execute("UPDATE contacts SET status = 'replied'")
            starting = pool.submit(domain.start, claimed)
            wait_until(lambda: starting.done() or waits_for_a_lock(domain), what="start to wait for the reply")
            assert not starting.done()
        assert starting.result(timeout=20) is starts
