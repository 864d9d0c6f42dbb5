"""P1, P2, P3 at Resend's door: what is said, and what makes that nothing was sent (DESIGN §5).

The oracle is the acceptance log of an independent server process.
"""

import dataclasses
import json
import threading

import pytest
from hypothesis import given

from core.mail import connect as opening
from core.mail import http_connection
from core.mail.envelope import Envelope
from core.mail.mime import build, html_from_text
from core.mail.outcome import Outcome
from core.mail.resend import send
from core.mail.resend_body import body_of
from core.mail.resend_url import ResendUrl, parse_resend_url
from core.taxonomy import Phase, Reason
from tests.core.mail.resend_parts import MAIL, NOT_SENT, SENT, deliver, envelope, fake, secure, server, short
from tests.core.mail.smtp_parts import IMPATIENT, PATIENT, Start
from tests.core.mail.test_mime import ANY_TEXT, HEADER_TEXT, HEADER_WORDS, newlines
from tests.fakes.resend.client import KEY, FakeResend

__all__ = ["fake", "server"]

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
    assert (request["method"], request["path"]) == ("POST", "/emails")
    assert request["headers"] == {
        "host": f"127.0.0.1:{fake.port}",
        "authorization": f"Bearer {KEY}",
        "idempotency-key": "attempt-1",
        "content-type": "application/json",
        "content-length": str(request["size"]),
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
        "user-agent": "signoff",
    }


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
    assert send(parse_resend_url(fake.url), envelope(mail), "k", Start(), PATIENT).kind is SENT
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
        parse_resend_url(fake.url), Envelope.of("sam@example.com", ["dana@example.org"], mime), "k", start, PATIENT
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
    assert outcome == Outcome(NOT_SENT, outcome.phase, Reason.DROPPED, transient=True)
    assert start.calls == 0
    assert fake.requests() == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [("expired", "certificate has expired"), ("self_signed", "self-signed certificate")],
)
def test_a_certificate_that_does_not_verify_gets_neither_key_nor_mail(fake: FakeResend, kind: str, words: str) -> None:
    fake.show_certificate(kind)
    start = Start()
    failed = Outcome(NOT_SENT, Phase.STARTTLS, Reason.TLS_FAILED, reply=words)
    assert deliver(fake, start, url=secure(fake)) == failed
    assert start.calls == 0
    assert fake.requests() == []


def test_a_handshake_that_hangs_is_not_sent(fake: FakeResend) -> None:
    fake.plan("connect", "hold")
    outcome = deliver(fake, limits=IMPATIENT, url=secure(fake))
    assert short(outcome) == (NOT_SENT, Phase.STARTTLS, Reason.TIMEOUT, True, None)


def test_a_refused_connection_is_not_sent() -> None:
    start = Start()
    outcome = send(ResendUrl("127.0.0.1", 1, False, KEY), envelope(), "k", start, PATIENT)
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
    connect, write = opening.connect, http_connection.Line.write

    def connected(*given: object, **more: object) -> object:
        order.append("connect")
        return connect(*given, **more)  # type: ignore[arg-type]  # handed through

    def written(self: http_connection.Line, buffer: bytes, timeout: float | None = None) -> None:
        order.append("write")
        write(self, buffer, timeout)

    monkeypatch.setattr(http_connection, "connect", connected)
    monkeypatch.setattr(http_connection.Line, "write", written)

    def start() -> bool:
        order.append("start")
        assert fake.requests() == []
        return True

    assert send(parse_resend_url(fake.url), envelope(), "k", start, PATIENT).kind is SENT
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
        (403, "invalid_api_key", Reason.AUTH_FAILED, False),
        (429, "rate_limit_exceeded", Reason.RATE_LIMITED, True),
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


def test_the_wait_that_a_refusal_asks_for_is_kept_with_it(fake: FakeResend) -> None:
    said = json.dumps({"name": "rate_limit_exceeded", "message": "Too many requests."})
    head = f"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: {len(said)}\r\n\r\n"
    fake.plan("request", "close", say=head + said)
    words = "rate_limit_exceeded: Too many requests. (try again in 3600 seconds)"
    assert deliver(fake) == Outcome(NOT_SENT, Phase.DOT, Reason.RATE_LIMITED, True, 429, words)


@pytest.mark.parametrize(
    "head",
    [
        "Location: http://127.0.0.1:1/emails\r\n",
        "Content-Encoding: gzip\r\n",
        "Content-Type: text/html; charset=utf-16\r\nSet-Cookie: a=b\r\n",
    ],
)
def test_no_header_of_an_answer_changes_how_it_is_read(fake: FakeResend, head: str) -> None:
    """And one that ends with the connection, as its length was not told, is whole."""
    fake.plan("request", "close", accept=True, say=f'HTTP/1.1 200 OK\r\n{head}\r\n{{"id": "abc"}}')
    assert deliver(fake) == Outcome(SENT, Phase.DOT, Reason.ACCEPTED, False, 200, "id abc")
    assert len(fake.requests()) == 1


@pytest.mark.parametrize(("most", "reason"), [(65536, Reason.ACCEPTED), (65537, Reason.MALFORMED_REPLY)])
def test_an_answer_is_read_up_to_a_size(fake: FakeResend, most: int, reason: Reason) -> None:
    fake.plan("answer", "answer", status=200, say='{"id": "' + "x" * (most - 10) + '"}', times=None)
    assert deliver(fake).reason is reason


def test_an_answer_may_come_byte_by_byte(fake: FakeResend) -> None:
    fake.plan("answer", "drip", status=200, say='{"id": "slowly"}', interval=0.001)
    assert deliver(fake) == Outcome(SENT, Phase.DOT, Reason.ACCEPTED, False, 200, "id slowly")


def test_a_wrong_key_is_refused_and_never_shown(fake: FakeResend) -> None:
    url = dataclasses.replace(parse_resend_url(fake.url), key="re_wrong_key")
    outcome = deliver(fake, url=url)
    assert short(outcome) == (NOT_SENT, Phase.DOT, Reason.AUTH_FAILED, False, 403)
    assert "re_wrong_key" not in repr(outcome) + outcome.reply + repr(url) + str(url)
