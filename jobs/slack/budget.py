"""How often we may call Slack: one budget for each workspace and method, shared by all workers through Redis.

A call asks before it leaves, and is refused rather than kept waiting: its job comes back. What a person has just
decided goes first, then new cards, then digests: the lower classes leave a part of every bucket to the higher ones.

Redis is asked once a call. While it is away or silent, each process keeps to the budgets by itself.

The rate of each method stands in `jobs/slack/methods.py`.
"""

from enum import IntEnum

from core.settings import settings
from jobs.breaker import Breaker
from jobs.slack.bucket import CLOSE, SHUT, TAKE, Backoff, OwnBuckets, Wait
from jobs.slack.methods import AT_ONCE, METHODS, Rate, method_named


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


def take(workspace: str, method: str, place: str | None, priority: Priority) -> Wait | None:
    """Count a call that is about to leave. None when it may; else for how long it must not, and why.

    `workspace` names the budget: all that goes by one token; `place` is the conversation or the person. Never raises,
    and never blocks for longer than Redis's time limit of 0.25 s.
    """
    buckets = _buckets(workspace, method, place)
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


def close(workspace: str, method: str | None, place: str | None, seconds: float, why: str = "ratelimited") -> None:
    """Let nobody make such calls for so long: Slack said so. Without a method: no call of this workspace."""
    keys = list(_buckets(workspace, method, place))[1:] if method else [_key(workspace)]
    _own.close(keys, seconds, why)
    _ask(CLOSE, keys, [seconds, why])


def shut(workspace: str, method: str | None, place: str | None, backoff: Backoff, why: str) -> float:
    """Leave alone what was refused: a method in a place, a method, or all of a workspace. Returns for how many seconds.

    The longer it is refused in a row, the longer it is left alone.
    """
    key = _key(*filter(None, (workspace, method, place)))
    own = _own.shut(key, backoff, why)
    answer = _ask(SHUT, [key], [backoff.first, backoff.longest, why, int(backoff.lenient)])
    return float(answer) if isinstance(answer, bytes) else own


def let_through(workspace: str, method: str, place: str | None) -> None:
    """A call went well: what this process saw refused there is no row any more. Asks Redis only where there was one."""
    for key in _own.let_through(list(_buckets(workspace, method, place))):
        _ask(_FORGET_ROW, [key], [])


def open_again(workspace: str) -> None:
    """Open again what was closed because of a token, or of a scope, once the workspace has a new one."""
    keys = [_key(workspace), *(_key(workspace, method) for method in METHODS)]
    _own.open(keys)
    _ask(_OPEN, keys, [])


def _buckets(workspace: str, method: str, place: str | None) -> dict[str, Rate]:
    """The workspace's own door, which is only ever closed; the method's bucket; and that, or the door, of the place."""
    known, times = method_named(method), settings().slack_rate
    found = {_key(workspace): AT_ONCE, _key(workspace, method): known.rate}
    if place:
        found[_key(workspace, method, place)] = known.per_channel or AT_ONCE
    return {key: rate.times(times) if times else AT_ONCE for key, rate in found.items()}


def _key(workspace: str, *more: str) -> str:
    """The braces keep what one script needs on one server of a Redis cluster."""
    return ":".join((f"signoff:slack:{{{workspace}}}", *more))


_own = OwnBuckets()
_redis = Breaker("budgets")
_OPEN = "return redis.call('DEL', unpack(KEYS))"
_FORGET_ROW = "return redis.call('HDEL', KEYS[1], 'shut')"


def _ask(script: str, keys: list[str], arguments: list[str | float]) -> object:
    """What a script answers; None when Redis does not."""
    return _redis.ask(lambda client: client.register_script(script)(keys=keys, args=arguments))


def forget() -> None:
    """Know nothing of budgets in this process: for tests that begin anew."""
    global _own  # noqa: PLW0603  what a new process would begin with
    _own = OwnBuckets()
    _redis.forget()
