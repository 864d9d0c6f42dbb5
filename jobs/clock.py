"""The clock: finds in Postgres what a doorbell did not ring for, about every second (P5).

Of several clocks one leads, by an advisory lock on a connection of its own: when it dies, the lock is free, and when it
stands still, Postgres ends the connection. With Redis away the leader works things off itself, so that a lost doorbell
costs seconds and nothing else.
"""

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg
import structlog

from core import delivery
from core.db import transaction
from core.delivery import due
from core.errors import DatabaseAway
from core.ids import UUID
from core.settings import settings
from core.surfaces import behind as surfaces_due
from core.surfaces import campaigns, homes, tasks
from core.surfaces.behind import take_given
from jobs import start_log
from jobs.broker import CARDS_QUEUE, DELIVER_QUEUE, HOMES_QUEUE, NEW_CARDS_QUEUE, QUEUES, redis_client
from jobs.deal import deal_waiting
from jobs.deliver import deliver_next
from jobs.refresh_home import refresh
from jobs.ring import ring_cards, ring_deliver, ring_home, ring_new_cards, ring_task
from jobs.schedule import schedule
from jobs.show_campaigns import show_campaign
from jobs.sync_cards import sync
from jobs.sync_tasks import offer_tasks
from jobs.sync_tasks import sync as sync_task

log = structlog.get_logger("jobs.clock")

#: Any number that nothing else in this database locks.
LEADER_LOCK = 0x51600C10
TICK_SECONDS = 1.0
#: Seconds after which a leader that stands still (stopped, swapped out, stuck) loses the lead to another clock. One
#: that only ticks slowly may lose it too: two that lead for a moment do nothing twice.
LEAD_SECONDS = 10
#: Above this many waiting jobs the workers are busy enough: ringing more would only pile up.
PILE = 200
#: Threads of the leader's own, for the time that Redis is away. Cards have theirs: a mail server that hangs takes none.
OWN_MAIL_THREADS, OWN_CARD_THREADS = 4, 2
#: Every so many ticks it is asked whether the database was restored; each claim asks as well.
LOOK_TICKS = 10
#: Expired leases that one tick closes.
MOST_EXPIRED = 100


class Own:
    """The leader's own threads, and what they are at: a long outage must not pile up the same work."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.mail = ThreadPoolExecutor(OWN_MAIL_THREADS, thread_name_prefix="own-mail")
        self.cards = ThreadPoolExecutor(OWN_CARD_THREADS, thread_name_prefix="own-cards")
        self._under_way: set[UUID] = set()

    def work(self, pool: ThreadPoolExecutor, do: Callable[[UUID], object], id_: UUID) -> None:
        """Do this on a thread of `pool`, unless one is at it already."""
        if id_ not in self._under_way:
            self._under_way.add(id_)
            pool.submit(self._run, do, id_)

    def _run(self, do: Callable[[UUID], object], id_: UUID) -> None:
        try:
            do(id_)
        except Exception as error:
            log.exception("own work failed", error=type(error).__name__)
        finally:
            self._under_way.discard(id_)

    def deliver_all(self, account_id: UUID) -> None:
        """Nobody rings for the next one: go on until nothing of this account is due, or the clock is stopped."""
        while not self.stopping.is_set() and deliver_next(account_id):
            pass

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
    own = Own()
    while not stopping.is_set():
        try:
            _lead(stopping, own)
        except (psycopg.OperationalError, DatabaseAway) as error:
            log.warning("database away", error=type(error).__name__)
        stopping.wait(TICK_SECONDS)
    own.stop()


def _lead(stopping: threading.Event, own: Own) -> None:
    """Hold the lead for as long as the connection lives, and tick. Returns when another clock leads."""
    given_up = f"-c idle_session_timeout={LEAD_SECONDS}s"
    with psycopg.connect(settings().database_url, autocommit=True, connect_timeout=2, options=given_up) as connection:
        won = connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)).fetchone()
        if not won or not won[0]:
            return
        log.info("this clock leads")
        cron = schedule()
        cron.start()
        ticks = 0
        try:
            while not stopping.wait(TICK_SECONDS):
                connection.execute("SELECT 1")  # the lead is lost with the connection
                if ticks % LOOK_TICKS == 0:
                    start_log.look()
                ticks += 1
                tick(own)
        finally:
            cron.shutdown(wait=False)


def tick(own: Own) -> None:
    """One look at Postgres: leases that ran out, what waits for a reviewer, cards that are behind, mail that is due."""
    expired = _expire()
    deal_waiting()
    with transaction() as tx:
        given = take_given(tx)
    with transaction() as tx:
        behind = surfaces_due.take_cards_behind(tx)
    with transaction() as tx:
        new = surfaces_due.new_among(tx, behind)
    with transaction() as tx:
        accounts = due.accounts_with_mail_due(tx)
    if expired:
        log.warning("leases expired", count=len(expired))
    waiting = _waiting()
    with transaction() as tx:
        switched = campaigns.not_shown_yet(tx)
    for campaign_id in switched:
        own.work(own.cards, show_campaign, campaign_id)
    redraw = list(dict.fromkeys([*expired, *(draft for draft in behind if draft not in new)]))
    post = [draft for draft in behind if draft in new]
    draw, mail = partial(own.work, own.cards, sync), partial(own.work, own.mail, own.deliver_all)
    _ring_or_work(redraw, waiting.get(CARDS_QUEUE), lambda draft: ring_cards([draft]), draw)
    # Somebody has room for these: no pile of those that nobody has room for holds them up.
    _ring_or_work(given, 0 if waiting else None, lambda draft: ring_new_cards([draft]), draw)
    _ring_or_work(post, waiting.get(NEW_CARDS_QUEUE), lambda draft: ring_new_cards([draft]), draw)
    _ring_or_work(accounts, waiting.get(DELIVER_QUEUE), ring_deliver, mail)
    _show_homes(own, waiting)
    _show_tasks(own, waiting)


def _show_homes(own: Own, waiting: dict[str, int]) -> None:
    """Have the open Homes looked at that may not show what is so."""
    with transaction() as tx:
        behind = homes.take_behind(tx)
    _ring_or_work(behind, waiting.get(HOMES_QUEUE), ring_home, partial(own.work, own.cards, refresh))


def _show_tasks(own: Own, waiting: dict[str, int]) -> None:
    """Offer people what they may do now, and have the cards of tasks drawn that are behind."""
    offer_tasks()
    with transaction() as tx:
        behind = tasks.take_behind(tx)
    _ring_or_work(behind, waiting.get(CARDS_QUEUE), ring_task, partial(own.work, own.cards, sync_task))


def _expire() -> list[UUID]:
    """Close expired attempts, each in a transaction of its own: several at once would lock drafts in no order."""
    drafts: list[UUID] = []
    for _ in range(MOST_EXPIRED):
        with transaction() as tx:
            closed = delivery.expire_leases(tx, limit=1)
        if not closed:
            break
        drafts += closed
    return drafts


def _ring_or_work(
    ids: list[UUID], waiting: int | None, ring: Callable[[UUID], bool], work: Callable[[UUID], None]
) -> None:
    """Ring for each id; where Redis is away (`waiting` is None), do the work here. Claims and holds keep it single."""
    if waiting is not None and waiting > PILE:
        return
    for id_ in ids:
        if waiting is None or not ring(id_):
            work(id_)


_redis = redis_client()


def _waiting() -> dict[str, int]:
    """How many jobs wait in each queue; empty when Redis is away."""
    try:
        return {queue: int(_redis.llen(f"dramatiq:{queue}")) for queue in QUEUES}
    except Exception as error:  # noqa: BLE001  whatever is wrong with Redis, mail goes on
        log.warning("doorbell silent", error=type(error).__name__)
        return {}
