"""The mail that a claim freezes: its date is the database's, and an answer stands in its thread."""

import email
import email.policy
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from core.cards.draft_card import draft_card
from core.cards.limits.lint import lint_message
from core.db import now, transaction
from core.delivery import Claimed, claiming
from core.intake import feedback
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from core.text.words.outcomes import REASONS
from tests.core.delivery.claim_parts import guard_off
from tests.fixtures.domain import SENT, Domain

pytestmark = pytest.mark.slow


def read(claimed: Claimed) -> EmailMessage:
    return email.message_from_bytes(claimed.mime, policy=email.policy.default)


@pytest.mark.parametrize(
    ("person", "to"),
    [
        ({"first_name": "Dana", "last_name": "Doe"}, "Dana Doe <dana1@example.org>"),
        ({"last_name": "Doe"}, "Doe <dana1@example.org>"),
        ({}, "dana1@example.org"),
    ],
)
def test_the_mail_is_what_was_read(domain: Domain, person: dict[str, str], to: str) -> None:
    domain.approve(domain.ingest(to={"email": "dana1@example.org"} | person))
    claimed = domain.claim()
    message = read(claimed)
    assert (message["From"], message["To"]) == ("Sam Hill <sam@example.com>", to)
    assert (message["Subject"], message["Message-ID"]) == (
        "Hello number 1",
        f"<{claimed.attempt_id.hex}@example.com>",
    )
    assert (message["In-Reply-To"], message["References"]) == (None, None)
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Hi Dana,", "", "this is letter 1.", "", "Sam"]


def test_what_cannot_be_made_into_a_mail_is_back_and_blocks_nothing(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    domain.approve(domain.ingest())
    with guard_off(domain, "contacts", "guard_contact"):
        domain.sql("UPDATE contacts SET email = 'dana1@exa mple.org' WHERE email = 'dana1@example.org'")
    assert domain.try_claim() is None
    assert domain.statuses(draft) == ("needs_review", ["failed"])
    assert domain.view(draft).reason == REASONS[Reason.UNSENDABLE]
    assert domain.events(draft)[-3:] == [
        ("claim", "queued", "claimed", None),
        ("fail", "claimed", "failed", None),
        ("return", "approved", "needs_review", None),
    ]
    [(attempt, *kept)] = domain.rows(
        "SELECT id, message_id, mime, mime_sha256, started_at, outcome, phase, reason FROM send_attempts"
    )
    assert kept == [f"<{attempt.hex}@unsendable.invalid>", b"", "", None, "not_sent", "connect", "unsendable"]
    assert domain.claim().rcpt_to == "dana2@example.org"


@pytest.fixture
def in_kolkata() -> Iterator[None]:
    """This process's own clock is five and a half hours ahead of UTC."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_kolkata")
@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(days=400)])
def test_a_clock_that_jumped_leaves_no_wrong_date(
    domain: Domain, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    class Jumped(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Jumped":  # type: ignore[override]
            return cls.fromtimestamp((datetime.now(UTC) + jump).timestamp(), UTC)

    monkeypatch.setattr(claiming, "datetime", Jumped)
    domain.approve(domain.ingest())
    with transaction() as tx:
        at = now(tx)
    date = read(domain.claim())["Date"].datetime
    assert abs(date - at) < timedelta(minutes=1)
    assert date.utcoffset() == timedelta(0)


def test_an_answer_carries_the_whole_thread(domain: Domain) -> None:
    inbound = {"subject": "Re: Hi", "message_id": "<c@theirs>", "references": "<a@ours>\r\n <b@theirs>"}
    domain.approve(domain.ingest(kind="reply", inbound=inbound))
    message = read(domain.claim())
    assert message["In-Reply-To"] == "<c@theirs>"
    assert str(message["References"]).split() == ["<a@ours>", "<b@theirs>", "<c@theirs>"]


@pytest.mark.parametrize(
    ("stored", "used"), [("no-brackets@theirs", "<no-brackets@theirs>"), ("<no-at>", "<no-at>"), ("a b é", None)]
)
def test_an_id_that_was_stored_as_it_came_costs_no_draft(domain: Domain, stored: str, used: str | None) -> None:
    draft = domain.ingest(kind="reply")
    domain.sql("UPDATE inbound_messages SET message_id = %s", stored)
    domain.approve(draft)
    message = read(domain.claim())
    assert message["In-Reply-To"] == used
    assert message["References"] == used


def test_an_answer_to_a_message_without_anything_leaves(domain: Domain) -> None:
    draft = domain.ingest(kind="reply", inbound={})
    assert domain.view(draft).inbound is not None
    domain.deliver(draft, SENT)
    assert domain.state(draft) == "sent"


# --- what the server called it ---

TOOK = "Ok 0100abc-000"


def test_what_the_server_called_it_is_kept_and_finds_it(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250, reply=TOOK))
    assert domain.rows("SELECT provider_id FROM send_attempts") == [("0100abc-000",)]
    for name in ("<0100abc-000@eu-west-1.amazonses.com>", "0100abc-000"):
        told = feedback.FeedbackIn(kind="bounce", message_id=name)
        with transaction() as tx:
            assert feedback.ingest_feedback(tx, domain.workspace_id, told, domain.member()).draft_id == draft


def test_a_name_that_two_mails_have_is_nobodys(domain: Domain) -> None:
    for _ in range(2):
        domain.sql("UPDATE accounts SET next_spaced_at = NULL")
        domain.deliver(domain.ingest(), Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250, reply=TOOK))
    told = feedback.FeedbackIn(kind="bounce", message_id="0100abc-000")
    with transaction() as tx, pytest.raises(feedback.UnknownMessage, match="more than one"):
        feedback.ingest_feedback(tx, domain.workspace_id, told, domain.member())


def test_what_was_refused_has_no_name_of_the_servers(domain: Domain) -> None:
    refused = Outcome(AttemptOutcome.NOT_SENT, Phase.DOT, Reason.REJECTED_BODY, code=554, reply="queued as 4F3B1A2C")
    domain.deliver(domain.ingest(), refused)
    assert domain.rows("SELECT provider_id FROM send_attempts") == [(None,)]


@pytest.mark.parametrize(
    ("inbound", "shown"),
    [
        ({}, "No subject\n\nNo text"),
        ({"subject": " ", "body": "\n"}, "No subject"),
        ({"subject": "s" * 5_000}, "s" * 200),
    ],
)
def test_a_message_of_theirs_is_on_the_card_as_it_came(domain: Domain, inbound: dict[str, str], shown: str) -> None:
    card = draft_card(domain.view(domain.ingest(kind="reply", inbound=inbound)), "https://signoff.test/drafts/1")
    [letter] = [block for block in card["blocks"] if block.get("block_id") == "inbound"]
    assert letter["text"]["text"].startswith(shown)
    assert not lint_message(card)
