"""A version is a text, and a round of review is what a click names (P3): the one grows with texts only, the other
whenever the draft stands before its readers anew."""

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core.db import transaction
from core.drafts.versions import begin_round
from core.errors import Stale
from core.ids import UUID
from core.models import Draft
from core.views.draft_page import read as read_page
from core.views.history import versions
from tests.core.drafts.review_parts import ask_changes, row, rules, settings, take_back
from tests.fixtures.domain import REFUSED, Domain


def texts(domain: Domain, draft: UUID) -> list[int]:
    return [
        number for (number,) in domain.rows("SELECT version FROM draft_versions WHERE draft_id = %s ORDER BY 1", draft)
    ]


def numbers(domain: Domain, draft: UUID) -> tuple[int, int]:
    stands = row(domain, draft)
    return stands.version, stands.review_round


def test_an_undo_writes_no_version_and_its_card_is_stale(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft = domain.ingest()
    domain.approve(draft)
    take_back(draft)
    assert (texts(domain, draft), numbers(domain, draft)) == ([1], (1, 2))
    with pytest.raises(Stale) as stale:
        domain.approve(draft, version=1)
    assert stale.value.current == 2
    assert domain.statuses(draft) == ("needs_review", ["cancelled"])
    domain.approve(draft, version=2)
    assert domain.rows("SELECT content_version FROM send_queue WHERE status = 'queued'") == [(1,)]


def test_an_undo_of_an_earlier_approval_leaves_the_later_one(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft = domain.ingest()
    domain.approve(draft)
    take_back(draft)
    domain.approve(draft, version=2)
    with pytest.raises(Stale):
        take_back(draft, version=1)
    assert domain.statuses(draft) == ("approved", ["cancelled", "queued"])


def test_a_failed_delivery_writes_no_version_and_its_card_is_stale(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, REFUSED)
    assert (texts(domain, draft), numbers(domain, draft)) == ([1], (1, 2))
    with pytest.raises(Stale):
        domain.approve(draft, version=1)


def test_another_sender_begins_a_round_of_the_same_text(domain: Domain) -> None:
    draft = domain.ingest()
    with transaction() as tx:
        assert begin_round(tx, Draft.id == draft) == [draft]
    assert (texts(domain, draft), numbers(domain, draft)) == ([1], (1, 2))


def test_an_edit_is_a_version_and_a_round(domain: Domain) -> None:
    draft = domain.ingest()
    assert domain.edit(draft) == 2
    assert (texts(domain, draft), numbers(domain, draft)) == ([1, 2], (2, 2))


def test_the_same_text_saved_again_is_no_version_and_no_event(domain: Domain) -> None:
    draft = domain.ingest()
    view = domain.view(draft)
    assert domain.edit(draft, subject=view.subject, body=view.body) == 1
    assert (texts(domain, draft), numbers(domain, draft)) == ([1], (1, 1))
    assert domain.verbs(draft) == ["ingest"]


def test_the_same_text_saved_where_changes_were_asked_for_comes_back_as_it_is(domain: Domain) -> None:
    draft = domain.ingest()
    ask_changes(draft)
    view = domain.view(draft)
    assert domain.edit(draft, subject=view.subject, body=view.body) == 1
    assert domain.statuses(draft)[0] == "needs_review"
    assert (texts(domain, draft), numbers(domain, draft)) == ([1], (1, 2)), "a card from before the request is stale"
    assert domain.rows("SELECT data FROM message_events WHERE verb = 'edit'") == [({"version": 1, "same_text": True},)]


def test_an_endorsement_counts_in_its_own_round_only(domain: Domain) -> None:
    rules(domain, quorum=2)
    settings(domain, undo_seconds=60)
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.vote(draft, user="U02BOB")
    take_back(draft)
    assert domain.view(draft).endorsed_by == ()
    assert domain.vote(draft, version=2, user="U01ALICE").have == 1  # type: ignore[union-attr]  # one of two
    assert domain.statuses(draft)[0] == "needs_review"


def test_texts_that_an_older_signoff_wrote_twice_are_shown_once(domain: Domain) -> None:
    draft = domain.ingest()
    domain.edit(draft)
    with domain.connect() as connection, connection.transaction():
        connection.execute("UPDATE drafts SET version = 3 WHERE id = %s", (draft,))
        connection.execute(
            "INSERT INTO draft_versions SELECT draft_id, 3, subject, body, edited_by, surface, created_at"
            " FROM draft_versions WHERE draft_id = %s AND version = 2",
            (draft,),
        )
    domain.edit(draft, version=3, body="A third text.")
    with transaction() as tx:
        assert [shown.number for shown in versions(tx, draft)] == [4, 2, 1]
        assert [shown.number for shown in versions(tx, draft, since=3)] == [4, 2], "with what the edit began from"
        page = read_page(tx, domain.workspace_id, draft)
    assert page is not None
    assert [shown.number for shown in page.versions] == [4, 2, 1]


# --- P4: the database itself ---


def test_p4_a_round_never_comes_again(domain: Domain) -> None:
    draft = domain.ingest()
    domain.edit(draft)
    with pytest.raises(pg.IntegrityError, match="earlier round"):
        domain.sql("UPDATE drafts SET review_round = 1 WHERE id = %s", draft)


def test_p4_a_text_and_a_return_begin_a_round_whoever_writes_them(domain: Domain) -> None:
    """As an older Signoff does, that knows of no rounds."""
    draft = domain.ingest()
    with domain.connect() as connection, connection.transaction():
        connection.execute("UPDATE drafts SET version = 2 WHERE id = %s", (draft,))
        connection.execute("INSERT INTO draft_versions VALUES (%s, 2, 'S', 'B', NULL, 'api', now())", (draft,))
    assert numbers(domain, draft) == (2, 2)
    domain.approve(draft, version=2)
    with domain.connect() as connection, connection.transaction():
        connection.execute("UPDATE send_queue SET status = 'cancelled' WHERE draft_id = %s", (draft,))
        connection.execute(
            "UPDATE drafts SET status = 'needs_review', decided_by = NULL, decided_at = NULL WHERE id = %s", (draft,)
        )
    assert numbers(domain, draft) == (2, 3)


def test_p4_no_text_waits_under_a_number_to_come(domain: Domain) -> None:
    draft = domain.ingest()
    with pytest.raises(pg.IntegrityError, match="not the one that this draft has"):
        domain.sql("INSERT INTO draft_versions VALUES (%s, 2, 'S', 'B', NULL, 'api', now())", draft)


def test_p4_an_approval_of_an_earlier_round_is_none(domain: Domain) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    with transaction() as tx:
        begin_round(tx, sa.true())
    alice = domain.member().member_id
    with pytest.raises(pg.IntegrityError, match="is not in review"):
        domain.sql(
            "INSERT INTO draft_approvals (draft_id, review_round, version, member_id, timing, surface)"
            " VALUES (%s, 1, 1, %s, 'earliest', 'api')",
            draft,
            alice,
        )
