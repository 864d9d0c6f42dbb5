"""Ring the doorbell, after the commit. A ring that is lost costs a second or so: the clock finds the rows (P5)."""

from collections.abc import Iterable
from typing import NamedTuple

import redis
import structlog
from dramatiq import Message
from dramatiq.errors import BrokerConnectionError

from core.ids import UUID
from jobs import broker
from jobs.broker import CARDS_QUEUE, DELIVER_QUEUE, HOMES_QUEUE, NEW_CARDS_QUEUE

log = structlog.get_logger("jobs.ring")


class Bell(NamedTuple):
    """One job that can be rung for, by an id, and its queue."""

    job: str
    queue: str


DRAFT_BELL = Bell("sync_cards", CARDS_QUEUE)
NEW_DRAFT_BELL = Bell("post_cards", NEW_CARDS_QUEUE)
TASK_BELL = Bell("sync_task", CARDS_QUEUE)
HOME_BELL = Bell("refresh_home", HOMES_QUEUE)
MAIL_BELL = Bell("deliver", DELIVER_QUEUE)


def ring(bell: Bell, id_: UUID) -> bool:
    """Ask for this job to be done. Never raises; says whether Redis took it."""
    message: Message[object] = Message(bell.queue, bell.job, (str(id_),), kwargs={}, options={})
    try:
        broker.broker.enqueue(message)
    except (redis.RedisError, BrokerConnectionError, OSError) as error:
        log.warning("doorbell silent", rings=bell.job, error=type(error).__name__)
        return False
    return True


def ring_cards(draft_ids: Iterable[UUID]) -> bool:
    """Ask for the cards of these drafts to be drawn again. Never raises; says whether Redis took it all."""
    rung = [ring(DRAFT_BELL, draft_id) for draft_id in draft_ids]
    return all(rung)


def ring_new_cards(draft_ids: Iterable[UUID]) -> bool:
    """Ask for the first cards of these drafts, after all that `ring_cards` asks for. Never raises; the same answer."""
    rung = [ring(NEW_DRAFT_BELL, draft_id) for draft_id in draft_ids]
    return all(rung)


def ring_deliver(account_id: UUID) -> bool:
    """Ask for the head of this account's queue to be delivered. Never raises; says whether Redis took it."""
    return ring(MAIL_BELL, account_id)


def ring_task(task_id: UUID) -> bool:
    """Ask for the cards of this task to be drawn again. Never raises; says whether Redis took it."""
    return ring(TASK_BELL, task_id)
