"""What came back of a mail of which nobody knew whether it left: then it left."""

from typing import Any

import pytest

from core.cards.draft_card import draft_card
from core.db import transaction
from core.delivery.unknown import read_unknown
from core.ids import UUID
from tests.core.delivery.unknown_parts import again, lost
from tests.core.intake.feedback_parts import history, message_id, sent, tell
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow


def confirmed(domain: Domain, draft: UUID) -> list[tuple[Any, ...]]:
    """Each confirmation of a draft: which attempt, by which evidence, who told it."""
    return domain.rows(
        "SELECT attempt_id, from_status, to_status, data ->> 'evidence', data ->> 'evidence_code', surface"
        " FROM message_events WHERE verb = 'confirm' AND draft_id = %s",
        draft,
    )


@pytest.mark.parametrize(
    ("kind", "more", "line", "said"),
    [
        ("bounce", {}, "bounced", "Bounced"),
        ("bounce", {"hard": False}, "bounced", "Bounced"),
        ("complaint", {}, "sent", "Reported as spam"),
        ("reply", {}, "replied", "Answered"),
        ("unsubscribe", {}, "sent", "Unsubscribed"),
    ],
)
def test_whatever_names_the_mail_shows_that_it_arrived(
    domain: Domain, kind: str, more: dict[str, Any], line: str, said: str
) -> None:
    draft, claimed = lost(domain)
    tell(domain, kind, message_id=message_id(domain, claimed), at="2026-11-19T12:00:00Z", **more)
    verb = {"complaint": "complain"}.get(kind, kind)
    assert confirmed(domain, draft) == [(claimed.attempt_id, "outcome_unknown", "sent", "delivery_report", verb, "api")]
    assert history(domain, draft) == [line]
    with transaction() as tx:
        assert read_unknown(tx, draft) is None
    card = str(draft_card(domain.view(draft), "https://signoff.example.com/drafts/1"))
    assert (said in card, "Outcome unknown" in card, "may have arrived" in card) == (True, False, False)
    tell(domain, kind, message_id=message_id(domain, claimed), **more)
    assert len(confirmed(domain, draft)) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [("bounce", "sent"), ("complaint", "sent"), ("reply", "outcome_unknown"), ("unsubscribe", "outcome_unknown")],
)
def test_who_names_the_draft_alone_may_speak_of_something_else(domain: Domain, kind: str, status: str) -> None:
    """A person may answer a letter of before, or call."""
    draft, _ = lost(domain)
    tell(domain, kind, draft="key-1")
    assert domain.statuses(draft) == ("approved", [status])


def test_a_mail_whose_outcome_is_known_is_not_confirmed_anew(domain: Domain) -> None:
    draft, _, message = sent(domain)
    tell(domain, "reply", message_id=message)
    assert confirmed(domain, draft) == []


def test_a_given_up_mail_that_is_answered_stops_the_second_one(domain: Domain) -> None:
    """An admin said that it did not arrive. It did: the second one, which is on its way, does not leave."""
    draft, first = lost(domain)
    again(domain, draft, first)
    tell(domain, "reply", message_id=message_id(domain, first))
    assert domain.statuses(draft) == ("approved", ["sent"])
    assert domain.try_claim() is None
