"""What a hostile reading of the spine found, each as it was found: the way that must not exist any more."""

import threading

import pytest

from core.cards.draft_card import draft_card
from core.cards.limits.lint import lint_message
from core.db import transaction
from core.errors import Stale
from core.mail.mime import html_from_text
from core.views.draft import read
from tests.fixtures.domain import REFUSED, Domain


def test_a_mail_that_cannot_be_built_does_not_block_the_queue_behind_it(domain: Domain) -> None:
    broken, sound = domain.ingest(), domain.ingest()
    domain.sql("ALTER TABLE contacts DISABLE TRIGGER guard_contact")  # nothing that we take in gets this far
    domain.sql(
        "UPDATE contacts SET email = 'dana at example' FROM drafts WHERE drafts.contact_id = contacts.id"
        " AND drafts.id = %s",
        broken,
    )
    domain.approve(broken)
    domain.approve(sound)
    assert domain.try_claim() is None
    assert domain.state(broken) == "failed_back"
    assert domain.claim().draft_id == sound


def test_p3_a_sender_that_nobody_read_is_not_approved(domain: Domain) -> None:
    draft = domain.ingest()
    with transaction() as tx:
        from core.drafts.versions import begin_round
        from core.models import Draft

        assert begin_round(tx, Draft.id == draft) == [draft]
    with pytest.raises(Stale):
        domain.approve(draft, version=1)
    domain.approve(draft, version=2)
    assert b"this is letter 1" in domain.claim().mime


def test_p1_a_second_click_after_a_fast_failure_approves_nothing(domain: Domain) -> None:
    draft = domain.ingest()
    claimed = domain.deliver(draft, REFUSED)
    with pytest.raises(Stale):
        domain.approve(draft, version=1)
    assert domain.state(draft) == "failed_back"
    assert domain.rows("SELECT count(*) FROM send_queue WHERE draft_id = %s", draft) == [(1,)]
    assert domain.rows("SELECT outcome FROM send_attempts WHERE id = %s", claimed.attempt_id) == [("not_sent",)]


def test_p7_a_pause_waits_for_no_draft(domain: Domain) -> None:
    """A queue of any length, and drafts that others hold: the pause is one row."""
    draft = domain.ingest()
    domain.approve(draft)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with domain.connect() as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT FROM drafts WHERE id = %s FOR UPDATE", (draft,))
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(10)
        assert domain.pause() == 1
    finally:
        done.set()
        holder.join()
    assert domain.try_claim() is None


def test_what_is_shown_is_the_live_delivery_whatever_the_clocks_of_the_machines_say(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, REFUSED)
    domain.sql("ALTER TABLE send_queue DISABLE TRIGGER USER")
    domain.sql("UPDATE send_queue SET created_at = now() + interval '5 seconds' WHERE draft_id = %s", draft)
    domain.sql("ALTER TABLE send_queue ENABLE TRIGGER USER")
    domain.approve(draft, version=2)
    claimed = domain.claim()
    domain.start(claimed)
    assert domain.state(draft) == "sending"
    facts = domain.view(draft)
    assert facts.reason is None


def test_the_longest_names_make_a_card_that_slack_takes(domain: Domain) -> None:
    to = {"email": "dana@example.org", "first_name": "&" * 200, "last_name": "<" * 200, "company": ">" * 200}
    draft = domain.ingest(to=to, subject="&" * 250, body="<" * 100_000)
    with transaction() as tx:
        facts = read(tx, draft)
    assert facts is not None
    assert lint_message(draft_card(facts, "https://signoff.example.com/drafts/1")) == []


def test_an_address_made_of_brackets_is_read_once() -> None:
    text = "http://x" + ")" * 99_000
    assert "http://x</a>)" in html_from_text(text)
