"""How tests start the fake SMTP server, tell it what to do, and read its acceptance log."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.control import Json, ask, running


class FakeSmtp:
    """A running server. `port` is plain or STARTTLS, `tls_port` implicit TLS, `ca` the PEM of its authority."""

    def __init__(self, port: int, tls_port: int, control_port: int, ca: str, log: str) -> None:
        self.port, self.tls_port, self.control_port = port, tls_port, control_port
        self.ca, self.log = ca, Path(log)

    def plan(self, phase: str, act: str = "reply", say: str = "", **more: Any) -> None:
        """Add a rule; see `tests.fakes.smtp.plan.Rule`. `say` without a line end gets one, unless it is cut on purpose
        with `raw=True`."""
        if not more.pop("raw", False) and say and not say.endswith("\n"):
            say += "\r\n"
        self._order("/plan", {"rules": [{"phase": phase, "act": act, "say": say, **more}]})

    def conduct(self, **conduct: Any) -> None:
        """What the server offers and asks for; see `tests.fakes.smtp.plan.Conduct`. All else is as by default."""
        self._order("/conduct", conduct)

    def reset(self) -> None:
        """Behave well again, forget sessions, release those that are held. The log stays."""
        self._order("/reset")

    def wait_held(self, phase: str, count: int = 1, seconds: float = 10.0) -> None:
        """Return once `count` sessions are held at `phase`. Raises AssertionError when that takes too long."""
        held = self._order("/held", {"phase": phase, "count": count, "seconds": seconds})["held"]
        assert held >= count, f"{held} of {count} sessions held at {phase}"

    def held(self, phase: str) -> int:
        held: int = self.state()["held"][phase]
        return held

    def release(self, phase: str, count: int | None = None) -> int:
        """Let held sessions go on: the `count` oldest, or all. Returns how many there were."""
        released: int = self._order("/release", {"phase": phase, "count": count})["released"]
        return released

    def wait_quiet(self, seconds: float = 10.0) -> None:
        """Return once every session has ended."""
        assert self._order("/quiet", {"seconds": seconds})["quiet"], "sessions are still open"

    def cut(self, say: str = "") -> None:
        """End every session from the server's side, saying this first; returns once they have ended."""
        assert self._order("/cut", {"say": say})["quiet"], "sessions are still open"

    def refuse(self) -> None:
        """Close the plain port, so that connections are refused."""
        self._order("/refuse")

    def listen(self) -> None:
        """Open the plain port again."""
        self._order("/listen")

    def state(self) -> dict[str, Any]:
        """Rules with their remaining times, held counts, the sessions and what each did, the number accepted."""
        return self._order("/state")

    def sessions(self) -> list[dict[str, Any]]:
        """What each session since the last reset did."""
        sessions: list[dict[str, Any]] = self.state()["sessions"]
        return sessions

    def accepted(self) -> list[dict[str, Any]]:
        """The acceptance log: message_id, rcpt_to, sha256, headers (X-…), time of each message that was taken."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _order(self, path: str, body: Json | None = None) -> Json:
        return ask(self.control_port, path, body)


@contextmanager
def running_smtp(log: Path, port: int = 0) -> Iterator[FakeSmtp]:
    """Start the server as a process of its own, and end it."""
    with running("tests.fakes.smtp", "--port", str(port), "--log", str(log)) as ready:
        yield FakeSmtp(**ready)
