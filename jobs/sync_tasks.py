"""The jobs of tasks: offer what may be done, take back what was not, and draw their cards (P9).

All level-triggered: what to do is read from the rows, however often anybody rings.
"""

from functools import partial

import dramatiq
from sqlalchemy.engine import Connection

from core.cards.task_card import task_card
from core.db import transaction
from core.ids import UUID
from core.surfaces.kinds import TASK_CARDS
from core.tasks.facts import accounts_due
from core.tasks.offer import offer_next, offered_tasks, recheck_offer
from core.views.task import read
from jobs.broker import CARDS_QUEUE
from jobs.reconcile import Picture, reconcile

#: Tasks of one account that one look offers: far above any day's limit.
MOST_OFFERS = 100


def offer_tasks() -> None:
    """Offer all that the gates let pass now. Their cards are behind then, and rung for as any others."""
    with transaction() as tx:
        accounts = accounts_due(tx)
    for account_id in accounts:
        for _ in range(MOST_OFFERS):
            with transaction() as tx:
                if offer_next(tx, account_id) is None:
                    break


def take_back_tasks() -> None:
    """Take back what was not done on its day, must not be done any more, or whose owner is gone."""
    with transaction() as tx:
        offered = offered_tasks(tx)
    for account_id, task_id in offered:
        with transaction() as tx:
            recheck_offer(tx, account_id, task_id)


@dramatiq.actor(queue_name=CARDS_QUEUE, priority=0)  # as drafts' cards
def sync_task(task_id: str) -> None:
    """Bring all cards of this task to its latest state."""
    sync(UUID(task_id))


def sync(task_id: UUID) -> bool:
    """Bring all cards of a task to its latest state; False if some are left for later."""
    return reconcile(partial(_cards, task_id=task_id))


def _cards(tx: Connection, task_id: UUID) -> Picture | None:
    task = read(tx, task_id)
    if task is None:
        return None
    return Picture(TASK_CARDS, task_id, task.revision, lambda drawing: task_card(task, drawing.slack_user_id))
