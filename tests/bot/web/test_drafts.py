"""The page of a draft: what it shows, to whom, and that it changes nothing."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from core import delivery, models
from core.access import act
from core.actor import Actor, slack_user
from core.campaigns import pausing
from core.db import transaction
from core.drafts import assign, review, snooze
from core.errors import DatabaseAway, Refusal
from core.ids import UUID, new_id
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, DraftState, Phase, Reason, Role, Verb
from core.views.draft import read as read_view
from core.views.draft_page import snapshot
from tests.bot.web.conftest import Acme, sign_in
from tests.fixtures.full_stack import declare

SENT = Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250, reply="2.0.0 queued as 4F2A")
REFUSED = Outcome(
    AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, code=550, reply="5.1.1 <nobody>: unknown"
)
BUSY = Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, transient=True, code=450, reply="later")
LOST = Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, Reason.TIMEOUT)


def as_member(user: str) -> Callable[[sa.Connection], Actor]:
    return lambda tx: slack_user(tx, "T01TEST", user)


def approve(draft_id: UUID, version: int = 1, user: str = "U01ALICE") -> None:
    act(
        as_member(user),
        Role.REVIEWER,
        Verb.APPROVE,
        lambda tx, by: review.approve(tx, draft_id, version, by),
        draft_id=draft_id,
    )


def edit(draft_id: UUID, version: int, subject: str, body: str, user: str = "U02BOB") -> None:
    def change(tx: sa.Connection, by: Actor) -> int:
        return review.edit(tx, draft_id, version, subject, body, by)

    act(as_member(user), Role.REVIEWER, Verb.EDIT, change, draft_id=draft_id)


def reject(draft_id: UUID, reason: str) -> None:
    act(as_member("U01ALICE"), Role.REVIEWER, Verb.REJECT, lambda tx, by: review.reject(tx, draft_id, 1, reason, by))


def pause(acme: Acme) -> None:
    act(as_member("U03CAROL"), Role.ADMIN, Verb.PAUSE, lambda tx, by: pausing.pause(tx, acme.campaign_id, by))


def attempt(acme: Acme, outcome: Outcome | None, *, started: bool = True) -> None:
    """One try to send what is next in the queue."""
    with transaction() as tx:
        claimed = delivery.claim(tx, acme.account_id)
    assert claimed is not None
    if started:
        with transaction() as tx:
            assert delivery.start(tx, claimed)
    if outcome is not None:
        with transaction() as tx:
            delivery.finish(tx, claimed.attempt_id, outcome)


def words(page: httpx.Response) -> str:
    """What a reader reads: the page without its tags, in single spaces."""
    assert page.status_code == httpx.codes.OK, page.text
    text = re.sub(r"<title>.*?</title>", "", page.text, flags=re.DOTALL)
    text = re.sub(r"</(dt|dd|li)>|<li>", " ", text)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


@pytest.fixture
def reader(visitor: httpx.Client, acme: Acme) -> httpx.Client:
    """A browser in which a viewer, the lowest role, is signed in."""
    sign_in(visitor, "U04VERA")
    return visitor


def state_of(reader: httpx.Client, draft_id: UUID) -> tuple[str, str]:
    """The tone and the sentence of the banner."""
    page = reader.get(f"/drafts/{draft_id}")
    assert page.status_code == httpx.codes.OK, page.text
    found = re.search(r'<p class="state (\w+)" role="status">(.*?)</p>', page.text, flags=re.DOTALL)
    assert found is not None
    text = html.unescape(re.sub(r"<[^>]*>", "", found[2]))
    sentence = re.sub(r"\d\d:\d\d on \d+ \w+ \d{4}|(?<=until )(\w{3} )?\d\d:\d\d", "TIME", text)
    return found[1], sentence.strip()


def test_it_shows_the_draft_as_it_will_be_sent(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft(body="Hi Dana,\n\n  shall we talk?\n")
    page = reader.get(f"/drafts/{draft}")
    said = words(page)
    for part in ("From Sam Hill <sam@example.com>", "To Dana <dana@example.org> · Example", "Subject Hello Dana"):
        assert part in said
    assert '<div class="body" dir="auto">Hi Dana,\n\n  shall we talk?\n</div>' in page.text


def test_it_shows_what_is_known_about_the_draft(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft(to={"email": "info@example.org"}, confidence=0.876, key="crm-7")
    said = words(reader.get(f"/drafts/{draft}"))
    for part in (
        "Campaign Autumn launch",
        "Risk review A role mailbox, not a person.",
        "Confidence 88%",
        "Reviewers Alice Anderson, Bob Brown, Carol Chen",
        "Key crm-7",
    ):
        assert part in said


def test_it_shows_the_message_that_it_answers(reader: httpx.Client, acme: Acme) -> None:
    inbound = {"subject": "Prices", "body": "What does\nit cost?", "received_at": "2026-07-01T09:00:00Z"}
    said = words(reader.get(f"/drafts/{acme.draft(kind='reply', inbound=inbound)}"))
    assert "In answer to From Dana <dana@example.org>, 1 Jul 2026, 10:00 Prices What does it cost?" in said


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
    (waits, "wait", "Waits for review."),
    (approved, "go", "Approved by Alice Anderson at TIME; sending."),
    (undoable, "go", "Approved by Alice Anderson at TIME; sending at TIME."),
    (changes_asked, "wait", "Bob Brown asked for changes at TIME: Shorter, <b>please</b>."),
    (sending, "go", "Approved by Alice Anderson at TIME; sending."),
    (sent, "done", "Sent by Alice Anderson at TIME to dana@example.org."),
    (rejected, "stop", "Rejected by Alice Anderson at TIME: We know them <b>already</b>."),
    (
        failed,
        "stop",
        "Failed: The mail server refused the recipient. (550) Nothing was sent; it is back in review.",
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
        "Approved by Alice Anderson at TIME. Waits until TIME: The mail server refused the recipient. (450)",
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
    assert sentence.startswith("Cannot be sent as it is: A placeholder of the template was not filled in.")


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
    assert "Approved, as one of several: 1 of 2" in said
    assert "Assigned to Bob Brown" in said
    assert re.search(r"Snoozed until \w{3} \d+ \w{3} \d\d:\d\d", said)


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
        "Tried to approve: refused, it was being sent already Carol Chen in Slack, TIME "
        "Taken up for sending Signoff, TIME "
        "Not sent, to be tried again: stopped at naming the recipient (RCPT) (450) Signoff, TIME "
        "Times are in Europe/London."
    )


def test_attempts_show_where_they_ended_and_what_the_server_said(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    approve(draft)
    attempt(acme, SENT)
    with transaction() as tx:
        message_id = tx.scalars(sa.select(models.Attempt.message_id)).one()
    said = words(reader.get(f"/drafts/{draft}"))
    assert "Ended at the reply to the final dot Server said 250 2.0.0 queued as 4F2A DATA begun" in said
    assert f"Message-ID {message_id}" in said


def test_an_attempt_that_ended_before_data_says_that_nothing_can_have_left(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    approve(draft)
    attempt(acme, REFUSED, started=False)
    said = words(reader.get(f"/drafts/{draft}"))
    assert "Server said 550 5.1.1 <nobody>: unknown DATA begun no: nothing can have left" in said


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


@pytest.fixture
def strangers_draft(acme: Acme) -> UUID:
    """A draft of another workspace."""
    rename(acme, "T00TEMP")
    theirs = Acme(*declare("smtp://127.0.0.1:9"))
    rename(theirs, "T02OTHER")
    rename(acme, "T01TEST")
    return theirs.draft()


def rename(workspace: Acme, team_id: str) -> None:
    with transaction() as tx:
        named = sa.update(models.Workspace).where(models.Workspace.id == workspace.workspace_id)
        tx.execute(named.values(slack_team_id=team_id))


def other_ids(stranger: UUID) -> list[str]:
    return [
        str(stranger),
        str(new_id()),
        "1",
        "nope",
        str(stranger)[:-1],
        f"{{{stranger}}}",
        stranger.hex,
        f"urn:uuid:{stranger}",
        "%00",
        "%F0%9F%98%80",
        "'%20OR%201=1--",
        "a" * 5_000,
    ]


def told(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer that could tell one from another, without its date and id."""
    headers = {name: value for name, value in response.headers.items() if name not in ("date", "x-request-id")}
    return response.status_code, response.content, headers


def test_others_drafts_unknown_ones_and_nonsense_are_the_same_404(
    visitor: httpx.Client, acme: Acme, strangers_draft: UUID
) -> None:
    sign_in(visitor, "U01ALICE")
    assert visitor.get(f"/drafts/{acme.draft()}").status_code == httpx.codes.OK
    answers = [told(visitor.get(f"/drafts/{wanted}")) for wanted in other_ids(strangers_draft)]
    assert answers[0][0] == httpx.codes.NOT_FOUND
    assert all(answer == answers[0] for answer in answers)


def test_who_is_not_signed_in_learns_nothing_about_what_is_there(
    visitor: httpx.Client, acme: Acme, strangers_draft: UUID
) -> None:
    for wanted in (str(acme.draft()), str(strangers_draft), str(new_id()), "nope"):
        answer = visitor.get(f"/drafts/{wanted}")
        assert (answer.status_code, answer.content) == (httpx.codes.SEE_OTHER, b"")
        assert answer.headers["location"] == f"/login?next=/drafts/{wanted}"


def test_an_id_may_be_written_in_capitals(reader: httpx.Client, acme: Acme) -> None:
    assert reader.get(f"/drafts/{str(acme.draft()).upper()}").status_code == httpx.codes.OK


def test_an_id_is_written_in_one_way_only(reader: httpx.Client, acme: Acme) -> None:
    """One draft, one address: others would be other pages to caches, logs and people."""
    draft = acme.draft()
    for written in (f"{{{draft}}}", draft.hex, f"urn:uuid:{draft}"):
        assert reader.get(f"/drafts/{written}").status_code == httpx.codes.NOT_FOUND


def test_head_answers_as_get_does_without_a_body(reader: httpx.Client, acme: Acme) -> None:
    for path in (f"/drafts/{acme.draft()}", "/drafts/nope", "/login", "/signed-out", "/healthz"):
        get, head = reader.get(path), reader.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert head.headers["content-type"] == get.headers["content-type"]


def test_the_page_never_shows_the_mail_of_an_attempt_that_was_not_asked_for(reader: httpx.Client, acme: Acme) -> None:
    """The frozen MIME is large and says nothing new."""
    draft = acme.draft()
    approve(draft)
    attempt(acme, SENT)
    assert "Content-Transfer-Encoding" not in reader.get(f"/drafts/{draft}").text


def test_the_page_agrees_with_the_card(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    sent(acme, draft)
    with transaction() as tx:
        view = read_view(tx, draft)
    assert view is not None
    assert view.state == DraftState.SENT
    assert state_of(reader, draft)[0] == "done"


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table with the transaction that wrote it last."""
    tables = ["alembic_version", *models.Base.metadata.tables]
    with transaction() as tx:
        return {
            table: sorted(
                tuple(row) for row in tx.execute(sa.text(f"SELECT ctid::text, xmin::text, t::text FROM {table} t"))
            )
            for table in tables
        }


def test_get_changes_nothing_ever(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    edit(draft, 1, "Hello again", "Hi")
    approve(draft, 2)
    attempt(acme, SENT)
    before = everything()
    paths = (
        f"/drafts/{draft}",
        "/drafts/nope",
        "/login",
        "/login?next=/queue",
        "/signed-out",
        "/auth/callback?code=1&state=2",
    )
    for path in (*paths, "/logout", "/slack/events", "/api/drafts", "/healthz", "/readyz", "/metrics", "/u/token", "/"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert reader.request(method, path).status_code < httpx.codes.INTERNAL_SERVER_ERROR, path
    assert everything() == before


def test_the_database_itself_refuses_a_change_while_a_page_is_read(acme: Acme) -> None:
    def change() -> None:
        with transaction() as tx:
            snapshot(tx)
            tx.execute(sa.update(models.Member).values(name="x"))

    with pytest.raises(DatabaseAway) as refused:  # as after a failover: a database that takes no change is away
        change()
    assert "read-only" in str(refused.value.__cause__)
