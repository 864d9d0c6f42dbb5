"""`check`: all that comes before a mail, and nothing of a mail."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.mail import connect
from core.mail.check import Checked, check
from core.mail.outcome import Outcome
from core.mail.resend_url import parse_resend_url
from core.mail.smtp_url import Security, SmtpUrl
from core.taxonomy import Phase, Reason
from tests.core.mail.resend_parts import secure
from tests.core.mail.smtp_parts import IMPATIENT, PATIENT, implicit, plain, starttls
from tests.core.mail.smtp_server_parts import NOT_SENT, server, smtp
from tests.fakes.resend.client import FakeResend, running_resend
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]

SAM = "sam@acme.example"
CONNECT, GREETING, EHLO, STARTTLS, AUTH, QUIT = (
    *(Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.STARTTLS),
    *(Phase.AUTH, Phase.QUIT),
)
ALL = (CONNECT, GREETING, EHLO, STARTTLS, EHLO, AUTH, QUIT)


@pytest.fixture(scope="module")
def resend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeResend]:
    with running_resend(tmp_path_factory.mktemp("resend") / "accepted.jsonl") as running:
        yield running


def test_it_goes_through_every_step_and_sends_nothing(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="secret", auth_in_plain=True)
    assert check(starttls(smtp, "sam", "secret"), SAM, PATIENT) == Checked(ALL)
    url = dataclasses.replace(implicit(smtp), user="sam", password="secret")
    assert check(url, SAM, PATIENT) == Checked((CONNECT, STARTTLS, GREETING, EHLO, AUTH, QUIT))
    url = dataclasses.replace(plain(smtp), user="sam", password="secret")
    assert check(url, SAM) == Checked((CONNECT, GREETING, EHLO, AUTH, QUIT))
    smtp.conduct()
    assert check(plain(smtp), SAM, PATIENT) == Checked((CONNECT, GREETING, EHLO, QUIT))
    smtp.wait_quiet()
    assert smtp.accepted() == []
    assert [session["ended"] for session in smtp.sessions()] == ["quit"] * 4
    assert not any("MAIL" in session["verbs"] for session in smtp.sessions())


def test_it_says_the_name_that_a_mail_would_say(smtp: FakeSmtp) -> None:
    """A server that dislikes one name may like another."""
    assert check(plain(smtp), "zoë@bücher.example", PATIENT).stopped is None
    assert (
        check(SmtpUrl("127.0.0.1", smtp.port, Security.PLAIN, ehlo="mail.acme.example"), SAM, PATIENT).stopped is None
    )
    smtp.wait_quiet()
    names = [session["lines"][0] for session in smtp.sessions()]
    assert names == ["EHLO xn--bcher-kva.example", "EHLO mail.acme.example"]


def test_what_is_wrong_without_a_reply_is_told_in_words(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="secret", mechanisms="CRAM-MD5 XOAUTH2")
    checked = check(starttls(smtp, "sam", "secret"), SAM, PATIENT)
    words = Outcome(NOT_SENT, AUTH, Reason.AUTH_UNAVAILABLE, reply="CRAM-MD5 XOAUTH2")
    assert checked == Checked(ALL[:5], words)
    smtp.conduct(certificate="expired")
    words = Outcome(NOT_SENT, STARTTLS, Reason.TLS_FAILED, reply="certificate has expired")
    assert check(starttls(smtp), SAM, PATIENT) == Checked(ALL[:3], words)
    assert check(implicit(smtp), SAM, PATIENT) == Checked((CONNECT,), words)


@pytest.mark.parametrize(
    ("phase", "say", "reason", "transient", "taken"),
    [
        ("greeting", "554 5.7.1 blocked using zen.spamhaus.org", Reason.REPUTATION, False, 1),
        ("ehlo", "550 5.7.1 hm", Reason.REJECTED_SERVER, False, 2),
        ("starttls", "501 never", Reason.TLS_UNAVAILABLE, False, 3),
        ("auth", "535 5.7.8 no", Reason.AUTH_FAILED, False, 5),
        ("auth", "454 4.7.0 Too many login attempts", Reason.LOGIN_BUSY, True, 5),
    ],
)
def test_it_stops_where_the_server_refuses(
    smtp: FakeSmtp, phase: str, say: str, reason: Reason, transient: bool, taken: int
) -> None:
    smtp.conduct(user="sam", password="secret")
    smtp.plan(phase, say=say)
    refused = Outcome(NOT_SENT, Phase(phase), reason, transient, int(say[:3]), say[4:])
    assert check(starttls(smtp, "sam", "secret"), SAM, PATIENT) == Checked(ALL[:taken], refused)


@pytest.mark.parametrize(
    ("phase", "act", "say", "reason", "taken"),
    [
        ("greeting", "close", "", Reason.DROPPED, 1),
        ("greeting", "reply", "hello", Reason.MALFORMED_REPLY, 1),
        ("tls", "close", "", Reason.DROPPED, 3),
        ("auth", "close", "", Reason.DROPPED, 5),
        ("auth", "hold", "", Reason.TIMEOUT, 5),
    ],
)
def test_what_ends_without_an_answer_may_pass(
    smtp: FakeSmtp, phase: str, act: str, say: str, reason: Reason, taken: int
) -> None:
    smtp.conduct(user="sam", password="secret")
    smtp.plan(phase, act, say=say)
    at = STARTTLS if phase == "tls" else Phase(phase)
    checked = check(starttls(smtp, "sam", "secret"), SAM, IMPATIENT)
    assert checked == Checked(ALL[:taken], Outcome(NOT_SENT, at, reason, transient=True))


@pytest.mark.parametrize(("skip", "taken"), [(0, 2), (1, 4)])
def test_a_second_ehlo_that_fails_does_not_undo_what_was_taken_before_it(smtp: FakeSmtp, skip: int, taken: int) -> None:
    smtp.plan("ehlo", say="550 hm", skip=skip)
    checked = check(starttls(smtp), SAM, PATIENT)
    assert checked == Checked(ALL[:taken], Outcome(NOT_SENT, EHLO, Reason.REJECTED_SERVER, False, 550, "hm"))


@pytest.mark.parametrize(("act", "say"), [("close", ""), ("reply", "hello"), ("hold", "")])
def test_how_a_server_says_goodbye_is_its_own_affair(smtp: FakeSmtp, act: str, say: str) -> None:
    smtp.plan("quit", act, say=say)
    assert check(plain(smtp), SAM, IMPATIENT) == Checked((CONNECT, GREETING, EHLO, QUIT))


def test_a_server_that_is_not_there() -> None:
    checked = check(SmtpUrl("127.0.0.1", 9, Security.PLAIN), SAM, PATIENT)
    assert checked == Checked((), Outcome(NOT_SENT, CONNECT, Reason.CONNECT_REFUSED, transient=True))


def test_a_key_of_resend_is_asked_without_a_mail(resend: FakeResend) -> None:
    assert check(secure(resend), SAM, PATIENT) == Checked((CONNECT, STARTTLS, AUTH, QUIT))
    assert check(parse_resend_url(resend.url), SAM, PATIENT) == Checked((CONNECT, AUTH, QUIT))
    wrong = Outcome(NOT_SENT, AUTH, Reason.AUTH_FAILED, False, 403, "invalid_api_key: API key is invalid.")
    assert check(secure(resend, key="re_other"), SAM, PATIENT) == Checked((CONNECT, STARTTLS), wrong)
    resend.plan("body", "answer", status=200, say='{"data": []}')
    assert check(secure(resend), SAM, PATIENT).stopped is None
    assert resend.accepted() == []
    assert [(request["method"], request["path"], request["size"]) for request in resend.requests()] == [
        ("GET", "/domains", 0)
    ] * 4


def test_what_is_asked_of_resend_names_who_asks(resend: FakeResend) -> None:
    resend.reset()
    assert check(parse_resend_url(resend.url), SAM, PATIENT).stopped is None
    [request] = resend.requests()
    assert request["headers"] == {
        "host": f"127.0.0.1:{resend.port}",
        "authorization": f"Bearer {resend.key}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "signoff",
    }


def test_a_name_that_only_looks_like_this_machine_gets_no_key_in_plain_text(
    resend: FakeResend, smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "_peer_is_loopback", lambda _sock: False)
    in_plain = Outcome(NOT_SENT, CONNECT, Reason.TLS_UNAVAILABLE)
    assert check(parse_resend_url(resend.url), SAM, PATIENT) == Checked((), in_plain)
    assert check(plain(smtp), SAM, PATIENT) == Checked((), in_plain)
    assert check(secure(resend), SAM, PATIENT).stopped is None
    assert check(starttls(smtp), SAM, PATIENT).stopped is None


def test_the_environments_proxy_is_not_asked(resend: FakeResend, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert check(parse_resend_url(resend.url), SAM, PATIENT).stopped is None


@pytest.mark.parametrize(
    ("status", "name", "reason", "transient"),
    [
        (429, "rate_limit_exceeded", Reason.RATE_LIMITED, True),
        (429, "daily_quota_exceeded", Reason.QUOTA_REACHED, True),
        (500, "internal_server_error", Reason.SERVER_TROUBLE, True),
        (503, "service_unavailable", Reason.SERVER_TROUBLE, True),
        (302, "moved", Reason.SERVER_TROUBLE, True),
    ],
)
def test_what_is_no_fault_of_the_key_is_not_laid_to_it(
    resend: FakeResend, status: int, name: str, reason: Reason, transient: bool
) -> None:
    resend.plan("body", "answer", status=status, name=name)
    refused = Outcome(NOT_SENT, AUTH, reason, transient, status, f"{name}: As planned.")
    assert check(secure(resend), SAM, PATIENT) == Checked((CONNECT, STARTTLS), refused)


def test_a_resend_that_does_not_answer_has_let_nobody_in(resend: FakeResend) -> None:
    """Over TLS already: what is missing is the answer to the key."""
    resend.plan("body", "close")
    dropped = Outcome(NOT_SENT, AUTH, Reason.DROPPED, transient=True)
    assert check(secure(resend), SAM, PATIENT) == Checked((CONNECT, STARTTLS), dropped)
    resend.plan("body", "close", say="hello\r\n\r\n")
    malformed = Outcome(NOT_SENT, AUTH, Reason.MALFORMED_REPLY, transient=True)
    assert check(parse_resend_url(resend.url), SAM, PATIENT) == Checked((CONNECT,), malformed)
    resend.plan("body", "hold")
    late = Outcome(NOT_SENT, AUTH, Reason.TIMEOUT, transient=True)
    assert check(secure(resend), SAM, IMPATIENT) == Checked((CONNECT, STARTTLS), late)
    resend.reset()


def test_a_certificate_authority_that_is_none_is_told_before_anything(resend: FakeResend, tmp_path: Path) -> None:
    url = secure(resend, cafile=str(tmp_path / "none.pem"))
    assert check(url, SAM, PATIENT) == Checked((), Outcome(NOT_SENT, CONNECT, Reason.CA_FILE))
    resend.show_certificate("self_signed")
    checked = check(secure(resend), SAM, PATIENT)
    resend.reset()
    failed = Outcome(NOT_SENT, STARTTLS, Reason.TLS_FAILED, reply="self-signed certificate")
    assert checked == Checked((CONNECT,), failed)
