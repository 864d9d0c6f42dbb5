"""TLS and login: neither mail nor password goes to a server that is not verified, and nothing is logged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.delivery.outcomes import sentence_for
from core.mail import connect
from core.mail.server import check_cafile
from core.mail.smtp import Deadlines
from core.mail.smtp_url import Security, SmtpUrl
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.mail.smtp_parts import IMPATIENT, LARGE, Start, deliver, implicit, plain, starttls
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, UNKNOWN, server, short, smtp
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]


@pytest.mark.parametrize("url_of", [starttls, implicit])
def test_a_verified_server_gets_the_message_encrypted(smtp: FakeSmtp, url_of: Callable[[FakeSmtp], SmtpUrl]) -> None:
    assert deliver(url_of(smtp), Start()).kind is SENT
    seen = smtp.sessions()[-1]
    assert seen["tls"]
    assert seen["plain_verbs"] == (["EHLO", "STARTTLS"] if url_of is starttls else [])


@pytest.mark.parametrize("certificate", ["wrong_host", "expired", "self_signed"])
@pytest.mark.parametrize("url_of", [starttls, implicit])
def test_a_certificate_that_does_not_verify_gets_nothing(
    smtp: FakeSmtp, certificate: str, url_of: Callable[[FakeSmtp], SmtpUrl]
) -> None:
    smtp.conduct(certificate=certificate)
    start = Start()
    outcome = deliver(url_of(smtp), start)
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_FAILED, False, None)
    assert {"wrong_host": "mismatch", "expired": "expired", "self_signed": "self-signed"}[certificate] in outcome.reply
    assert start.calls == 0
    smtp.wait_quiet()
    assert not {"AUTH", "MAIL"} & set(smtp.sessions()[-1]["verbs"])


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_missing_ca_file_is_a_clear_refusal_before_anything(
    smtp: FakeSmtp, tmp_path: Path, content: str | None
) -> None:
    cafile = tmp_path / "ca.pem"
    if content is not None:
        cafile.write_text(content)
    url = SmtpUrl("localhost", smtp.port, Security.STARTTLS, cafile=str(cafile))
    assert short(deliver(url, Start())) == (NOT_SENT, Phase.CONNECT, Reason.CA_FILE, False, None)
    with pytest.raises(ValueError, match="cafile"):
        check_cafile(url)
    assert smtp.sessions() == []


def test_a_plain_port_that_is_spoken_to_in_tls_says_so(smtp: FakeSmtp) -> None:
    url = SmtpUrl("localhost", smtp.port, Security.IMPLICIT, cafile=smtp.ca)
    outcome = deliver(url, Start())
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_NOT_SPOKEN, False, None)
    assert "certificate" not in sentence_for(outcome)


@pytest.mark.parametrize("url_of", [starttls, implicit])
def test_an_old_version_of_tls_is_called_so(smtp: FakeSmtp, url_of: Callable[[FakeSmtp], SmtpUrl]) -> None:
    smtp.conduct(old_tls=True)
    outcome = deliver(url_of(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_TOO_OLD, False, None)
    assert sentence_for(outcome) == (
        "The mail server's encryption is too old: Signoff needs TLS 1.2 or newer (STARTTLS)."
    )


#: A record of TLS 1.2 with one fatal alert (RFC 5246 §7.2): handshake_failure, internal_error, unrecognized_name.
@pytest.mark.parametrize(
    ("alert", "words"), [(40, "handshake failure"), (80, "internal error"), (112, "unrecognized name")]
)
def test_an_alert_of_the_server_may_pass_and_is_quoted(smtp: FakeSmtp, alert: int, words: str) -> None:
    smtp.plan("tls", "close", say=f"\x15\x03\x03\x00\x02\x02{chr(alert)}", raw=True)
    outcome = deliver(starttls(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_HANDSHAKE, True, None)
    assert words in sentence_for(outcome)
    assert deliver(starttls(smtp), Start()).kind is SENT


def test_without_starttls_neither_password_nor_mail_is_given(smtp: FakeSmtp) -> None:
    smtp.conduct(starttls=False, user="sam", password="hunter2", auth_in_plain=True)
    outcome = deliver(starttls(smtp, "sam", "hunter2"), Start())
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_UNAVAILABLE, False, None)
    smtp.wait_quiet()
    assert smtp.sessions()[-1]["verbs"] == ["EHLO", "QUIT"]


def test_a_name_that_only_looks_like_this_machine_gets_no_plain_text(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "_peer_is_loopback", lambda _sock: False)
    outcome = deliver(plain(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase.CONNECT, Reason.TLS_UNAVAILABLE, False, None)
    smtp.wait_quiet()
    assert not {"AUTH", "MAIL"} & set(smtp.sessions()[-1]["verbs"])


@pytest.mark.parametrize(
    ("say", "reason", "transient", "code"),
    [("454 later", Reason.TLS_UNAVAILABLE, True, 454), ("501 never", Reason.TLS_UNAVAILABLE, False, 501)],
)
def test_a_refused_starttls_is_not_sent(smtp: FakeSmtp, say: str, reason: Reason, transient: bool, code: int) -> None:
    smtp.plan("starttls", say=say)
    assert short(deliver(starttls(smtp), Start())) == (NOT_SENT, Phase.STARTTLS, reason, transient, code)


def test_words_injected_before_the_handshake_are_not_taken_for_the_server(smtp: FakeSmtp) -> None:
    smtp.plan("starttls", "hold", say="220 go\r\n250 injected")
    outcome = deliver(starttls(smtp), Start())
    smtp.release("starttls")
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.MALFORMED_REPLY, True, None)


@pytest.mark.parametrize("act", ["close", "rst"])
def test_a_handshake_that_is_dropped_may_be_tried_again(smtp: FakeSmtp, act: str) -> None:
    smtp.plan("tls", act)
    assert short(deliver(starttls(smtp), Start())) == (NOT_SENT, Phase.STARTTLS, Reason.DROPPED, True, None)


def test_a_handshake_that_hangs_ends_with_the_budget(smtp: FakeSmtp) -> None:
    smtp.plan("tls", "hold")
    assert short(deliver(starttls(smtp), Start(), IMPATIENT)) == (NOT_SENT, Phase.STARTTLS, Reason.TIMEOUT, True, None)
    smtp.release("tls")


@pytest.mark.parametrize(("act", "kind"), [("close", UNKNOWN), ("rst", UNKNOWN), ("hold", UNKNOWN)])
def test_over_tls_a_lost_reply_to_the_dot_is_unknown_too(smtp: FakeSmtp, act: str, kind: AttemptOutcome) -> None:
    smtp.plan("dot", act, accept=True)
    limits = Deadlines(before_start=5, after_start=0.4)
    assert deliver(starttls(smtp), Start(), limits).kind is kind
    assert len(smtp.accepted()) == 1


def test_over_tls_a_connection_lost_in_the_body_is_not_sent(smtp: FakeSmtp) -> None:
    smtp.plan("body", "rst")
    assert short(deliver(starttls(smtp), Start(), mime=LARGE))[:2] == (NOT_SENT, Phase.BODY)
    smtp.wait_quiet()
    assert smtp.accepted() == []


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN"])
def test_it_logs_in_with_any_password_over_tls(smtp: FakeSmtp, mechanisms: str) -> None:
    smtp.conduct(user="sam@example.com", password="pä ss:wörd", mechanisms=mechanisms)
    assert deliver(starttls(smtp, "sam@example.com", "pä ss:wörd"), Start()).kind is SENT
    assert "AUTH" not in smtp.sessions()[-1]["plain_verbs"]


@pytest.mark.parametrize(
    ("mechanisms", "password", "reason", "code"),
    [
        ("PLAIN", "not-hunter2", Reason.AUTH_FAILED, 535),
        ("LOGIN", "not-hunter2", Reason.AUTH_FAILED, 535),
        ("CRAM-MD5", "hunter2", Reason.AUTH_UNAVAILABLE, None),
    ],
)
def test_a_failed_login_is_permanent_and_shows_no_password(
    smtp: FakeSmtp, mechanisms: str, password: str, reason: Reason, code: int | None
) -> None:
    smtp.conduct(user="sam", password="hunter2", mechanisms=mechanisms)
    url = starttls(smtp, "sam", password)
    outcome = deliver(url, Start())
    assert short(outcome) == (NOT_SENT, Phase.AUTH, reason, False, code)
    assert password not in repr(outcome) + outcome.reply + repr(url)
    smtp.wait_quiet()
    assert "MAIL" not in smtp.sessions()[-1]["verbs"]


def test_a_login_that_fails_for_now_may_be_tried_again(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="hunter2")
    smtp.plan("auth", say="454 4.7.0 later")
    assert short(deliver(starttls(smtp, "sam", "hunter2"), Start()))[3:] == (True, 454)


def test_the_words_of_a_server_are_kept_short_and_clean_and_out_of_repr(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", say="550-5.1.1 <dana@example.org>\x1b[31m no\r\n550 " + "x" * 900)
    outcome = deliver(plain(smtp), Start())
    assert outcome.reply.startswith("5.1.1 <dana@example.org> [31m no xxx")
    assert len(outcome.reply) == 500
    assert outcome.reply.isprintable()
    assert "dana" not in repr(outcome)


def test_nothing_is_logged(smtp: FakeSmtp, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(0)
    smtp.plan("rcpt", say="550 <dana@example.org>")
    deliver(plain(smtp), Start())
    deliver(plain(smtp), Start())
    assert caplog.text + capfd.readouterr().out + capfd.readouterr().err == ""


def test_the_total_covers_everything_that_waits() -> None:
    limits = Deadlines()
    assert limits.total >= limits.before_start + limits.after_start + limits.quit
