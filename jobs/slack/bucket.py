"""Token buckets: who may call Slack now, and who comes back when.

A bucket holds up to `burst` tokens and gains `per_second`; a call takes one. A class of calls that can wait leaves a
share of the bucket to those that cannot. Who is refused is told a time of its own, one behind the other, so that a
thousand jobs do not come back at once. A bucket can be closed until a time, and for a reason: a real 429 does that, and
so does a refusal that would be the same again, for twice as long each time that it is.

The same rules twice: as a script for Redis, where all workers share the buckets and its clock, and in this process, for
the time that Redis is away.
"""

import time
from dataclasses import dataclass, field, replace
from threading import Lock

from jobs.slack.methods import Rate

#: Nobody is sent away for longer than this many seconds by a bucket that is only empty.
LONGEST = 30.0
#: A bucket that holds more is a door: it is never empty, only closed, and nothing is kept of who went through.
DOOR = 1e9
#: Seconds, beyond twice the last time, within which another refusal counts as the next of a row.
IN_A_ROW = 60.0

#: KEYS: the buckets. ARGV: the share that this class leaves, the name of the class, and burst and gain of each bucket.
#: Returns the seconds to wait, 0 for a call that may go; why; and 1 if it is the last bucket alone that refuses. Of
#: several buckets a call needs all, or takes none.
TAKE = f"""
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local share, turn_of = tonumber(ARGV[1]), 'turn:' .. ARGV[2]
local wait, why, last_alone, left = 0, '', 1, {{}}
for i, key in ipairs(KEYS) do
    local burst, gain = tonumber(ARGV[1 + 2 * i]), tonumber(ARGV[2 + 2 * i])
    local row = redis.call('HMGET', key, 'tokens', 'at', 'closed', 'why', turn_of)
    local tokens = math.min(burst, tonumber(row[1] or burst) + math.max(0, now - tonumber(row[2] or now)) * gain)
    local closed, missing = tonumber(row[3] or 0), burst * share + 1 - tokens
    local mine, reason = 0, 'ratelimited'
    if closed > now then
        mine, reason = closed - now, row[4]
    elseif missing > 0.000001 then
        local turn = math.max(now + missing / gain, tonumber(row[5] or 0) + 1 / gain)
        if turn > now + {LONGEST} then turn = now + missing / gain end
        redis.call('HSET', key, turn_of, string.format('%.6f', turn))
        redis.call('EXPIRE', key, 3600)
        mine = turn - now
    end
    if mine > 0 and i < #KEYS then last_alone = 0 end
    if mine > wait then wait, why = mine, reason end
    left[i] = tokens - 1
end
if wait == 0 then
    for i, key in ipairs(KEYS) do
        if tonumber(ARGV[1 + 2 * i]) < {DOOR:.0f} then
            redis.call('HSET', key, 'tokens', string.format('%.6f', left[i]), 'at', string.format('%.6f', now))
            redis.call('EXPIRE', key, 3600)
        end
    end
end
return {{string.format('%.6f', wait), why, last_alone}}
"""

#: KEYS: the buckets. ARGV: for how many seconds, and why. An end that is set already only moves back.
CLOSE = """
local clock = redis.call('TIME')
local till = tonumber(clock[1]) + tonumber(clock[2]) / 1000000 + tonumber(ARGV[1])
for _, key in ipairs(KEYS) do
    if tonumber(redis.call('HGET', key, 'closed') or 0) < till then
        local at = string.format('%.6f', till)
        redis.call('HSET', key, 'tokens', 0, 'at', at, 'closed', at, 'why', ARGV[2])
        redis.call('EXPIRE', key, 3600 + math.ceil(tonumber(ARGV[1])))
    end
end
"""

#: KEYS: one bucket. ARGV: for how many seconds the first time, and at most, why, and 1 if the first refusal of a row
#: closes nothing. Returns for how long it is closed: a refusal that met it closed already is not the next of a row.
SHUT = f"""
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local row = redis.call('HMGET', KEYS[1], 'closed', 'shut')
local closed, last, wait = tonumber(row[1] or 0), tonumber(row[2] or 0), tonumber(ARGV[1])
if closed > now then return string.format('%.6f', closed - now) end
local till = now + wait
if last > 0 and now < closed + 2 * last + {IN_A_ROW} then
    wait = math.min(tonumber(ARGV[2]), 2 * last)
    till = now + wait
elseif ARGV[4] == '1' then
    till = now
end
redis.call('HSET', KEYS[1], 'closed', string.format('%.6f', till), 'why', ARGV[3], 'shut', wait)
redis.call('EXPIRE', KEYS[1], 3600)
return string.format('%.6f', wait)
"""


@dataclass(frozen=True)
class Backoff:
    """For how many seconds something is left alone that was refused: the first time, and at most."""

    first: float
    longest: float
    #: The first refusal of a row closes nothing: it may well have been the only one.
    lenient: bool = False


@dataclass(frozen=True)
class Wait:
    """Not now: for how many seconds, and why, in Slack's words."""

    seconds: float
    code: str
    #: It is the last of the buckets alone that refuses: the same call elsewhere may go.
    last_alone: bool = False


@dataclass
class _Bucket:
    tokens: float
    at: float
    closed: float = 0.0
    why: str = ""
    #: For how long it was shut last.
    shut: float = 0.0
    turns: dict[str, float] = field(default_factory=dict)


class OwnBuckets:
    """Buckets of this process alone, by the rules of `TAKE`, `CLOSE` and `SHUT`. Threads may share them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, share: float, turn_of: str, buckets: dict[str, Rate]) -> Wait | None:
        """Take a token from each bucket; None when the call may go."""
        with self._lock:
            now = time.monotonic()
            found = [(self._at(key, rate, now), rate) for key, rate in buckets.items()]
            waits = [_wait(bucket, rate, share, turn_of, now) for bucket, rate in found]
            if refused := [wait for wait in waits if wait]:
                longest = max(refused, key=lambda wait: wait.seconds)
                return replace(longest, last_alone=not any(waits[:-1]))
            for bucket, _ in found:
                bucket.tokens -= 1
            return None

    def close(self, keys: list[str], seconds: float, why: str) -> None:
        """Let nobody take from these buckets for so long."""
        with self._lock:
            till = time.monotonic() + seconds
            for key in keys:
                bucket = self._buckets.setdefault(key, _Bucket(0, till))
                if bucket.closed < till:
                    bucket.tokens, bucket.at, bucket.closed, bucket.why = 0, till, till, why

    def shut(self, key: str, backoff: Backoff, why: str) -> float:
        """Close a bucket because of a refusal: for twice as long as the last time, if that was a while ago."""
        with self._lock:
            now = time.monotonic()
            bucket = self._buckets.setdefault(key, _Bucket(DOOR, now))
            if bucket.closed > now:
                return bucket.closed - now
            in_a_row = bucket.shut > 0 and now < bucket.closed + 2 * bucket.shut + IN_A_ROW
            wait = min(backoff.longest, 2 * bucket.shut) if in_a_row else backoff.first
            bucket.closed = now if backoff.lenient and not in_a_row else now + wait
            bucket.why, bucket.shut = why, wait
            return wait

    def let_through(self, keys: list[str]) -> list[str]:
        """A call went well behind these: ends their rows of refusals. Returns those that had one."""
        with self._lock:
            found = [key for key in keys if key in self._buckets and self._buckets[key].shut]
            for key in found:
                self._buckets[key].shut = 0.0
            return found

    def open(self, keys: list[str]) -> None:
        """Forget these buckets: they are full again."""
        with self._lock:
            for key in keys:
                self._buckets.pop(key, None)

    def _at(self, key: str, rate: Rate, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now))
        bucket.tokens = min(rate.burst, bucket.tokens + max(0.0, now - bucket.at) * rate.per_second)
        bucket.at = max(now, bucket.at)
        return bucket


def _wait(bucket: _Bucket, rate: Rate, share: float, turn_of: str, now: float) -> Wait | None:
    if bucket.closed > now:
        return Wait(bucket.closed - now, bucket.why)
    missing = rate.burst * share + 1 - bucket.tokens
    if missing <= 1e-6:
        return None
    turn = max(now + missing / rate.per_second, bucket.turns.get(turn_of, 0.0) + 1 / rate.per_second)
    if turn > now + LONGEST:
        turn = now + missing / rate.per_second
    bucket.turns[turn_of] = turn
    return Wait(turn - now, "ratelimited")
