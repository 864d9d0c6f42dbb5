"""The address of Resend: what is read, and what is refused without showing its key."""

import pytest

from core.mail.resend_url import ResendUrl, parse_resend_url


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("resend://re_1@api.resend.com", ResendUrl("api.resend.com", 443, True, "re_1")),
        ("resend://re%5F1@api.resend.com:8443/", ResendUrl("api.resend.com", 8443, True, "re_1")),
        ("resend://re_1@127.0.0.1:8080", ResendUrl("127.0.0.1", 8080, False, "re_1")),
        ("resend://re_1@localhost?cafile=/ca.pem", ResendUrl("localhost", 443, True, "re_1", "/ca.pem")),
    ],
)
def test_an_address_is_read(text: str, meant: ResendUrl) -> None:
    assert parse_resend_url(text) == meant
    assert parse_resend_url(text).key == meant.key


@pytest.mark.parametrize(
    "text",
    [
        "resend://api.resend.com",
        "resend://re_secret",
        "resend://@api.resend.com",
        "resend://user:re_secret@api.resend.com",
        "resend://re_secret@",
        "resend://re_secret@api.resend.com/emails",
        "resend://re_secret@api.resend.com?x=1",
        "resend://re_secret@api.resend.com?cafile=",
        "resend://re_secret@api.resend.com#x",
        "resend://re_secret@api.resend.com:0",
        "resend://re_secret@api.resend.com:port",
        "resend://re_secret%0A@api.resend.com",
        "resend://re_secret%20@api.resend.com",
        "resend://re_s\u00e9cret@api.resend.com",
        "resend://re_ secret@api.resend.com",
        "https://re_secret@api.resend.com",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_key(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_resend_url(text)
    assert "secret" not in str(refused.value)
