"""The address of Resend: what is read, and what is refused without showing its key."""

import pytest

from core.mail.resend_url import ResendUrl, parse_resend_url


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("resend://re_1@api.resend.com", ResendUrl("api.resend.com", 443, True, "re_1")),
        ("resend://re%5F1@api.resend.com:8443/", ResendUrl("api.resend.com", 8443, True, "re_1")),
        ("resend://re_1@127.0.0.1:8080", ResendUrl("127.0.0.1", 8080, False, "re_1")),
        ("resend://re_1@[::1]", ResendUrl("::1", 80, False, "re_1")),
        ("resend://re_1@localhost?cafile=/ca.pem", ResendUrl("localhost", 443, True, "re_1", "/ca.pem")),
        (f"resend://{'!~' * 250}@h.test", ResendUrl("h.test", 443, True, "!~" * 250)),
    ],
)
def test_an_address_is_read(text: str, meant: ResendUrl) -> None:
    assert parse_resend_url(text) == meant
    assert parse_resend_url(text).key == meant.key


FORM, HOST = "a Resend address is resend://KEY@api.resend.com", "the host or port of the Resend address is malformed"
KEY, OPTIONS = "the key of the Resend address is malformed", "a Resend address has no path, and no option but cafile"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("resend://api.resend.com", FORM),
        ("resend://re_secret", FORM),
        ("resend://@api.resend.com", FORM),
        ("resend://user:re_secret@api.resend.com", FORM),
        ("resend://re_secret@", FORM),
        ("https://re_secret@api.resend.com", FORM),
        ("resend://re_secret@api.resend.com/emails", OPTIONS),
        ("resend://re_secret@api.resend.com?x=1", OPTIONS),
        ("resend://re_secret@api.resend.com?x=", OPTIONS),
        ("resend://re_secret@api.resend.com?cafile=", OPTIONS),
        ("resend://re_secret@api.resend.com#x", OPTIONS),
        ("resend://re_secret@api.resend.com:0", HOST),
        ("resend://re_secret@api.resend.com:port", HOST),
        ("resend://re_secret@api%2eresend.com", HOST),
        ("resend://re_secret@api\\resend.com", HOST),
        ("resend://re_secret%0A@api.resend.com", KEY),
        ("resend://re_secret%20@api.resend.com", KEY),
        ("resend://re_s\u00e9cret@api.resend.com", KEY),
        (f"resend://{'x' * 501}@api.resend.com", KEY),
        ("resend://re_ secret@api.resend.com", "a Resend address has no spaces or control characters"),
    ],
)
def test_an_address_that_is_none_is_refused_without_its_key(text: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_resend_url(text)
    assert str(refused.value) == why
