"""The list of kept sessions by itself: who may wait in it, for how long, and who is told goodbye.

The server is the other end of a pair of sockets.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from core.ids import UUID, new_id
from core.mail import pool
from core.mail.pool import Session
from core.mail.smtp_url import Security, SmtpUrl
from core.mail.wire import Budget, Wire
from core.settings import settings

SAM, TOM = new_id(), new_id()
URL = SmtpUrl("h.test", 465, Security.IMPLICIT, "sam", "old")
CHANGED = SmtpUrl("h.test", 465, Security.IMPLICIT, "sam", "new")


Opened = tuple[Session, socket.socket]
Open = Callable[..., Opened]


def forget() -> None:
    """As in a forked child, where no timer of its parent's runs."""
    if pool._timer is not None:
        pool._timer.cancel()
    pool._forget()


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens a session, and gives it with its server's end; nothing is kept before the test or after it."""
    pool.end_all()
    ends: list[socket.socket] = []

    def open_one(account: UUID | None = SAM, url: SmtpUrl = URL, **more: float) -> Opened:
        ours, theirs = socket.socketpair()
        theirs.settimeout(5)
        ends.extend((ours, theirs))
        return Session(account, url, Wire(ours), {}, **more), theirs  # type: ignore[arg-type]  # mails is a whole number

    yield open_one
    pool.end_all()
    forget()
    for end in ends:
        end.close()


def farewell(server: socket.socket) -> bytes:
    """All that the server hears until the connection ends."""
    heard = b""
    while said := server.recv(100):
        heard += said
    return heard


def is_open(server: socket.socket) -> bool:
    """Whether the server has heard nothing, and the connection stands."""
    server.setblocking(False)
    try:
        server.recv(1)
    except BlockingIOError:
        return True
    finally:
        server.settimeout(5)
    return False


@pytest.mark.parametrize(
    ("idle", "age", "over"),
    [(0, 0, False), (5, 5, False), (5.5, 6, True), (0, 60, False), (0, 60.5, True), (5.5, 60.5, True)],
)
def test_a_session_waits_five_seconds_and_lasts_a_minute(opened: Open, idle: float, age: float, over: bool) -> None:
    session, _ = opened(opened=1000.0 - age, idle_since=1000.0 - idle)
    assert session.over(1000.0) is over


def test_two_of_an_account_wait_and_no_third(opened: Open) -> None:
    assert [pool.keep(opened(account)[0]) for account in (SAM, SAM, SAM, TOM, TOM, TOM)] == [True, True, False] * 2
    assert pool.keep(opened(None)[0]) is False


def test_a_session_is_kept_until_its_last_mail_or_its_age(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "delivery_mails_per_connection", 3)
    assert [pool.keep(opened(new_id(), mails=mails)[0]) for mails in (0, 1, 2, 3)] == [True, True, False, False]
    now = time.monotonic()
    assert [pool.keep(opened(new_id(), opened=now - age)[0]) for age in (50, 61)] == [True, False]


def test_where_the_list_is_full_the_longest_waiting_makes_room(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MOST", 2)
    kept = [opened(new_id()) for _ in range(4)]
    for place, (session, _) in enumerate(kept):
        assert pool.keep(session)
        assert [is_open(server) for _, server in kept[max(0, place - 1) : place + 1]] == [True] * min(2, place + 1)
    assert [farewell(server) for _, server in kept[:2]] == [b"QUIT\r\n"] * 2


def take_answered(server: socket.socket, account: UUID = SAM, url: SmtpUrl = URL) -> Session | None:
    """Take a session while its server answers RSET."""
    with ThreadPoolExecutor(1) as thread:

        def answer() -> None:
            assert server.recv(100) == b"RSET\r\n"
            server.sendall(b"250 ok\r\n")

        answered = thread.submit(answer)
        taken = pool.take(account, url, Budget(30, 30))
        answered.result()
    return taken


def test_the_latest_is_taken_and_is_the_takers_alone(opened: Open) -> None:
    (first, other_server), (second, server) = opened(), opened()
    assert [pool.keep(first), pool.keep(second)] == [True, True]
    assert take_answered(server) is second
    assert take_answered(other_server) is first
    assert pool.take(SAM, URL, Budget(30, 30)) is None
    assert (second.mails, first.mails) == (1, 1)


def test_a_changed_address_ends_those_of_its_account_alone(opened: Open) -> None:
    (mine, mine_heard), (other, other_heard) = opened(SAM), opened(TOM)
    assert [pool.keep(mine), pool.keep(other)] == [True, True]
    assert pool.take(SAM, CHANGED, Budget(30, 30)) is None
    assert farewell(mine_heard) == b"QUIT\r\n"
    assert is_open(other_heard)
    assert take_answered(other_heard, TOM) is other


def test_one_that_waited_too_long_ends_whosever_it_is(opened: Open) -> None:
    (mine, mine_heard), (other, other_heard) = opened(SAM), opened(TOM)
    assert [pool.keep(mine), pool.keep(other)] == [True, True]
    other.idle_since -= 6
    mine.opened -= 61
    assert pool.take(SAM, URL, Budget(30, 30)) is None
    assert [farewell(mine_heard), farewell(other_heard)] == [b"QUIT\r\n"] * 2


def test_one_that_answers_too_late_for_the_callers_time_ends(opened: Open) -> None:
    for budget in (Budget(0.05, 0.05), Budget(0, 0)):
        session, server = opened()
        assert pool.keep(session)
        assert pool.take(SAM, URL, budget) is None
        assert farewell(server).removeprefix(b"RSET\r\n") == b"QUIT\r\n"


def test_all_of_them_end_with_the_process(opened: Open) -> None:
    kept = [opened(account) for account in (SAM, SAM, TOM)]
    assert [pool.keep(session) for session, _ in kept] == [True] * 3
    pool.end_all()
    assert [farewell(server) for _, server in kept] == [b"QUIT\r\n"] * 3


def test_a_server_that_left_does_not_keep_a_session_from_ending(opened: Open) -> None:
    session, server = opened()
    server.close()
    session.end()
    assert session.wire.sock.fileno() == -1


def test_a_server_that_reads_nothing_is_not_waited_for(opened: Open) -> None:
    session, _ = opened()
    ours = session.wire.sock
    ours.setblocking(False)
    with suppress(BlockingIOError):
        while ours.send(b"x" * 65536):
            pass
    session.end()
    assert ours.fileno() == -1


def test_where_no_thread_can_watch_nothing_is_kept(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start)
        assert pool.keep(opened()[0]) is False
    assert pool.take(SAM, URL, Budget(30, 30)) is None
    assert pool.keep(opened()[0])


def test_one_timer_watches_and_lets_the_process_end(opened: Open) -> None:
    forget()
    before = threading.enumerate()
    assert [pool.keep(opened()[0]) for _ in range(2)] == [True, True]
    new = [thread for thread in threading.enumerate() if thread not in before]
    assert [(thread.name, thread.daemon) for thread in new] == [("kept-sessions", True)]


def test_one_timer_ends_each_in_its_turn_and_comes_again(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(pool, "A_LITTLE", 0.01)
    started, begin = [], threading.Thread.start

    def start(thread: threading.Thread) -> None:
        started.append(thread.name)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    kept = [opened() for _ in range(3)]
    assert pool.keep(kept[0][0])
    threading.Event().wait(0.06)
    assert pool.keep(kept[1][0])
    assert [farewell(server) for _, server in kept[:2]] == [b"QUIT\r\n"] * 2
    assert set(started) == {"kept-sessions"}
    assert len(started) <= 2  # none is looked at before its time
    assert pool.keep(kept[2][0])
    assert farewell(kept[2][1]) == b"QUIT\r\n"


def test_a_forked_child_closes_its_copies_and_says_nothing(opened: Open) -> None:
    """What it hears here as the end is but the end of a copy: the parent's stands."""
    session, server = opened()
    assert pool.keep(session)
    forget()
    assert farewell(server) == b""
    assert pool.take(SAM, URL, Budget(30, 30)) is None
    assert pool.keep(opened()[0])
