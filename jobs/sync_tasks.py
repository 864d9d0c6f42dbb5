"""The jobs of tasks: offer what may be done, take back what was not, and draw their cards (P9).

All level-triggered: what to do is read from the rows, however often anybody rings.
"""

import dramatiq
import structlog

from core.cards.task_card import task_card
from core.db import transaction
from core.ids import UUID
from core.surfaces import tasks
from core.surfaces.cards import Standing
from core.tasks.facts import accounts_due
from core.tasks.offer import offer_next, offered_tasks, recheck_offer
from core.views.task import TaskView, read
from jobs.broker import CARDS_QUEUE
from jobs.draw import draw
from jobs.slack.client import SlackTrouble
from jobs.sync_cards import AFTER_HOLD, AFTER_TROUBLE, ROUNDS

log = structlog.get_logger("jobs.sync_tasks")

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
    for _ in range(ROUNDS):
        with transaction() as tx:
            task = read(tx, task_id)
            cards = tasks.behind(tx, task_id, task.revision) if task else []
        if task is None:
            return True
        wait = _draw_all(cards, task)
        with transaction() as tx:
            standing = Standing.LEFT if wait is not None else tasks.settle(tx, task_id, task.revision)
            if standing is Standing.LEFT:
                tasks.postpone(tx, task_id, wait or AFTER_HOLD)
                return False
        if standing is Standing.TRUE:
            return True
    return False


def _draw_all(cards: list[UUID], task: TaskView) -> float | None:
    """Draw these cards, each for its reader; returns the seconds to wait when some could not be drawn now."""
    wait: float | None = None
    for card_id in cards:
        with transaction() as tx:
            place = tasks.hold(tx, card_id, task.revision)
        if place is None:
            continue
        try:
            draw(place, task_card(task, place.slack_user_id), task.revision, keep=tasks)
        except SlackTrouble as trouble:
            wait = max(wait or 0, trouble.retry_after or AFTER_TROUBLE)
        except Exception as error:
            # One card that cannot be drawn must not keep the others from the truth; its hold runs out.
            log.exception("card not drawn", card_id=str(card_id), error=type(error).__name__)
            wait = max(wait or 0, AFTER_TROUBLE)
    return wait
