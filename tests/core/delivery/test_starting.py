"""Start: whether a person may be written to, whichever of their contacts knows that they may not (P8)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.delivery.leased import contactable
from core.models import Contact
from tests.core.contacts.person_parts import linked
from tests.core.delivery.claim_parts import contact, guard_off, queued, seat, waits_for_a_lock
from tests.fixtures.domain import Domain
from tests.fixtures.waiting import wait_until

#: (which other contact of a person says what, and the kinds of mail that they may still get)
SAID: tuple[tuple[str | None, str, set[str]], ...] = (
    (None, "available", {"intro", "follow_up", "reply"}),
    ("another profile", "do_not_contact", {"intro", "follow_up", "reply"}),
    ("their own contact", "replied", {"reply"}),
    ("their own contact", "do_not_contact", set()),
    ("the same address", "replied", {"reply"}),
    ("the same address", "do_not_contact", set()),
    ("the same profile", "replied", {"reply"}),
    ("the same profile", "do_not_contact", set()),
)


def test_p8_whom_a_mail_may_go_to(domain: Domain) -> None:
    """Another contact of theirs says so at this very moment: theirs carries no mark of it yet."""
    other = seat(domain, "winter")
    for number, (known_by, status, kinds) in enumerate(SAID):
        profile = f"https://www.linkedin.com/in/person-{number}"
        address, another = f"p{number}@example.org", f"private{number}@example.net"
        domain.ingest(to={"email": address})
        if known_by != "the same address":
            linked(domain, address, profile)
        theirs = contact(domain, address).id
        other.ingest(to={"email": address if known_by == "the same address" else another})
        if known_by == "the same profile":
            linked(domain, another, profile)
        says = (
            theirs
            if known_by == "their own contact"
            else contact(other, address if known_by == "the same address" else another).id
        )
        with guard_off(domain, "contacts", "spread_answer"):
            domain.sql("UPDATE contacts SET status = %s WHERE id = %s", status, says)
        with transaction() as tx:
            may = {
                kind
                for kind in ("intro", "follow_up", "reply")
                if tx.scalar(sa.select(contactable(sa.literal(kind))).where(Contact.id == theirs))
            }
        assert may == kinds, (known_by, status)


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
