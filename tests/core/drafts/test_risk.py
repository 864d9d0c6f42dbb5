"""Risk: blocked before review before low, each with its sentences (CHECKLIST 000.10)."""

from typing import Any

import pytest

from core.drafts.risk import Assessment, RiskInput, assess
from core.taxonomy import Risk


def of(**more: Any) -> Assessment:
    known: dict[str, Any] = {
        "email": "dana@example.org",
        "first_name": "Dana",
        "title": "Head of branches",
        "contact_status": "available",
        "suppressed_by": None,
        "kind": "intro",
        "evidence": ["https://example.org/about"],
        "subject": "Hello",
        "body": "Hi Dana,\nhello.",
    }
    return assess(RiskInput(**(known | more)))


def test_a_named_person_with_a_role_and_evidence_is_low() -> None:
    assert of() == of(contact_status="cooling_off") == Assessment(Risk.LOW)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"email": None}, "The contact has no email address."),
        ({"email": "noreply@example.org"}, "Nobody reads this mailbox: it is a no-reply address."),
        ({"email": "dana@mailinator.com"}, "A disposable address: its mailbox is temporary."),
        ({"subject": "For {{ first_name }}"}, "The subject has a placeholder: {{ first_name }}."),
        ({"body": "See {first_name}"}, "The text has a placeholder: {first_name}."),
        ({"body": "Hi null,\nhello."}, "The greeting has no name: “Hi null,”."),
        (
            {"body": "As an AI language model, I cannot"},
            "AI assistant wording: “As an AI language model, I cannot”.",
        ),
        ({"body": "Hi,\nTODO: mention award"}, "The text has a note to its author: “TODO: mention award”."),
    ],
)
@pytest.mark.parametrize("kind", ["intro", "follow_up", "reply"])
def test_what_is_blocked_says_why_for_every_kind(kind: str, more: dict[str, Any], sentence: str) -> None:
    assert of(kind=kind, **more) == Assessment(Risk.BLOCKED, (sentence,))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"contact_status": "do_not_contact"}, "The contact has opted out."),
        ({"suppressed_by": "domain"}, "This domain is on the suppression list."),
        ({"contact_status": "replied"}, "The contact has replied: answer them instead."),
    ],
)
def test_whom_nobody_writes_to_blocks_any_text_and_says_so_first(more: dict[str, Any], sentence: str) -> None:
    found = of(title=None, **more)
    assert (found.risk, found.reasons, found.text_risk) == (Risk.BLOCKED, (sentence,), Risk.REVIEW)
    assert of(email="noreply@example.org", **more).reasons[0] == sentence


def test_who_replied_gets_answers_and_who_opted_out_gets_none() -> None:
    assert of(kind="reply", contact_status="replied").risk == Risk.LOW
    assert of(kind="reply", contact_status="do_not_contact").risk == Risk.BLOCKED


def test_every_reason_is_told_and_what_asks_for_a_look_does_not_hide_what_blocks() -> None:
    found = of(contact_status="do_not_contact", email="noreply@example.org", first_name=None, body="{{ x }}")
    assert (found.risk, len(found.reasons)) == (Risk.BLOCKED, 3)


@pytest.mark.parametrize(
    ("more", "sentences"),
    [
        ({"email": "info@example.org"}, ("A role mailbox, not a person.",)),
        ({"first_name": None}, ("The contact's name is missing.",)),
        ({"title": None}, ("The contact's role is missing.",)),
        ({"first_name": None, "title": None}, ("The contact's name and role are missing.",)),
        ({"first_name": "null"}, ("The contact's name is missing.",)),
        ({"first_name": "FNAME"}, ("The contact's name is missing.",)),
        ({"first_name": "{{ contact.x }}"}, ("The contact's name is missing.",)),
        ({"title": "*|TITLE|*"}, ("The contact's role is missing.",)),
        ({"title": "N/A"}, ("The contact's role is missing.",)),
        ({"evidence": None}, ("No evidence is given.",)),
        ({"evidence": []}, ("Nothing backs up what the text says.",)),
        ({"evidence": ["n/a", "-"]}, ("Nothing backs up what the text says.",)),
        ({"body": "Book here: [link]"}, ("The text may have a placeholder: [link].",)),
    ],
)
def test_what_a_person_looks_at_first_says_why(more: dict[str, Any], sentences: tuple[str, ...]) -> None:
    assert of(**more) == of(kind="follow_up", **more) == Assessment(Risk.REVIEW, sentences)


def test_an_answer_needs_a_name_and_neither_role_nor_evidence() -> None:
    assert of(kind="reply", title=None, evidence=[]) == Assessment(Risk.LOW)
    assert of(kind="reply", title=None, evidence=None) == Assessment(Risk.LOW)
    assert of(kind="reply", first_name=None, title=None).reasons == ("The contact's name is missing.",)


def test_an_answer_may_begin_as_a_model_does_and_a_first_mail_may_not() -> None:
    begins = "Certainly! Thursday at ten."
    assert of(kind="reply", body=begins) == Assessment(Risk.LOW)
    assert of(body=begins).risk == Risk.REVIEW
