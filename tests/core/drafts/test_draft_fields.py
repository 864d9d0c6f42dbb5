"""The fields of a draft: what each may hold, and that nothing which is taken can break a header."""

import email as email_parser
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.drafts.ingest import DraftIn
from core.mail.mime import Mail, build
from tests.core.drafts.ingest_parts import fields


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
        *("dana", "https://example.org/in/dana", "https://linkedin.com", "https://linkedin.com/in/"),
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


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "../../etc/passwd", "/etc/localtime", "x" * 100])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="timezone"):
        DraftIn.model_validate(fields(to={"timezone": zone}))


def test_a_fingerprint_of_before_is_a_fingerprint_of_now() -> None:
    """Written down before `linkedin_url`, `sequence` and the rest came: the same line is the same draft."""
    told = DraftIn.model_validate(fields(confidence=0.9, evidence=None)).fingerprint()
    assert told == "76a9c4efad13b7e9d7d4301aa88b2c9dbf85b99cddd2b6a82e59ac4ce1282cd6"
    assert DraftIn.model_validate(fields(confidence=0.9, sequence="one")).fingerprint() != told


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
    ],
)
def test_a_line_break_or_control_character_never_gets_into_a_header(path: str, value: str) -> None:
    draft = fields()
    *outer, name = path.split(".")
    (draft[outer[0]] if outer else draft)[name] = value
    with pytest.raises(ValueError, match=name):
        DraftIn.model_validate(draft)


@pytest.mark.parametrize(
    "address",
    [
        "dana@example.org\r\nBcc: eve@example.net",
        "dana@example.org, eve@example.net",
        "dana@example.org\x00",
        '"dana\r\n"@example.org',
        "dana@[127.0.0.1]",
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
    ("message_id", "used"),
    [
        ("<a@b>", "<a@b>"),
        ("a@b", "<a@b>"),
        ("<no-at-sign>", "<no-at-sign>"),
        ("00FF-41D2", "<00FF-41D2>"),
        ("<<a@b>>", "<a@b>"),
        (" <a@b> \n", "<a@b>"),
        ("<a@b", "<a@b>"),
        ("<a\r\n @b>", "<a@b>"),
        ("<a@b> <c@d>", "<a@b>"),
        ("<a@b>\r\nBcc: c@d", "<a@b>"),
        ("(Outlook) <a@[10.0.0.1]>", "<a@[10.0.0.1]>"),
        (f"<{'a' * 300}@b>", f"<{'a' * 300}@b>"),
        *((none, None) for none in ("<a b@c>", "<a@é>", f"<{'a' * 901}>", "", "<>", "two words", None, "\0", "\ud800")),
    ],
)
def test_a_message_id_of_theirs_is_used_as_it_can_be_or_left_out(message_id: str | None, used: str | None) -> None:
    inbound = DraftIn.model_validate(fields(inbound={"subject": "s", "body": "b", "message_id": message_id})).inbound
    assert inbound is not None
    assert inbound.message_id == used


@pytest.mark.parametrize(
    ("more", "thread"),
    [
        ({"references": "<a@b>\r\n <c@d>"}, ["<a@b>", "<c@d>"]),
        ({"references": ["<a@b>", "c@d", "not one"]}, ["<a@b>", "<c@d>"]),
        ({"references": "<a@b> <a@b> <é@x> <no-at>"}, ["<a@b>", "<no-at>"]),
        ({"references": "<a@b>", "in_reply_to": "<c@d>"}, ["<a@b>"]),
        ({"in_reply_to": "<c@d>"}, ["<c@d>"]),
        ({"in_reply_to": "Your message of Monday <c@d>"}, ["<c@d>"]),
        ({"in_reply_to": "<c@d> <e@f>"}, []),
        ({"references": None, "in_reply_to": ""}, []),
    ],
)
def test_the_thread_before_their_message_is_read_from_its_headers(more: dict[str, Any], thread: list[str]) -> None:
    inbound = DraftIn.model_validate(fields(inbound={"subject": "s", "body": "b", **more})).inbound
    assert inbound is not None
    assert inbound.thread() == thread


@pytest.mark.parametrize(
    ("subject", "body", "kept"),
    [
        (None, None, ("", "")),
        ("  ", "\n", ("", "\n")),
        ("s" * 300, "b", ("s" * 300, "b")),
        ("s" * 5000, "b" * 200_000, ("s" * 999 + "…", "b" * 99_999 + "…")),
        ("Re: a\r\n b\tc\x00", "a\x00\r\nb\x1b\ud800", ("Re: a   b c", "a\nb\ufffd")),
    ],
)
def test_a_message_of_theirs_is_taken_as_it_came(subject: str | None, body: str | None, kept: tuple[str, str]) -> None:
    inbound = DraftIn.model_validate(fields(inbound={"subject": subject, "body": body})).inbound
    assert inbound is not None
    assert (inbound.subject, inbound.body) == kept
    assert DraftIn.model_validate(fields(inbound={})).inbound is not None


@pytest.mark.parametrize("value", [7, ["a"], {}])
@pytest.mark.parametrize("field", ["message_id", "subject", "body"])
def test_what_is_no_text_is_no_message_of_theirs(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        DraftIn.model_validate(fields(inbound={field: value}))


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


@pytest.mark.parametrize("name", ["山田　太郎", "می‌خواهم", "d’Arc, Jeanne", "O\xa0Brien", "李小龍"])
def test_a_name_may_hold_the_spaces_and_joiners_of_its_script(name: str) -> None:
    assert DraftIn.model_validate(fields(to={"first_name": name})).to.first_name == name


@pytest.mark.parametrize(
    ("name", "kept"), [("moc.elpmaxe\u202e", "moc.elpmaxe"), ("Zoë\xad", "Zoë"), ("\u2066Dana", "Dana")]
)
def test_a_name_loses_what_turns_the_direction_of_text_or_is_not_seen(name: str, kept: str) -> None:
    assert DraftIn.model_validate(fields(to={"first_name": name})).to.first_name == kept


@pytest.mark.parametrize("address", ["Dana <dana@example.org>", "<dana@example.org>"])
def test_an_address_in_angle_brackets_is_that_address(address: str) -> None:
    assert DraftIn.model_validate(fields(to={"email": address})).to.email == "dana@example.org"


@pytest.mark.parametrize("name", ["first_name", "linkedin_url", "timezone"])
def test_an_empty_field_is_not_known(name: str) -> None:
    assert getattr(DraftIn.model_validate(fields(to={name: ""})).to, name) is None


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
