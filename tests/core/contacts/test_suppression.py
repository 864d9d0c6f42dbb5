"""Whoever is on the suppression list, by address, domain or company, is marked and never written to."""

import pytest

from tests.core.contacts.person_parts import MAIL, TO_DANA
from tests.core.delivery.claim_parts import contact, delivery, queued
from tests.fixtures.desk import HELD_BACK, Desk

LISTED = {
    "address": " DANA@example.org ",
    "domain": "@Example.ORG",
    "company": " example ltd ",
}


def suppress(desk: Desk, kind: str, value: str) -> None:
    desk.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, %s, %s, 'asked')",
        desk.workspace_id,
        kind,
        value,
    )


@pytest.mark.parametrize("kind", LISTED)
@pytest.mark.parametrize("known_before", [True, False])
def test_whoever_is_on_the_list_is_marked_and_never_written_to(desk: Desk, kind: str, known_before: bool) -> None:
    person = TO_DANA | {"company": "Example Ltd"}
    if known_before:
        desk.ingest(to=person)
    suppress(desk, kind, LISTED[kind])
    draft = desk.ingest(to=person)
    row = contact(desk, MAIL)
    assert (row.suppressed_by, row.eligible_for_outreach) == (kind, False)
    if desk.state(draft) == "needs_review":
        desk.approve(draft)
        assert desk.try_claim() is None
        assert desk.statuses(draft) == ("needs_review", ["skipped"])


def test_a_domain_covers_what_is_below_it_and_nothing_that_only_ends_like_it(desk: Desk) -> None:
    suppress(desk, "domain", "example.org")
    for address, marked in (
        ("a@mail.example.org", "domain"),
        ("a@x.y.example.org", "domain"),
        ("a@notexample.org", None),
        ("a@example.org.uk", None),
        ("a.example.org@example.net", None),
    ):
        desk.ingest(to={"email": address})
        assert contact(desk, address).suppressed_by == marked


def test_a_company_that_is_learnt_later_is_looked_up(desk: Desk) -> None:
    suppress(desk, "company", "Example Ltd")
    desk.ingest(to=TO_DANA)
    assert contact(desk, MAIL).suppressed_by is None
    desk.ingest(to=TO_DANA | {"company": "EXAMPLE LTD"})
    assert contact(desk, MAIL).suppressed_by == "company"


def test_the_list_is_asked_even_where_a_contact_was_not_marked(desk: Desk) -> None:
    """The contact and the entry can be written at the same time, each by somebody who cannot see the other yet."""
    waits = queued(desk, to=TO_DANA)
    suppress(desk, "address", MAIL)
    desk.sql("UPDATE contacts SET suppressed_by = NULL")
    assert desk.try_claim() is None
    assert delivery(desk, waits).status == "skipped"


@pytest.mark.parametrize("kind", LISTED)
def test_an_entry_is_obeyed_by_mail_that_is_already_connected(desk: Desk, kind: str) -> None:
    waits = queued(desk, to=TO_DANA | {"company": "Example Ltd"})
    claimed = desk.claim()
    suppress(desk, kind, LISTED[kind])
    assert not desk.start(claimed)
    desk.finish(claimed, HELD_BACK)
    assert desk.try_claim() is None
    assert delivery(desk, waits).status == "skipped"


@pytest.mark.parametrize("kind", LISTED)
def test_an_entry_that_is_corrected_names_whom_it_names_now(desk: Desk, kind: str) -> None:
    suppress(desk, kind, "somebody.else")
    queued(desk, to=TO_DANA | {"company": "Example Ltd"})
    claimed = desk.claim()
    desk.sql("UPDATE suppressions SET value_folded = %s", LISTED[kind])
    assert contact(desk, MAIL).suppressed_by == kind
    assert not desk.start(claimed)


def test_an_entry_that_was_being_written_while_the_contact_was_made_is_obeyed(desk: Desk) -> None:
    """Neither could see the other, and the claim could not see the entry: `start` asks the list itself."""
    with desk.connect() as writing:
        writing.execute("BEGIN")
        writing.execute(
            "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
            " VALUES (gen_random_uuid(), %s, 'domain', 'example.org', 'asked')",
            (desk.workspace_id,),
        )
        queued(desk, to=TO_DANA)
        claimed = desk.claim()
        writing.execute("COMMIT")
    assert contact(desk, MAIL).suppressed_by is None
    assert not desk.start(claimed)
