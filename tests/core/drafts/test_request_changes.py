"""Request changes: a note, and the draft is out of the queue until somebody writes its next version."""

import pytest

from core.errors import BadInput, Conflict, Refusal, Stale
from core.taxonomy import RefusalCode
from core.text.clean import NOTE_LIMIT
from tests.core.drafts.review_parts import ask_changes, row, to_draw
from tests.fixtures.domain import Domain


def test_the_draft_leaves_the_queue_with_a_note(domain: Domain) -> None:
    draft = domain.ingest()
    to_draw(domain, draft)
    ask_changes(draft, note=" Shorter, please.\r\nAnd kinder. ")
    stands = row(domain, draft)
    assert (stands.status, stands.version) == ("pending", 1)
    assert stands.change_note == "Shorter, please.\nAnd kinder."
    assert stands.change_asked_by == domain.member().member_id
    assert to_draw(domain, draft)
    assert domain.events(draft)[-1] == ("request_changes", "needs_review", "pending", None)
    with pytest.raises(Refusal, match="Changes were requested") as refusal:
        domain.approve(draft)
    assert refusal.value.code == RefusalCode.NOTHING_TO_DO


def test_also_of_what_must_be_put_right_first(domain: Domain) -> None:
    draft = domain.ingest(body="Hi {{first_name}}")
    ask_changes(draft)
    assert domain.events(draft)[-1] == ("request_changes", "manual_review", "pending", None)


def test_p11_the_note_stands_in_no_event(domain: Domain) -> None:
    draft = domain.ingest()
    ask_changes(draft, note="Say nothing of Zanzibar.")
    assert "Zanzibar" not in str(domain.rows("SELECT row_to_json(e) FROM message_events e"))


@pytest.mark.parametrize(("body", "status"), [("A shorter text.", "needs_review"), ("Hi {{name}}", "manual_review")])
def test_a_person_writes_the_next_version_and_it_waits_anew(domain: Domain, body: str, status: str) -> None:
    draft = domain.ingest()
    ask_changes(draft)
    domain.sql("UPDATE drafts SET escalated_at = now() WHERE id = %s", draft)
    before = row(domain, draft)
    assert domain.edit(draft, body=body, user="U02BOB") == 2
    after = row(domain, draft)
    assert after.status == status
    assert after.waits_since > before.waits_since
    assert after.escalated_at is None
    assert after.change_note == "Shorter, please.", "whoever reads the new version sees what was asked for"
    assert domain.events(draft)[-1] == ("edit", "pending", status, None)


def test_it_can_be_rejected_meanwhile(domain: Domain) -> None:
    draft = domain.ingest()
    ask_changes(draft)
    domain.reject(draft)
    assert domain.statuses(draft) == ("rejected", [])


@pytest.mark.parametrize(
    ("note", "said"),
    [("  \n ", "Say what should change"), ("x" * (NOTE_LIMIT + 1), "at most 3,000"), ("a\x00b", "control character")],
)
def test_a_note_is_needed_that_can_be_read(domain: Domain, note: str, said: str) -> None:
    draft = domain.ingest()
    with pytest.raises(BadInput, match=said) as bad:
        ask_changes(draft, note=note)
    assert bad.value.field == "note"
    assert domain.statuses(draft) == ("needs_review", [])


def test_whoever_comes_second_is_told(domain: Domain) -> None:
    edited, rejected, asked = domain.ingest(), domain.ingest(), domain.ingest()
    domain.edit(edited)
    domain.reject(rejected)
    ask_changes(asked)
    with pytest.raises(Stale):
        ask_changes(edited)
    with pytest.raises(Conflict):
        ask_changes(rejected)
    with pytest.raises(Refusal, match="waits for a new version"):
        ask_changes(asked, user="U02BOB")
