"""The doorbell: Dramatiq over Redis, set up so that a Redis that is away costs a click at most half a second (P5).

The numbers are measured ones (DESIGN §4): redis-py's defaults block for 4 s when Redis refuses and for 59 s when it
hangs, and may queue a message twice on a lost reply; Dramatiq's bring a dead worker's messages back after minutes.
"""

import os

os.environ.setdefault("dramatiq_restart_delay", "500")  # read when dramatiq is imported: a consumer's pause, in ms

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker

from core import redis_url
from core.errors import SignoffError
from core.settings import settings
from jobs.middleware import JobLog

TIMEOUT_SECONDS = 0.25


def redis_client() -> redis.Redis:
    """A client that fails fast and tries once: Postgres remembers what it could not ring. Raises `SignoffError`."""
    try:
        return redis_url.redis_client(settings().redis_url, seconds=TIMEOUT_SECONDS)
    except ValueError as error:
        raise SignoffError(f"REDIS_URL {error}.") from None


def make_broker() -> RedisBroker:
    """A broker on `REDIS_URL`. Connects when it is used, not before."""
    return RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped
        client=redis_client(),
        # No retries and no limits of time or age: what is due is in Postgres, and the clock rings again.
        middleware=[JobLog()],
        heartbeat_timeout=15_000,
        maintenance_chance=50_000,  # of a million commands
        dead_message_ttl=3_600_000,
    )


#: A queue for each, so that the clock sees what piles up, and a worker can be kept to one of them.
DELIVER_QUEUE = "deliver"
CARDS_QUEUE = "cards"
#: Cards that nobody has seen yet: thousands may wait here, and what people have just decided does not wait behind them.
NEW_CARDS_QUEUE = "new_cards"
HOMES_QUEUE = "homes"
QUEUES = (DELIVER_QUEUE, CARDS_QUEUE, NEW_CARDS_QUEUE, HOMES_QUEUE)

broker = make_broker()
dramatiq.set_broker(broker)
