"""What an SMTP address means, and that no fault of it shows the password."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.mail.smtp_url import Security, SmtpUrl, is_loopback, parse_smtp_url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smtp://127.0.0.1:1025", SmtpUrl("127.0.0.1", 1025, Security.PLAIN)),
        ("smtp://localhost", SmtpUrl("localhost", 587, Security.PLAIN)),
        ("smtp://[::1]:25", SmtpUrl("::1", 25, Security.PLAIN)),
        ("smtp://mail.example.com", SmtpUrl("mail.example.com", 587, Security.STARTTLS)),
        ("smtps://mail.example.com", SmtpUrl("mail.example.com", 465, Security.IMPLICIT)),
        ("SMTPS://MAIL.example.com:2465/", SmtpUrl("mail.example.com", 2465, Security.IMPLICIT)),
        ("smtp://localhost?cafile=/ca.pem", SmtpUrl("localhost", 587, Security.STARTTLS, cafile="/ca.pem")),
        ("smtps://h.test?ehlo=mail.x.test", SmtpUrl("h.test", 465, Security.IMPLICIT, ehlo="mail.x.test")),
        ("smtps://h.test?ehlo=[192.0.2.1]", SmtpUrl("h.test", 465, Security.IMPLICIT, ehlo="[192.0.2.1]")),
        ("smtps://h.test?ehlo=b%C3%BCcher.test", SmtpUrl("h.test", 465, Security.IMPLICIT, ehlo="xn--bcher-kva.test")),
        ("smtp://u%40x:p%2F%3F%23@h.test", SmtpUrl("h.test", 587, Security.STARTTLS, "u@x", "p/?#")),
        ("smtp://h.test:1/?cafile=a!b", SmtpUrl("h.test", 1, Security.STARTTLS, cafile="a!b")),
        ("smtps://127.0.0.1", SmtpUrl("127.0.0.1", 465, Security.IMPLICIT)),
    ],
)
def test_an_address_is_read_with_its_defaults(text: str, expected: SmtpUrl) -> None:
    assert parse_smtp_url(text) == expected


SCHEME = "an SMTP address must start with smtp:// or smtps://"
SPACES = "an SMTP address has no spaces or control characters"
PORT = "the port of an SMTP address must be between 1 and 65535"
MALFORMED = "the host or port of the SMTP address is malformed"
PATH = "an SMTP address has no path; percent-encode '/', '?', '#' and '@' in the password"
BOTH = "an SMTP address has both a user and a password, or neither"
EHLO = "ehlo must be a host name such as mail.example.com"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", SCHEME),
        ("mail.example.com", SCHEME),
        ("http://user:hunter2@mail.example.com", SCHEME),
        ("smtp://user:hunter2@", "an SMTP address needs a host"),
        ("smtp://user:hunter2@mail.example.com:0", PORT),
        ("smtp://user:hunter2@mail.example.com:99999", MALFORMED),
        ("smtp://user:hunter2@mail.example.com:port", MALFORMED),
        ("smtp://user:hunter2@[::1", MALFORMED),
        ("smtp://user:hunter2@mail%2eexample.com", "the host of the SMTP address is malformed"),
        ("smtp://user:hunter2@mail\\example.com", "the host of the SMTP address is malformed"),
        ("smtp://user:hunter2@mail.example.com/path", PATH),
        ("smtp://user:hunter2@mail.example.com#x", PATH),
        ("smtp://user:hunter2#more@mail.example.com", MALFORMED),
        ("smtp://user:hunter2/more@mail.example.com", MALFORMED),
        ("smtp://user:hunter2@mail.example.com?timeout=3", "the options of an SMTP address are cafile and ehlo"),
        ("smtp://user:hunter2@mail.example.com?ehlo=x&y=", "the options of an SMTP address are cafile and ehlo"),
        ("smtp://user:hunter2@mail.example.com?cafile=", "cafile must be the path of a file"),
        ("smtp://user:hunter2@mail.example.com?ehlo=", EHLO),
        ("smtp://user:hunter2@mail.example.com?ehlo=two%20words", EHLO),
        ("smtp://user:hunter2@mail.example.com?ehlo=x%0d%0aMAIL", EHLO),
        ("smtp://user@mail.example.com", BOTH),
        ("smtp://:hunter2@mail.example.com", "the user of the SMTP address is empty"),
        ("smtp://user:@mail.example.com", "the password of the SMTP address is empty"),
        ("smtp://us%00er:hunter2@mail.example.com", "the user of the SMTP address contains a NUL"),
        ("smtp://user:hunter2%00@mail.example.com", "the password of the SMTP address contains a NUL"),
        ("smtp://user:hunter2%ff@mail.example.com", "the password of the SMTP address is not percent-encoded UTF-8"),
        ("smtp://user:hunter2@mail example.com", SPACES),
        ("smtp://user:hunter2\x7f@mail.example.com", SPACES),
        ("smtp://user:hunter2@mail.example.com\r\nX:y", SPACES),
    ],
)
def test_a_malformed_address_is_refused_without_showing_the_password(text: str, why: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_smtp_url(text)
    fault: BaseException | None = refusal.value
    assert str(fault) == why
    while fault is not None:
        assert "hunter2" not in repr(fault)
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)


def test_no_way_of_printing_an_address_shows_user_or_password() -> None:
    url = parse_smtp_url("smtps://sam:hunter2@mail.example.com")
    assert (url.user, url.password) == ("sam", "hunter2")
    for shown in (repr(url), str(url), f"{url}", f"{url!r}"):
        assert "hunter2" not in shown
        assert "sam" not in shown


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    for address in (text, f"smtp://{text}", f"smtps://u:p@h{text}"):
        try:
            url = parse_smtp_url(address)
        except ValueError:
            continue
        assert 0 < url.port < 65536


def test_only_this_machine_is_loopback() -> None:
    assert [h for h in ("localhost", "127.9.9.9", "::1", "LOCALHOST") if not is_loopback(h)] == []
    assert [
        h for h in ("localhost.example.com", "10.0.0.1", "::2", "example.com", "127.0.0.1.x") if is_loopback(h)
    ] == []
