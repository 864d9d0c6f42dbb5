"""Ring the doorbell, after the commit. A ring that is lost costs a second or so: the clock finds the rows (P5)."""

from collections.abc import Iterable

import redis
import structlog
from dramatiq import Message
from dramatiq.errors import BrokerConnectionError

from core.ids import UUID
from jobs import broker
from jobs.broker import CARDS_QUEUE, DELIVER_QUEUE, HOMES_QUEUE, NEW_CARDS_QUEUE

log = structlog.get_logger("jobs.ring")


def ring_cards(draft_ids: Iterable[UUID]) -> bool:
    """Ask for the cards of these drafts to be drawn again. Never raises; says whether Redis took it all."""
    taken = [_ring("sync_cards", CARDS_QUEUE, str(draft_id)) for draft_id in draft_ids]
    return all(taken)


def ring_new_cards(draft_ids: Iterable[UUID]) -> bool:
    """Ask for the first cards of these drafts, after all that `ring_cards` asks for. Never raises; the same answer."""
    taken = [_ring("post_cards", NEW_CARDS_QUEUE, str(draft_id)) for draft_id in draft_ids]
    return all(taken)


def ring_deliver(account_id: UUID) -> bool:
    """Ask for the head of this account's queue to be delivered. Never raises; says whether Redis took it."""
    return _ring("deliver", DELIVER_QUEUE, str(account_id))


def ring_home(member_id: UUID) -> bool:
    """Ask for this member's Home to be looked at. Never raises; says whether Redis took it."""
    return _ring("refresh_home", HOMES_QUEUE, str(member_id))


def ring_task(task_id: UUID) -> bool:
    """Ask for the cards of this task to be drawn again. Never raises; says whether Redis took it."""
    return _ring("sync_task", CARDS_QUEUE, str(task_id))


def _ring(job: str, queue: str, argument: str) -> bool:
    try:
        broker.broker.enqueue(Message(queue_name=queue, actor_name=job, args=(argument,), kwargs={}, options={}))
    except (redis.RedisError, BrokerConnectionError, OSError) as error:
        log.warning("doorbell silent", rings=job, error=type(error).__name__)
        return False
    return True
