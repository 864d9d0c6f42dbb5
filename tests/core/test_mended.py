"""What a hostile reading of the spine found, each as it was found: the way that must not exist any more."""

import threading

import pytest

from core.cards.draft_card import draft_card
from core.cards.limits.lint import lint_message
from core.db import transaction
from core.errors import Stale
from core.mail.html_body import html_from_text
from core.views.draft import read
from tests.fixtures.desk import REFUSED, Desk


def test_a_mail_that_cannot_be_built_does_not_block_the_queue_behind_it(desk: Desk) -> None:
    broken, sound = desk.ingest(), desk.ingest()
    desk.sql("ALTER TABLE contacts DISABLE TRIGGER guard_contact")  # nothing that we take in gets this far
    desk.sql(
        "UPDATE contacts SET email = 'dana at example' FROM drafts WHERE drafts.contact_id = contacts.id"
        " AND drafts.id = %s",
        broken,
    )
    desk.approve(broken)
    desk.approve(sound)
    assert desk.try_claim() is None
    assert desk.state(broken) == "failed_back"
    assert desk.claim().draft_id == sound


def test_p3_a_sender_that_nobody_read_is_not_approved(desk: Desk) -> None:
    draft = desk.ingest()
    with transaction() as tx:
        from core.drafts.versions import renew
        from core.models import Draft

        assert renew(tx, Draft.id == draft) == [draft]
    with pytest.raises(Stale):
        desk.approve(draft, version=1)
    desk.approve(draft, version=2)
    assert b"this is letter 1" in desk.claim().mime


def test_p1_a_second_click_after_a_fast_failure_approves_nothing(desk: Desk) -> None:
    draft = desk.ingest()
    claimed = desk.deliver(draft, REFUSED)
    with pytest.raises(Stale):
        desk.approve(draft, version=1)
    assert desk.state(draft) == "failed_back"
    assert desk.rows("SELECT count(*) FROM send_queue WHERE draft_id = %s", draft) == [(1,)]
    assert desk.rows("SELECT outcome FROM send_attempts WHERE id = %s", claimed.attempt_id) == [("not_sent",)]


def test_p7_a_pause_waits_for_no_draft(desk: Desk) -> None:
    """A queue of any length, and drafts that others hold: the pause is one row."""
    draft = desk.ingest()
    desk.approve(draft)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.connect() as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT FROM drafts WHERE id = %s FOR UPDATE", (draft,))
            held.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(10)
        assert desk.pause() == 1
    finally:
        done.set()
        holder.join()
    assert desk.try_claim() is None


def test_what_is_shown_is_the_live_delivery_whatever_the_clocks_of_the_machines_say(desk: Desk) -> None:
    draft = desk.ingest()
    desk.deliver(draft, REFUSED)
    desk.sql("ALTER TABLE send_queue DISABLE TRIGGER USER")
    desk.sql("UPDATE send_queue SET created_at = now() + interval '5 seconds' WHERE draft_id = %s", draft)
    desk.sql("ALTER TABLE send_queue ENABLE TRIGGER USER")
    desk.approve(draft, version=2)
    claimed = desk.claim()
    desk.start(claimed)
    assert desk.state(draft) == "sending"
    facts = desk.facts(draft)
    assert facts.reason is None


def test_the_longest_names_make_a_card_that_slack_takes(desk: Desk) -> None:
    to = {"email": "dana@example.org", "first_name": "&" * 200, "last_name": "<" * 200, "company": ">" * 200}
    draft = desk.ingest(to=to, subject="&" * 250, body="<" * 100_000)
    with transaction() as tx:
        facts = read(tx, draft)
    assert facts is not None
    assert lint_message(draft_card(facts, "https://signoff.example.com/drafts/1")) == []


def test_an_address_made_of_brackets_is_read_once() -> None:
    text = "http://x" + ")" * 99_000
    assert "http://x</a>)" in html_from_text(text)
