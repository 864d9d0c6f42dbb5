"""P1 under a job library that raises into a running thread: an interrupt at any moment never yields a wrong claim."""

import ctypes
import gc
import random
import threading
import time
from collections.abc import Iterator

import pytest

from core.mail.outcome import Interrupted, Outcome
from core.taxonomy import AttemptOutcome
from tests.core.mail.smtp_parts import PATIENT, Start, deliver, plain
from tests.fakes.smtp.client import FakeSmtp, running_smtp


class Stop(BaseException):
    """What is raised into the thread, as dramatiq does for a shutdown or a time limit."""


class Attempt(threading.Thread):
    """One attempt in a thread of its own, and what it could say of itself in the end."""

    def __init__(self, smtp: FakeSmtp, number: int) -> None:
        super().__init__()
        self.smtp, self.message_id = smtp, f"<attempt-{number}@test>"
        self.outcome: Outcome | None = None
        self.cause: object = None

    def run(self) -> None:
        try:
            self.outcome = deliver(
                plain(self.smtp), Start(), PATIENT, f"Message-ID: {self.message_id}\r\n\r\n".encode()
            )
        except Interrupted as stopped:
            self.outcome, self.cause = stopped.outcome, type(stopped.__cause__)
        except Stop:
            pass  # outside of `send`, or while it cleaned up: no claim is made, and the lease decides

    def interrupt(self) -> None:
        assert self.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident), ctypes.py_object(Stop))


@pytest.fixture
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSmtp]:
    with running_smtp(tmp_path_factory.mktemp("smtp") / "accepted.jsonl") as running:
        yield running


@pytest.mark.parametrize(
    ("phase", "possible"), [("rcpt", {"not_sent"}), ("data", {"not_sent"}), ("dot", {"unknown", "sent"})]
)
def test_an_interrupt_while_waiting_for_the_server_says_what_is_known(
    smtp: FakeSmtp, phase: str, possible: set[str]
) -> None:
    smtp.plan(phase, "hold")
    attempt = Attempt(smtp, 0)
    attempt.start()
    smtp.wait_held(phase)
    attempt.interrupt()
    smtp.release(phase)
    attempt.join(10)
    assert attempt.cause is Stop
    assert attempt.outcome is not None
    assert attempt.outcome.kind in possible
    smtp.wait_quiet()
    assert len(smtp.accepted()) == (phase == "dot")


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a socket that an interrupt orphaned
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an interrupt in a destructor
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # an interrupt outside of `run`
def test_interrupts_at_random_moments_never_make_a_false_claim(smtp: FakeSmtp) -> None:
    moments = random.Random(1)  # the seed fixes the delays, not the races; every outcome has to be right in any case
    attempts = [Attempt(smtp, number) for number in range(150)]
    for attempt in attempts:
        attempt.start()
        time.sleep(moments.uniform(0, 0.004))
        attempt.interrupt()
        attempt.join(20)
        assert not attempt.is_alive()
    gc.collect()  # while such sockets are forgiven
    smtp.wait_quiet()
    accepted = [line["message_id"] for line in smtp.accepted()]
    assert len(accepted) == len(set(accepted))
    claims = {kind: {a.message_id for a in attempts if a.outcome and a.outcome.kind is kind} for kind in AttemptOutcome}
    assert not claims[AttemptOutcome.NOT_SENT] & set(accepted)
    assert claims[AttemptOutcome.SENT] <= set(accepted)
    assert claims[AttemptOutcome.NOT_SENT], "no interrupt came early enough to prove anything"
    assert any(a.cause for a in attempts), "no interrupt struck inside of a send"
