"""A moment to come in few words; and what a card and a reader are told of mail that waits."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from core.cards.draft_card import draft_card
from core.db import transaction
from core.delivery.explain import explain_wait
from core.ids import UUID
from core.text.phrases import when
from tests.fixtures.domain import SENT, Domain

FRIDAY = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (FRIDAY + timedelta(hours=1), "15:05"),
        (datetime(2026, 11, 21, 0, 0, tzinfo=UTC), "Sat 00:00"),
        (datetime(2026, 11, 23, 9, 12, tzinfo=UTC), "Mon 09:12"),
        (datetime(2026, 11, 27, 9, 0, tzinfo=UTC), "Fri 27 Nov 09:00"),  # "Fri" alone would be today
        (datetime(2027, 1, 4, 9, 0, tzinfo=UTC), "Mon 4 Jan 2027 09:00"),
        (FRIDAY - timedelta(days=1), "Thu 19 Nov 14:05"),
    ],
)
def test_it_names_the_day_unless_it_is_today(at: datetime, told: str) -> None:
    assert when(at, FRIDAY, "UTC") == told


def test_today_is_where_the_reader_is() -> None:
    at = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert when(at, FRIDAY, "Europe/Berlin") == "Sat 00:30"
    assert when(at, FRIDAY, "America/New_York") == "18:30"


def card_of(domain: Domain, draft: UUID) -> str:
    [state] = [block for block in draft_card(domain.view(draft), "")["blocks"] if block.get("block_id") == "state"]
    return str(state["text"]["text"])


def test_a_card_says_until_when_and_why(domain: Domain) -> None:
    domain.sql("UPDATE accounts SET daily_limit_emails = 1")
    domain.deliver(domain.ingest(), SENT)
    second = domain.ingest()
    domain.approve(second)
    told = re.sub(r"<!date\^\d+\^[^|]*\|([^>]*)>", r"\1", card_of(domain, second))
    assert re.search(r"waits until \w{3} 00:00: sam@example.com has reached today's limit of 1\.$", told)


def test_a_card_of_a_paused_account_names_no_time(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    domain.sql("UPDATE accounts SET status = 'paused', paused_reason = 'The password changed.'")
    assert card_of(domain, draft).endswith("waits: The account sam@example.com is paused: The password changed.")


def test_mail_that_is_tried_again_later_waits_at_least_until_then(domain: Domain) -> None:
    """A limit that ends sooner than the wait between two tries does not make it due."""
    draft = domain.ingest()
    delivery = domain.approve(draft).delivery_id
    due = datetime.now(UTC) + timedelta(days=9)
    domain.sql("UPDATE send_queue SET due_at = %s, reason = 'The mail server refused it.'", due)
    domain.sql("UPDATE accounts SET next_spaced_at = now() + interval '5 minutes'")
    with transaction() as tx:
        waiting = explain_wait(tx, delivery, domain.account_id)
    assert waiting is not None
    assert waiting.code == "spacing"
    assert waiting.until == due
