"""The lead among several clocks, as one of them sees it: a lease in Postgres, renewed as it ticks.

No session holds it: behind a connection pooler a session may be another process's the next moment, and a pooler keeps
one alive whose process stands still. Before each thing that it does the leader asks `holds`; a clock that was stopped,
or whose machine slept, knows by its own clock that the lease ran out, before it acts.
"""

import time
from datetime import timedelta

import structlog

from core.db import transaction
from core.errors import DatabaseAway
from core.ids import new_id
from core.installation import clock_lease

log = structlog.get_logger("jobs.clock")

#: Seconds after which a leader that is dead or stands still is replaced. One that only ticks slowly may be replaced
#: too: two that lead for a moment do nothing twice.
LEASE = timedelta(seconds=6)
#: It is renewed when so much of it is gone, so not more often than it ticks.
RENEW_AFTER = timedelta(seconds=0.9)

#: Seconds that also pass while the machine sleeps, where the system has such a clock.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def _now() -> float:
    return time.clock_gettime(_CLOCK)


class Lead:
    """The lead of this process, or its wish for it."""

    def __init__(self) -> None:
        self._holder = new_id()
        self._token: int | None = None
        self._asked = 0.0

    def take(self) -> bool:
        """Take the lead if it is free. Raises `DatabaseAway`."""
        asked = _now()
        with transaction() as tx:
            self._token = clock_lease.take(tx, self._holder, LEASE)
        self._asked = asked
        return self._token is not None

    def holds(self) -> bool:
        """Whether the lease that was last seen still runs, by this machine's clock. Asks nobody; for any thread."""
        return self._token is not None and _now() - self._asked < LEASE.total_seconds()

    def keep(self) -> bool:
        """Renew it where some of it is gone; False once another clock leads. Raises `DatabaseAway`."""
        if self._token is None:
            return False
        asked = _now()
        if asked - self._asked < RENEW_AFTER.total_seconds():
            return True
        with transaction() as tx:
            kept = clock_lease.renew(tx, self._holder, self._token, LEASE)
        if kept:
            self._asked = asked
        else:
            self._token = None
            log.warning("another clock leads")
        return kept

    def give_up(self) -> None:
        """Let the next clock lead at once, if it can be told."""
        if self._token is None:
            return
        token, self._token = self._token, None
        try:
            with transaction() as tx:
                clock_lease.release(tx, self._holder, token)
        except DatabaseAway:
            log.info("lead not given up", reason="database away")
