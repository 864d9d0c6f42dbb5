"""One running sandbox: its config, its memory, its faults, and its clock."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc.jwk import RSAKey

from bot.sandbox.config import Config
from bot.sandbox.faults import Fault
from bot.sandbox.rates import Rates
from bot.sandbox.sockets import Sockets
from bot.sandbox.store import Store

Json = dict[str, Any]


@dataclass
class Sandbox:
    """Everything a handler needs. `base_url` has no slash at its end."""

    config: Config
    store: Store
    http: httpx.AsyncClient
    key: RSAKey
    events_url: str | None = None
    base_url: str = ""
    smtp_port: int = 0
    rotation: bool = False  # new bot tokens expire, and come with one to refresh them by
    skew: float = 0.0  # seconds that a test moved the clock ahead
    faults: list[Fault] = field(default_factory=list)
    rates: Rates = field(default_factory=Rates)
    sockets: Sockets = field(default_factory=Sockets)
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=20_000))
    errands: set[asyncio.Task[Any]] = field(default_factory=set)
    counter: int = 0
    last_ts: int = 0

    def now(self) -> float:
        """Seconds since the epoch on the sandbox's clock: what expiry is measured with."""
        return time.time() + self.skew

    def next_ts(self) -> str:
        """A message's timestamp, like 1700000000.000100: unique, growing, also over a restart."""
        self.last_ts = max(self.last_ts + 1, int(time.time() * 1_000_000))
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Does something after the answer is given, such as telling the app of an event."""
        errand = asyncio.create_task(work)
        self.errands.add(errand)
        errand.add_done_callback(self.errands.discard)

    def next_number(self) -> int:
        """A number that this process gave to nobody else."""
        self.counter += 1
        return self.counter


def create(config: Config) -> Sandbox:
    """A sandbox with nothing in it but what an earlier run left in `config.state`; `populate.py` fills it."""
    return Sandbox(
        config=config,
        events_url=config.events_url,
        store=Store(config.state),
        # Idle connections go before the app's server ends them (uvicorn: 5 s): no click meets a closed one.
        http=httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=200, keepalive_expiry=2.0)),
        rates=Rates(on=config.rate_limits),
        key=RSAKey.generate_key(2048, parameters={"alg": "RS256", "use": "sig"}, auto_kid=True),
    )
