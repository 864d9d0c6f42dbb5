"""P1 at Resend's door: without an answer the same key is asked again, and nothing claimed that is not known.

The oracle is the acceptance log of an independent server process.
"""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.mail import http_connection, resend
from core.mail.outcome import Interrupted
from core.mail.resend import send
from core.mail.resend_url import parse_resend_url
from core.mail.smtp import Deadlines
from core.taxonomy import Phase, Reason
from tests.core.mail.resend_parts import MAIL, NOT_SENT, SENT, UNKNOWN, deliver, envelope, fake, server, short
from tests.core.mail.smtp_parts import PATIENT, Start
from tests.fakes.resend.client import KEY, FakeResend
from tests.fixtures.waiting import wait_until

__all__ = ["fake", "server"]

FAULTS = [
    ("request", "close", {}, Reason.DROPPED),
    ("request", "rst", {}, Reason.DROPPED),
    ("answer", "close", {}, Reason.DROPPED),
    ("answer", "rst", {}, Reason.DROPPED),
    ("answer", "close", {"say": "HTTP/1.1 200 O"}, Reason.MALFORMED_REPLY),
    ("answer", "close", {"say": "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"}, Reason.MALFORMED_REPLY),
    ("answer", "close", {"say": "hello\r\n\r\n"}, Reason.MALFORMED_REPLY),
    ("answer", "answer", {"status": 500}, Reason.NO_VERDICT),
    ("answer", "answer", {"status": 502, "say": "<html>"}, Reason.NO_VERDICT),
    ("answer", "answer", {"status": 200, "say": "<html>welcome to our wifi</html>"}, Reason.NO_VERDICT),
    ("answer", "answer", {"status": 200, "say": "[" * 20_000}, Reason.NO_VERDICT),
    ("answer", "answer", {"status": 200, "say": '{"id": "' + "x" * 100_000 + '"}'}, Reason.MALFORMED_REPLY),
    ("answer", "answer", {"status": 302, "say": "{}"}, Reason.NO_VERDICT),
    ("answer", "answer", {"status": 408, "say": "{}"}, Reason.NO_VERDICT),
    ("request", "answer", {"status": 503}, Reason.NO_VERDICT),
    ("body", "close", {}, Reason.DROPPED),
    ("body", "rst", {}, Reason.DROPPED),
]
ANSWERED = {Reason.NO_VERDICT}


@pytest.mark.parametrize(("moment", "act", "more"), [fault[:3] for fault in FAULTS])
def test_without_an_answer_it_is_asked_again_under_the_same_key(
    fake: FakeResend, moment: str, act: str, more: dict[str, object]
) -> None:
    fake.plan(moment, act, **more)
    start = Start()
    outcome = deliver(fake, start)
    assert short(outcome) == (SENT, Phase.DOT, Reason.ACCEPTED, False, 200)
    assert start.calls == 1
    [accepted] = fake.accepted()
    assert {request["headers"]["idempotency-key"] for request in fake.requests()} == {"attempt-1"}
    assert len({request["size"] for request in fake.requests()}) == 1
    assert outcome.reply == f"id {accepted['id']}"


@pytest.mark.parametrize(("moment", "act", "more", "reason"), FAULTS)
def test_when_no_answer_ever_comes_it_is_unknown(
    fake: FakeResend, moment: str, act: str, more: dict[str, object], reason: Reason
) -> None:
    fake.plan(moment, act, times=None, **more)
    start = Start()
    outcome = deliver(fake, start)
    assert short(outcome) == (UNKNOWN, Phase.DOT, reason, False, more.get("status") if reason in ANSWERED else None)
    assert start.calls == 1
    assert len(fake.accepted()) == (moment == "answer")
    assert len(fake.requests()) == (0 if moment == "body" else 1 + len(resend.REPLAYS))


@pytest.mark.parametrize(
    ("status", "name"), [(429, "rate_limit_exceeded"), (401, "missing_api_key"), (422, "validation_error")]
)
def test_a_replay_that_is_refused_says_nothing_of_the_first_request(fake: FakeResend, status: int, name: str) -> None:
    fake.plan("answer", "close")
    fake.plan("request", "answer", status=status, name=name, skip=1, times=None)
    outcome = deliver(fake)
    assert short(outcome) == (UNKNOWN, Phase.DOT, Reason.DROPPED, False, None)
    assert len(fake.accepted()) == 1


def test_a_key_that_is_still_at_work_is_waited_for(fake: FakeResend) -> None:
    fake.plan("request", "answer", status=409, name="concurrent_idempotent_requests", times=2)
    assert deliver(fake).kind is SENT
    assert len(fake.requests()) == 3


def test_a_key_that_belongs_to_another_body_is_left_to_a_person(fake: FakeResend) -> None:
    assert deliver(fake).kind is SENT
    other = dataclasses.replace(MAIL, subject="Other")
    outcome = send(parse_resend_url(fake.url), envelope(other), "attempt-1", Start(), PATIENT)
    assert short(outcome) == (UNKNOWN, Phase.DOT, Reason.KEY_CONFLICT, False, 409)
    assert len(fake.requests()) == 2
    assert len(fake.accepted()) == 1


def test_a_replay_that_finds_another_body_under_its_key_ends_the_asking(fake: FakeResend) -> None:
    fake.plan("answer", "close")
    fake.plan("request", "answer", status=409, name="invalid_idempotent_request", skip=1)
    assert short(deliver(fake)) == (UNKNOWN, Phase.DOT, Reason.KEY_CONFLICT, False, 409)
    assert len(fake.requests()) == 2


def test_a_server_that_hangs_with_the_mail_is_asked_again_within_the_time(
    fake: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend, "REPLAYS", (0.01, 0.5, 0.5))
    fake.plan("answer", "hold")

    def let_go() -> None:
        wait_until(lambda: len(fake.requests()) == 2, what="the first replay, which finds its key at work")
        fake.release()

    with ThreadPoolExecutor(1) as thread:
        letting_go = thread.submit(let_go)
        outcome = deliver(fake, limits=Deadlines(before_start=2, after_start=10, step=0.5))
        letting_go.result()
    assert short(outcome) == (SENT, Phase.DOT, Reason.ACCEPTED, False, 200)
    assert len(fake.accepted()) == 1


@pytest.mark.parametrize("moment", ["request", "answer"])
def test_a_server_that_hangs_for_ever_does_not_outlast_the_budget(fake: FakeResend, moment: str) -> None:
    fake.plan(moment, "hold", times=None)
    limits = Deadlines(before_start=0.5, after_start=0.8, step=0.3)
    began = time.monotonic()
    outcome = deliver(fake, limits=limits)
    assert outcome.kind is UNKNOWN
    assert time.monotonic() - began < limits.total + 0.5


def test_a_replay_is_not_waited_for_longer_than_there_is_time(
    fake: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend, "REPLAYS", (0.01, 30.0))
    fake.plan("answer", "close", times=None)
    began = time.monotonic()
    assert deliver(fake).kind is UNKNOWN
    assert time.monotonic() - began < PATIENT.after_start
    assert len(fake.requests()) == 2


def test_a_server_that_drips_its_answer_does_not_outlast_the_budget(fake: FakeResend) -> None:
    fake.plan("answer", "drip", status=200, say='{"id": "slowly"}', interval=0.05, times=None)
    limits = Deadlines(before_start=0.5, after_start=0.8, step=10)
    began = time.monotonic()
    assert short(deliver(fake, limits=limits))[:3] == (UNKNOWN, Phase.DOT, Reason.TIMEOUT)
    assert time.monotonic() - began < limits.total + 0.5


# Interrupts


class Shutdown(BaseException):
    """Stands for what a job library raises in a thread that it wants to end."""


def test_an_interrupt_in_start_says_not_sent(fake: FakeResend) -> None:
    with pytest.raises(Interrupted) as stopped:
        deliver(fake, Start(Shutdown()))
    assert short(stopped.value.outcome) == (NOT_SENT, Phase.START, Reason.INTERRUPTED, True, None)
    assert isinstance(stopped.value.__cause__, Shutdown)
    assert fake.requests() == []


def test_an_interrupt_after_the_first_byte_says_unknown(fake: FakeResend, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> bytes:
        raise Shutdown

    monkeypatch.setattr(http_connection.Line, "read", stop)
    with pytest.raises(Interrupted) as stopped:
        deliver(fake)
    assert short(stopped.value.outcome) == (UNKNOWN, Phase.DOT, Reason.INTERRUPTED, False, None)


def test_an_interrupt_while_waiting_to_ask_again_says_unknown(
    fake: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: float) -> None:
        raise Shutdown

    fake.plan("answer", "close")
    monkeypatch.setattr(resend.time, "sleep", stop)
    with pytest.raises(Interrupted) as stopped:
        deliver(fake)
    assert short(stopped.value.outcome) == (UNKNOWN, Phase.DOT, Reason.DROPPED, False, None)
    assert len(fake.accepted()) == 1


def test_nothing_is_logged(
    fake: FakeResend, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO")
    fake.plan("request", "answer", status=422, name="validation_error")
    deliver(fake)
    deliver(fake)
    logged = caplog.text + "".join(capfd.readouterr())
    assert "dana" not in logged
    assert KEY not in logged
