"""P1, P2 at the wire: every fault in the body, at the dot and after it, and a start that is refused (DESIGN §5).

The oracle is the acceptance log of an independent server process.
"""

import threading
import time

import pytest

from core.mail import smtp as transport
from core.mail.outcome import Interrupted
from core.mail.smtp import Deadlines, send
from core.mail.wire import Budget, Wire
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.mail.smtp_parts import IMPATIENT, LARGE, PATIENT, Start, deliver, envelope, plain
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, UNKNOWN, server, short, smtp
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]


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


@pytest.mark.parametrize(
    ("act", "say", "reason", "code"),
    [
        ("reply", "452 4.3.1 no room", Reason.SERVER_TROUBLE, 452),
        ("close", "452 4.3.1 no room", Reason.SERVER_TROUBLE, 452),
        ("close", "354 go on", Reason.DROPPED, None),
    ],
)
def test_what_a_server_says_in_the_middle_of_the_body_is_why_it_is_not_sent(
    smtp: FakeSmtp, act: str, say: str, reason: Reason, code: int | None
) -> None:
    """Whether it reads on to the end or hangs up; only what is no refusal is judged by how it went on."""
    smtp.plan("body", act, say=say)
    outcome = deliver(plain(smtp), Start(), mime=LARGE)
    assert short(outcome) == (NOT_SENT, Phase.BODY, reason, True, code)
    assert outcome.reply == (say[4:] if code else "")


def test_a_refusal_in_the_middle_of_the_body_is_not_sent_for_its_own_reason(smtp: FakeSmtp) -> None:
    smtp.plan("body", "reply", say="552 5.3.4 too large")
    outcome = deliver(plain(smtp), Start(), mime=LARGE)
    assert short(outcome) == (NOT_SENT, Phase.BODY, Reason.TOO_LARGE, False, 552)
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
        ("reply", "250-" + "x" * 70_000 + "\r\n", Reason.MALFORMED_REPLY),
        ("reply", "250-again\r\n" * 9000, Reason.MALFORMED_REPLY),
        ("hold", "", Reason.TIMEOUT),
        ("hold", "250-one\r\n", Reason.TIMEOUT),
    ],
)
def test_no_whole_reply_to_the_dot_is_unknown(smtp: FakeSmtp, act: str, say: str, reason: Reason, accept: bool) -> None:
    smtp.plan("dot", act, say=say, accept=accept, raw=True)
    limits = IMPATIENT if act == "hold" else PATIENT
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
    assert str(stopped.value) == "interrupted at start: not_sent"
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
