"""Before the first word: which addresses a host has, and what it is called when none of them lets us in."""

import base64
import dataclasses
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from core.mail import connect
from core.mail.connect import addresses
from core.mail.outcome import Outcome
from core.mail.smtp_url import Security, SmtpUrl
from core.taxonomy import Phase, Reason
from tests.core.mail.smtp_parts import IMPATIENT, PATIENT, Start, deliver, implicit, plain, starttls
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, server, smtp
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]

NO_NAME = "x" * 64 + ".test"  # a label has 63 octets: no resolver is asked


@pytest.mark.parametrize(
    ("host", "found"),
    [  # a name that TLS could not ask for is none for the resolver either
        *((name, []) for name in (".localhost", "a..test", "x" * 64 + ".test")),
        ("127.0.0.1", [(socket.AF_INET, ("127.0.0.1", 2525))]),
        ("::1", [(socket.AF_INET6, ("::1", 2525))]),
        ("256.0.0.0.0", []),
    ],
)
def test_each_address_of_a_host_is_listed_once(
    host: str, found: list[tuple[socket.AddressFamily, tuple[str, int]]]
) -> None:
    assert addresses(host, 2525) == found


@pytest.fixture
def full() -> Iterator[int]:
    """A port where somebody listens and takes no more connections: the kernel lets them wait."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), closing(socket.socket()) as second:
            second.setblocking(False)
            second.connect_ex(("127.0.0.1", port))
            yield port


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        (NO_NAME, 25, Reason.DNS_FAILED),
        ("127.0.0.1", 1, Reason.CONNECT_REFUSED),
        ("255.255.255.255", 25, Reason.UNREACHABLE),
    ],
)
def test_why_a_server_cannot_be_reached_may_pass(host: str, port: int, reason: Reason) -> None:
    start = Start()
    outcome = deliver(SmtpUrl(host, port, Security.STARTTLS), start, IMPATIENT)
    assert outcome == Outcome(NOT_SENT, Phase.CONNECT, reason, transient=True)
    assert start.calls == 0


def test_a_server_that_takes_no_connection_is_waited_for_no_longer_than_a_step(full: int) -> None:
    outcome = deliver(SmtpUrl("127.0.0.1", full, Security.PLAIN), Start(), IMPATIENT)
    assert outcome == Outcome(NOT_SENT, Phase.CONNECT, Reason.TIMEOUT, transient=True)


def test_an_address_that_hangs_leaves_time_for_the_next(
    smtp: FakeSmtp, full: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        assert (host, port) == ("127.0.0.1", smtp.port)
        return [(socket.AF_INET, ("127.0.0.1", full)), (socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr(connect, "addresses", two)
    assert deliver(plain(smtp), Start(), dataclasses.replace(PATIENT, step=0.5)).kind is SENT


def test_the_last_address_says_why(full: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(*_: object) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        return [(socket.AF_INET, ("127.0.0.1", full)), (socket.AF_INET, ("127.0.0.1", 1))]

    monkeypatch.setattr(connect, "addresses", two)
    outcome = deliver(SmtpUrl("localhost", 1, Security.PLAIN), Start(), IMPATIENT)
    assert outcome == Outcome(NOT_SENT, Phase.CONNECT, Reason.CONNECT_REFUSED, transient=True)


def test_a_reset_at_once_is_a_connection_that_was_dropped() -> None:
    assert connect._why_unreachable(ConnectionResetError()) is Reason.DROPPED


def test_what_is_wrong_with_encryption_is_told_without_words_where_its_name_says_all(smtp: FakeSmtp) -> None:
    plainly = SmtpUrl("localhost", smtp.port, Security.IMPLICIT, cafile=smtp.ca)
    assert deliver(plainly, Start()) == Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_NOT_SPOKEN)
    smtp.conduct(old_tls=True)
    assert deliver(implicit(smtp), Start()) == Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_TOO_OLD)


def test_a_server_that_offers_no_login_has_nothing_to_quote(smtp: FakeSmtp) -> None:
    outcome = deliver(starttls(smtp, "sam", "hunter2"), Start())
    assert outcome == Outcome(NOT_SENT, Phase.AUTH, Reason.AUTH_UNAVAILABLE)


def test_credentials_go_with_the_command(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="hunter2")
    assert deliver(starttls(smtp, "sam", "hunter2"), Start()).kind is SENT
    credentials = base64.b64encode(b"\0sam\0hunter2").decode()
    assert smtp.sessions()[-1]["lines"][3] == f"AUTH PLAIN {credentials}"


@pytest.mark.parametrize(("code", "again"), [(500, True), (502, True), (501, False), (503, False), (504, False)])
def test_only_a_server_that_does_not_know_ehlo_is_greeted_with_helo(smtp: FakeSmtp, code: int, again: bool) -> None:
    smtp.plan("ehlo", say=f"{code} no")
    outcome = deliver(plain(smtp), Start(), PATIENT)
    smtp.wait_quiet()
    assert ("HELO" in smtp.sessions()[-1]["verbs"]) is again
    assert (outcome.kind is SENT) is again


def test_a_server_that_refuses_helo_too_is_quoted(smtp: FakeSmtp) -> None:
    smtp.plan("ehlo", say="502 no", times=2)
    refused = Outcome(NOT_SENT, Phase.EHLO, Reason.REJECTED_SERVER, False, 502, "no")
    assert deliver(plain(smtp), Start()) == refused
