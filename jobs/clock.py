"""The clock: finds in Postgres what a doorbell did not ring for, about every second (P5).

Of several clocks one leads, by a lease (`jobs/lead.py`): when it dies or stands still, the next one takes over once the
lease has run out. With Redis away the leader works things off itself, so that a lost doorbell costs seconds and nothing
else.

What it looks for is the table in `jobs/watches.py`; what happens at set times, the one in `jobs/cron.py`.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import NamedTuple

import structlog

from core.db import transaction
from core.errors import DatabaseAway
from core.ids import UUID
from jobs import start_log
from jobs.broker import QUEUES, redis_client
from jobs.cron import schedule
from jobs.lead import Lead
from jobs.ring import Bell, ring
from jobs.watches import WATCHES, Watch

log = structlog.get_logger("jobs.clock")

TICK_SECONDS = 1.0
#: Above this many waiting jobs the workers are busy enough: ringing more would only pile up.
PILE = 200
#: Threads of the leader's own, for the time that Redis is away. Cards have theirs: a mail server that hangs takes none.
OWN_MAIL_THREADS, OWN_CARD_THREADS = 4, 2
#: Every so many ticks it is asked whether the database was restored; each claim asks as well.
LOOK_TICKS = 10


def _always() -> bool:
    return True


class Found(NamedTuple):
    """What a watch found now, and whom to ring for it."""

    watch: Watch
    bell: Bell | None
    ids: list[UUID]


class Own:
    """The leader's own threads, and what they are at: a long outage must not pile up the same work."""

    def __init__(self, leads: Callable[[], bool] = _always) -> None:
        """`leads` says whether this clock may still begin anything."""
        self.stopping = threading.Event()
        self._leads = leads
        self.mail = ThreadPoolExecutor(OWN_MAIL_THREADS, thread_name_prefix="own-mail")
        self.cards = ThreadPoolExecutor(OWN_CARD_THREADS, thread_name_prefix="own-cards")
        self._under_way: set[UUID] = set()

    def work(self, watch: Watch, id_: UUID) -> None:
        """Work this off on a thread, unless one is at it already."""
        if id_ not in self._under_way:
            self._under_way.add(id_)
            pool = self.mail if watch.threads == "mail" else self.cards
            pool.submit(self._run, watch, id_)

    def _run(self, watch: Watch, id_: UUID) -> None:
        """Nobody rings for what comes next: go on until there is no more, or the clock is stopped."""
        try:
            while not self.stopping.is_set() and self._leads() and watch.work(id_) and watch.repeats:
                pass
        except Exception as error:
            log.exception("own work failed", watch=watch.name, error=type(error).__name__)
        finally:
            self._under_way.discard(id_)

    def stop(self) -> None:
        """Finish what is at hand, and begin nothing more."""
        self.stopping.set()
        for pool in (self.mail, self.cards):
            pool.shutdown(wait=True, cancel_futures=True)


def run() -> None:
    """Run until SIGTERM or SIGINT: wait for the lead, then tick."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    lead = Lead()
    own = Own(lead.holds)
    while not stopping.is_set():
        try:
            if lead.take():
                _lead(stopping, own, lead)
        except DatabaseAway as error:
            log.warning("database away", error=type(error).__name__)
        stopping.wait(TICK_SECONDS)
    own.stop()
    lead.give_up()


def _lead(stopping: threading.Event, own: Own, lead: Lead) -> None:
    """Tick for as long as the lease is kept. Returns when another clock leads, or this one is to end."""
    log.info("this clock leads")
    cron = schedule(lead.holds)
    cron.start()
    ticks = 0
    try:
        while not stopping.wait(TICK_SECONDS) and lead.keep():
            if ticks % LOOK_TICKS == 0:
                start_log.stop_if_restored()
            ticks += 1
            tick(own, lead.keep)
    finally:
        cron.shutdown(wait=False)


def tick(own: Own, leads: Callable[[], bool] = _always) -> None:
    """One look at Postgres: every watch in turn, each draft, account or member rung for once. Ends with the lead."""
    waiting = _waiting()
    rung: set[tuple[Bell | None, UUID]] = set()
    for locks, watches in groupby(WATCHES, key=lambda watch: watch.locks):
        if not leads():
            return
        for watch, bell, ids in sorted(_look(list(watches), own=locks == "own"), key=_turn):
            new = [id_ for id_ in ids if (bell, id_) not in rung]
            rung.update((bell, id_) for id_ in new)
            _ring_or_work(own, Found(watch, bell, new), waiting)


def _look(watches: list[Watch], *, own: bool) -> list[Found]:
    """What these watches find: in one transaction, or in their own."""
    if own:
        return [Found(watch, watch.bell, watch.find() or []) for watch in watches]
    found: list[Found] = []
    with transaction() as tx:
        for watch in watches:
            ids = watch.find(tx) or []
            if watch.apart and ids:
                among, bell = watch.apart
                others = among(tx, ids)
                found.append(Found(watch, bell, [id_ for id_ in ids if id_ in others]))
                ids = [id_ for id_ in ids if id_ not in others]
            found.append(Found(watch, watch.bell, ids))
    return found


def _turn(found: Found) -> int:
    """What people have just decided goes before what is new: by their queues."""
    return QUEUES.index(found.bell.queue) if found.bell else -1


def _ring_or_work(own: Own, found: Found, waiting: dict[str, int]) -> None:
    """Ring for each id; where Redis is away (`waiting` is empty), do the work here. Leases and locks keep it single."""
    watch, bell, ids = found
    if bell and watch.heeds_pile and waiting.get(bell.queue, 0) > PILE:
        return
    for id_ in ids:
        if not (bell and waiting and ring(bell, id_)):
            own.work(watch, id_)


_redis = redis_client()


def _waiting() -> dict[str, int]:
    """How many jobs wait in each queue; empty when Redis is away."""
    try:
        return {queue: int(_redis.llen(f"dramatiq:{queue}")) for queue in QUEUES}
    except Exception as error:  # noqa: BLE001  whatever is wrong with Redis, mail goes on
        log.warning("doorbell silent", error=type(error).__name__)
        return {}
