"""What happens at set times: one table, run by the clock that leads."""

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

#: (name, cron line in UTC, function). Digests and refreshes will stand here.
ENTRIES: tuple[tuple[str, str, object], ...] = ()


def schedule() -> BackgroundScheduler:
    """A scheduler with every entry; runs that were missed are made up once."""
    scheduler = BackgroundScheduler(timezone="UTC")
    for name, line, function in ENTRIES:
        scheduler.add_job(function, CronTrigger.from_crontab(line), id=name, coalesce=True, max_instances=1)
    return scheduler
