"""What the server shall do wrong, as data: rules, sessions held at a phase, and what each session did."""

import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.fakes.control import use_up

PHASES = [
    "connect",
    "greeting",
    "ehlo",
    "starttls",
    "tls",
    "auth",
    "mail",
    "rcpt",
    "data",
    "body",
    "dot",
    "rset",
    "quit",
]
ACTS = ["reply", "close", "rst", "hold", "drip"]


@dataclass
class Rule:
    """At `phase`, instead of the usual: say `say` (raw bytes, latin-1), then `act`.

    reply  go on with the conversation; the command counts as refused unless `say` begins with 2 or 3
    close  end the connection (FIN)             rst    reset it
    hold   wait until released, then go on as if nothing had been planned
    drip   say `say` a byte each `interval` seconds, then close
    `accept` (only at dot): log the message as accepted first. `times`: for so many sessions, None for ever.
    `rcpt`: only for a session with a recipient that contains this. `after`: at body, after so many bytes.
    `arrived`: with a hold at body and `after` 0, hold only once the whole mail stands in the kernel, unread. In the
    clear only: no TLS socket lets anybody look without reading.
    `skip`: let so many sessions pass first.
    """

    phase: str
    act: str = "reply"
    say: str = ""
    accept: bool = False
    times: int | None = 1
    rcpt: str | None = None
    interval: float = 0.05
    after: int = 1
    arrived: bool = False
    skip: int = 0

    def applies(self, phase: str, seen: "Seen", received: int | None) -> bool:
        """Whether it is meant for this moment of this session."""
        of_session = self.rcpt is None or any(self.rcpt in recipient for recipient in seen.rcpt_to)
        return self.phase == phase and of_session and (received is None or received >= self.after)

    def __post_init__(self) -> None:
        if self.phase not in PHASES or self.act not in ACTS:
            raise ValueError(f"no such phase or act: {self.phase} {self.act}")
        if self.arrived and (self.phase, self.act, self.after) != ("body", "hold", 0):
            raise ValueError("`arrived` is for a hold at body, before anything was read: after=0")


@dataclass
class Conduct:
    """What the server offers and asks for."""

    starttls: bool = True
    smtputf8: bool = True
    eightbitmime: bool = True
    size: int | None = 10_000_000
    user: str | None = None  # when set, AUTH is offered, and needed before MAIL
    password: str | None = None
    mechanisms: str = "PLAIN LOGIN"
    auth_in_plain: bool = False
    certificate: str = "good"
    mails_a_session: int | None = None  # MAIL is refused with 421 after so many
    auth_lines: list[str] | None = None  # these lines of EHLO instead of `AUTH` and the mechanisms
    challenged: bool = False  # AUTH PLAIN: the initial response is not taken, but asked for once more
    helo_only: bool = False  # EHLO is no command here
    old_tls: bool = False  # TLS 1.1 at most


@dataclass
class Seen:
    """What one session did, for assertions about what was never sent."""

    id: int
    tls: bool = False
    verbs: list[str] = field(default_factory=list)
    plain_verbs: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    body_bytes: int = 0
    rcpt_to: list[str] = field(default_factory=list)
    ended: str | None = None


@dataclass
class Hold:
    phase: str
    released: bool = False


class Plan:
    """The shared state of a server. All access is under `changed`, a condition that is notified on every change."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.reset()

    def reset(self) -> None:
        """Forget rules and sessions, release all holds, behave well."""
        with self.changed:
            for hold in getattr(self, "holds", []):
                hold.released = True
            self.rules: list[Rule] = []
            self.holds: list[Hold] = []
            self.conduct = Conduct()
            self.sessions: deque[Seen] = deque(maxlen=2000)
            self.opened = getattr(self, "opened", 0)
            self.changed.notify_all()

    def open(self) -> Seen:
        with self.changed:
            self.opened += 1
            seen = Seen(self.opened)
            self.sessions.append(seen)
            self.changed.notify_all()
            return seen

    def take(self, phase: str, seen: Seen, received: int | None = None) -> Rule | None:
        """The rule that applies now, one of its times used up."""
        with self.changed:
            return use_up(self.rules, lambda rule: rule.applies(phase, seen, received))

    def hold(self, phase: str) -> None:
        """Wait here until released."""
        hold = Hold(phase)
        with self.changed:
            self.holds.append(hold)
            self.changed.notify_all()
            self.changed.wait_for(lambda: hold.released)

    def release(self, phase: str, count: int | None) -> int:
        with self.changed:
            chosen = [hold for hold in self.holds if hold.phase == phase][:count]
            for hold in chosen:
                hold.released = True
                self.holds.remove(hold)
            self.changed.notify_all()
            return len(chosen)

    def wait_held(self, phase: str, count: int, seconds: float) -> int:
        """How many are held at `phase`, as soon as it is `count` or when the time is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.held(phase) >= count, seconds)
            return self.held(phase)

    def held(self, phase: str) -> int:
        return sum(hold.phase == phase for hold in self.holds)

    def wait_quiet(self, seconds: float) -> bool:
        """Whether every session has ended, at the latest after so many seconds."""
        with self.changed:
            return self.changed.wait_for(lambda: all(seen.ended for seen in self.sessions), seconds)

    def end(self, seen: Seen, how: str) -> None:
        with self.changed:
            seen.ended = seen.ended or how
            self.changed.notify_all()

    def as_json(self) -> dict[str, Any]:
        with self.changed:
            return {
                "rules": [asdict(rule) for rule in self.rules],
                "held": {phase: self.held(phase) for phase in PHASES},
                "conduct": asdict(self.conduct),
                "sessions": [asdict(seen) for seen in self.sessions],
            }
