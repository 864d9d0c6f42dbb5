"""Sessions that stay open for a few seconds, for the next mail of the same account.

A session is kept only after a mail that ended clearly, and is used again only by the same account with the same address
and password, and only after the server answered RSET to it. Whatever is wrong with one, or has something against the
next mail before `start`, a fresh session decides instead: reuse saves a greeting, and never changes an outcome.

One list a process. A single timer, which runs only while something is kept, ends what nobody used.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from core.ids import UUID
from core.mail.smtp_url import SmtpUrl
from core.mail.wire import Budget, Dropped, Malformed, Wire
from core.settings import settings

#: Seconds that a session waits for the next mail, and that it may last in all.
IDLE_SECONDS, AGE_SECONDS = 5.0, 60.0
#: Sessions that wait: of one account, and in all. Accounts take turns, so that there is room for many of them.
MOST_OF_ACCOUNT, MOST = 2, 64
#: Seconds that a server has for its answer to RSET, before a fresh session is quicker.
CHECK_SECONDS = 2.0
#: Seconds by which the timer comes later than the moment it waits for, so that it comes once.
A_LITTLE = 0.05
#: Seconds to write a goodbye that nobody has to hear.
BYE_SECONDS = 0.2


@dataclass(slots=True, eq=False)
class Session:
    """An open conversation, logged in; `extensions` is what the server offers, `mails` how many it had before."""

    account: UUID | None
    url: SmtpUrl
    wire: Wire
    extensions: dict[str, str]
    mails: int = 0
    opened: float = field(default_factory=time.monotonic)
    idle_since: float = 0.0

    def over(self, now: float) -> bool:
        """Whether it waited, or lasted, for longer than it may."""
        return now - self.idle_since > IDLE_SECONDS or now - self.opened > AGE_SECONDS

    def end(self) -> None:
        """Say goodbye without waiting for an answer, and close."""
        with suppress(Dropped, OSError):
            self.wire.write(b"QUIT\r\n", Budget(BYE_SECONDS, BYE_SECONDS))
        self.wire.close()


_lock = threading.Lock()
_idle: list[Session] = []
_timer: threading.Timer | None = None


def take(account: UUID, url: SmtpUrl, budget: Budget) -> Session | None:
    """A kept session of this account that its server has just answered in, or None. It is the caller's alone."""
    while session := _pop(account, url):
        try:
            if _answers(session, budget):
                return session
        except BaseException:  # a worker told to stop: nobody else knows of this session by now
            session.wire.close()
            raise
        session.end()
    return None


def keep(session: Session) -> bool:
    """Keep a session for the account's next mail. False when it had enough mails, or enough wait already: end it then.

    Where sessions of other accounts fill the list, the one that waits longest makes room.
    """
    global _timer  # noqa: PLW0603  one timer a process, like the list it watches
    now = session.idle_since = time.monotonic()
    session.mails += 1
    with _lock:
        enough = sum(one.account == session.account for one in _idle) >= MOST_OF_ACCOUNT
        used_up = session.mails >= settings().delivery_mails_per_connection
        if enough or session.account is None or used_up or session.over(now):
            return False
        if _timer is None:
            try:
                _timer = _started(IDLE_SECONDS)
            except RuntimeError:  # the interpreter is ending: no new thread, so nobody would end the session
                return False
        longest = _idle.pop(0) if len(_idle) >= MOST else None
        _idle.append(session)
    if longest is not None:
        longest.end()
    return True


def end_all() -> None:
    """End every session that waits: the process stops."""
    _end_those(lambda _: True)


def _pop(account: UUID, url: SmtpUrl) -> Session | None:
    """The latest kept session of this account. Those with another address or password end: they were changed."""
    now = time.monotonic()
    _end_those(lambda one: one.over(now) or (one.account == account and one.url != url))
    with _lock:
        for session in reversed(_idle):
            if session.account == account:
                _idle.remove(session)
                return session
    return None


def _answers(session: Session, budget: Budget) -> bool:
    """Whether the server has said nothing meanwhile (a 421, or that it left), and answers RSET with 2xx."""
    try:
        seconds = min(CHECK_SECONDS, budget.left())
        return not session.wire.spoke() and session.wire.command("RSET", Budget(seconds, seconds)).kind == 2
    except (Dropped, Malformed, OSError):
        return False


def _end_those(which: Callable[[Session], bool]) -> None:
    with _lock:
        ended = [session for session in _idle if which(session)]
        _idle[:] = [session for session in _idle if session not in ended]
    for session in ended:
        session.end()


def _started(seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds + A_LITTLE, _sweep)
    timer.daemon = True
    timer.name = "kept-sessions"
    timer.start()
    return timer


def _sweep() -> None:
    """End what waited too long; come back while anything is left."""
    global _timer  # noqa: PLW0603  as in `keep`
    now = time.monotonic()
    _end_those(lambda session: session.over(now))
    with _lock:
        try:
            first = min((session.idle_since for session in _idle), default=None)
            _timer = None if first is None else _started(first + IDLE_SECONDS - now)
        except RuntimeError:  # the interpreter is ending, and `end_all` comes
            _timer = None


def _forget() -> None:
    """In a forked child: the conversations are its parent's. Closing our copy of a socket says nothing on it."""
    global _lock, _timer  # a lock may have been held when the process forked
    _lock, _timer = threading.Lock(), None
    for session in _idle:
        session.wire.close()
    _idle.clear()


atexit.register(end_all)
os.register_at_fork(after_in_child=_forget)
