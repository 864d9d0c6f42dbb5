"""Request changes: a note, and the draft is out of the queue until somebody writes its next version."""

import pytest

from core.errors import BadInput, Conflict, Refusal, Stale
from core.taxonomy import RefusalCode
from core.text.clean import NOTE_LIMIT
from tests.core.drafts.review_parts import ask_changes, row, to_draw
from tests.fixtures.desk import Desk


def test_the_draft_leaves_the_queue_with_a_note(desk: Desk) -> None:
    draft = desk.ingest()
    to_draw(desk, draft)
    ask_changes(draft, note=" Shorter, please.\r\nAnd kinder. ")
    stands = row(desk, draft)
    assert (stands.status, stands.version) == ("pending", 1)
    assert stands.change_note == "Shorter, please.\nAnd kinder."
    assert stands.change_asked_by == desk.member().member_id
    assert to_draw(desk, draft)
    assert desk.events(draft)[-1] == ("request_changes", "needs_review", "pending", None)
    with pytest.raises(Refusal, match="Changes were asked for") as refusal:
        desk.approve(draft)
    assert refusal.value.code == RefusalCode.NOTHING_TO_DO


def test_also_of_what_must_be_put_right_first(desk: Desk) -> None:
    draft = desk.ingest(body="Hi {{first_name}}")
    ask_changes(draft)
    assert desk.events(draft)[-1] == ("request_changes", "manual_review", "pending", None)


def test_p11_the_note_stands_in_no_event(desk: Desk) -> None:
    draft = desk.ingest()
    ask_changes(draft, note="Say nothing of Zanzibar.")
    assert "Zanzibar" not in str(desk.rows("SELECT row_to_json(e) FROM message_events e"))


@pytest.mark.parametrize(("body", "status"), [("A shorter text.", "needs_review"), ("Hi {{name}}", "manual_review")])
def test_a_person_writes_the_next_version_and_it_waits_anew(desk: Desk, body: str, status: str) -> None:
    draft = desk.ingest()
    ask_changes(draft)
    desk.sql("UPDATE drafts SET escalated_at = now() WHERE id = %s", draft)
    before = row(desk, draft)
    assert desk.edit(draft, body=body, user="U02BOB") == 2
    after = row(desk, draft)
    assert after.status == status
    assert after.waits_since > before.waits_since
    assert after.escalated_at is None
    assert after.change_note == "Shorter, please.", "whoever reads the new version sees what was asked for"
    assert desk.events(draft)[-1] == ("edit", "pending", status, None)


def test_it_can_be_rejected_meanwhile(desk: Desk) -> None:
    draft = desk.ingest()
    ask_changes(draft)
    desk.reject(draft)
    assert desk.statuses(draft) == ("rejected", [])


@pytest.mark.parametrize(
    ("note", "said"),
    [("  \n ", "Say what should change"), ("x" * (NOTE_LIMIT + 1), "at most 3,000"), ("a\x00b", "control character")],
)
def test_a_note_is_needed_that_can_be_read(desk: Desk, note: str, said: str) -> None:
    draft = desk.ingest()
    with pytest.raises(BadInput, match=said) as bad:
        ask_changes(draft, note=note)
    assert bad.value.field == "note"
    assert desk.statuses(draft) == ("needs_review", [])


def test_whoever_comes_second_is_told(desk: Desk) -> None:
    edited, rejected, asked = desk.ingest(), desk.ingest(), desk.ingest()
    desk.edit(edited)
    desk.reject(rejected)
    ask_changes(asked)
    with pytest.raises(Stale):
        ask_changes(edited)
    with pytest.raises(Conflict):
        ask_changes(rejected)
    with pytest.raises(Refusal, match="waits for its next version"):
        ask_changes(asked, user="U02BOB")
