"""Slack's rate limits, played when they are switched on, and the calls counted always.

https://docs.slack.dev/apis/web-api/rate-limits: a method's tier counts by workspace and app; posts also count by
channel, one a second with short bursts. Slack names no exact bursts and no number for the posts of a whole workspace
("several hundred" a minute); ours stand in the tables below.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

MINUTE = 60.0


@dataclass(frozen=True)
class Limit:
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: float = MINUTE


TIER_2, TIER_3, TIER_4 = Limit(20 + 2), Limit(50 + 5), Limit(100 + 10)
POSTS = Limit(330)
POSTS_IN_A_CHANNEL = (Limit(4, 1.0), Limit(13, 10.0), Limit(63))  # one a second, and three more in a burst
METHODS: dict[str, Limit] = {
    "chat.postMessage": POSTS,
    "chat.postEphemeral": TIER_4,
    "chat.update": TIER_3,
    "chat.delete": TIER_3,
    "conversations.open": TIER_3,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "users.lookupByEmail": TIER_3,
    "views.open": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
    "views.publish": TIER_4,
}
#: To apps that are sold outside of Slack's marketplace it gives less of the past, and more seldom.
#: https://docs.slack.dev/changelog/2025/05/29/rate-limit-changes-for-non-marketplace-apps
UNLISTED: dict[str, Limit] = {"conversations.history": Limit(1), "conversations.replies": Limit(1)}
UNLISTED_PAGE = 15


@dataclass
class Rates:
    """The limits of one sandbox and what was called. `scale` allows that many times as much: 2 is twice as fast."""

    on: bool = False
    #: The app is one of those.
    unlisted: bool = False
    scale: float = 1.0
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # by team, method, channel
    refused: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    taken: dict[tuple[Any, ...], deque[float]] = field(default_factory=dict)

    def take(self, team: str, method: str, channel: str, now: float) -> int | None:
        """Counts a call. None when it may pass, else the whole seconds of Retry-After; a refused call uses nothing."""
        place = (team, method, channel)
        self.calls[place] += 1
        if not self.on:
            return None
        windows = [(self._window(key, limit, now), limit) for key, limit in self._limits(*place)]
        wait = max((self._wait(times, limit, now) for times, limit in windows), default=0.0)
        if wait > 0:
            self.refused[place] += 1
            return max(1, math.ceil(wait))
        for times, _ in windows:
            times.append(now)
        return None

    def _window(self, key: tuple[Any, ...], limit: Limit, now: float) -> deque[float]:
        """When the calls passed that still count."""
        times = self.taken.setdefault(key, deque())
        while times and times[0] <= now - limit.seconds / self.scale:
            times.popleft()
        return times

    def _wait(self, times: deque[float], limit: Limit, now: float) -> float:
        return times[-limit.calls] + limit.seconds / self.scale - now if len(times) >= limit.calls else 0.0

    def page(self, asked: int) -> int:
        """How many messages of the past a page holds."""
        return min(asked, UNLISTED_PAGE) if self.unlisted else asked

    def switch(self, *, on: bool, scale: float = 1.0, unlisted: bool = False) -> None:
        """Switches the limits on or off, and begins to count anew; raises ValueError."""
        if not 0 < scale < math.inf:
            raise ValueError("scale must be more than 0")
        self.on, self.scale, self.unlisted = on, scale, unlisted
        self.forget()

    def forget(self) -> None:
        """Nothing was called yet."""
        self.calls.clear()
        self.refused.clear()
        self.taken.clear()

    def described(self) -> dict[str, Any]:
        """As JSON for the control API: the totals, and a row for each team, method and channel."""
        rows = [
            {"team": team, "method": method, "channel": channel or None, "calls": count}
            | {"refused": self.refused[team, method, channel]}
            for (team, method, channel), count in sorted(self.calls.items())
        ]
        return {"on": self.on, "scale": self.scale, "refused": self.refused.total(), "counts": rows}

    def _limits(self, team: str, method: str, channel: str) -> list[tuple[tuple[Any, ...], Limit]]:
        """Each limit that a call falls under, with the key that it is counted by."""
        found: list[tuple[tuple[Any, ...], Limit]] = []
        methods = METHODS | UNLISTED if self.unlisted else METHODS
        if method in methods:
            found.append(((team, method), methods[method]))
        if method == "chat.postMessage" and channel:
            found += [((team, method, channel, limit), limit) for limit in POSTS_IN_A_CHANNEL]
        return found
