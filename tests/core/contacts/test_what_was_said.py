"""What contacts say of themselves, one person with several contacts, and what counts as an answer or a step."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import sqlalchemy as sa

from core.contacts.contacts import lock_person
from core.db import transaction
from core.ids import new_id
from tests.core.contacts.person_parts import DANA, MAIL, TO_DANA, VARIANTS, in_sequence, is_held, linked, other, send
from tests.core.delivery.claim_parts import Seat, contact, days_pass, delivery, queued, seat, wrote
from tests.fixtures.domain import HELD_BACK, Domain
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.slow

__all__ = ["other"]


def test_every_contact_of_the_person_is_told(domain: Domain, other: Seat) -> None:
    third = seat(domain, "spring")
    waits = queued(domain, to=TO_DANA)
    queued(other, to=TO_DANA)
    queued(third, to={"email": "dana.private@example.net"})
    linked(domain, MAIL, DANA)
    linked(third, "dana.private@example.net", VARIANTS[3])
    send(domain, waits)
    for each, email in ((domain, MAIL), (other, MAIL), (third, "dana.private@example.net")):
        row = contact(each, email)
        assert (row.status, row.eligible_for_outreach) == ("cooling_off", False)
        assert row.last_contacted_at == domain.rows("SELECT contacted_at FROM outreach_history")[0][0]


def test_a_new_contact_of_somebody_known_knows_it_at_once(domain: Domain, other: Seat) -> None:
    send(domain, queued(domain, to=TO_DANA))
    other.ingest(to={"email": "DANA@example.org"})
    row = contact(other, MAIL)
    assert (row.status, row.eligible_for_outreach) == ("cooling_off", False)
    assert row.last_contacted_at == contact(domain, MAIL).last_contacted_at


def test_a_profile_that_is_learnt_later_brings_its_history(domain: Domain, other: Seat) -> None:
    first = queued(domain, to=TO_DANA)
    linked(domain, MAIL, DANA)
    send(domain, first)
    other.ingest(to={"email": "dana.private@example.net"})
    assert contact(other, "dana.private@example.net").status == "available"
    linked(other, "dana.private@example.net", VARIANTS[0])
    assert contact(other, "dana.private@example.net").status == "cooling_off"


def test_dates_never_move_back(domain: Domain) -> None:
    domain.ingest(to=TO_DANA)
    wrote(domain, MAIL, days=10)
    late = contact(domain, MAIL).last_contacted_at
    for days, status in ((100, "sent"), (30, "unknown"), (20, "bounced"), (5, "failed")):
        wrote(domain, MAIL, days=days, status=status)
        assert contact(domain, MAIL).last_contacted_at == late
    domain.sql("UPDATE outreach_history SET status = 'bounced' WHERE status = 'unknown'")
    assert contact(domain, MAIL).last_contacted_at == late


def test_sixty_days_later_the_daily_refresh_makes_a_contact_available_again(domain: Domain) -> None:
    send(domain, queued(domain, to=TO_DANA))
    assert refreshed(domain) == 0
    domain.sql("ALTER TABLE contacts DISABLE TRIGGER keep_contact")  # time passes without a write
    days_pass(domain, 60)
    domain.sql("ALTER TABLE contacts ENABLE TRIGGER keep_contact")
    assert contact(domain, MAIL).status == "cooling_off"
    assert refreshed(domain) == 1
    row = contact(domain, MAIL)
    assert (row.status, row.eligible_for_outreach) == ("available", True)
    assert refreshed(domain) == 0


def refreshed(domain: Domain) -> int:
    changed: int = domain.rows("SELECT refresh_outreach_eligibility()")[0][0]
    return changed


@pytest.mark.parametrize("status", ["replied", "do_not_contact"])
def test_who_replied_or_opted_out_is_never_revived(domain: Domain, status: str) -> None:
    domain.ingest(to=TO_DANA)
    wrote(domain, MAIL, days=100)
    domain.sql("UPDATE contacts SET status = %s", status)
    for act in (
        lambda: wrote(domain, MAIL, days=70),
        lambda: domain.sql("UPDATE outreach_history SET status = 'bounced'"),
        lambda: refreshed(domain),
        lambda: days_pass(domain, 100),
        lambda: refreshed(domain),
        lambda: domain.ingest(to=TO_DANA | {"company": "Example"}),
    ):
        act()
        row = contact(domain, MAIL)
        assert (row.status, row.eligible_for_outreach) == (status, False)


def test_a_reply_reaches_every_contact_but_takes_back_no_opt_out(domain: Domain, other: Seat) -> None:
    send(domain, queued(domain, to=TO_DANA))
    other.ingest(to=TO_DANA)
    domain.sql(
        "UPDATE contacts SET status = 'do_not_contact' WHERE offer_id = (SELECT offer_id FROM campaigns WHERE id = %s)",
        other.campaign_id,
    )
    domain.sql("UPDATE outreach_history SET status = 'replied'")
    assert contact(domain, MAIL).status == "replied"
    assert contact(other, MAIL).status == "do_not_contact"


# --- one person, several contacts ---


def test_an_opt_out_in_one_offer_is_obeyed_in_every_other_even_where_nobody_was_told(
    domain: Domain, other: Seat
) -> None:
    """The second contact is made while the opt-out is being written: neither sees the other."""
    domain.ingest(to=TO_DANA | {"linkedin_url": DANA})
    with domain.connect() as writing:
        writing.execute("BEGIN")
        writing.execute("UPDATE contacts SET status = 'do_not_contact'")
        waits = queued(other, to={"email": "dana.private@example.net", "linkedin_url": DANA})
        claimed = other.claim()
        writing.execute("COMMIT")
    assert contact(other, "dana.private@example.net").status == "available"
    assert not other.start(claimed)
    other.finish(claimed, HELD_BACK)
    assert other.try_claim() is None
    row = delivery(other, waits)
    assert (row.status, row.held_code) == ("skipped", "opted_out")


@pytest.mark.parametrize("status", ["do_not_contact", "replied"])
def test_whoever_turns_out_to_have_opted_out_is_marked_in_every_offer(domain: Domain, other: Seat, status: str) -> None:
    domain.ingest(to=TO_DANA | {"linkedin_url": DANA})
    domain.sql("UPDATE contacts SET status = %s", status)
    private = {"email": "dana.private@example.net"}
    other.ingest(to=private)
    domain.ingest(to=private)
    domain.ingest(to=private | {"linkedin_url": DANA})  # known to be the same person now, in this offer
    for each in (domain, other):
        assert contact(each, private["email"]).status == status


@pytest.mark.parametrize(("said", "marker"), [("do_not_contact", "opted_out:"), ("replied", "replied:")])
def test_a_careless_client_cannot_write_to_whom_another_contact_spoke_for(
    domain: Domain, other: Seat, said: str, marker: str
) -> None:
    domain.ingest(to=TO_DANA)
    waits = queued(other, to=TO_DANA)
    domain.sql("UPDATE contacts SET status = %s WHERE id = %s", said, contact(domain, MAIL).id)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=marker):
        domain.sql(
            "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(),"
            " lease_until = now() + interval '1 minute' WHERE id = %s",
            waits,
        )


def test_a_contact_is_not_made_while_what_came_back_of_this_person_is_being_taken_in(
    domain: Domain, other: Seat
) -> None:
    domain.ingest(to=TO_DANA)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            lock_person(tx, domain.workspace_id, [MAIL])
            tx.execute(sa.text("UPDATE contacts SET status = 'do_not_contact'"))
            making = pool.submit(other.ingest, to=TO_DANA)
            wait_until(lambda: domain.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
        making.result()
    assert contact(other, MAIL).status == "do_not_contact"


# --- what counts as an answer, and as a step ---


def test_a_reply_to_somebody_who_never_wrote_passes_nothing(domain: Domain) -> None:
    """Whatever was approved before the database knew better."""
    waits = queued(domain, to=TO_DANA, kind="reply")
    domain.sql("ALTER TABLE drafts DISABLE TRIGGER keep_what_it_is")
    domain.sql("UPDATE drafts SET inbound_message_id = NULL")
    domain.sql("DELETE FROM inbound_messages")
    wrote(domain, MAIL, days=1)
    assert is_held(domain, waits)


def test_a_second_beginning_of_a_sequence_waits_for_the_sixty_days(domain: Domain) -> None:
    sequence = new_id()
    first = queued(domain, to=TO_DANA)
    in_sequence(domain, first, sequence)
    send(domain, first)
    again = queued(domain, to=TO_DANA)
    in_sequence(domain, again, sequence)
    assert is_held(domain, again)


def test_whom_we_wrote_to_and_when_stays_written_down(domain: Domain) -> None:
    wrote(domain, MAIL, days=1)
    for statement in (
        "DELETE FROM outreach_history",
        "TRUNCATE outreach_history",
        "UPDATE outreach_history SET contacted_at = contacted_at - interval '61 days'",
        "UPDATE outreach_history SET email_folded = 'erin@example.org'",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is refused"):
            domain.sql(statement)
    domain.sql("UPDATE outreach_history SET contacted_at = contacted_at + interval '1 hour', status = 'bounced'")


def test_a_reply_that_came_in_meanwhile_keeps_an_intro_from_starting(domain: Domain) -> None:
    queued(domain, to=TO_DANA)
    intro = domain.claim()
    domain.sql("UPDATE contacts SET status = 'replied'")
    assert not domain.start(intro)
    domain.finish(intro, HELD_BACK)
    answer = queued(domain, to=TO_DANA, kind="reply")
    claimed = domain.claim()
    assert claimed.delivery_id == answer
    assert domain.start(claimed)
