"""The JSON of a mail is made from its frozen bytes, and from nothing that those do not say."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from core.mail.envelope import Envelope
from core.mail.mime import Mail, build, html_from_text
from core.mail.resend_body import body_of

MAIL = Mail(
    "sam@example.com",
    "dana@example.org",
    "Zoë, " + "hello " * 30,
    "Hi Dana,\n\né = 1\n.\n",
    "<attempt@example.com>",
    datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC),
    from_name='Hill, "Sam" \\ (London)',
    to_name="Zoë Müller",
    in_reply_to="<theirs@example.org>",
)
MIME = build(MAIL).content


def said(mime: bytes, sender: str = "sam@example.com", *recipients: str) -> bytes:
    return body_of(Envelope(sender, recipients or ("dana@example.org",), mime))


def test_it_says_to_the_byte_what_was_frozen() -> None:
    expected = {
        "from": '"Hill, \\"Sam\\" \\\\ (London)" <sam@example.com>',
        "to": ["Zoë Müller <dana@example.org>"],
        "subject": MAIL.subject,
        "text": MAIL.body,
        "html": html_from_text(MAIL.body),
        "headers": {"Message-ID": "<attempt@example.com>", "In-Reply-To": "<theirs@example.org>"},
    }
    assert said(MIME) == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "dana@example.org"),
        ("Dana", "Dana <dana@example.org>"),
        ("Dr. Dana", '"Dr. Dana" <dana@example.org>'),
        ("a,b", '"a,b" <dana@example.org>'),
        ('"', '"\\"" <dana@example.org>'),
        (" a ", '" a " <dana@example.org>'),
        ("é" * 60, f"{'é' * 60} <dana@example.org>"),
    ],
)
def test_a_name_is_written_as_resend_reads_it(name: str, shown: str) -> None:
    assert json.loads(said(build(dataclasses.replace(MAIL, to_name=name)).content))["to"] == [shown]


def test_an_address_that_needs_smtputf8_and_a_bare_text_stay_as_they_are() -> None:
    mail = dataclasses.replace(MAIL, to_address="dána@example.org", to_name="", subject="=? hm")
    content = json.loads(said(build(mail).content, "sam@example.com", "dána@example.org"))
    assert (content["to"], content["subject"]) == (["dána@example.org"], "=? hm")


#: A line of the frozen mail, and what stands there instead.
HEADERS, PARTS, ADDRESSES = (
    "a header is missing, or stands twice",
    "a message of ours has one {}",
    "the addresses of the envelope are not those of the message",
)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        *((name, b"X-" + name, HEADERS) for name in (b"From:", b"To:", b"Subject:", b"Message-ID:")),
        (b"In-Reply-To:", b"message-id:", HEADERS),
        (b"text/plain", b"text/other", PARTS.format("text/plain")),
        (b"text/html", b"text/other", PARTS.format("text/html")),
        (b"text/html", b"text/plain", PARTS.format("text/plain")),
        (b"<sam@", b"<tom@", ADDRESSES),
        (b"<dana@", b"<eve@", ADDRESSES),
    ],
)
def test_bytes_that_are_no_message_of_ours_are_refused(old: bytes, new: bytes, why: str) -> None:
    assert old in MIME
    with pytest.raises(ValueError) as refused:
        said(MIME.replace(old, new, 1))
    assert str(refused.value) == why


def test_a_second_recipient_is_refused() -> None:
    with pytest.raises(ValueError) as refused:
        said(MIME, "sam@example.com", "dana@example.org", "eve@example.net")
    assert str(refused.value) == ADDRESSES
