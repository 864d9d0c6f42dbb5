"""What a worker process runs: importing this registers every job with the broker."""

from jobs import deliver, sync_cards
from jobs.broker import broker

__all__ = ["broker", "deliver", "sync_cards"]
