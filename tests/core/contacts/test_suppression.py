"""Whoever is on the suppression list, by address, domain or company, is marked and never written to."""

import pytest

from tests.core.contacts.person_parts import MAIL, TO_DANA
from tests.core.delivery.claim_parts import contact, delivery, queued
from tests.fixtures.domain import HELD_BACK, Domain

LISTED = {
    "address": " DANA@example.org ",
    "domain": "@Example.ORG",
    "company": " example ltd ",
}


def suppress(domain: Domain, kind: str, value: str) -> None:
    domain.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, %s, %s, 'asked')",
        domain.workspace_id,
        kind,
        value,
    )


@pytest.mark.parametrize("kind", LISTED)
@pytest.mark.parametrize("known_before", [True, False])
def test_whoever_is_on_the_list_is_marked_and_never_written_to(domain: Domain, kind: str, known_before: bool) -> None:
    person = TO_DANA | {"company": "Example Ltd"}
    if known_before:
        domain.ingest(to=person)
    suppress(domain, kind, LISTED[kind])
    draft = domain.ingest(to=person)
    row = contact(domain, MAIL)
    assert (row.suppressed_by, row.eligible_for_outreach) == (kind, False)
    if domain.state(draft) == "needs_review":
        domain.approve(draft)
        assert domain.try_claim() is None
        assert domain.statuses(draft) == ("needs_review", ["skipped"])


def test_a_domain_covers_what_is_below_it_and_nothing_that_only_ends_like_it(domain: Domain) -> None:
    suppress(domain, "domain", "example.org")
    for address, marked in (
        ("a@mail.example.org", "domain"),
        ("a@x.y.example.org", "domain"),
        ("a@notexample.org", None),
        ("a@example.org.uk", None),
        ("a.example.org@example.net", None),
    ):
        domain.ingest(to={"email": address})
        assert contact(domain, address).suppressed_by == marked


def test_a_company_that_is_learnt_later_is_looked_up(domain: Domain) -> None:
    suppress(domain, "company", "Example Ltd")
    domain.ingest(to=TO_DANA)
    assert contact(domain, MAIL).suppressed_by is None
    domain.ingest(to=TO_DANA | {"company": "EXAMPLE LTD"})
    assert contact(domain, MAIL).suppressed_by == "company"


def test_the_list_is_asked_even_where_a_contact_was_not_marked(domain: Domain) -> None:
    """The contact and the entry can be written at the same time, each by somebody who cannot see the other yet."""
    waits = queued(domain, to=TO_DANA)
    suppress(domain, "address", MAIL)
    domain.sql("UPDATE contacts SET suppressed_by = NULL")
    assert domain.try_claim() is None
    assert delivery(domain, waits).status == "skipped"


@pytest.mark.parametrize("kind", LISTED)
def test_an_entry_is_obeyed_by_mail_that_is_already_connected(domain: Domain, kind: str) -> None:
    waits = queued(domain, to=TO_DANA | {"company": "Example Ltd"})
    claimed = domain.claim()
    suppress(domain, kind, LISTED[kind])
    assert not domain.start(claimed)
    domain.finish(claimed, HELD_BACK)
    assert domain.try_claim() is None
    assert delivery(domain, waits).status == "skipped"


@pytest.mark.parametrize("kind", LISTED)
def test_an_entry_that_is_corrected_names_whom_it_names_now(domain: Domain, kind: str) -> None:
    suppress(domain, kind, "somebody.else")
    queued(domain, to=TO_DANA | {"company": "Example Ltd"})
    claimed = domain.claim()
    domain.sql("UPDATE suppressions SET value_folded = %s", LISTED[kind])
    assert contact(domain, MAIL).suppressed_by == kind
    assert not domain.start(claimed)


def test_an_entry_that_was_being_written_while_the_contact_was_made_is_obeyed(domain: Domain) -> None:
    """Neither could see the other, and the claim could not see the entry: `start` asks the list itself."""
    with domain.connect() as writing:
        writing.execute("BEGIN")
        writing.execute(
            "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
            " VALUES (gen_random_uuid(), %s, 'domain', 'example.org', 'asked')",
            (domain.workspace_id,),
        )
        queued(domain, to=TO_DANA)
        claimed = domain.claim()
        writing.execute("COMMIT")
    assert contact(domain, MAIL).suppressed_by is None
    assert not domain.start(claimed)
