"""The page of a draft: what it shows."""

import re

import httpx
import pytest
import sqlalchemy as sa

from core import models
from core.db import transaction
from core.errors import Refusal
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.bot.web.conftest import Acme
from tests.bot.web.draft_parts import BUSY, REFUSED, SENT, approve, attempt, edit, words


def test_it_shows_the_draft_as_it_will_be_sent(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft(body="Hi Dana,\n\n  shall we talk?\n")
    page = reader.get(f"/drafts/{draft}")
    said = words(page)
    for part in ("From Sam Hill <sam@example.com>", "To Dana <dana@example.org> · Example", "Subject Hello Dana"):
        assert part in said
    assert '<div class="body" dir="auto">Hi Dana,\n\n  shall we talk?\n</div>' in page.text


def test_it_shows_what_is_known_about_the_draft(reader: httpx.Client, acme: Acme) -> None:
    evidence = ["Met in Leeds", "https://example.org/about"]
    draft = acme.draft(to={"email": "info@example.org"}, confidence=0.876, key="crm-7", evidence=evidence)
    said = words(reader.get(f"/drafts/{draft}"))
    for part in (
        "Campaign Autumn launch",
        "Risk Needs a look A role mailbox, not a person.",
        "Evidence Met in Leeds https://example.org/about Confidence",
        "Confidence 88%",
        "Reviewers Alice Anderson, Bob Brown, Carol Chen",
        "Key crm-7",
    ):
        assert part in said


def test_it_shows_the_message_that_it_answers(reader: httpx.Client, acme: Acme) -> None:
    inbound = {"subject": "Prices", "body": "What does\nit cost?", "received_at": "2026-07-01T09:00:00Z"}
    said = words(reader.get(f"/drafts/{acme.draft(kind='reply', inbound=inbound)}"))
    assert "In reply to From Dana <dana@example.org>, 1 Jul 2026, 10:00 Prices What does it cost?" in said


def test_versions_show_who_changed_which_line(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft(subject="Hello", body="Hi Dana,\n\nshall we talk?\n\nSam")
    edit(draft, 1, "Hello again", "Hi Dana,\n\nshall we talk on Friday?\n\nSam")
    page = reader.get(f"/drafts/{draft}")
    said = words(page)
    assert "Version 2 latest Edited by Bob Brown in Slack" in said
    assert "Version 1 As it arrived through the API" in said
    assert re.findall(r'<del dir="auto">(.*?)</del>', page.text) == ["Hello", "shall we talk?"]
    assert re.findall(r'<ins dir="auto">(.*?)</ins>', page.text) == ["Hello again", "shall we talk on Friday?"]


def test_the_history_tells_who_did_what_from_where(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    edit(draft, 1, "Hello again", "Hi Dana")
    for user, version in (("U04VERA", 2), ("U01ALICE", 1), ("U99NOBODY", 2)):
        with pytest.raises(Refusal):
            approve(draft, version, user)
    approve(draft, 2)
    with pytest.raises(Refusal):
        approve(draft, 2, "U03CAROL")
    attempt(acme, BUSY, started=False)
    said = re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d:\d\d", "TIME", words(reader.get(f"/drafts/{draft}")))
    assert said.partition("History ")[2] == (
        "Arrived Somebody through the API, TIME "
        "Edited: now version 2 Bob Brown in Slack, TIME "
        "Tried to approve: refused, the role does not allow it Vera Vance in Slack, TIME "
        "Tried to approve: refused, the text had changed Alice Anderson in Slack, TIME "
        "Tried to approve: refused, not a member here Somebody in Slack, TIME "
        "Approved version 2 Alice Anderson in Slack, TIME "
        "Tried to approve: refused, it was already decided Carol Chen in Slack, TIME "
        "Picked up for sending Signoff, TIME "
        "Not sent, will be retried: stopped at naming the recipient (RCPT) (450) Signoff, TIME "
        "Times are in Europe/London."
    )


def test_attempts_show_where_they_ended_and_what_the_server_said(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    approve(draft)
    attempt(acme, SENT)
    with transaction() as tx:
        message_id = tx.scalars(sa.select(models.Attempt.message_id)).one()
    said = words(reader.get(f"/drafts/{draft}"))
    assert "Last step the reply to the final dot Server said 250 2.0.0 queued as 4F2A Sending started" in said
    assert f"Message-ID {message_id}" in said


def test_an_attempt_that_ended_before_data_says_that_nothing_can_have_left(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    approve(draft)
    attempt(acme, REFUSED, started=False)
    said = words(reader.get(f"/drafts/{draft}"))
    assert "Server said 550 5.1.1 <nobody>: unknown Sending started never: nothing was sent" in said


def test_times_are_in_the_zone_of_the_workspace(reader: httpx.Client, acme: Acme) -> None:
    with transaction() as tx:
        tx.execute(sa.update(models.Workspace).values(timezone="Asia/Kathmandu"))
    page = reader.get(f"/drafts/{acme.draft()}")
    assert re.search(r'<time datetime="[\d-]+T[\d:]+\+05:45">', page.text)
    assert "Times are in Asia/Kathmandu." in page.text


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">\'"&lt;{7*7}'


def test_hostile_text_stays_text_wherever_it_stands(reader: httpx.Client, acme: Acme) -> None:
    with transaction() as tx:
        for model in (models.Member, models.Workspace, models.Campaign, models.Account):
            tx.execute(sa.update(model).values(name=HOSTILE))
    inbound = {"subject": HOSTILE, "body": HOSTILE}
    to = {"email": "dana@example.org", "first_name": HOSTILE, "company": HOSTILE}
    draft = acme.draft(key=HOSTILE, subject=HOSTILE, body="Hi", to=to, inbound=inbound, kind="reply")
    edit(draft, 1, f"{HOSTILE}!", f"{HOSTILE}\n{HOSTILE}")
    approve(draft, 2)
    reply = Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, code=550, reply=HOSTILE)
    attempt(acme, reply, started=False)
    page = reader.get(f"/drafts/{draft}")
    assert page.status_code == httpx.codes.OK
    assert "alert(1)" in page.text
    assert "<script" not in page.text.casefold()
    assert "<img" not in page.text.casefold()


def test_characters_that_hide_are_shown_by_their_number(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft(subject="Pay \u202enow", body="invoice\u202egpj.exe")
    page = reader.get(f"/drafts/{draft}")
    assert "\u202e" not in page.text
    assert '<span class="unseen" title="right-to-left override">U+202E</span>gpj.exe' in page.text


def test_the_page_never_shows_the_mail_of_an_attempt_that_was_not_asked_for(reader: httpx.Client, acme: Acme) -> None:
    """The frozen MIME is large and says nothing new."""
    draft = acme.draft()
    approve(draft)
    attempt(acme, SENT)
    assert "Content-Transfer-Encoding" not in reader.get(f"/drafts/{draft}").text
