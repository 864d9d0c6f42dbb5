"""What happens at set times: one table, run by the clock that leads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from jobs.check_health import check_health
from jobs.cron_jobs import expire_undecided, raise_alarms, refresh_eligibility, remind, tell_digest
from jobs.distribute import recheck_everybody
from jobs.renew_tokens import renew_tokens
from jobs.replay import replay_unknown
from jobs.sync_tasks import take_back_tasks
from jobs.tell_admins import tell_admins

log = structlog.get_logger("jobs.cron")


@dataclass(frozen=True)
class Entry:
    """A function that takes nothing and may run at any time, twice or at once; and its cron line, in UTC."""

    name: str
    line: str
    run: Callable[[], None]
    #: Also when a clock takes the lead: what was missed while none did is made up, as it is derived from rows.
    at_start: bool = True


ENTRIES = (
    # Scores are kept for an hour: what came in, and what a day turned, counts within the next.
    Entry("check_health", "*/5 * * * *", check_health),
    Entry("refresh_eligibility", "10 0 * * *", refresh_eligibility),
    # What Slack did not take at once.
    Entry("tell_admins", "* * * * *", tell_admins),
    # The digest of yesterday, where its hour has come; and trouble that admins must hear of.
    Entry("tell_digest", "* * * * *", tell_digest),
    Entry("raise_alarms", "* * * * *", raise_alarms),
    # What waits for people: reviewers are reminded, then admins are told, then it expires.
    Entry("remind", "*/5 * * * *", remind),
    Entry("expire_undecided", "*/5 * * * *", expire_undecided),
    # What no act tells of: who reviews what was declared anew.
    Entry("recheck_everybody", "*/5 * * * *", recheck_everybody),
    # Steps that people were offered and did not do on their day.
    Entry("take_back_tasks", "* * * * *", take_back_tasks),
    # Tokens of Slack that run out.
    Entry("renew_tokens", "* * * * *", renew_tokens),
    # What a provider never answered, while it may still be asked about.
    Entry("replay_unknown", "* * * * *", replay_unknown),
)


def schedule(leads: Callable[[], bool]) -> BackgroundScheduler:
    """A scheduler with every entry, while `leads`; of runs that were missed, one is made up."""
    scheduler = BackgroundScheduler(timezone="UTC")
    for entry in ENTRIES:
        first: dict[str, Any] = {"next_run_time": datetime.now(UTC)} if entry.at_start else {}
        scheduler.add_job(
            partial(run, entry, leads),
            CronTrigger.from_crontab(entry.line, timezone="UTC"),
            id=entry.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            **first,
        )
    return scheduler


def run(entry: Entry, leads: Callable[[], bool]) -> None:
    """One run, unless this clock was deposed. What goes wrong is tried at its next time; its kind is logged (P11)."""
    try:
        if leads():
            entry.run()
    except Exception as error:
        log.exception("scheduled run failed", entry=entry.name, error=type(error).__name__)
