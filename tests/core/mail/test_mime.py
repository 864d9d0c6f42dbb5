"""P3: what was read is what is sent, whatever is in it. Every message is read back with the standard library."""

import base64
import dataclasses
import email
import email.policy
import hashlib
import html
import re
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.mail.envelope import Envelope
from core.mail.mime import Mail, Mime, build, html_from_text, make_message_id

WHEN = datetime(2026, 11, 20, 14, 5, 9, 123456, tzinfo=UTC)
SAM = Mail("sam@example.com", "dana@example.org", "Hello", "Hi Dana\n", "<one@example.com>", WHEN)
ANY_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
HEADER_TEXT = st.text(st.characters(exclude_characters="\u2028\u2029", exclude_categories=["Cs", "Cc"]), max_size=300)
HEADER_WORDS = st.lists(
    st.sampled_from(
        [
            "Hill,",
            "Sam",
            '"',
            "\\",
            "=?utf-8?q?x?=",
            "ü",
            "👩‍👩‍👧",
            "<a@b>",
            "(c)",
            "; x:",
            "  ",
            "e\u0301",
            "ﷺ",
            "x" * 90,
        ]
    ),
    max_size=12,
).map(" ".join)


def mail(**changes: Any) -> Mail:
    return dataclasses.replace(SAM, **changes)


def read(mime: Mime) -> EmailMessage:
    assert_well_formed(mime.content)
    return email.message_from_bytes(mime.content, policy=email.policy.default)


def assert_well_formed(content: bytes) -> None:
    assert content.replace(b"\r\n", b"").count(b"\n") == 0, "a bare LF"
    assert content.replace(b"\r\n", b"").count(b"\r") == 0, "a bare CR"
    assert max(map(len, content.split(b"\r\n"))) <= 998


def text_of(mime: Mime, subtype: str = "plain") -> str:
    [part] = [part for part in read(mime).walk() if part.get_content_type() == f"text/{subtype}"]
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def newlines(text: str) -> str:
    return re.sub(r"\r\n|\r", "\n", text)


def text_in_html(document: str) -> str:
    """What a reader of the HTML sees."""
    body = document.partition("<body>\n")[2].rpartition("\n</body>")[0]
    body = re.sub(r"</p>\n<p [^>]*>", "\n\n", body)
    return html.unescape(re.sub(r"<[^>]*>", "", body.replace("<br>", "\n")))


def test_a_message_reads_as_it_was_meant() -> None:
    built = build(
        mail(from_name="Sam Hill", to_name="Dana", in_reply_to="<p@x.test>", references=("<o@x.test>", "<p@x.test>"))
    )
    message = read(built)
    assert {name: str(value) for name, value in message.items() if name != "Content-Type"} == {
        "Date": "Fri, 20 Nov 2026 14:05:09 +0000",
        "From": "Sam Hill <sam@example.com>",
        "To": "Dana <dana@example.org>",
        "Subject": "Hello",
        "Message-ID": "<one@example.com>",
        "In-Reply-To": "<p@x.test>",
        "References": "<o@x.test> <p@x.test>",
        "MIME-Version": "1.0",
    }
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert text_of(built) == "Hi Dana\n"
    assert not built.needs_smtputf8


FROZEN = (
    b"Date: Fri, 20 Nov 2026 14:05:09 +0000\r\n"
    b'From: "Hill, Sam" <sam@example.com>\r\n'
    b"To: Dana <dana@xn--bcher-kva.example>\r\n"
    b"Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"
    b"Message-ID: <one@example.com>\r\n"
    b"In-Reply-To: <p@x.test>\r\n"
    b"References: <o@x.test>\r\n <p@x.test>\r\n"
    b"List-Unsubscribe: <https://x.test/u>,\r\n <mailto:u@x.test>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative;\r\n boundary="=_737975e30993cba47b6eaa098df59696"\r\n'
    b"\r\n"
    b"--=_737975e30993cba47b6eaa098df59696\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"Hi <Dana>,\r\n"
    b"\r\n"
    b"a\tb=20\r\n"
    b"=3D =C3=A9\r\n"
    b"=2E\r\n"
    b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=\r\n"
    b"xxxxx\r\n"
    b"--=_737975e30993cba47b6eaa098df59696\r\n"
    b'Content-Type: text/html; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
    b"<!DOCTYPE html>\r\n"
    b'<html><head><meta charset=3D"utf-8"></head><body>\r\n'
    b'<p dir=3D"auto" style=3D"white-space: pre-wrap; margin: 0 0 1em">Hi &lt;Dan=\r\n'
    b"a&gt;,</p>\r\n"
    b'<p dir=3D"auto" style=3D"white-space: pre-wrap; margin: 0 0 1em">a\tb <br>=\r\n'
    b"=3D =C3=A9<br>.<br>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx=\r\n"
    b"xxxxxxxxxxxxxxxxxxxxxxxx</p>\r\n"
    b"</body></html>\r\n"
    b"\r\n"
    b"--=_737975e30993cba47b6eaa098df59696--\r\n"
)


def test_a_message_of_every_part_to_the_byte() -> None:
    """What was frozen by one version is what the next makes of the same mail: a release between two tries changes
    nothing."""
    built = build(
        mail(
            to_address="dana@bücher.example",
            subject="Grüße",
            body="Hi <Dana>,\n\na\tb \n= é\r\n.\r" + "x" * 80,
            from_name="Hill, Sam",
            to_name="Dana",
            in_reply_to="<p@x.test>",
            references=("<o@x.test>", "<p@x.test>"),
            list_unsubscribe=("https://x.test/u", "mailto:u@x.test"),
        )
    )
    assert built == Mime(FROZEN, hashlib.sha256(FROZEN).hexdigest(), needs_smtputf8=False)


@given(ANY_TEXT)
@example("." * 3 + "\n.\n..\nFrom me\n>From\n")
@example("line\r\nother\rthird\n\n\n  trailing  \t\n")
@example("x" * 5000 + "é" * 500)
@example("שלום\u202eabc\u202c e\u0301 👩‍👩‍👧 \u2028 \x85 \x0c \x1c")
@example("=_0000\n--=_abc--\n=3D= \n=\n")
@example(" ")
@example("")
def test_the_decoded_text_is_the_body_up_to_line_ends(body: str) -> None:
    built = build(mail(body=body))
    assert built.content.isascii()
    assert text_of(built) == newlines(body)


@given(ANY_TEXT)
@example("a <b> & \"c\" 'd'\n\n\n<script>alert(1)</script>\n https://x.test/?a=1&b=<i>\n")
@example('https://x.test/a_(b), (https://y.test/c). http:// https://. HTTPS://Z.test"onclick=x')
def test_the_html_says_the_same_words(body: str) -> None:
    assert text_in_html(text_of(build(mail(body=body)), "html")) == newlines(body)


@given(ANY_TEXT)
@example('https://x.test/"onmouseover="alert(1) javascript:alert(1) https://a.test/<script>')
def test_the_html_has_no_tags_but_its_own(body: str) -> None:
    document = text_of(build(mail(body=body)), "html").partition("<body>")[2]
    for tag in re.findall(r"<[^>]*>", document):
        assert re.fullmatch(
            r'</?p>|<p dir="auto" style="[^"]*">|<br>|</a>|<a href="https?://[^"<>\s]+">|</body>|</html>', tag, re.I
        )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a <b> & \"c\" 'd'", ["a &lt;b&gt; &amp; &quot;c&quot; &#x27;d&#x27;"]),
        ("See https://x.test/a?b=1&c=2. Or www.z.test", ["See ", "https://x.test/a?b=1&amp;c=2", ". Or www.z.test"]),
        ("a https://x.test, b http://y.test! c", ["a ", "https://x.test", ", b ", "http://y.test", "! c"]),
        ("(https://x.test)", ["(", "https://x.test", ")"]),
        ("(https://x.test/p_(q))", ["(", "https://x.test/p_(q)", ")"]),
        ("https://x.test/(a))), b", ["", "https://x.test/(a)", ")), b"]),
        ("https://x.test/)))", ["", "https://x.test/", ")))"]),
        ("https://x.test/a).", ["", "https://x.test/a", ")."]),
        ("https://x.test/(a).", ["", "https://x.test/(a)", "."]),
        ("https://x.test/….,*_~;:?}]!", ["", "https://x.test/", "….,*_~;:?}]!"]),
        ("http:// and http://. HTTPS://X.test/a", ["http:// and http://. ", "HTTPS://X.test/a", ""]),
        ("https://x.test/'a", ["", "https://x.test/", "&#x27;a"]),
    ],
)
def test_links_end_where_the_address_ends(text: str, parts: list[str]) -> None:
    written = "".join(f'<a href="{part}">{part}</a>' if place % 2 else part for place, part in enumerate(parts))
    paragraph = '<p dir="auto" style="white-space: pre-wrap; margin: 0 0 1em">{}</p>'
    frame = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{}\n</body></html>\n'
    assert html_from_text(text) == frame.format(paragraph.format(written))
    both = f"{paragraph.format(f'{written}<br>{written}')}\n{paragraph.format(written)}"
    assert html_from_text(f"{text}\n{text}\n\n{text}") == frame.format(both)


@given(HEADER_TEXT | HEADER_WORDS, HEADER_TEXT | HEADER_WORDS, HEADER_TEXT | HEADER_WORDS)
@example("🎉" * 120, "Hill, Sam; (x) <y@z>", "=?utf-8?q?Evil?= <e@x>")
@example(" lead and trail ", '"quoted" \\ name', " ")
@example("word " * 150, "x" * 300, "ü" + "y " * 100)
@example("x" * 900, "", "")
def test_names_and_subjects_come_back_as_they_were(subject: str, from_name: str, to_name: str) -> None:
    content = build(mail(subject=subject, from_name=from_name, to_name=to_name)).content
    assert_well_formed(content)
    assert content.isascii()
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    assert decoded(message["Subject"]) == subject
    for header, name, address in (("From", from_name, "sam@example.com"), ("To", to_name, "dana@example.org")):
        phrase, _, mailbox = re.sub(r"\r\n(?=[ \t])", "", message[header]).rpartition(" ")
        assert mailbox.strip("<>") == address
        assert decoded(phrase.strip() if "=?" in phrase else unquoted(phrase)) == name


def decoded(value: str) -> str:
    """RFC 2047 by hand, as strictly as it is written: encoded words and the white space between them, or plain text."""
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", value)
    word = r"=\?utf-8\?B\?([A-Za-z0-9+/=]+)\?="
    if not re.fullmatch(rf"{word}( {word})*", unfolded):
        assert "=?" not in unfolded
        return unfolded
    assert all(len(one) <= 75 for one in unfolded.split(" "))
    return "".join(base64.b64decode(one).decode() for one in re.findall(word, unfolded))


def unquoted(phrase: str) -> str:
    if phrase.startswith('"'):
        assert phrase.endswith('"')
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    assert not set(phrase) & set('()<>[]:;@\\,."')
    return phrase


@given(HEADER_WORDS)
@example("Hill, Sam")
@example("Zoë Müller-Lüdenscheidt, Leiterin der Abteilung für besondere Angelegenheiten")
def test_the_standard_library_reads_one_mailbox_with_that_name(name: str) -> None:
    message = read(build(mail(from_name=name)))
    [address] = message["From"].addresses
    assert address.addr_spec == "sam@example.com"
    assert "".join(address.display_name.split()) == "".join(name.split())  # older parsers put spaces between words


@pytest.mark.parametrize(
    "bad", ["\r", "\n", "\r\n", "\0", "\t", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800"]
)
@pytest.mark.parametrize(
    "where", ["subject", "from_name", "to_name", "from_address", "to_address", "message_id", "in_reply_to"]
)
def test_nothing_breaks_out_of_a_header(where: str, bad: str) -> None:
    good = str(getattr(SAM, where) or "<p@x.test>")
    for place in (0, len(good) // 2, len(good)):
        value = f"{good[:place]}{bad}Bcc: eve@example.net{bad}{good[place:]}"
        with pytest.raises(ValueError) as refusal:
            build(mail(**{where: value}))
        assert "eve" not in str(refusal.value)
        assert str(refusal.value).startswith(where.replace("_address", " address: ").replace("_name", " name "))


NO_ADDRESS, NO_DOMAIN = "to address: not an email address", "to address: not a domain name"
TOO_LONG = "to address: an email address is at most 254 characters, 64 of them before the @"
HALF, NO_URI = "body contains half of a character (a lone surrogate)", "list_unsubscribe is not an https or mailto URI"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"references": ("<a@b>\r\nBcc: x@y.test",)}, "references is not a message id"),
        ({"references": ("<a@b>", "no brackets")}, "references is not a message id"),
        ({"in_reply_to": "no brackets"}, "in_reply_to is not a message id"),
        ({"in_reply_to": ""}, "in_reply_to is not a message id"),
        ({"message_id": "<no-at-sign>"}, "message_id is not a message id"),
        ({"list_unsubscribe": ("https://x.test/>\r\nBcc: x@y.test",)}, NO_URI),
        ({"list_unsubscribe": ("https://x.test/", "javascript:alert(1)")}, NO_URI),
        ({"list_unsubscribe": ("https:" + "x" * 901,)}, NO_URI),
        ({"body": "a\0b"}, "body contains a NUL character"),
        ({"body": "a\ud800"}, HALF),
        ({"body": "\udfffa"}, HALF),
        ({"date": datetime(2026, 11, 20)}, "date needs a time zone"),  # noqa: DTZ001 - the point
        ({"subject": "x" * 999}, "subject is longer than 998 characters"),
        ({"to_address": "a@b@c"}, NO_ADDRESS),
        ({"to_address": "a b@example.org"}, NO_ADDRESS),
        ({"to_address": "dana@example.org, eve@example.net"}, NO_ADDRESS),
        ({"to_address": "<dana@example.org>"}, NO_ADDRESS),
        ({"to_address": "dana@exa_mple.org"}, NO_DOMAIN),
        ({"to_address": "dana@-x.org"}, NO_DOMAIN),
        ({"to_address": "@example.org"}, NO_ADDRESS),
        ({"to_address": "dana"}, NO_ADDRESS),
        ({"to_address": ".dana@example.org"}, NO_ADDRESS),
        ({"to_address": "d" * 65 + "@example.org"}, TOO_LONG),
        ({"to_address": "dana@" + "a." * 130 + "org"}, TOO_LONG),
        ({"from_address": "sam"}, "from address: not an email address"),
    ],
)
def test_what_cannot_be_a_message_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError) as refused:
        build(mail(**changes))
    assert str(refused.value) == why


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x" * 998},
        {"list_unsubscribe": ("mailto:" + "x" * 900,)},
        {"body": "\ud7ff\ue000"},
        {"in_reply_to": "<" + "x" * 900 + ">"},
    ],
)
def test_what_just_fits_is_taken(changes: dict[str, object]) -> None:
    assert build(mail(**changes)).content.startswith(b"Date: ")


def test_a_domain_that_is_not_ascii_goes_as_a_labels() -> None:
    built = build(mail(to_address="dana@bücher.example"))
    assert b"To: dana@xn--bcher-kva.example\r\n" in built.content
    assert not built.needs_smtputf8


def test_a_local_part_that_is_not_ascii_needs_smtputf8() -> None:
    built = build(mail(to_address="dána@bücher.example", to_name="Dána"))
    assert built.needs_smtputf8
    envelope = Envelope.of("sam@bücher.example", ["dána@bücher.example"], built.content)
    assert envelope == Envelope("sam@xn--bcher-kva.example", ("dána@bücher.example",), built.content, True)
    for sender, recipients, why in (
        ("sam@example.com", (), "an envelope needs a recipient"),
        ("sam@bücher.example", ("dana@example.org",), "an envelope holds addresses in wire form"),
        ("sam@example.com", ("a@x.test", "dana@bücher.example"), "an envelope holds addresses in wire form"),
    ):
        with pytest.raises(ValueError) as refused:
            Envelope(sender, recipients, b"")
        assert str(refused.value) == why
    message = email.message_from_string(built.content.decode(), policy=email.policy.SMTPUTF8)
    assert message["To"].addresses[0].addr_spec == "dána@bücher.example"


def test_the_same_message_makes_the_same_bytes() -> None:
    assert build(SAM) == build(mail())
    assert build(SAM).content == build(mail()).content
    assert build(SAM).sha256 != build(mail(body="Hi Dana")).sha256
    assert build(SAM).sha256 == hashlib.sha256(build(SAM).content).hexdigest()


def test_a_header_is_folded_by_where_its_first_line_begins() -> None:
    """Each of these lines is 76 wide: one more is folded."""
    just = mail(from_name="a" * 60, to_name="b" * 60, from_address="s@x.org", to_address="d@xyz.org")
    lines = build(dataclasses.replace(just, subject="c" * 65 + " d")).content.decode().split("\r\n")[1:4]
    assert [len(line) for line in lines] == [76] * 3
    more = dataclasses.replace(just, from_address="s@xy.org", to_address="d@xyzz.org", subject="c" * 66 + " d")
    assert [len(line) for line in build(more).content.decode().split("\r\n")[1:7]] == [66, 11, 64, 13, 75, 2]


def test_the_date_keeps_its_zone() -> None:
    built = build(mail(date=WHEN.astimezone(timezone(timedelta(hours=5, minutes=30)))))
    assert b"Date: Fri, 20 Nov 2026 19:35:09 +0530\r\n" in built.content


def test_one_click_unsubscribe_is_offered_with_an_https_address() -> None:
    message = read(build(mail(list_unsubscribe=("https://x.test/u/abc", "mailto:u@x.test"))))
    assert message["List-Unsubscribe"] == "<https://x.test/u/abc>, <mailto:u@x.test>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert read(build(mail(list_unsubscribe=("mailto:u@x.test",))))["List-Unsubscribe-Post"] is None


def test_a_message_id_is_made_of_the_attempt_and_the_domain() -> None:
    attempt = UUID("019aa000-0000-7000-8000-000000000001")
    assert make_message_id(attempt, "bücher.example") == "<019aa000000070008000000000000001@xn--bcher-kva.example>"
    for attempt_id, domain in [
        ("a b", "x.test"),
        ("a>\r\n", "x.test"),
        ("a@b", "x.test"),
        ("a", "x test"),
        ("", "x.test"),
    ]:
        with pytest.raises(ValueError) as refused:
            make_message_id(attempt_id, domain)
        why = "not a domain name" if " " in domain else "an attempt id in a Message-ID is letters, digits and hyphens"
        assert str(refused.value) == why
    assert make_message_id("try-1", "x.test") == "<try-1@x.test>"


def test_an_answer_names_whatever_id_the_other_side_made() -> None:
    message = read(build(mail(in_reply_to="<no-at-sign>", references=("<" + "x" * 900 + ">", "<a.b+c=d@[10.0.0.1]>"))))
    assert message["In-Reply-To"] == "<no-at-sign>"
    assert message["References"] == "<" + "x" * 900 + "> <a.b+c=d@[10.0.0.1]>"


def test_no_way_of_printing_a_message_shows_what_is_in_it() -> None:
    shown = repr(SAM) + repr(build(SAM))
    assert not [word for word in ("Dana", "dana", "Hello", "sam@") if word in shown]
