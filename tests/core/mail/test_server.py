"""Whom an account hands its mail to: each form of its address, and what is told where there is none."""

from collections.abc import Iterator

import pytest

from core.ids import new_id
from core.mail.resend_url import ResendUrl
from core.mail.server import MailServer, check_cafile, mail_server, parse_mail_server, secret_in
from core.mail.smtp_url import Security, SmtpUrl
from core.secrets import StillSealed, seal
from core.settings import settings
from tests.fakes.smtp.certificates import make_certificates

SAM, TOM = new_id(), new_id()
RESEND = ResendUrl("api.resend.com", 443, True, "re_1")
MAIL_SERVER = SmtpUrl("h.test", 465, Security.IMPLICIT, "sam", "hunter2")


@pytest.fixture
def secret_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("resend://re_1@api.resend.com", RESEND),
        ("smtps://sam:hunter2@h.test", MAIL_SERVER),
        ("smtp://h.test", SmtpUrl("h.test", 587, Security.STARTTLS)),
    ],
)
def test_an_address_is_of_a_mail_server_or_of_resend(text: str, server: MailServer) -> None:
    assert parse_mail_server(text) == server
    assert mail_server(text, SAM, {}) == server
    assert mail_server("env:SAM_SERVER", SAM, {"SAM_SERVER": text, "OTHER": "smtp://other.test"}) == server


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("stored", "the account's server address is not set yet"),
        ("env:SAM_SERVER", "the environment has no SAM_SERVER"),
        ("env:EMPTY", "the environment has no EMPTY"),
        ("env:NESTED", "an SMTP address must start with smtp:// or smtps://"),
        ("resend.example.com", "an SMTP address must start with smtp:// or smtps://"),
        ("resend:re_1", "a Resend address is resend://KEY@api.resend.com"),
    ],
)
def test_an_address_of_no_use_says_what_is_missing(stored: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        mail_server(stored, SAM, {"EMPTY": "", "NESTED": "env:EMPTY"})
    assert str(refused.value) == why


@pytest.mark.usefixtures("secret_key")
def test_an_address_that_is_stored_encrypted_is_its_own_accounts() -> None:
    sealed = seal("smtps://sam:hunter2@h.test", SAM)
    assert mail_server(sealed, SAM, {}) == MAIL_SERVER
    with pytest.raises(StillSealed):
        mail_server(sealed, TOM, {})


def test_the_environment_is_the_processs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAM_SERVER", "smtps://sam:hunter2@h.test")
    assert mail_server("env:SAM_SERVER", SAM) == MAIL_SERVER


def test_what_is_secret_in_an_address_has_a_name() -> None:
    assert [secret_in(RESEND), secret_in(MAIL_SERVER), secret_in(SmtpUrl("h.test", 25, Security.STARTTLS))] == [
        *("key", "password", None)
    ]


def test_a_certificate_authority_of_its_own_is_looked_at(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    check_cafile(MAIL_SERVER)
    check_cafile(SmtpUrl("h.test", 25, Security.STARTTLS, cafile=str(folder / "ca.pem")))
    for none in (folder / "none.pem", folder):
        with pytest.raises(ValueError) as refused:
            check_cafile(SmtpUrl("h.test", 25, Security.STARTTLS, cafile=str(none)))
        assert str(refused.value) == "cafile is not a readable certificate file on this machine"
