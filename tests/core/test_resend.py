"""P1, P2, P3 at Resend's door: every fault at every moment, and what it makes of a message (DESIGN §5).

The oracle is the acceptance log of an independent server process.
"""

import dataclasses
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given

from core.html_body import html_from_text
from core.mime import Mail, build
from core.resend_url import ResendUrl, parse_resend_url
from core.taxonomy import AttemptOutcome, Phase
from core.transports import http_line, opening, resend
from core.transports.envelope import Envelope
from core.transports.outcome import Interrupted, Outcome, Reason
from core.transports.resend import send
from core.transports.resend_body import body_of
from core.transports.smtp import Deadlines
from tests.core.smtp_parts import IMPATIENT, QUICK, Start
from tests.core.test_mime import ANY_TEXT, HEADER_TEXT, HEADER_WORDS, newlines
from tests.fakes.resend.client import KEY, FakeResend, running_resend
from tests.fixtures.waiting import wait_until

NOT_SENT, SENT, UNKNOWN = AttemptOutcome.NOT_SENT, AttemptOutcome.SENT, AttemptOutcome.UNKNOWN
MAIL = Mail(
    "sam@example.com",
    "dana@example.org",
    "Hello",
    "Hi Dana,\n\nsee https://example.com.\n\nSam\n",
    "<attempt@example.com>",
    datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC),
    from_name="Sam Hill",
    to_name="Dana",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeResend]:
    with running_resend(tmp_path_factory.mktemp("resend") / "accepted.jsonl") as running:
        yield running


@pytest.fixture
def fake(server: FakeResend, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeResend]:
    monkeypatch.setattr(resend, "REPLAYS", (0.01, 0.02, 0.03))
    server.reset()
    server.log.write_text("")
    yield server
    server.reset()


def envelope(mail: Mail = MAIL) -> Envelope:
    return Envelope.of(mail.from_address, [mail.to_address], build(mail).content)


def deliver(
    fake: FakeResend,
    start: Start | None = None,
    limits: Deadlines = QUICK,
    *,
    url: ResendUrl | None = None,
    key: str = "attempt-1",
) -> Outcome:
    return send(url or parse_resend_url(fake.url), envelope(), key, start or Start(), limits)


def secure(fake: FakeResend, **changes: str) -> ResendUrl:
    return dataclasses.replace(ResendUrl("localhost", fake.tls_port, True, fake.key, fake.ca), **changes)  # type: ignore[arg-type]  # all of the changed ones are strings


def short(outcome: Outcome) -> tuple[AttemptOutcome, Phase, Reason, bool, int | None]:
    return outcome.kind, outcome.phase, outcome.reason, outcome.transient, outcome.code


# What is said


def test_a_message_is_handed_over_exactly_and_once(fake: FakeResend) -> None:
    start = Start()
    outcome = deliver(fake, start)
    [accepted] = fake.accepted()
    assert short(outcome) == (SENT, Phase.DOT, Reason.ACCEPTED, False, 200)
    assert outcome.reply == f"id {accepted['id']}"
    assert start.calls == 1
    assert accepted["key"] == "attempt-1"
    assert (accepted["from"], accepted["to"]) == ("Sam Hill <sam@example.com>", ["Dana <dana@example.org>"])
    assert (accepted["subject"], accepted["text"]) == (MAIL.subject, MAIL.body)
    assert accepted["html"] == html_from_text(MAIL.body)
    assert accepted["headers"] == {"Message-ID": MAIL.message_id}
    [request] = fake.requests()
    assert request["headers"]["authorization"] == f"Bearer {KEY}"


def test_a_verified_server_gets_it_over_tls(fake: FakeResend) -> None:
    assert deliver(fake, url=secure(fake)).kind is SENT
    assert len(fake.accepted()) == 1


def test_an_answer_and_its_thread_are_named(fake: FakeResend) -> None:
    mail = dataclasses.replace(
        MAIL,
        in_reply_to="<theirs@example.org>",
        references=("<first@example.org>", "<theirs@example.org>"),
        list_unsubscribe=("https://example.com/u/1", "mailto:out@example.com"),
    )
    assert send(parse_resend_url(fake.url), envelope(mail), "k", Start(), QUICK).kind is SENT
    assert fake.accepted()[0]["headers"] == {
        "Message-ID": "<attempt@example.com>",
        "In-Reply-To": "<theirs@example.org>",
        "References": "<first@example.org> <theirs@example.org>",
        "List-Unsubscribe": "<https://example.com/u/1>, <mailto:out@example.com>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@given(body=ANY_TEXT, subject=HEADER_TEXT | HEADER_WORDS, name=HEADER_TEXT | HEADER_WORDS)
def test_p3_what_goes_out_as_json_is_what_was_frozen(body: str, subject: str, name: str) -> None:
    mail = dataclasses.replace(MAIL, body=body, subject=subject, from_name=name, to_name=name)
    said = json.loads(body_of(envelope(mail)))
    assert said["text"] == newlines(body)
    assert said["html"] == html_from_text(newlines(body))
    assert said["subject"] == subject
    shown = said["from"].removesuffix(" <sam@example.com>") if name else ""
    plain = shown[1:-1].replace('\\"', '"').replace("\\\\", "\\") if shown.startswith('"') else shown
    assert plain == name


@given(name=HEADER_WORDS)
def test_any_name_makes_an_address_that_resend_reads(name: str) -> None:
    from tests.fakes.resend.rules import MAILBOX

    said = json.loads(body_of(envelope(dataclasses.replace(MAIL, from_name=name, to_name=name))))
    assert MAILBOX.fullmatch(said["from"])
    assert MAILBOX.fullmatch(said["to"][0])


@pytest.mark.parametrize(
    "mime",
    [
        b"",
        b"Message-ID: <a@b>\r\n\r\nHi\r\n",
        build(MAIL).content.replace(b"dana@", b"eve@"),
        build(MAIL).content.replace(b"Subject: Hello", b"Subject: Hello\r\nSubject: Other"),
        build(MAIL).content.replace(b"text/html", b"text/other"),
    ],
)
def test_what_is_no_message_of_ours_is_not_sent(fake: FakeResend, mime: bytes) -> None:
    start = Start()
    outcome = send(
        parse_resend_url(fake.url), Envelope.of("sam@example.com", ["dana@example.org"], mime), "k", start, QUICK
    )
    assert short(outcome) == (NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE, False, None)
    assert start.calls == 0
    assert fake.requests() == []


# Before the request


# CPython's `wrap_socket` leaves its own socket to the garbage collector where the peer has reset the connection.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.parametrize("act", ["close", "rst"])
def test_a_connection_lost_before_the_request_over_tls_is_not_sent(fake: FakeResend, act: str) -> None:
    fake.plan("connect", act)
    start = Start()
    outcome = deliver(fake, start, url=secure(fake))
    assert (outcome.kind, outcome.reason, outcome.transient) == (NOT_SENT, Reason.DROPPED, True)
    assert start.calls == 0
    assert fake.requests() == []


@pytest.mark.parametrize("kind", ["wrong_host", "expired", "self_signed"])
def test_a_certificate_that_does_not_verify_gets_neither_key_nor_mail(fake: FakeResend, kind: str) -> None:
    fake.show_certificate(kind)
    start = Start()
    assert short(deliver(fake, start, url=secure(fake))) == (NOT_SENT, Phase.STARTTLS, Reason.TLS_FAILED, False, None)
    assert start.calls == 0
    assert fake.requests() == []


def test_a_handshake_that_hangs_is_not_sent(fake: FakeResend) -> None:
    fake.plan("connect", "hold")
    outcome = deliver(fake, limits=IMPATIENT, url=secure(fake))
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TIMEOUT, True, None)


def test_a_refused_connection_is_not_sent() -> None:
    start = Start()
    outcome = send(ResendUrl("127.0.0.1", 1, False, KEY), envelope(), "k", start, QUICK)
    assert short(outcome) == (NOT_SENT, Phase.CONNECT, Reason.CONNECT_REFUSED, True, None)
    assert start.calls == 0


def test_a_name_that_only_looks_like_this_machine_gets_no_plain_text(
    fake: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_peer_is_loopback", lambda _sock: False)
    assert short(deliver(fake)) == (NOT_SENT, Phase.CONNECT, Reason.TLS_UNAVAILABLE, False, None)
    assert fake.requests() == []


def test_the_environments_proxy_is_not_asked(fake: FakeResend, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert deliver(fake).kind is SENT


# Start


def test_start_is_asked_once_connected_and_before_anything_is_said(
    fake: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    connect, write = opening.connect, http_line.Line.write

    def connected(*given: object, **more: object) -> object:
        order.append("connect")
        return connect(*given, **more)  # type: ignore[arg-type]  # handed through

    def written(self: http_line.Line, buffer: bytes, timeout: float | None = None) -> None:
        order.append("write")
        write(self, buffer, timeout)

    monkeypatch.setattr(http_line, "connect", connected)
    monkeypatch.setattr(http_line.Line, "write", written)

    def start() -> bool:
        order.append("start")
        assert fake.requests() == []
        return True

    assert send(parse_resend_url(fake.url), envelope(), "k", start, QUICK).kind is SENT
    assert order[:3] == ["connect", "write", "start"]
    assert order.count("start") == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(False, Reason.START_REFUSED), (RuntimeError("away"), Reason.START_FAILED), (TimeoutError(), Reason.START_FAILED)],
)
@pytest.mark.parametrize("tls", [False, True])
def test_without_start_nothing_leaves(fake: FakeResend, answer: bool | Exception, reason: Reason, tls: bool) -> None:
    outcome = deliver(fake, Start(answer), url=secure(fake) if tls else None)
    assert short(outcome) == (NOT_SENT, Phase.START, reason, True, None)
    assert fake.requests() == []


def test_a_process_frozen_since_start_sends_nothing_when_it_wakes(fake: FakeResend) -> None:
    def frozen() -> bool:
        threading.Event().wait(IMPATIENT.after_start + 0.1)
        return True

    outcome = send(parse_resend_url(fake.url), envelope(), "k", frozen, IMPATIENT)
    assert short(outcome) == (NOT_SENT, Phase.DATA, Reason.TIMEOUT, True, None)
    assert fake.requests() == []


# The answer


@pytest.mark.parametrize(
    ("status", "name", "reason", "transient"),
    [
        (400, "validation_error", Reason.REJECTED_BODY, False),
        (401, "missing_api_key", Reason.AUTH_FAILED, False),
        (403, "invalid_api_key", Reason.AUTH_FAILED, False),
        (403, "validation_error", Reason.REJECTED_SENDER, False),
        (404, "not_found", Reason.REJECTED_BODY, False),
        (422, "missing_required_field", Reason.REJECTED_BODY, False),
        (429, "rate_limit_exceeded", Reason.RATE_LIMITED, True),
        (429, "daily_quota_exceeded", Reason.RATE_LIMITED, True),
        (451, "security_error", Reason.REJECTED_BODY, False),
    ],
)
def test_a_refusal_is_not_sent_and_not_asked_again(
    fake: FakeResend, status: int, name: str, reason: Reason, transient: bool
) -> None:
    fake.plan("request", "answer", status=status, name=name)
    outcome = deliver(fake)
    assert short(outcome) == (NOT_SENT, Phase.DOT, reason, transient, status)
    assert outcome.reply == f"{name}: As planned."
    assert len(fake.requests()) == 1
    assert fake.accepted() == []


def test_a_wrong_key_is_refused_and_never_shown(fake: FakeResend) -> None:
    url = dataclasses.replace(parse_resend_url(fake.url), key="re_wrong_key")
    outcome = deliver(fake, url=url)
    assert short(outcome) == (NOT_SENT, Phase.DOT, Reason.AUTH_FAILED, False, 403)
    assert "re_wrong_key" not in repr(outcome) + outcome.reply + repr(url) + str(url)


FAULTS = [
    ("request", "close", {}),
    ("request", "rst", {}),
    ("answer", "close", {}),
    ("answer", "rst", {}),
    ("answer", "close", {"say": "HTTP/1.1 200 O"}),
    ("answer", "close", {"say": "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"}),
    ("answer", "close", {"say": "hello\r\n\r\n"}),
    ("answer", "answer", {"status": 500}),
    ("answer", "answer", {"status": 502, "say": "<html>"}),
    ("answer", "answer", {"status": 200, "say": "<html>welcome to our wifi</html>"}),
    ("answer", "answer", {"status": 200, "say": '{"id": 7}'}),
    ("answer", "answer", {"status": 200, "say": "[" * 20_000}),
    ("answer", "answer", {"status": 200, "say": '{"id": "' + "x" * 100_000 + '"}'}),
    ("answer", "answer", {"status": 302, "say": "{}"}),
    ("answer", "answer", {"status": 408, "say": "{}"}),
    ("request", "answer", {"status": 503}),
    ("body", "close", {}),
    ("body", "rst", {}),
]


@pytest.mark.parametrize(("moment", "act", "more"), FAULTS)
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


@pytest.mark.parametrize(("moment", "act", "more"), FAULTS)
def test_when_no_answer_ever_comes_it_is_unknown(
    fake: FakeResend, moment: str, act: str, more: dict[str, object]
) -> None:
    fake.plan(moment, act, times=None, **more)
    start = Start()
    outcome = deliver(fake, start)
    assert (outcome.kind, outcome.phase, outcome.transient) == (UNKNOWN, Phase.DOT, False)
    assert start.calls == 1
    assert len(fake.accepted()) == (moment == "answer")


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
    outcome = send(parse_resend_url(fake.url), envelope(other), "attempt-1", Start(), QUICK)
    assert short(outcome) == (UNKNOWN, Phase.DOT, Reason.KEY_CONFLICT, False, 409)
    assert len(fake.requests()) == 2
    assert len(fake.accepted()) == 1


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

    monkeypatch.setattr(http_line.Line, "read", stop)
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
    assert stopped.value.outcome.kind is UNKNOWN
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


# The address


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("resend://re_1@api.resend.com", ResendUrl("api.resend.com", 443, True, "re_1")),
        ("resend://re%5F1@api.resend.com:8443/", ResendUrl("api.resend.com", 8443, True, "re_1")),
        ("resend://re_1@127.0.0.1:8080", ResendUrl("127.0.0.1", 8080, False, "re_1")),
        ("resend://re_1@localhost?cafile=/ca.pem", ResendUrl("localhost", 443, True, "re_1", "/ca.pem")),
    ],
)
def test_an_address_is_read(text: str, meant: ResendUrl) -> None:
    assert parse_resend_url(text) == meant
    assert parse_resend_url(text).key == meant.key


@pytest.mark.parametrize(
    "text",
    [
        "resend://api.resend.com",
        "resend://re_secret",
        "resend://@api.resend.com",
        "resend://user:re_secret@api.resend.com",
        "resend://re_secret@",
        "resend://re_secret@api.resend.com/emails",
        "resend://re_secret@api.resend.com?x=1",
        "resend://re_secret@api.resend.com?cafile=",
        "resend://re_secret@api.resend.com#x",
        "resend://re_secret@api.resend.com:0",
        "resend://re_secret@api.resend.com:port",
        "resend://re_secret%0A@api.resend.com",
        "resend://re_secret%20@api.resend.com",
        "resend://re_s\u00e9cret@api.resend.com",
        "resend://re_ secret@api.resend.com",
        "https://re_secret@api.resend.com",
    ],
)
def test_an_address_that_is_none_is_refused_without_its_key(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_resend_url(text)
    assert "secret" not in str(refused.value)
