"""What the clock looks for, as a table: a new watch is one line of it.

Each watch is found in Postgres (P5), and rung for; a job that a doorbell rang for finds nothing left to do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import structlog
from sqlalchemy.engine import Connection

from core import delivery
from core.accounts import resting
from core.campaigns import waiting_mail
from core.db import transaction
from core.delivery.due import accounts_with_mail_due
from core.ids import UUID
from core.surfaces.behind import new_among, take_cards_behind, take_unposted
from core.surfaces.kinds import HOME, TASK
from core.surfaces.reconcile import take_behind
from jobs.apply_campaign_status import apply_campaign_status
from jobs.deliver import deliver_next
from jobs.distribute import distribute_waiting
from jobs.refresh_home import refresh
from jobs.ring import DRAFT_BELL, HOME_BELL, MAIL_BELL, NEW_DRAFT_BELL, TASK_BELL, Bell
from jobs.show_rest import show_rest
from jobs.sync_cards import sync
from jobs.sync_tasks import offer_tasks
from jobs.sync_tasks import sync as sync_task

log = structlog.get_logger("jobs.clock")

#: Expired leases that one tick closes.
MOST_EXPIRED = 100


@dataclass(frozen=True)
class Watch:
    """One line of what the clock looks for: how it is found, how it is worked off without Redis, and who is rung."""

    name: str
    #: Returns ids, in a transaction that neighbours in the table share which lock the same; `own`: it opens its own.
    find: Callable[..., list[UUID] | None]
    work: Callable[[UUID], object] = lambda _: None
    #: Whom to ring, unless many wait in that queue; where there is none, the clock does the work at any time.
    bell: Bell | None = None
    heeds_pile: bool = True
    #: Those of them that another bell is for.
    apart: tuple[Callable[[Connection, list[UUID]], set[UUID]], Bell] | None = None
    #: Which threads of the leader's own do it, and whether for as long as there is more of it.
    threads: Literal["mail", "cards"] = "cards"
    repeats: bool = False
    #: What `find` locks. Rows, with SKIP LOCKED: it waits for nobody's, whatever the order.
    locks: Literal["nothing", "drafts", "homes", "tasks", "own"] = "nothing"


def expire() -> list[UUID]:
    """Close expired attempts; returns their drafts."""
    drafts: list[UUID] = []
    for _ in range(MOST_EXPIRED):
        with transaction() as tx:
            closed = delivery.expire_leases(tx, limit=1)
        if not closed:
            break
        drafts += closed
    if drafts:
        log.warning("leases expired", count=len(drafts))
    return drafts


#: Those that lock rows of one table share a transaction, and nobody holds them while another table is asked.
WATCHES = (
    # Its own, one lease a transaction: several at once would lock drafts in no order.
    Watch("expired leases", expire, sync, DRAFT_BELL, locks="own"),
    # Its own: what is woken is dealt once that is committed, and a workspace at a time, as its members are locked.
    Watch("backlog", distribute_waiting, locks="own"),
    # Somebody has room for these: no pile of those that nobody has room for holds them up. So they are found first.
    Watch("unposted cards", take_unposted, sync, NEW_DRAFT_BELL, heeds_pile=False, locks="drafts"),
    Watch("cards", take_cards_behind, sync, DRAFT_BELL, apart=(new_among, NEW_DRAFT_BELL), locks="drafts"),
    Watch("switched campaigns", waiting_mail.not_shown_yet, apply_campaign_status),
    Watch("resting accounts", resting.not_shown_yet, show_rest),
    Watch("mail", accounts_with_mail_due, deliver_next, MAIL_BELL, threads="mail", repeats=True),
    Watch("homes", partial(take_behind, source=HOME, limit=50), refresh, HOME_BELL, locks="homes"),
    # Its own, one offer a transaction, under the lock of its account; their cards are behind once that is committed.
    Watch("offers", offer_tasks, locks="own"),
    Watch("task cards", partial(take_behind, source=TASK), sync_task, TASK_BELL, locks="tasks"),
)
