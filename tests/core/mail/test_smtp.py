"""P1, P2 at the wire: every fault at every phase up to DATA, and what it makes of a message (DESIGN §5).

The oracle is the acceptance log of an independent server process.
"""

import hashlib
import socket
import time

import pytest

from core.mail import connect
from core.mail.outcome import Outcome
from core.mail.smtp import send
from core.mail.smtp_url import Security, SmtpUrl
from core.taxonomy import Phase, Reason
from tests.core.mail.smtp_parts import IMPATIENT, PATIENT, SMALL, Start, deliver, envelope, plain
from tests.core.mail.smtp_server_parts import COMMANDS, NOT_SENT, REFUSED, SENT, assert_never_after, server, short, smtp
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]


def test_a_message_is_handed_over_exactly_and_once(smtp: FakeSmtp) -> None:
    start = Start()
    outcome = deliver(plain(smtp), start)
    assert short(outcome) == (SENT, Phase.DOT, Reason.ACCEPTED, False, 250)
    assert outcome.reply == "2.0.0 accepted"
    assert start.calls == 1
    [accepted] = smtp.accepted()
    assert accepted["message_id"] == "<one@test>"
    assert accepted["rcpt_to"] == ["dana@example.org"]
    assert accepted["sha256"] == hashlib.sha256(SMALL).hexdigest()
    smtp.wait_quiet()
    assert [seen["verbs"] for seen in smtp.sessions()] == [["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]]


def test_start_is_asked_after_rcpt_and_before_data(smtp: FakeSmtp) -> None:
    seen: list[list[str]] = []

    def start() -> bool:
        seen.append(smtp.sessions()[-1]["verbs"])
        return True

    assert send(plain(smtp), envelope(), start, PATIENT).kind is SENT
    assert seen == [["EHLO", "MAIL", "RCPT"]]


@pytest.mark.parametrize("phase", COMMANDS)
@pytest.mark.parametrize(("code", "transient"), [(421, True), (451, True), (550, False), (554, False)])
def test_a_refusal_up_to_data_is_not_sent(smtp: FakeSmtp, phase: str, code: int, transient: bool) -> None:
    smtp.plan(phase, say=f"{code}-first\r\n{code} second")
    start = Start()
    outcome = deliver(plain(smtp), start)
    assert short(outcome) == (NOT_SENT, Phase(phase), REFUSED[phase], transient, code)
    assert outcome.reply == "first second"
    assert start.calls == (phase == "data")
    assert_never_after(smtp, phase)


@pytest.mark.parametrize("phase", ["connect", *COMMANDS])
@pytest.mark.parametrize("act", ["close", "rst"])
def test_a_dropped_connection_up_to_data_is_not_sent(smtp: FakeSmtp, phase: str, act: str) -> None:
    smtp.plan(phase, act)
    start = Start()
    outcome = deliver(plain(smtp), start)
    assert outcome == Outcome(NOT_SENT, outcome.phase, Reason.DROPPED, transient=True)
    early = phase in ("connect", "greeting")  # a reset may be noticed before we wait for the greeting, or then
    assert outcome.phase in ((Phase.CONNECT, Phase.GREETING) if early else (Phase(phase),))
    assert start.calls == (phase == "data")
    assert_never_after(smtp, phase)


@pytest.mark.parametrize("phase", COMMANDS)
def test_a_hanging_server_up_to_data_is_not_sent(smtp: FakeSmtp, phase: str) -> None:
    smtp.plan(phase, "hold")
    start = Start()
    outcome = deliver(plain(smtp), start, IMPATIENT)
    assert short(outcome) == (NOT_SENT, Phase(phase), Reason.TIMEOUT, True, None)
    smtp.release(phase)
    assert_never_after(smtp, phase)


@pytest.mark.parametrize("phase", COMMANDS)
@pytest.mark.parametrize("say", ["hello", "25", "2500 ok", "250-a\r\n251 b", "999 no", "199 no", "", "\x00\xff\xfe"])
def test_a_malformed_reply_up_to_data_is_not_sent(smtp: FakeSmtp, phase: str, say: str) -> None:
    smtp.plan(phase, "close", say=f"{say}\r\n")
    outcome = deliver(plain(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase(phase), Reason.MALFORMED_REPLY, True, None)
    assert_never_after(smtp, phase)


@pytest.mark.parametrize("phase", COMMANDS)
@pytest.mark.parametrize("say", ["250-first\r\n", "250", "250 ok", "2", "354-go\r\n354"])
def test_a_reply_that_is_cut_up_to_data_is_not_sent(smtp: FakeSmtp, phase: str, say: str) -> None:
    smtp.plan(phase, "close", say=say, raw=True)
    outcome = deliver(plain(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase(phase), Reason.DROPPED, True, None)
    assert_never_after(smtp, phase)


@pytest.mark.parametrize(("phase", "say"), [("mail", "354 go"), ("rcpt", "354 go"), ("data", "250 ok")])
def test_a_reply_of_the_wrong_kind_is_not_sent(smtp: FakeSmtp, phase: str, say: str) -> None:
    smtp.plan(phase, "reply", say=say)
    assert short(deliver(plain(smtp), Start())) == (NOT_SENT, Phase(phase), Reason.MALFORMED_REPLY, True, None)
    assert_never_after(smtp, phase)


def test_replies_that_nobody_asked_for_end_the_conversation(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", say="250 ok\r\n354 go\r\n250 accepted")
    assert short(deliver(plain(smtp), Start()))[:3] == (NOT_SENT, Phase.DATA, Reason.MALFORMED_REPLY)
    assert_never_after(smtp, "rcpt")


def test_a_reply_to_the_dot_that_comes_before_the_dot_is_none(smtp: FakeSmtp) -> None:
    smtp.plan("data", say="354 go\r\n250 accepted")
    outcome = deliver(plain(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase.BODY, Reason.MALFORMED_REPLY, True, None)
    smtp.wait_quiet()
    assert smtp.accepted() == []


def test_a_refused_connection_is_not_sent(smtp: FakeSmtp) -> None:
    smtp.refuse()
    try:
        start = Start()
        assert short(deliver(plain(smtp), start)) == (NOT_SENT, Phase.CONNECT, Reason.CONNECT_REFUSED, True, None)
        assert start.calls == 0
    finally:
        smtp.listen()


def test_an_unknown_host_is_not_sent() -> None:
    url = SmtpUrl("no-such-host.invalid", 25, Security.STARTTLS)
    outcome = deliver(url, Start())
    assert outcome.kind is NOT_SENT
    assert outcome.phase is Phase.CONNECT
    assert outcome.transient
    assert outcome.reason in (Reason.DNS_FAILED, Reason.TIMEOUT)


def test_the_second_address_of_a_host_is_tried(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(*_: object) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        return [(socket.AF_INET, ("127.0.0.1", 1)), (socket.AF_INET, ("127.0.0.1", smtp.port))]

    monkeypatch.setattr(connect, "addresses", two)
    assert deliver(plain(smtp), Start()).kind is SENT


def test_after_a_resolver_that_outlasts_the_budget_nothing_is_tried(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        time.sleep(IMPATIENT.before_start)
        return [(socket.AF_INET, ("127.0.0.1", smtp.port))]

    monkeypatch.setattr(connect, "addresses", slow)
    outcome = deliver(plain(smtp), Start(), IMPATIENT)
    assert short(outcome) == (NOT_SENT, Phase.CONNECT, Reason.TIMEOUT, True, None)
    assert smtp.sessions() == []
