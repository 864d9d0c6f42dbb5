"""Ring the doorbell, after the commit. A ring that is lost costs a second or so: the clock finds the rows (P5)."""

from collections.abc import Iterable

import redis
import structlog
from dramatiq import Message
from dramatiq.errors import BrokerConnectionError

from core.ids import UUID
from jobs import broker
from jobs.broker import CARDS_QUEUE, DELIVER_QUEUE

log = structlog.get_logger("jobs.ring")


def ring_cards(draft_ids: Iterable[UUID]) -> bool:
    """Ask for the cards of these drafts to be drawn. Never raises; says whether Redis took it all."""
    taken = [_ring("sync_cards", CARDS_QUEUE, str(draft_id)) for draft_id in draft_ids]
    return all(taken)


def ring_deliver(account_id: UUID) -> bool:
    """Ask for the head of this account's queue to be delivered. Never raises; says whether Redis took it."""
    return _ring("deliver", DELIVER_QUEUE, str(account_id))


def _ring(job: str, queue: str, argument: str) -> bool:
    try:
        broker.broker.enqueue(Message(queue_name=queue, actor_name=job, args=(argument,), kwargs={}, options={}))
    except (redis.RedisError, BrokerConnectionError, OSError) as error:
        log.warning("doorbell silent", rings=job, error=type(error).__name__)
        return False
    return True
