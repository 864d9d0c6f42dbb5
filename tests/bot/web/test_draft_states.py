"""The page of a draft: its state is one plain sentence, the same as on its card."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from core import models
from core.access import act
from core.actor import slack_user
from core.campaigns import pausing
from core.db import transaction
from core.drafts import assign, review, snooze
from core.ids import UUID
from core.taxonomy import DraftState, Role, Verb
from core.views.draft import read as read_view
from tests.bot.web.conftest import Acme
from tests.bot.web.draft_parts import BUSY, LOST, REFUSED, SENT, approve, as_member, attempt, state_of, words


def reject(draft_id: UUID, reason: str) -> None:
    act(as_member("U01ALICE"), Role.REVIEWER, Verb.REJECT, lambda tx, by: review.reject(tx, draft_id, 1, reason, by))


def pause(acme: Acme) -> None:
    act(as_member("U03CAROL"), Role.ADMIN, Verb.PAUSE, lambda tx, by: pausing.pause(tx, acme.campaign_id, by))


def waits(acme: Acme, draft: UUID) -> None:
    """Nothing has happened yet."""


def approved(acme: Acme, draft: UUID) -> None:
    approve(draft)


def sending(acme: Acme, draft: UUID) -> None:
    approve(draft)
    attempt(acme, None)


def sent(acme: Acme, draft: UUID) -> None:
    approve(draft)
    attempt(acme, SENT)


def rejected(acme: Acme, draft: UUID) -> None:
    reject(draft, "We know them <b>already</b>.")


def failed(acme: Acme, draft: UUID) -> None:
    approve(draft)
    attempt(acme, REFUSED, started=False)


def unknown(acme: Acme, draft: UUID) -> None:
    approve(draft)
    attempt(acme, LOST)


def paused(acme: Acme, draft: UUID) -> None:
    approve(draft)
    pause(acme)


def busy(acme: Acme, draft: UUID) -> None:
    approve(draft)
    attempt(acme, BUSY, started=False)


def changes_asked(acme: Acme, draft: UUID) -> None:
    said = "Shorter, <b>please</b>."
    act(
        as_member("U02BOB"),
        Role.REVIEWER,
        Verb.REQUEST_CHANGES,
        lambda tx, by: review.request_changes(tx, draft, 1, said, by),
    )


def undoable(acme: Acme, draft: UUID) -> None:
    with transaction() as tx:
        tx.execute(sa.update(models.Workspace).values(undo_seconds=60))
    approve(draft)


UNKNOWN = (
    "Outcome unknown: The mail was handed over, but the mail server's answer never came. It may have arrived, so "
    "Signoff does not send it again. Approved by Alice Anderson at TIME."
)

STATES: list[tuple[Callable[[Acme, UUID], None], str, str]] = [
    (waits, "wait", "Waiting for review."),
    (approved, "go", "Approved by Alice Anderson at TIME; sending."),
    (undoable, "go", "Approved by Alice Anderson at TIME. Sends at TIME."),
    (changes_asked, "wait", "Changes requested by Bob Brown at TIME: Shorter, <b>please</b>."),
    (sending, "go", "Approved by Alice Anderson at TIME; sending."),
    (sent, "done", "Sent by Alice Anderson at TIME to dana@example.org."),
    (rejected, "stop", "Rejected by Alice Anderson at TIME: We know them <b>already</b>."),
    (
        failed,
        "stop",
        (
            "Failed: The mail server refused the recipient (RCPT): “550 5.1.1 <nobody>: unknown”. "
            "Nothing was sent; it is back in review."
        ),
    ),
    (
        unknown,
        "doubt",
        UNKNOWN,
    ),
    (paused, "wait", "Approved by Alice Anderson at TIME. Waits: Autumn launch is paused."),
    (
        busy,
        "wait",
        (
            "Approved by Alice Anderson at TIME. Waits until TIME: "
            "The mail server refused the recipient (RCPT): “450 later”."
        ),
    ),
]


@pytest.mark.parametrize(("happened", "tone", "sentence"), STATES, ids=[case[0].__name__ for case in STATES])
def test_its_state_is_one_plain_sentence(
    reader: httpx.Client, acme: Acme, happened: Callable[[Acme, UUID], None], tone: str, sentence: str
) -> None:
    draft = acme.draft()
    happened(acme, draft)
    assert state_of(reader, draft) == (tone, sentence)


def test_a_blocked_draft_says_why(reader: httpx.Client, acme: Acme) -> None:
    tone, sentence = state_of(reader, acme.draft(body="Hi {{first_name}},"))
    assert tone == "stop"
    assert sentence.startswith("Cannot be sent as it is: The text has a placeholder: {{first_name}}.")


def test_a_draft_that_no_mail_passes_says_why_and_does_not_ask_for_an_edit(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    with transaction() as tx:
        tx.execute(sa.text("UPDATE contacts SET status = 'do_not_contact'"))
    assert state_of(reader, draft) == ("stop", "Blocked: The contact has opted out.")


def test_every_derived_state_has_its_sentence() -> None:
    from bot.web.words import _TONES
    from core.text.words.states import DRAFT_STATES

    assert set(_TONES) == set(DRAFT_STATES) == set(DraftState)


def test_it_says_whose_it_is_and_who_has_approved_and_until_when_it_rests(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    with transaction() as tx:
        tx.execute(sa.update(models.Campaign).values(quorum=2))
    approve(draft)
    with transaction() as tx:
        bob = slack_user(tx, "T01TEST", "U02BOB")
        assert bob.member_id is not None
        assign.assign(tx, draft, bob.member_id, bob)
        snooze.snooze(tx, draft, 1, datetime.now(UTC) + timedelta(days=2), bob)
    page = reader.get(f"/drafts/{draft}")
    said = words(page)
    assert "1 of 2 approved: Alice Anderson." in said
    assert "For Bob Brown." in said
    assert re.search(r"Snoozed until \w{3} \d\d:\d\d by Bob Brown\.", said)
    assert "Approved: 1 of 2" in said
    assert "Assigned to Bob Brown" in said
    assert re.search(r"Snoozed until \w{3} \d+ \w{3} \d\d:\d\d", said)


def test_the_page_agrees_with_the_card(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    sent(acme, draft)
    with transaction() as tx:
        view = read_view(tx, draft)
    assert view is not None
    assert view.state == DraftState.SENT
    assert state_of(reader, draft)[0] == "done"
