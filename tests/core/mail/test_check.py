"""`check`: all that comes before a mail, and nothing of a mail."""

from pathlib import Path

import pytest

from core.mail.check import Checked, check
from core.mail.outcome import Outcome
from core.mail.smtp_url import Security, SmtpUrl
from core.taxonomy import Phase, Reason
from tests.core.mail.resend_parts import secure
from tests.core.mail.smtp_parts import IMPATIENT, QUICK, implicit, plain, starttls
from tests.core.mail.smtp_server_parts import NOT_SENT, server, smtp
from tests.fakes.resend.client import running_resend
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]

SAM = "sam@acme.example"


def test_it_goes_through_every_step_and_sends_nothing(smtp: FakeSmtp) -> None:
    steps = (Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.EHLO, Phase.AUTH, Phase.QUIT)
    smtp.conduct(user="sam", password="secret")
    assert check(starttls(smtp, "sam", "secret"), SAM, QUICK) == Checked(steps)
    smtp.conduct()
    assert check(implicit(smtp), SAM, QUICK).stopped is None
    assert check(plain(smtp), SAM, QUICK).steps == (Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.QUIT)
    smtp.wait_quiet()
    assert smtp.accepted() == []
    assert not any("MAIL" in session["verbs"] for session in smtp.sessions())


def test_it_says_the_name_that_a_mail_would_say(smtp: FakeSmtp) -> None:
    """A server that dislikes one name may like another."""
    assert check(plain(smtp), "zoë@bücher.example", QUICK).stopped is None
    assert check(SmtpUrl("127.0.0.1", smtp.port, Security.PLAIN, ehlo="mail.acme.example"), SAM, QUICK).stopped is None
    smtp.wait_quiet()
    names = [session["lines"][0] for session in smtp.sessions()]
    assert names == ["EHLO xn--bcher-kva.example", "EHLO mail.acme.example"]


def test_what_is_wrong_without_a_reply_is_told_in_words(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="secret", mechanisms="CRAM-MD5 XOAUTH2")
    checked = check(starttls(smtp, "sam", "secret"), SAM, QUICK)
    assert checked.stopped == Outcome(NOT_SENT, Phase.AUTH, Reason.AUTH_UNAVAILABLE, reply="CRAM-MD5 XOAUTH2")
    smtp.conduct(certificate="expired")
    checked = check(starttls(smtp), SAM, QUICK)
    assert checked.stopped is not None
    assert (checked.stopped.reason, checked.stopped.phase) == (Reason.TLS_FAILED, Phase.STARTTLS)
    assert "expired" in checked.stopped.reply


@pytest.mark.parametrize(
    ("phase", "say", "reason", "code"),
    [
        ("auth", "535 5.7.8 no", Reason.AUTH_FAILED, 535),
        ("auth", "454 4.7.0 Too many login attempts", Reason.LOGIN_BUSY, 454),
        ("starttls", "501 never", Reason.TLS_UNAVAILABLE, 501),
        ("greeting", "554 5.7.1 blocked using zen.spamhaus.org", Reason.REPUTATION, 554),
    ],
)
def test_it_stops_where_the_server_refuses(smtp: FakeSmtp, phase: str, say: str, reason: Reason, code: int) -> None:
    smtp.conduct(user="sam", password="secret")
    smtp.plan(phase, say=say)
    checked = check(starttls(smtp, "sam", "secret"), SAM, QUICK)
    assert checked.stopped is not None
    assert (checked.stopped.phase, checked.stopped.reason, checked.stopped.code) == (Phase(phase), reason, code)
    assert Phase(phase) not in checked.steps
    assert checked.stopped.reply == say[4:]


def test_a_login_that_never_ends_is_no_login(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="secret")
    smtp.plan("auth", "hold")
    checked = check(starttls(smtp, "sam", "secret"), SAM, IMPATIENT)
    assert checked.stopped == Outcome(NOT_SENT, Phase.AUTH, Reason.TIMEOUT, transient=True)


def test_how_a_server_says_goodbye_is_its_own_affair(smtp: FakeSmtp) -> None:
    smtp.plan("quit", "close")
    assert check(plain(smtp), SAM, QUICK).stopped is None


def test_a_server_that_is_not_there() -> None:
    checked = check(SmtpUrl("127.0.0.1", 9, Security.PLAIN), SAM, QUICK)
    assert checked == Checked((), Outcome(NOT_SENT, Phase.CONNECT, Reason.CONNECT_REFUSED, transient=True))


def test_a_key_of_resend_is_asked_without_a_mail(tmp_path: Path) -> None:
    with running_resend(tmp_path / "accepted.jsonl") as fake:
        assert check(secure(fake), SAM, QUICK).stopped is None
        wrong = check(secure(fake, key="re_other"), SAM, QUICK)
        assert wrong.stopped is not None
        assert (wrong.stopped.phase, wrong.stopped.reason, wrong.stopped.code) == (Phase.AUTH, Reason.AUTH_FAILED, 403)
        assert fake.accepted() == []


@pytest.mark.parametrize(
    ("status", "name", "reason"),
    [
        (429, "rate_limit_exceeded", Reason.RATE_LIMITED),
        (429, "daily_quota_exceeded", Reason.QUOTA_REACHED),
        (500, "internal_server_error", Reason.SERVER_TROUBLE),
        (503, "service_unavailable", Reason.SERVER_TROUBLE),
    ],
)
def test_what_is_no_fault_of_the_key_is_not_laid_to_it(tmp_path: Path, status: int, name: str, reason: Reason) -> None:
    with running_resend(tmp_path / "accepted.jsonl") as fake:
        fake.plan("body", "answer", status=status, name=name)
        checked = check(secure(fake), SAM, QUICK)
        assert checked.stopped is not None
        assert (checked.stopped.reason, checked.stopped.code) == (reason, status)
