"""What a worker process runs: importing this registers every job with the broker."""

from jobs import deliver, refresh_home, sync_cards, sync_tasks
from jobs.broker import broker

__all__ = ["broker", "deliver", "refresh_home", "sync_cards", "sync_tasks"]
