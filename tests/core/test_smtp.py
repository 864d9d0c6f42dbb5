"""P1, P2 at the wire: every fault at every phase, and what it makes of a message (DESIGN §5).

The oracle is the acceptance log of an independent server process.
"""

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.smtp_url import Security, SmtpUrl
from core.taxonomy import AttemptOutcome, Phase
from core.transports import opening
from core.transports import smtp as transport
from core.transports.envelope import Envelope
from core.transports.outcome import Interrupted, Outcome, Reason
from core.transports.smtp import Deadlines, send
from core.transports.wire import Budget, Wire
from tests.core.smtp_parts import IMPATIENT, LARGE, QUICK, SMALL, Start, deliver, envelope, implicit, plain, starttls
from tests.fakes.smtp.client import FakeSmtp, running_smtp

NOT_SENT, SENT, UNKNOWN = AttemptOutcome.NOT_SENT, AttemptOutcome.SENT, AttemptOutcome.UNKNOWN
COMMANDS = ["greeting", "ehlo", "mail", "rcpt", "data"]
REFUSED = {
    "greeting": Reason.REJECTED_SERVER,
    "ehlo": Reason.REJECTED_SERVER,
    "mail": Reason.REJECTED_SENDER,
    "rcpt": Reason.REJECTED_RECIPIENT,
    "data": Reason.REJECTED_DATA,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSmtp]:
    with running_smtp(tmp_path_factory.mktemp("smtp") / "accepted.jsonl") as running:
        yield running


@pytest.fixture
def smtp(server: FakeSmtp) -> Iterator[FakeSmtp]:
    server.reset()
    server.log.write_text("")
    yield server
    server.reset()


def short(outcome: Outcome) -> tuple[AttemptOutcome, Phase, Reason, bool, int | None]:
    return outcome.kind, outcome.phase, outcome.reason, outcome.transient, outcome.code


def assert_never_after(smtp: FakeSmtp, phase: str) -> None:
    """Nothing of a message was said or taken after a fault at a phase up to the reply to DATA."""
    smtp.wait_quiet()
    seen = smtp.sessions()[-1]
    later = {"greeting": {"EHLO", "MAIL", "RCPT", "DATA"}, "ehlo": {"MAIL", "RCPT", "DATA"}}
    later |= {"connect": later["greeting"], "mail": {"RCPT", "DATA"}, "rcpt": {"DATA"}}
    assert not later.get(phase, set()) & set(seen["verbs"])
    assert seen["body_bytes"] == 0
    assert smtp.accepted() == []


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

    assert send(plain(smtp), envelope(), start, QUICK).kind is SENT
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
    assert (outcome.kind, outcome.reason, outcome.transient) == (NOT_SENT, Reason.DROPPED, True)
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

    monkeypatch.setattr(opening, "addresses", two)
    assert deliver(plain(smtp), Start()).kind is SENT


def test_after_a_resolver_that_outlasts_the_budget_nothing_is_tried(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        time.sleep(IMPATIENT.before_start)
        return [(socket.AF_INET, ("127.0.0.1", smtp.port))]

    monkeypatch.setattr(opening, "addresses", slow)
    outcome = deliver(plain(smtp), Start(), IMPATIENT)
    assert short(outcome) == (NOT_SENT, Phase.CONNECT, Reason.TIMEOUT, True, None)
    assert smtp.sessions() == []


@pytest.mark.parametrize("act", ["close", "rst"])
def test_a_connection_lost_in_the_body_is_not_sent(smtp: FakeSmtp, act: str) -> None:
    smtp.plan("body", act)
    outcome = deliver(plain(smtp), Start(), mime=LARGE)
    assert short(outcome) == (NOT_SENT, Phase.BODY, Reason.DROPPED, True, None)
    smtp.wait_quiet()
    assert smtp.accepted() == []


def test_a_server_that_stops_reading_the_body_is_not_sent(smtp: FakeSmtp) -> None:
    smtp.plan("body", "hold")
    began = time.monotonic()
    outcome = deliver(plain(smtp), Start(), IMPATIENT, mime=LARGE)
    assert short(outcome) == (NOT_SENT, Phase.BODY, Reason.TIMEOUT, True, None)
    assert time.monotonic() - began < 2
    smtp.release("body")
    smtp.wait_quiet()
    assert smtp.accepted() == []
    assert smtp.sessions()[-1]["ended"] == "eof in body"


def test_a_refusal_in_the_middle_of_the_body_is_not_sent_for_its_own_reason(smtp: FakeSmtp) -> None:
    smtp.plan("body", "reply", say="552 5.3.4 too large")
    outcome = deliver(plain(smtp), Start(), mime=LARGE)
    assert short(outcome) == (NOT_SENT, Phase.BODY, Reason.REJECTED_BODY, False, 552)
    smtp.wait_quiet()
    assert smtp.accepted() == []
    assert smtp.sessions()[-1]["body_bytes"] == len(LARGE), "a QUIT would be a line of the message"
    assert smtp.sessions()[-1]["ended"] == "eof in body"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (250, (SENT, Phase.DOT, Reason.ACCEPTED, False, 250)),
        (252, (SENT, Phase.DOT, Reason.ACCEPTED, False, 252)),
        (421, (NOT_SENT, Phase.DOT, Reason.REJECTED_BODY, True, 421)),
        (451, (NOT_SENT, Phase.DOT, Reason.REJECTED_BODY, True, 451)),
        (550, (NOT_SENT, Phase.DOT, Reason.REJECTED_BODY, False, 550)),
        (354, (UNKNOWN, Phase.DOT, Reason.MALFORMED_REPLY, False, 354)),
    ],
)
def test_the_reply_to_the_dot_decides(
    smtp: FakeSmtp, code: int, expected: tuple[AttemptOutcome, Phase, Reason, bool, int | None]
) -> None:
    smtp.plan("dot", say=f"{code}-well\r\n{code} then", accept=code == 250)
    assert short(deliver(plain(smtp), Start())) == expected
    assert len(smtp.accepted()) == (code == 250)


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize(
    ("act", "say", "reason"),
    [
        ("close", "", Reason.DROPPED),
        ("rst", "", Reason.DROPPED),
        ("close", "250", Reason.DROPPED),
        ("close", "250 2.0.0 acce", Reason.DROPPED),
        ("close", "250-accepted\r\n", Reason.DROPPED),
        ("close", "550-5.7.1 no\r\n", Reason.DROPPED),
        ("close", "hello\r\n", Reason.MALFORMED_REPLY),
        ("close", "250-one\r\n550 two\r\n", Reason.MALFORMED_REPLY),
        ("close", "250-one\r\nhello\r\n", Reason.MALFORMED_REPLY),
        ("reply", "250-" + "x" * 5000 + "\r\n", Reason.MALFORMED_REPLY),
        ("reply", "250-again\r\n" * 9000, Reason.MALFORMED_REPLY),
        ("hold", "", Reason.TIMEOUT),
        ("hold", "250-one\r\n", Reason.TIMEOUT),
    ],
)
def test_no_whole_reply_to_the_dot_is_unknown(smtp: FakeSmtp, act: str, say: str, reason: Reason, accept: bool) -> None:
    smtp.plan("dot", act, say=say, accept=accept, raw=True)
    limits = IMPATIENT if act == "hold" else QUICK
    assert short(deliver(plain(smtp), Start(), limits)) == (UNKNOWN, Phase.DOT, reason, False, None)
    assert len(smtp.accepted()) == accept


@pytest.mark.parametrize("phase", ["rcpt", "dot"])
def test_a_server_that_drips_its_reply_does_not_outlast_the_budget(smtp: FakeSmtp, phase: str) -> None:
    smtp.plan(phase, "drip", say="250-" + "slowly " * 100, raw=True, interval=0.05)
    limits = Deadlines(before_start=0.5, after_start=0.5, step=10, quit=0.1)
    began = time.monotonic()
    outcome = deliver(plain(smtp), Start(), limits)
    took = time.monotonic() - began
    assert short(outcome)[:3] == (UNKNOWN if phase == "dot" else NOT_SENT, Phase(phase), Reason.TIMEOUT)
    assert 0.4 < took < limits.total + 1


@pytest.mark.parametrize(
    ("act", "say"),
    [
        ("close", ""),
        ("rst", ""),
        ("hold", ""),
        ("reply", "421 bye"),
        ("reply", "500 what"),
        ("reply", "hello"),
        ("drip", "221-x"),
    ],
)
def test_what_quit_does_cannot_change_sent(smtp: FakeSmtp, act: str, say: str) -> None:
    smtp.plan("quit", act, say=say)
    began = time.monotonic()
    assert short(deliver(plain(smtp), Start())) == (SENT, Phase.DOT, Reason.ACCEPTED, False, 250)
    assert time.monotonic() - began < 2
    assert len(smtp.accepted()) == 1


def test_a_refused_start_sends_no_data(smtp: FakeSmtp) -> None:
    start = Start(answer=False)
    outcome = deliver(plain(smtp), start)
    assert short(outcome) == (NOT_SENT, Phase.START, Reason.START_REFUSED, True, None)
    smtp.wait_quiet()
    assert smtp.sessions()[-1]["verbs"] == ["EHLO", "MAIL", "RCPT", "QUIT"]


@pytest.mark.parametrize("fault", [RuntimeError("database away: dana@example.org"), TimeoutError(), ConnectionError()])
def test_a_start_that_raises_sends_no_data(smtp: FakeSmtp, fault: Exception) -> None:
    outcome = deliver(plain(smtp), Start(answer=fault))
    assert short(outcome) == (NOT_SENT, Phase.START, Reason.START_FAILED, True, None)
    assert "dana" not in str(outcome)
    smtp.wait_quiet()
    assert "DATA" not in smtp.sessions()[-1]["verbs"]


class Shutdown(BaseException):
    """Stands for what a job library raises in a thread that it wants to end."""


def test_a_process_frozen_since_start_sends_nothing_when_it_wakes(smtp: FakeSmtp) -> None:
    def frozen() -> bool:
        threading.Event().wait(IMPATIENT.after_start + 0.1)
        return True

    outcome = send(plain(smtp), envelope(), frozen, IMPATIENT)

    assert (outcome.kind, outcome.phase) == (AttemptOutcome.NOT_SENT, Phase.DATA)
    smtp.wait_quiet()
    assert smtp.accepted() == []
    assert "DATA" not in str(smtp.sessions())


def test_an_interrupt_in_start_says_not_sent(smtp: FakeSmtp) -> None:
    with pytest.raises(Interrupted) as stopped:
        deliver(plain(smtp), Start(answer=Shutdown()))
    assert short(stopped.value.outcome) == (NOT_SENT, Phase.START, Reason.INTERRUPTED, True, None)
    assert isinstance(stopped.value.__cause__, Shutdown)
    smtp.wait_quiet()
    assert "DATA" not in smtp.sessions()[-1]["verbs"]


@pytest.mark.parametrize(
    ("after", "kind", "phase"),
    [(b"DATA\r\n", NOT_SENT, Phase.DATA), (b"x\r\n", NOT_SENT, Phase.BODY), (b".\r\n", UNKNOWN, Phase.DOT)],
)
def test_an_interrupt_is_judged_by_what_was_written(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch, after: bytes, kind: AttemptOutcome, phase: Phase
) -> None:
    write = Wire.write

    def write_then_stop(self: Wire, data: bytes, budget: Budget) -> None:
        write(self, data, budget)
        if data.endswith(after) and data != b"QUIT\r\n":
            raise Shutdown

    monkeypatch.setattr(Wire, "write", write_then_stop)
    with pytest.raises(Interrupted) as stopped:
        deliver(plain(smtp), Start(), mime=b"Message-ID: <i@test>\r\n\r\nx\r\n")
    assert short(stopped.value.outcome)[:3] == (kind, phase, Reason.INTERRUPTED)
    smtp.wait_quiet()
    assert len(smtp.accepted()) == (kind is UNKNOWN)


def test_an_interrupt_while_saying_goodbye_is_still_sent(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise Shutdown

    monkeypatch.setattr(transport, "_quit", stop)
    with pytest.raises(Interrupted) as stopped:
        deliver(plain(smtp), Start())
    assert short(stopped.value.outcome) == (SENT, Phase.DOT, Reason.ACCEPTED, False, 250)


def test_every_recipient_or_none(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", say="550 no", rcpt="bad@")
    two = Envelope.of("sam@example.com", ["good@example.org", "bad@example.org"], SMALL)
    start = Start()
    assert short(send(plain(smtp), two, start, QUICK))[:3] == (NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT)
    assert start.calls == 0
    assert_never_after(smtp, "rcpt")


def test_twenty_sessions_can_be_held_at_rcpt_and_released(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", "hold", times=20)
    limits = Deadlines(before_start=20, after_start=20, step=20)
    with ThreadPoolExecutor(20) as pool:
        started = [Start() for _ in range(20)]
        running = [pool.submit(deliver, plain(smtp), start, limits) for start in started]
        smtp.wait_held("rcpt", 20)
        assert [start.calls for start in started] == [0] * 20
        assert smtp.accepted() == []
        assert smtp.release("rcpt") == 20
        assert {job.result().kind for job in running} == {SENT}
    assert len(smtp.accepted()) == 20


# What the server can do


def test_a_server_without_smtputf8_refuses_such_an_address_clearly(smtp: FakeSmtp) -> None:
    special = Envelope.of("sam@example.com", ["dána@example.org"], SMALL)
    assert special.needs_smtputf8
    smtp.conduct(smtputf8=False)
    outcome = send(plain(smtp), special, Start(), QUICK)
    assert short(outcome) == (NOT_SENT, Phase.MAIL, Reason.SMTPUTF8_UNSUPPORTED, False, None)
    smtp.conduct()
    assert send(plain(smtp), special, Start(), QUICK).kind is SENT
    assert smtp.accepted()[-1]["rcpt_to"] == ["dána@example.org"]
    assert [line for line in smtp.sessions()[-1]["lines"] if line.startswith("MAIL")] == [
        f"MAIL FROM:<sam@example.com> SMTPUTF8 SIZE={len(SMALL) + 2}"
    ]


def test_a_domain_that_is_not_ascii_needs_no_smtputf8(smtp: FakeSmtp) -> None:
    smtp.conduct(smtputf8=False)
    assert send(plain(smtp), envelope(to="dana@bücher.example"), Start(), QUICK).kind is SENT
    assert smtp.accepted()[-1]["rcpt_to"] == ["dana@xn--bcher-kva.example"]


def test_eight_bit_goes_only_to_a_server_that_takes_it(smtp: FakeSmtp) -> None:
    body = SMALL + "é\r\n".encode()
    assert deliver(plain(smtp), Start(), mime=body).kind is SENT
    smtp.conduct(eightbitmime=False)
    outcome = deliver(plain(smtp), Start(), mime=body)
    assert short(outcome) == (NOT_SENT, Phase.MAIL, Reason.EIGHTBIT_UNSUPPORTED, False, None)


def test_a_message_above_the_announced_size_is_not_offered(smtp: FakeSmtp) -> None:
    smtp.conduct(size=50)
    assert short(deliver(plain(smtp), Start())) == (NOT_SENT, Phase.MAIL, Reason.TOO_LARGE, False, None)
    smtp.conduct(size=None)
    assert deliver(plain(smtp), Start()).kind is SENT
    smtp.conduct(size=0)  # RFC 1870: no fixed limit


def test_line_ends_and_dots_arrive_as_meant(smtp: FakeSmtp) -> None:
    mime = b"Message-ID: <d@test>\n\n.\n..\n.x\r\n\r.\rlast"
    meant = b"Message-ID: <d@test>\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\nlast\r\n"
    assert deliver(plain(smtp), Start(), mime=mime).kind is SENT
    assert smtp.accepted()[-1]["sha256"] == hashlib.sha256(meant).hexdigest()


# TLS and passwords


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
    assert short(deliver(url_of(smtp), start)) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_FAILED, False, None)
    assert start.calls == 0
    smtp.wait_quiet()
    assert not {"AUTH", "MAIL"} & set(smtp.sessions()[-1]["verbs"])


def test_a_missing_ca_file_is_a_clear_refusal_before_anything(smtp: FakeSmtp, tmp_path: Path) -> None:
    url = SmtpUrl("localhost", smtp.port, Security.STARTTLS, cafile=str(tmp_path / "none.pem"))
    assert short(deliver(url, Start())) == (NOT_SENT, Phase.CONNECT, Reason.TLS_FAILED, False, None)
    assert smtp.sessions() == []


def test_without_starttls_neither_password_nor_mail_is_given(smtp: FakeSmtp) -> None:
    smtp.conduct(starttls=False, user="sam", password="hunter2", auth_in_plain=True)
    outcome = deliver(starttls(smtp, "sam", "hunter2"), Start())
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_UNAVAILABLE, False, None)
    smtp.wait_quiet()
    assert smtp.sessions()[-1]["verbs"] == ["EHLO", "QUIT"]


def test_a_name_that_only_looks_like_this_machine_gets_no_plain_text(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_peer_is_loopback", lambda _sock: False)
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
