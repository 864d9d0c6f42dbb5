"""Ingest: the same key is the same draft, whoever comes first; nothing that is taken can break a header."""

import email as email_parser
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core import declare
from core.actor import Actor
from core.db import transaction
from core.drafts.ingest import DraftIn, Ingested, ingest
from core.drafts.review import edit
from core.errors import BadInput, KeyTaken
from core.ids import UUID
from core.intake.json_input import BrokenJson, read_draft
from core.mail.mime import Mail, build
from core.models import Campaign, Contact, Draft, DraftVersion, Event, InboundMessage, SequenceInstance
from core.taxonomy import Role, Surface
from core.text.validation import Faulty
from tests.core.declare.test_read import GOOD


@pytest.fixture
def workspace_id(database: str) -> UUID:
    """A workspace with the campaign `launch` in this test's own database."""
    with transaction() as tx:
        return declare.apply(tx, declare.read(GOOD.encode(), {}), Actor(Surface.CLI)).workspace_id


def fields(**more: Any) -> dict[str, Any]:
    to = {"email": "dana@example.org", "first_name": "Dana", **more.pop("to", {})}
    return {"key": "one", "campaign": "launch", "to": to, "subject": "Hello", "body": "Hi Dana,\nhello.", **more}


def taken(workspace_id: UUID, **more: Any) -> Ingested:
    with transaction() as tx:
        return ingest(tx, workspace_id, DraftIn.model_validate(fields(**more)), Actor(Surface.CLI, workspace_id))


def only(table: type[Any]) -> sa.Row[Any]:
    with transaction() as tx:
        return tx.execute(sa.select(table.__table__)).one()


def count(table: type[Any]) -> int:
    with transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_draft_waits_for_review_with_its_text_its_contact_and_its_event(workspace_id: UUID) -> None:
    made = taken(workspace_id, confidence=0.9, to={"title": "Head of branches"})
    assert made.created
    draft, version, contact = only(Draft), only(DraftVersion), only(Contact)
    assert (draft.id, draft.status, draft.version, draft.risk) == (made.draft_id, "needs_review", 1, "low")
    assert (version.subject, version.body, version.edited_by) == ("Hello", "Hi Dana,\nhello.", None)
    assert (contact.email, contact.first_name, draft.contact_id) == ("dana@example.org", "Dana", contact.id)
    with transaction() as tx:
        event = tx.execute(sa.select(Event.to_status, Event.data).where(Event.draft_id == made.draft_id)).one()
    assert (event.to_status, event.data) == ("needs_review", {"version": 1})


def test_the_same_key_again_is_the_same_draft(workspace_id: UUID) -> None:
    first, again = taken(workspace_id), taken(workspace_id)
    assert (again.draft_id, again.created) == (first.draft_id, False)
    assert (count(Draft), count(DraftVersion), count(Contact)) == (1, 1, 1)


@pytest.mark.parametrize(
    "other", [{"subject": "Else"}, {"body": "Else"}, {"to": {"email": "eve@example.org"}}, {"kind": "reply"}]
)
def test_the_same_key_with_other_content_is_refused_and_changes_nothing(
    workspace_id: UUID, other: dict[str, Any]
) -> None:
    taken(workspace_id)
    with pytest.raises(KeyTaken, match="'one'"):
        taken(workspace_id, **other)
    assert (only(DraftVersion).subject, only(Contact).email) == ("Hello", "dana@example.org")


def test_the_same_key_from_eight_threads_at_once_makes_one_draft(workspace_id: UUID) -> None:
    barrier = threading.Barrier(8)
    results: list[Ingested] = []

    def run() -> None:
        barrier.wait(10)
        results.append(taken(workspace_id))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(result.created for result in results) == [False] * 7 + [True]
    assert len({result.draft_id for result in results}) == count(Draft) == 1


def test_a_contact_is_the_same_person_in_any_case_and_keeps_what_is_known(workspace_id: UUID) -> None:
    taken(workspace_id, key="one", to={"title": "Head"})
    taken(workspace_id, key="two", to={"email": "DANA@example.org", "first_name": None, "company": "Example"})
    contact = only(Contact)
    assert (contact.first_name, contact.company) == ("Dana", "Example")
    with transaction() as tx:
        assert set(tx.scalars(sa.select(Draft.risk)).all()) == {"low"}  # name and role are known from before


@pytest.mark.parametrize(
    ("more", "status", "risk"),
    [
        ({"body": "Hi {{ first_name }},"}, "manual_review", "blocked"),
        ({"to": {"email": "no-reply@example.org"}}, "manual_review", "blocked"),
        ({"to": {"email": "info@example.org"}}, "needs_review", "review"),
        ({"to": {"first_name": None}}, "needs_review", "review"),
        ({"to": {"title": None}}, "needs_review", "review"),
        ({"to": {"title": "Head"}, "evidence": []}, "needs_review", "review"),
        ({"to": {"email": "dana@mailinator.com"}}, "manual_review", "blocked"),
        ({"to": {"email": "test@example.org"}}, "manual_review", "blocked"),
    ],
)
def test_what_is_risky_says_so_and_what_is_blocked_needs_a_person_first(
    workspace_id: UUID, more: dict[str, Any], status: str, risk: str
) -> None:
    taken(workspace_id, **more)
    draft = only(Draft)
    assert (draft.status, draft.risk) == (status, risk)
    assert draft.risk_reasons


def test_a_reply_keeps_the_message_that_it_answers(workspace_id: UUID) -> None:
    inbound = {"subject": "Question", "body": "Is it?", "message_id": "<a@example.org>"}
    taken(workspace_id, kind="reply", inbound=inbound)
    message, draft = only(InboundMessage), only(Draft)
    assert draft.inbound_message_id == message.id
    assert (message.subject, message.body, message.message_id) == ("Question", "Is it?", "<a@example.org>")


def test_what_is_low_has_a_name_a_role_and_evidence_if_it_speaks_of_any(workspace_id: UUID) -> None:
    taken(workspace_id, to={"title": "Head"}, evidence=["https://example.org/news"])
    draft = only(Draft)
    assert (draft.risk, draft.risk_reasons, draft.evidence) == ("low", [], ["https://example.org/news"])


def test_an_answer_needs_no_role_and_no_evidence(workspace_id: UUID) -> None:
    taken(workspace_id, kind="reply", evidence=[], inbound={"subject": "Question", "body": "Is it?"})
    assert only(Draft).risk == "low"


def test_a_reply_needs_the_message_that_it_answers(workspace_id: UUID) -> None:
    with pytest.raises(BadInput, match=r"^inbound: a reply needs the message that it answers"):
        taken(workspace_id, kind="reply")
    assert (count(Draft), count(Contact)) == (0, 0)


KNOWN = {
    "their status": "UPDATE contacts SET status = 'replied'",
    "a reply by mail": "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at)"
    " SELECT gen_random_uuid(), id, 'replied', 'dana@example.org', now() FROM workspaces",
    "a message": "INSERT INTO inbound_messages (id, workspace_id, contact_id, subject, body)"
    " SELECT gen_random_uuid(), workspace_id, id, 'Question', 'Is it?' FROM contacts",
}


@pytest.mark.parametrize("known", KNOWN)
def test_a_reply_to_somebody_who_is_known_to_have_written_needs_no_message(workspace_id: UUID, known: str) -> None:
    taken(workspace_id, key="before")
    with transaction() as tx:
        tx.execute(sa.text(KNOWN[known]))
    assert taken(workspace_id, key="answer", kind="reply").created


@pytest.mark.parametrize("column", ["status = 'do_not_contact'", "suppressed_by = 'domain'"])
def test_who_must_not_be_written_to_is_blocked_from_the_start(workspace_id: UUID, column: str) -> None:
    taken(workspace_id, key="one")
    with transaction() as tx:
        tx.execute(sa.text(f"UPDATE contacts SET {column}"))
    later = taken(workspace_id, key="two")
    with transaction() as tx:
        found = tx.execute(sa.select(Draft.status, Draft.risk).where(Draft.id == later.draft_id)).one()
    assert tuple(found) == ("manual_review", "blocked")


def test_an_edit_is_judged_by_all_that_the_draft_was_judged_by(workspace_id: UUID) -> None:
    made = taken(workspace_id, to={"title": "Head"}, evidence=[])
    with transaction() as tx:
        edit(tx, made.draft_id, 1, "Hello", "Hi Dana, again.", Actor(Surface.CLI, workspace_id, role=Role.OWNER))
    draft = only(Draft)
    assert (draft.version, draft.risk, draft.risk_reasons) == (2, "review", ["Nothing backs up what the text says."])


# --- LinkedIn, time zone, sequence ---

PROFILE = "https://www.linkedin.com/in/dana-w/"


def test_a_contact_may_have_a_linkedin_page_and_a_time_zone(workspace_id: UUID) -> None:
    taken(workspace_id, to={"linkedin_url": PROFILE, "timezone": "Asia/Tokyo"})
    contact = only(Contact)
    assert (contact.linkedin_url, contact.linkedin_folded, contact.timezone) == (PROFILE, "in/dana-w", "Asia/Tokyo")


def test_what_was_not_known_of_a_contact_is_filled_in_and_what_is_known_stays(workspace_id: UUID) -> None:
    taken(workspace_id, key="one")
    taken(workspace_id, key="two", to={"linkedin_url": PROFILE, "timezone": "Asia/Tokyo"})
    taken(workspace_id, key="three", to={"linkedin_url": "linkedin.com/in/other", "timezone": "UTC"})
    contact = only(Contact)
    assert (contact.linkedin_url, contact.timezone) == (PROFILE, "Asia/Tokyo")


@pytest.mark.parametrize(
    "url",
    [
        *("linkedin.com/in/dana", "http://uk.linkedin.com/in/dana?trk=x", "HTTPS://LINKEDIN.COM/in/Dana/"),
        "https://www.linkedin.com/pub/dana/1/2/3",
    ],
)
def test_a_linkedin_page_may_be_written_in_any_usual_way(url: str) -> None:
    assert DraftIn.model_validate(fields(to={"linkedin_url": url})).to.linkedin_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "dana", "https://example.org/in/dana", "https://linkedin.com", "https://linkedin.com/in/"),
        *(
            "https://linkedin.com.example.org/in/dana",
            "https://evillinkedin.com/in/dana",
            "javascript:linkedin.com/in/a",
        ),
        *("https://www.linkedin.com/company/example", "https://linkedin.com/in/dana w", f"linkedin.com/in/{'d' * 200}"),
    ],
)
def test_what_is_no_linkedin_page_of_a_person_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="linkedin_url"):
        DraftIn.model_validate(fields(to={"linkedin_url": url}))


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "../../etc/passwd", "/etc/localtime", "x" * 100])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="timezone"):
        DraftIn.model_validate(fields(to={"timezone": zone}))


def test_the_steps_of_a_sequence_share_its_run(workspace_id: UUID) -> None:
    for key in ("one", "two"):
        taken(workspace_id, key=key, sequence="welcome of dana")
    run = only(SequenceInstance)
    with transaction() as tx:
        assert set(tx.scalars(sa.select(Draft.sequence_instance_id)).all()) == {run.id}
    assert (run.key, run.contact_id) == ("welcome of dana", only(Contact).id)


def test_a_run_of_a_sequence_has_one_contact(workspace_id: UUID) -> None:
    taken(workspace_id, key="one", sequence="welcome")
    with pytest.raises(BadInput, match="sequence: 'welcome' runs with another contact"):
        taken(workspace_id, key="two", sequence="welcome", to={"email": "eve@example.org"})
    assert (count(Draft), count(SequenceInstance)) == (1, 1)


def test_a_fingerprint_of_before_is_a_fingerprint_of_now() -> None:
    """Written down before `linkedin_url`, `sequence` and the rest came: the same line is the same draft."""
    told = DraftIn.model_validate(fields(confidence=0.9)).fingerprint()
    assert told == "76a9c4efad13b7e9d7d4301aa88b2c9dbf85b99cddd2b6a82e59ac4ce1282cd6"
    assert DraftIn.model_validate(fields(confidence=0.9, sequence="one")).fingerprint() != told


def test_a_campaign_that_is_unknown_or_has_ended_takes_nothing(workspace_id: UUID) -> None:
    with pytest.raises(BadInput, match="campaign: there is no campaign 'nope'"):
        taken(workspace_id, campaign="nope")
    with transaction() as tx:
        tx.execute(sa.update(Campaign).values(status="ended"))
    with pytest.raises(BadInput, match="campaign: 'launch' has ended"):
        taken(workspace_id)
    assert count(Draft) == count(Contact) == 0


def faults(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Faulty) as caught:
        read_draft(raw)
    return [(fault.field, fault.problem) for fault in caught.value.faults]


INJECTIONS = [
    "a\r\nBcc: eve@example.net",
    "a\nb",
    "a\rb",
    "a\x00b",
    "a\x0bb",
    "a\x85b",
    "a\u2028b",
    "a\x1b[2Jb",
    "a\x9bb",
]


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize(
    "path",
    [
        "subject",
        "key",
        "campaign",
        "to.email",
        "to.first_name",
        "to.last_name",
        "to.company",
        "to.title",
        "inbound.subject",
    ],
)
def test_a_line_break_or_control_character_never_gets_into_a_header(path: str, value: str) -> None:
    draft = fields(inbound={"subject": "s", "body": "b"})
    *outer, name = path.split(".")
    (draft[outer[0]] if outer else draft)[name] = value
    with pytest.raises(ValueError, match=name):
        DraftIn.model_validate(draft)


@pytest.mark.parametrize(
    "address",
    [
        "dana@example.org\r\nBcc: eve@example.net",
        "dana@example.org, eve@example.net",
        "Dana <dana@example.org>",
        "dana@example.org\x00",
        '"dana\r\n"@example.org',
        "dana@[127.0.0.1]",
        "<dana@example.org>",
        "dana@exa mple.org",
        "dana",
        "",
        "@example.org",
        f"{'d' * 65}@example.org",
        f"dana@{'e' * 64}.org",
        f"dana@{'e.' * 130}org",
    ],
)
def test_what_is_not_exactly_one_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="email"):
        DraftIn.model_validate(fields(to={"email": address}))


@pytest.mark.parametrize(
    "message_id", ["a@b", "<a@b>\r\nBcc: c@d", "<a b@c>", "<a@b", "<a@b> <c@d>", "<a@é>", f"<{'a' * 300}@b>", "<a@b>\n"]
)
def test_a_message_id_that_is_not_one_is_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="message_id"):
        DraftIn.model_validate(fields(inbound={"subject": "s", "body": "b", "message_id": message_id}))


@pytest.mark.parametrize(
    ("field", "fits", "too_long"),
    [("subject", "s" * 250, "s" * 251), ("body", "b" * 100_000, "b" * 100_001), ("key", "k" * 200, "k" * 201)],
)
def test_the_limits_are_those_that_are_stated(field: str, fits: str, too_long: str) -> None:
    assert getattr(DraftIn.model_validate(fields(**{field: fits})), field) == fits
    with pytest.raises(ValueError, match=field):
        DraftIn.model_validate(fields(**{field: too_long}))


def test_a_body_keeps_its_lines_and_its_scripts() -> None:
    body = "Hi,\r\n\tone\rtwo\u2028three\n\n日本語 🚲 مرحبا"
    assert DraftIn.model_validate(fields(body=body)).body == "Hi,\n\tone\ntwo\nthree\n\n日本語 🚲 مرحبا"


@pytest.mark.parametrize("name", ["山田　太郎", "می‌خواهم", "d’Arc, Jeanne", "O\xa0Brien", "Zoë\xad", "李小龍"])
def test_a_name_may_hold_the_spaces_and_joiners_of_its_script(name: str) -> None:
    assert DraftIn.model_validate(fields(to={"first_name": name})).to.first_name == name


def test_a_name_that_turns_the_direction_of_text_is_refused() -> None:
    with pytest.raises(ValueError, match="first_name"):
        DraftIn.model_validate(fields(to={"first_name": "moc.elpmaxe\u202e"}))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-09-21T09:12:00", 1e300])
def test_a_time_that_cannot_be_kept_or_has_no_zone_is_refused(at: object) -> None:
    with pytest.raises(ValueError, match="received_at"):
        DraftIn.model_validate(fields(inbound={"subject": "s", "body": "b", "received_at": at}))


ANY_LINE = st.text(min_size=1, max_size=40)
ANY_ADDRESS = st.one_of(st.emails(), st.builds("{}@{}".format, ANY_LINE, st.sampled_from(["example.org", "bücher.de"])))


@given(email=ANY_ADDRESS, name=ANY_LINE, subject=ANY_LINE, body=st.text(min_size=1, max_size=80))
@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
def test_what_is_taken_in_can_be_sent_and_adds_no_header(email: str, name: str, subject: str, body: str) -> None:
    try:
        draft = DraftIn.model_validate(fields(to={"email": email, "first_name": name}, subject=subject, body=body))
    except ValidationError:
        return
    sent = build(
        Mail(
            from_name=draft.to.first_name or "",
            from_address="sam@example.com",
            to_name=draft.to.first_name or "",
            to_address=draft.to.email,
            subject=draft.subject,
            body=draft.body,
            message_id="<a@example.com>",
            date=datetime.now(UTC),
        )
    )
    read = email_parser.message_from_bytes(sent.content)
    assert read.keys() == ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"]


def test_a_missing_and_an_unknown_field_are_named() -> None:
    raw = b'{"key": "k", "campaign": "c", "to": {"mail": "x"}, "subject": "s"}'
    assert faults(raw) == [
        ("to.email", "is missing"),
        ("to.mail", "there is no such field"),
        ("body", "is missing"),
    ]


@pytest.mark.parametrize("raw", [b"[]", b"3", b'"x"', b"null", b"true"])
def test_json_that_is_no_object_is_told_so(raw: bytes) -> None:
    assert faults(raw) == [("", "must be an object")]


def test_a_strange_name_of_a_field_is_told_in_a_form_that_fits_a_terminal() -> None:
    [(field, _)] = [fault for fault in faults(b'{"\\u001b[2J": 1}') if "no such" in fault[1]]
    assert field == r"'\x1b[2J'"
    [(field, _)] = [fault for fault in faults(b'{"%s": 1}' % (b"x" * 9000)) if "no such" in fault[1]]
    assert len(field) < 100


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"key": }', r"not JSON: .* \(column 9\)"),
        (b'{\n"key": }', r"not JSON: .* \(line 2, column 8\)"),
        (b"{'key': 1}", "not JSON"),
        (b'{"key": "\xff"}', r"not UTF-8 \(byte 10\)"),
        (b'{"key": 1}'.decode().encode("utf-16"), "not UTF-8"),
        (b'{"confidence": NaN}', "NaN is not a number of JSON"),
        (b'{"confidence": -Infinity}', "-Infinity is not a number of JSON"),
        (b'{"confidence": %s}' % (b"9" * 5000), "cannot be taken"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b'{"key": "a", "key": "b"}', "a name stands twice"),
        (b'{"to": {"email": "a", "email": "b"}}', "a name stands twice"),
        (b'{"\\ud800": 1}', "half of a surrogate pair"),
    ],
)
def test_bytes_that_are_not_one_json_value_are_refused_in_plain_words(raw: bytes, told: str) -> None:
    with pytest.raises(BrokenJson, match=told):
        read_draft(raw)


@pytest.mark.parametrize("text", ["\\ud800", "x\\udfffx", "\\u0000"])
@pytest.mark.parametrize("field", ["key", "subject", "body"])
def test_text_that_the_database_cannot_hold_is_refused(field: str, text: str) -> None:
    raw = b'{"key": "k", "campaign": "c", "to": {"email": "dana@example.org"}, "subject": "s", "body": "b"}'
    [(told, _)] = faults(raw.replace(b'"%s": "' % field.encode(), b'"%s": "%s' % (field.encode(), text.encode())))
    assert told == field
