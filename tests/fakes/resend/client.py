"""How tests start the fake Resend, tell it what to do, and read its acceptance log."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.control import Json, ask, running

KEY = "re_test_0123456789"


class FakeResend:
    """A running server. `port` is plain HTTP, `tls_port` HTTPS, `ca` the PEM of its authority."""

    def __init__(self, port: int, tls_port: int, control_port: int, ca: str, key: str, log: str) -> None:
        self.port, self.tls_port, self.control_port = port, tls_port, control_port
        self.ca, self.key, self.log = ca, key, Path(log)

    @property
    def url(self) -> str:
        """Its address for an account."""
        return f"resend://{self.key}@127.0.0.1:{self.port}"

    def plan(self, moment: str, act: str, **more: Any) -> None:
        """Add a rule; see `tests.fakes.resend.plan.Rule`."""
        self._order("/plan", {"moment": moment, "act": act, **more})

    def show_certificate(self, kind: str) -> None:
        """From now on show this one of `tests.fakes.smtp.certificates.KINDS`."""
        self._order("/certificate", {"kind": kind})

    def reset(self) -> None:
        """Behave well again, forget requests and keys, release those that are held. The log stays."""
        self._order("/reset")

    def release(self) -> None:
        """Let requests that are held go on."""
        self._order("/release")

    def wait_held(self, count: int = 1, seconds: float = 10.0) -> None:
        """Return once so many requests are held."""
        held = self._order("/held", {"count": count, "seconds": seconds})["held"]
        assert held, f"{self.state()['holding']} of {count} requests are held"

    def requests(self) -> list[dict[str, Any]]:
        """The requests that were read to their end: method, path, headers, size."""
        requests: list[dict[str, Any]] = self.state()["requests"]
        return requests

    def state(self) -> dict[str, Any]:
        return self._order("/state")

    def accepted(self) -> list[dict[str, Any]]:
        """The acceptance log: id, key, sha256, time, and the fields of each mail that was taken."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _order(self, path: str, body: Json | None = None) -> Json:
        return ask(self.control_port, path, body)


@contextmanager
def running_resend(log: Path, key: str = KEY) -> Iterator[FakeResend]:
    """Start the server as a process of its own, and end it."""
    with running("tests.fakes.resend", "--log", str(log), "--key", key) as ready:
        yield FakeResend(**ready)
