"""Edit, Reject and Read all: their modals open at once, keep what was typed, and say what became of it."""

from typing import Any

import pytest

from core.ids import UUID
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack, live_buttons
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until


def opened(domain_with_slack: DomainWithSlack, member: str, draft: UUID, action: str, words: str) -> Any:
    """Click, and wait for the modal that says `words`."""
    assert domain_with_slack.slack.click(member, domain_with_slack.card(member, draft), action).ok
    return domain_with_slack.modal(member, words)


def prefilled(view: Any) -> dict[str, Any]:
    return {
        block["block_id"]: block["element"].get("initial_value")
        for block in view["blocks"]
        if block["type"] == "input" and block["element"]["type"] == "plain_text_input"
    }


# --- edit ---


def test_edit_opens_loading_first_and_then_the_latest_text(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    assert prefilled(view) == {"subject": "Hello number 1", "body": "Hi Dana,\n\nthis is letter 1.\n\nSam"}
    assert [call["method"] for call in domain_with_slack.slack.calls() if call["method"].startswith("views.")] == [
        "views.open",
        "views.update",
    ]


def test_saving_makes_a_new_version_on_every_card_and_names_its_author(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, BOB, draft, "edit_draft", "Save")
    result = domain_with_slack.slack.submit(BOB, view, {"subject": " Better ", "body": "A better text.\r\nSam"})
    assert (result.ok, result.action) == (True, "close")
    assert domain_with_slack.rows("SELECT version, subject, body FROM draft_versions ORDER BY version")[1:] == [
        (2, "Better", "A better text.\nSam")
    ]
    wait_until(lambda: domain_with_slack.rings()["cards"], what="the ring")
    domain_with_slack.sync(draft)
    for member in REVIEWERS:
        shown = str(domain_with_slack.card(member, draft)["blocks"])
        assert "A better text." in shown
        assert f"Edited by <@{BOB}>" in shown
        assert f"{draft}:2" in shown
    assert domain_with_slack.events(draft)[-1] == ("edit", "needs_review", "needs_review", None)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"subject": "One\u2028two"}, "subject", "The subject contains a line break"),
        ({"subject": "   "}, "subject", "The subject is empty."),
        ({"body": " \n "}, "body", "The body is empty."),
        ({"body": "Bell \x07"}, "body", "The body contains a control character."),
        ({"body": "Null \x00"}, "body", "The body contains a control character."),
        ({"subject": "Null \x00"}, "subject", "The subject contains"),
    ],
)
def test_what_cannot_be_saved_is_told_under_its_field_and_the_modal_stays(
    domain_with_slack: DomainWithSlack, typed: dict[str, str], field: str, sentence: str
) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    result = domain_with_slack.slack.submit(ALICE, view, typed)
    assert result.action == "errors"
    assert sentence in result.errors[field]
    assert len(domain_with_slack.slack.views(ALICE)) == 1
    assert domain_with_slack.verbs(draft) == ["ingest"]


def test_p3_a_stale_save_shows_both_texts_and_overwrites_nothing(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.edit(draft, user=BOB, body="Bob was faster.")
    result = domain_with_slack.slack.submit(ALICE, view, {"subject": "Mine", "body": "My own text."})
    assert result.action == "update"
    both = domain_with_slack.modal(ALICE, f"<@{BOB}> changed this draft at")
    assert "Bob was faster." in str(both)
    assert prefilled(both) == {"subject": "Mine", "body": "My own text."}
    assert domain_with_slack.view(draft).body == "Bob was faster."
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "stale_version")
    assert domain_with_slack.slack.submit(ALICE, both, {}).errors == {"keep": "Please complete this required field."}
    assert domain_with_slack.slack.submit(ALICE, both, {"keep": "mine"}).action == "close"
    assert domain_with_slack.view(draft).body == "My own text."
    assert domain_with_slack.view(draft).version == 3


def test_whoever_keeps_the_others_text_still_has_their_own_to_copy(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.edit(draft, user=BOB, body="Bob was faster.")
    domain_with_slack.slack.submit(ALICE, view, {"body": "My own text."})
    both = domain_with_slack.modal(ALICE, "Keep which version?")
    assert domain_with_slack.slack.submit(ALICE, both, {"keep": "theirs"}).action == "update"
    assert "My own text." in str(domain_with_slack.modal(ALICE, "Their version was kept."))
    assert (domain_with_slack.view(draft).body, domain_with_slack.view(draft).version) == ("Bob was faster.", 2)


def test_a_third_text_asks_again(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.edit(draft, user=BOB, body="Bob was faster.")
    domain_with_slack.slack.submit(ALICE, view, {"body": "My own text."})
    both = domain_with_slack.modal(ALICE, "Bob was faster.")
    domain_with_slack.edit(draft, version=2, user=CAROL, body="And Carol, too.")
    assert domain_with_slack.slack.submit(ALICE, both, {"keep": "mine"}).action == "update"
    assert prefilled(domain_with_slack.modal(ALICE, "And Carol, too."))["body"] == "My own text."
    assert domain_with_slack.view(draft).body == "And Carol, too."


def test_a_save_after_the_decision_changes_nothing_and_keeps_the_text_to_copy(
    domain_with_slack: DomainWithSlack,
) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.approve(draft, user=BOB)
    assert domain_with_slack.slack.submit(ALICE, view, {"body": "Too late."}).action == "update"
    kept = str(domain_with_slack.modal(ALICE, "Your text was not saved"))
    assert "Bob Brown approved this" in kept
    assert "Too late." in kept
    assert domain_with_slack.view(draft).version == 1


def test_edit_of_a_decided_draft_says_so(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    domain_with_slack.reject(draft, user=BOB)
    assert domain_with_slack.slack.click(ALICE, card, "edit_draft").ok
    assert prefilled(domain_with_slack.modal(ALICE, "Somebody has already decided on this draft")) == {}


def test_a_long_text_is_edited_in_parts_and_put_together_again(domain_with_slack: DomainWithSlack) -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 100 for number in range(12)]
    draft = domain_with_slack.shown(body="\n\n".join(paragraphs))
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    filled = prefilled(view)
    names = [name for name in filled if name.startswith("body")]
    assert len(names) == 3
    assert all(len(filled[name]) < 3_000 for name in names)
    domain_with_slack.slack.submit(ALICE, view, {names[1]: "The middle, written anew."})
    body = domain_with_slack.view(draft).body
    assert body.startswith("Paragraph 0.")
    assert "\n\nThe middle, written anew.\n\n" in body
    assert body.rstrip().endswith("word")
    assert "Paragraph 11." in body


@pytest.mark.parametrize("body", ["word " * 700, "\n\n".join(["word " * 400] * 30)], ids=["one paragraph", "too many"])
def test_a_text_too_long_for_slacks_editor_says_so(domain_with_slack: DomainWithSlack, body: str) -> None:
    draft = domain_with_slack.shown(body=body)
    assert prefilled(opened(domain_with_slack, ALICE, draft, "edit_draft", "more than Slack's editor holds")) == {}


def test_an_edit_can_put_a_blocked_draft_right_and_wrong(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown(body="Hi {{first_name}}")
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.slack.submit(ALICE, view, {"body": "Hi Dana"})
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    domain_with_slack.sync(draft)
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.slack.submit(ALICE, view, {"body": "Hi [FIRST NAME]"})
    assert domain_with_slack.statuses(draft) == ("manual_review", [])


def test_a_viewer_gets_a_modal_that_says_no(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.sql("UPDATE members SET role = 'viewer' WHERE slack_user_id = %s", ALICE)
    opened(domain_with_slack, ALICE, draft, "edit_draft", "This needs the role reviewer or above")
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "role_too_low")


def test_a_viewer_cannot_save_what_they_opened_before(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "edit_draft", "Save")
    domain_with_slack.sql("UPDATE members SET role = 'viewer' WHERE slack_user_id = %s", ALICE)
    assert domain_with_slack.slack.submit(ALICE, view, {"body": "Not allowed."}).action == "update"
    assert "This needs the role reviewer or above" in str(domain_with_slack.modal(ALICE, "Not allowed."))
    assert domain_with_slack.view(draft).version == 1


def test_a_trigger_that_is_over_is_told(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    click = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "edit_draft")
    domain_with_slack.slack.advance(4)
    assert domain_with_slack.posts(click).status_code == 200
    domain_with_slack.wait_told(ALICE, "Slack did not open the window in time. Nothing happened; please click again.")
    assert domain_with_slack.slack.views(ALICE) == []


# --- reject ---


def test_reject_asks_why_and_every_card_says_it(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, CAROL, draft, "reject_draft", "Details")
    assert domain_with_slack.slack.submit(CAROL, view, {"reason": " Not  <now>,\nplease. "}).action == "close"
    assert domain_with_slack.statuses(draft) == ("rejected", [])
    assert domain_with_slack.rows("SELECT decision_note FROM drafts") == [("Not <now>, please.",)]
    wait_until(lambda: domain_with_slack.rings()["cards"], what="the ring")
    domain_with_slack.sync(draft)
    for member in REVIEWERS:
        card = domain_with_slack.card(member, draft)
        assert f"*Rejected* by <@{CAROL}>" in str(card)
        assert "Not &lt;now&gt;, please." in str(card)
        assert live_buttons(card) == set()


def test_only_what_may_stay_empty_is_called_optional(domain_with_slack: DomainWithSlack) -> None:
    view = opened(domain_with_slack, ALICE, domain_with_slack.shown(), "reject_draft", "Details")
    why, reason = [block for block in view["blocks"] if block["type"] == "input"]
    assert (why.get("optional", False), reason["optional"]) == (False, True)
    assert why["element"]["initial_option"]["value"] == "own"
    assert domain_with_slack.slack.submit(ALICE, view, {}).errors == {
        "reason": "Give a reason: it helps the draft's author."
    }


def test_a_common_reason_is_enough_and_one_can_say_more(domain_with_slack: DomainWithSlack) -> None:
    first, second = domain_with_slack.shown(), domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, first, "reject_draft", "Details")
    assert domain_with_slack.slack.submit(ALICE, view, {"why": "wrong_tone"}).action == "close"
    view = opened(domain_with_slack, ALICE, second, "reject_draft", "Details")
    assert (
        domain_with_slack.slack.submit(ALICE, view, {"why": "bad_moment", "reason": "After Easter."}).action == "close"
    )
    assert [domain_with_slack.view(draft).decision_note for draft in (first, second)] == [
        "Wrong tone.",
        "Not the right moment. After Easter.",
    ]


@pytest.mark.parametrize("reason", ["", "   ", "\n", "\x00", "Bell \x07"])
def test_a_reason_that_says_nothing_keeps_the_modal_open(domain_with_slack: DomainWithSlack, reason: str) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "reject_draft", "Details")
    result = domain_with_slack.slack.submit(ALICE, view, {"reason": reason})
    assert result.action == "errors"
    assert set(result.errors) == {"reason"}
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


@pytest.mark.parametrize(("meanwhile", "sentence"), [("approve", "Bob Brown approved this"), ("edit", "has changed")])
def test_a_rejection_that_comes_too_late_says_so(
    domain_with_slack: DomainWithSlack, meanwhile: str, sentence: str
) -> None:
    draft = domain_with_slack.shown()
    view = opened(domain_with_slack, ALICE, draft, "reject_draft", "Details")
    getattr(domain_with_slack, meanwhile)(draft, user=BOB)
    assert domain_with_slack.slack.submit(ALICE, view, {"reason": "No."}).action == "update"
    domain_with_slack.modal(ALICE, sentence)
    assert domain_with_slack.statuses(draft)[0] != "rejected"
    assert domain_with_slack.verbs(draft)[-1] == "refuse"


# --- read all ---


def test_a_long_text_is_read_page_by_page(domain_with_slack: DomainWithSlack) -> None:
    body = "".join(f"Line {number} of a long letter.\n" for number in range(1000))
    draft = domain_with_slack.shown(body=body)
    view = opened(domain_with_slack, ALICE, draft, "read_all", "Page 1 of")
    read, pages = "", 1
    while True:
        read += "".join(
            block["text"]["text"]
            for block in view["blocks"]
            if block["type"] == "section" and block["text"]["type"] == "plain_text"
        )
        forth = f"read_page_{pages}"
        if forth not in str(view):
            break
        assert domain_with_slack.slack.click_view(ALICE, view, forth).ok
        pages += 1
        view = domain_with_slack.modal(ALICE, f"Page {pages} of")
    assert read == body
    assert pages >= 3
    assert domain_with_slack.slack.click_view(ALICE, view, f"read_page_{pages - 2}").ok
    domain_with_slack.modal(ALICE, f"Page {pages - 1} of {pages}")


def test_a_viewer_may_read(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown(body="word " * 2000)
    domain_with_slack.sql("UPDATE members SET role = 'viewer' WHERE slack_user_id = %s", ALICE)
    opened(domain_with_slack, ALICE, draft, "read_all", "Page 1 of")
    assert VERA not in str(domain_with_slack.card(ALICE, draft))
