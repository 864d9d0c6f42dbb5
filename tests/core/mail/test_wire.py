"""The wire alone: what is a reply and what is none, how long anybody waits, and a server's words for a person.

The server is the other end of a pair of sockets.
"""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.mail.wire import CHUNK, MAX_REPLY, Budget, Dropped, Malformed, Reply, Wire, body_lines, clean_text

Pair = tuple[Wire, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Wire(ours), theirs


def short() -> Budget:
    return Budget(0.05, 0.05)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (b"250\r\n", Reply(250, "")),
        (b"250 \r\n", Reply(250, "")),
        (b"200 ok\n", Reply(200, "ok")),
        (b"599 no\r\n", Reply(599, "no")),
        (b"354 a-b c\r\n", Reply(354, "a-b c")),
        (b"250 a\rb\r\n", Reply(250, "a\rb")),
        (b"250 MAX\r\r\n", Reply(250, "MAX")),
        (b"250 ok  \r\n", Reply(250, "ok  ")),
        (b"250-one\r\n250-\r\n250 three\r\n", Reply(250, "one\n\nthree")),
        (b"250-one\n250\n", Reply(250, "one\n")),
        ("550 Empfänger".encode() + b"\r\n", Reply(550, "Empfänger")),
        (b"550 Empf\xe4nger\r\n", Reply(550, "Empfänger")),
        (b"250 " + b"x" * (MAX_REPLY - 6) + b"\r\n", Reply(250, "x" * (MAX_REPLY - 6))),
    ],
)
def test_a_reply_is_read_with_all_its_lines(pair: Pair, said: bytes, reply: Reply) -> None:
    wire, server = pair
    server.sendall(said)
    assert wire.reply(Budget(5, 5)) == reply
    assert wire.buffer == b""


@pytest.mark.parametrize(
    "said",
    [
        *(b"hello\r\n", b"\r\n", b"25\r\n", b"2500 ok\r\n", b"250ok\r\n", b" 250 ok\r\n", b"250\tok\r\n"),
        *(b"199 no\r\n", b"600 no\r\n", b"0250 ok\r\n", b"\xb2\xb5\xb0 ok\r\n"),
        *(b"250-one\r\n251 two\r\n", b"250-one\r\n550 two\r\n", b"250-one\r\ntwo\r\n"),
        b"250 " + b"x" * (MAX_REPLY - 5) + b"\r\n",
        b"250-" + b"x" * (MAX_REPLY - 12) + b"\r\n250 y\r\n",
        b"x" * (MAX_REPLY + 1),
    ],
)
def test_what_is_no_reply_is_malformed(pair: Pair, said: bytes) -> None:
    wire, server = pair
    server.sendall(said)
    with pytest.raises(Malformed):
        wire.reply(Budget(5, 5))


@pytest.mark.parametrize("said", [b"", b"250", b"250 ok", b"250 ok\r", b"250-one\r\n"])
def test_a_reply_that_is_cut_is_none(pair: Pair, said: bytes) -> None:
    wire, server = pair
    server.sendall(said)
    with pytest.raises(TimeoutError):
        wire.reply(short())
    server.close()
    with pytest.raises(Dropped):
        wire.reply(Budget(5, 5))


def test_a_reply_may_come_in_pieces_and_two_at_once(pair: Pair) -> None:
    wire, server = pair
    server.sendall(b"2")
    assert wire.spoke()
    server.sendall(b"50 ok\r\n354 go\r\n5")
    assert wire.reply(Budget(5, 5)) == Reply(250, "ok")
    assert wire.spoke()
    assert wire.reply(Budget(5, 5)) == Reply(354, "go")
    assert wire.buffer == b"5"


@pytest.mark.parametrize(("code", "kind"), [(200, 2), (299, 2), (354, 3), (499, 4), (500, 5)])
def test_the_first_digit_is_the_kind(code: int, kind: int) -> None:
    assert Reply(code, "").kind == kind


def test_a_server_that_is_silent_has_not_spoken_and_one_that_left_has_dropped(pair: Pair) -> None:
    wire, server = pair
    assert not wire.spoke()
    server.sendall(b"x")
    assert wire.spoke()
    server.close()
    assert wire.spoke()
    wire.buffer = b""
    with pytest.raises(Dropped):
        wire.spoke()
    with pytest.raises(Dropped):
        wire.write(b"QUIT\r\n", Budget(5, 5))


def test_a_command_is_one_line_and_waits_for_its_own_reply(pair: Pair) -> None:
    wire, server = pair
    server.sendall(b"250 ok\r\n250 unasked\r\n")
    assert wire.command("RCPT TO:<dána@example.org>", Budget(5, 5)) == Reply(250, "ok")
    assert server.recv(100) == "RCPT TO:<dána@example.org>\r\n".encode()
    with pytest.raises(Malformed):
        wire.command("DATA", Budget(5, 5))
    wire.buffer = b""
    for line in ("NOOP\r\nDATA", "NOOP\0", "NOOP\x85"):
        with pytest.raises(ValueError) as refused:
            wire.command(line, Budget(5, 5))
        assert str(refused.value) == "a command is one line of printable text"
    with pytest.raises(TimeoutError):
        wire.command("NOOP", short())
    assert server.recv(100) == b"NOOP\r\n"


def test_all_of_a_body_is_written_or_the_time_runs_out(pair: Pair) -> None:
    wire, server = pair
    body = bytes(range(256)) * (CHUNK // 64)
    with ThreadPoolExecutor(1) as thread:
        heard = thread.submit(server.recv, len(body), socket.MSG_WAITALL)
        wire.write(body, Budget(10, 10))
        assert heard.result() == body
    with pytest.raises(TimeoutError):
        wire.write(body, short())


def test_a_budget_is_for_all_and_a_step_for_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", lambda: now)
        budget = Budget(10.0, 3.0)
        seen = [(budget.left(), budget.one_step())]
        now = 108.0
        seen.append((budget.left(), budget.one_step()))
        now = 110.0
        with pytest.raises(TimeoutError) as over:
            budget.left()
    (first, a_step), (second, the_rest) = seen
    assert (first, second) == (10.0, 2.0)
    assert (a_step.total, a_step.step, a_step.ends) == (3.0, 3.0, 103.0)
    assert (the_rest.total, the_rest.step, the_rest.ends) == (2.0, 2.0, 110.0)
    assert str(over.value) == "the time for this part of the conversation is over"


@pytest.mark.parametrize(
    ("mime", "lines"),
    [
        (b"", b"\r\n"),
        (b"a", b"a\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b"a\rb\nc\r\n\r\n", b"a\r\nb\r\nc\r\n\r\n"),
        (b"a\n", b"a\r\n"),
        (b"a\r", b"a\r\n"),
        (b".", b"..\r\n"),
        (b"a.b\n.c\n..\n .d\n", b"a.b\r\n..c\r\n...\r\n .d\r\n"),
    ],
)
def test_a_message_travels_in_whole_lines_with_leading_dots_doubled(mime: bytes, lines: bytes) -> None:
    assert body_lines(mime) == lines


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", ""),
        ("ok", "ok"),
        ("  a \t b\n\nc\r", "a b c"),
        ("a\x1b[31mb\x00c\u2028d\xa0e", "a [31mb c d e"),
        ("5.1.1 one\n5.1.1 two\n5.1.1 three", "5.1.1 one two three"),
        ("5.1.1 one\n5.1.2 two", "5.1.1 one 5.1.2 two"),
        ("one\n5.1.1 two\n5.1.1 three", "one 5.1.1 two 5.1.1 three"),
        ("5.1.1 see 5.1.1 of\n5.1.1 it", "5.1.1 see 5.1.1 of it"),
        ("3.1.1 one\n3.1.1 two", "3.1.1 one 3.1.1 two"),
        ("x" * 501, "x" * 500),
        ("x" * 499 + " y", "x" * 499 + " "),
    ],
)
def test_a_servers_words_are_one_short_line(said: str, shown: str) -> None:
    assert clean_text(said) == shown
