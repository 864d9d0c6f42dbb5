"""What the server shall do wrong, as data; what it was asked; and which keys it has seen."""

import hashlib
import json
import os
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.fakes.control import use_up

ACTS = ["answer", "close", "rst", "hold", "drip"]
#: Before anything is read; after the headers, in the middle of the body; after the whole request; with the answer.
MOMENTS = ["connect", "body", "request", "answer"]


@dataclass
class Rule:
    """At `moment`, instead of the usual: `accept` the mail first (not before the request was read), then `act`.

    answer  say `status` with the error `name`, or `say` as the body
    close   end the connection (FIN), after `say` as raw bytes     rst     reset it, likewise
    hold    wait until released, then go on as if nothing had been planned
    drip    send the answer a byte each `interval` seconds
    `times`: for so many requests, None for ever; `skip`: let so many pass first.
    """

    moment: str
    act: str
    accept: bool = False
    status: int = 500
    name: str = "internal_server_error"
    say: str = ""
    times: int | None = 1
    skip: int = 0
    interval: float = 0.05

    def __post_init__(self) -> None:
        if self.moment not in MOMENTS or self.act not in ACTS:
            raise ValueError(f"no such moment or act: {self.moment} {self.act}")


@dataclass
class Known:
    """An idempotency key that was used: the body's hash, and the mail's id once it is accepted."""

    sha256: str
    id: str | None = None


class Plan:
    """The shared state. All access is under `changed`, a condition that is notified on every change."""

    def __init__(self, log: Path) -> None:
        self.changed = threading.Condition()
        self.file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.holding = 0
        self.generation = 0
        self.reset()

    def reset(self) -> None:
        """Forget rules, requests and keys, let go of all that is held, behave well."""
        with self.changed:
            self.rules: list[Rule] = []
            self.requests: list[dict[str, Any]] = []
            self.keys: dict[str, Known] = {}
            self.busy: set[str] = set()
            self.certificate = "good"
            self.generation += 1
            self.changed.notify_all()

    def take(self, moment: str) -> Rule | None:
        """The rule that applies now, one of its times used up."""
        with self.changed:
            return use_up(self.rules, lambda rule: rule.moment == moment)

    def hold(self) -> None:
        """Wait here until released."""
        with self.changed:
            generation = self.generation
            self.holding += 1
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.generation != generation)
            self.holding -= 1
            self.changed.notify_all()

    def release(self) -> None:
        with self.changed:
            self.generation += 1
            self.changed.notify_all()

    def wait_held(self, count: int, seconds: float) -> bool:
        """Whether so many requests are held, at the latest after so many seconds."""
        with self.changed:
            return self.changed.wait_for(lambda: self.holding == count, seconds)

    def enter(self, key: str) -> bool:
        """Begin a request with this key; False while another is at work."""
        with self.changed:
            free = key not in self.busy
            self.busy.add(key)
            return free

    def leave(self, key: str) -> None:
        with self.changed:
            self.busy.discard(key)

    def accept(self, key: str, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Take the mail, unless this key took it before: status and answer. On disk before anybody hears of it."""
        sha256 = hashlib.sha256(raw).hexdigest()
        with self.changed:
            known = self.keys.setdefault(key, Known(sha256))
            if known.sha256 != sha256:
                return 409, error(409, "invalid_idempotent_request")
            if known.id is None:
                known.id = str(uuid.uuid4())
                line = {"id": known.id, "key": key, "sha256": sha256, "time": time.time(), **json.loads(raw)}
                os.write(self.file, (json.dumps(line) + "\n").encode())
                os.fsync(self.file)
            return 200, {"id": known.id}

    def saw(self, request: dict[str, Any]) -> None:
        with self.changed:
            self.requests.append(request)

    def as_json(self) -> dict[str, Any]:
        with self.changed:
            return {
                "rules": [asdict(rule) for rule in self.rules],
                "requests": list(self.requests),
                "holding": self.holding,
            }


def error(status: int, name: str, message: str = "As planned.") -> dict[str, Any]:
    """An error in Resend's form."""
    return {"statusCode": status, "name": name, "message": message}
