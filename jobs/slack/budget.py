"""How often we may call Slack: one budget for each workspace and method, shared by all workers through Redis.

A call asks before it leaves, and is refused rather than kept waiting: its job comes back. What a person has just
decided goes first, then new cards, then digests: the lower classes leave a part of every bucket to the higher ones.

Redis is asked once a call. While it is away or silent, each process keeps to the budgets by itself.

The rate of each method stands in `jobs/slack/methods.py`.
"""

from enum import IntEnum

from core.settings import settings
from jobs.breaker import Breaker
from jobs.slack.bucket import CLOSE, TAKE, OwnBuckets, Wait
from jobs.slack.methods import AT_ONCE, Rate, method_named


class Priority(IntEnum):
    """What goes first when there is not enough for all."""

    #: What a person waits for: the card that they decided on, a window, an answer to them.
    DECISION = 0
    #: A new card.
    CARD = 1
    #: Digests, reminders, alerts, threads, the Home.
    DIGEST = 2


#: The part of a bucket that each class leaves to those above it.
LEAVES = {Priority.DECISION: 0.0, Priority.CARD: 0.25, Priority.DIGEST: 0.5}


def take(workspace: str, method: str, channel: str | None, priority: Priority) -> Wait | None:
    """Count a call that is about to leave. None when it may; else for how long it must not, and why.

    `workspace` names the budget: all that goes by one token. Never raises, and never blocks for longer than Redis's
    time limit of 0.25 s.
    """
    buckets = _buckets(workspace, method, channel)
    share, turn_of = LEAVES[priority], str(int(priority))
    if method_named(method).rate is AT_ONCE:  # a trigger is running out: no round trip more
        return _own.take(share, turn_of, buckets)
    numbers = [number for rate in buckets.values() for number in (rate.burst, rate.per_second)]
    answer = _ask(TAKE, list(buckets), [share, turn_of, *numbers])
    if answer is None:
        return _own.take(share, turn_of, buckets)
    assert isinstance(answer, list)
    seconds, why, last_alone = float(answer[0]), answer[1].decode(), bool(answer[2])
    return Wait(seconds, why, last_alone) if seconds else None


def close(workspace: str, method: str | None, channel: str | None, seconds: float, why: str = "ratelimited") -> None:
    """Let nobody make such calls for so long: Slack said so. Without a method: no call of this workspace."""
    keys = list(_buckets(workspace, method, channel))[1:] if method else [_key(workspace)]
    _own.close(keys, seconds, why)
    _ask(CLOSE, keys, [seconds, why])


def open_again(workspace: str) -> None:
    """Open again what was closed because of a token, once the workspace has a new one."""
    _own.open([_key(workspace)])
    _ask(_OPEN, [_key(workspace)], [])


def _buckets(workspace: str, method: str, channel: str | None) -> dict[str, Rate]:
    """The workspace's own door, which is only ever closed; the method's bucket; the channel's, where there is one."""
    known, times = method_named(method), settings().slack_rate
    found = {_key(workspace): AT_ONCE, _key(workspace, method): known.rate}
    if known.per_channel and channel:
        found[_key(workspace, method, channel)] = known.per_channel
    return {key: rate.times(times) if times else AT_ONCE for key, rate in found.items()}


def _key(workspace: str, *more: str) -> str:
    """The braces keep what one script needs on one server of a Redis cluster."""
    return ":".join((f"signoff:slack:{{{workspace}}}", *more))


_own = OwnBuckets()
_redis = Breaker("budgets")
_OPEN = "return redis.call('DEL', unpack(KEYS))"


def _ask(script: str, keys: list[str], arguments: list[str | float]) -> object:
    """What a script answers; None when Redis does not."""
    return _redis.ask(lambda client: client.register_script(script)(keys=keys, args=arguments))


def forget() -> None:
    """Know nothing of budgets in this process: for tests that begin anew."""
    global _own  # noqa: PLW0603  what a new process would begin with
    _own = OwnBuckets()
    _redis.forget()
