"""The job that keeps an open Home true: level-triggered, one publisher at a time, and only when it shows something new.

Rung by the clock for whoever is behind (`core/surfaces/homes.py`), and called at once after a click in a Home.
views.publish is rate limited: the clock looks at each Home every five seconds at most, a 429 is waited out, and what a
person has just clicked goes before what others did.
"""

from typing import Any

import dramatiq
import structlog

from core.cards.home_tab import fingerprint, home_tab, stranger_tab
from core.db import transaction
from core.ids import UUID
from core.settings import settings
from core.surfaces.homes import record_listed
from core.surfaces.kinds import HOMES, Publication
from core.surfaces.reconcile import Result, distrust, lock, mark_in_doubt, postpone, record_drawn
from core.views.home import read
from jobs.broker import HOMES_QUEUE
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("jobs.refresh_home")

#: Rounds in one job: its member may click while it is published.
ROUNDS = 5
#: Seconds until the next try after an outage of Slack's.
AFTER_TROUBLE = 30.0


@dramatiq.actor(queue_name=HOMES_QUEUE, priority=20)  # after cards: those ping people, a Home waits to be looked at
def refresh_home(member_id: str) -> None:
    """Bring this member's Home to the latest state."""
    refresh(UUID(member_id))


def refresh(member_id: UUID, priority: Priority = Priority.DIGEST) -> bool:
    """Publish what this member's Home should show, if Slack shows something else; False if it is left for later."""
    for _ in range(ROUNDS):
        with transaction() as tx:
            home = lock(tx, HOMES, member_id)
        if home is None:
            return False
        with transaction() as tx:  # another one, so that no click of theirs waits for what is read here
            seen = read(tx, home.by, home.chosen, home.note, home.kept)
            record_listed(tx, member_id, home.locked_until, [draft.draft_id for draft in seen.queue.drafts])
            view = home_tab(seen, settings().public_url)
            shows = fingerprint(view)
        if shows != home.shows and not _publish(home, view, priority):
            return False
        with transaction() as tx:
            result = record_drawn(tx, home, shows)
            if result is Result.LEFT:  # what somebody else has published since, this may have covered
                distrust(tx, HOMES, member_id)
        if result is not Result.CHANGED:
            return result is Result.DONE
    return False


def _publish(home: Publication, view: dict[str, Any], priority: Priority) -> bool:
    """Whether Slack took it; else it is postponed."""

    def leaving() -> None:
        with transaction() as tx:
            ours = mark_in_doubt(tx, home)
        if not ours:  # somebody else may be at it
            raise SlackTrouble("ratelimited")

    try:
        whose: dict[str, Any] = {"workspace_id": home.by.workspace_id, "user_id": home.slack_user_id}
        call("views.publish", priority=priority, leaving=leaving, view=view, **whose)
    except SlackTrouble as trouble:
        with transaction() as tx:
            postpone(tx, HOMES, home.row_id, trouble.retry_after or AFTER_TROUBLE)
        log.warning("home not published", member_id=str(home.row_id), code=trouble.code)
        return False
    return True


def publish_to_stranger(workspace_id: UUID, slack_user_id: str) -> None:
    """Say to somebody who is no member what this is."""
    try:
        call("views.publish", workspace_id=workspace_id, user_id=slack_user_id, view=stranger_tab())
    except SlackTrouble as trouble:
        log.warning("home not published", code=trouble.code)
