"""The clock: finds in Postgres what a doorbell did not ring for, about every second (P5).

Of several clocks one leads, by an advisory lock on a connection of its own: when it dies, the lock is free, and when it
stands still, Postgres ends the connection. With Redis away the leader works things off itself, so that a lost doorbell
costs seconds and nothing else.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import structlog

from core import delivery, due
from core.db import transaction
from core.errors import DatabaseAway
from core.ids import UUID
from core.settings import settings
from jobs.broker import CARDS_QUEUE, DELIVER_QUEUE, redis_client
from jobs.deliver import deliver_next
from jobs.ring import ring_cards, ring_deliver
from jobs.schedule import schedule
from jobs.sync_cards import sync

log = structlog.get_logger("jobs.clock")

#: Any number that nothing else in this database locks.
LEADER_LOCK = 0x51600C10
TICK_SECONDS = 1.0
#: Seconds after which a leader that stands still (stopped, swapped out, stuck) loses the lead to another clock. One
#: that only ticks slowly may lose it too: two that lead for a moment do nothing twice.
LEAD_SECONDS = 10
#: Above this many waiting jobs the workers are busy enough: ringing more would only pile up.
PILE = 200
#: Threads of the leader's own, for the time that Redis is away.
OWN_THREADS = 4


def run() -> None:
    """Run until SIGTERM or SIGINT: wait for the lead, then tick."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    own = ThreadPoolExecutor(OWN_THREADS, thread_name_prefix="own")
    while not stopping.is_set():
        try:
            _lead(stopping, own)
        except (psycopg.OperationalError, DatabaseAway) as error:
            log.warning("database away", error=type(error).__name__)
        stopping.wait(TICK_SECONDS)
    own.shutdown(wait=True, cancel_futures=True)


def _lead(stopping: threading.Event, own: ThreadPoolExecutor) -> None:
    """Hold the lead for as long as the connection lives, and tick. Returns when another clock leads."""
    given_up = f"-c idle_session_timeout={LEAD_SECONDS}s"
    with psycopg.connect(settings().database_url, autocommit=True, connect_timeout=2, options=given_up) as connection:
        won = connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)).fetchone()
        if not won or not won[0]:
            return
        log.info("this clock leads")
        cron = schedule()
        cron.start()
        try:
            while not stopping.wait(TICK_SECONDS):
                connection.execute("SELECT 1")  # the lead is lost with the connection
                tick(own)
        finally:
            cron.shutdown(wait=False)


def tick(own: ThreadPoolExecutor) -> None:
    """One look at Postgres: expired leases, cards behind their draft, accounts with something due."""
    with transaction() as tx:
        expired = delivery.expire_some(tx)
    with transaction() as tx:
        behind = due.take_cards_behind(tx)
        accounts = due.accounts_with_mail_due(tx)
    if expired:
        log.warning("leases expired", count=len(expired))
    waiting = _waiting()
    redraw = list(dict.fromkeys([*expired, *behind]))
    _ring_or_work(own, redraw, waiting.get(CARDS_QUEUE), lambda draft: ring_cards([draft]), sync)
    _ring_or_work(own, accounts, waiting.get(DELIVER_QUEUE), ring_deliver, _deliver_all)


def _ring_or_work(
    own: ThreadPoolExecutor,
    ids: list[UUID],
    waiting: int | None,
    ring: Callable[[UUID], bool],
    work: Callable[[UUID], object],
) -> None:
    """Ring for each id; where Redis is away (`waiting` is None), do the work here. Claims and holds keep it single."""
    if waiting is not None and waiting > PILE:
        return
    for id_ in ids:
        if (waiting is None or not ring(id_)) and id_ not in _under_way:
            _under_way.add(id_)
            own.submit(_work, work, id_)


#: What the leader's own threads are at: a long outage must not pile up the same work.
_under_way: set[UUID] = set()


def _work(work: Callable[[UUID], object], id_: UUID) -> None:
    try:
        work(id_)
    except Exception as error:
        log.exception("own work failed", error=type(error).__name__)
    finally:
        _under_way.discard(id_)


def _deliver_all(account_id: UUID) -> None:
    """Nobody rings for the next one: go on until nothing of this account is due."""
    while deliver_next(account_id):
        pass


_redis = redis_client()


def _waiting() -> dict[str, int]:
    """How many jobs wait in each queue; empty when Redis is away."""
    try:
        return {queue: int(_redis.llen(f"dramatiq:{queue}")) for queue in (CARDS_QUEUE, DELIVER_QUEUE)}
    except Exception as error:  # noqa: BLE001  whatever is wrong with Redis, mail goes on
        log.warning("doorbell silent", error=type(error).__name__)
        return {}
