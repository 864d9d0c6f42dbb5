"""The job that keeps an open Home true: level-triggered, one publisher at a time, and only when it shows something new.

Rung by the clock for whoever is behind (`core.surfaces.homes.take_behind`), and called at once after a click in a Home.
views.publish is rate limited: the clock looks at each Home every five seconds at most, a 429 is waited out, and what a
person has just clicked goes before what others did.
"""

import dramatiq
import structlog

from core.cards.home_tab import fingerprint, home_tab, stranger_tab
from core.db import transaction
from core.ids import UUID
from core.settings import settings
from core.surfaces import homes
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
            held = homes.hold(tx, member_id)
        if held is None:
            return False
        with transaction() as tx:  # another one, so that no click of theirs waits for what is read here
            view = home_tab(read(tx, held.by, held.chosen, held.note), settings().public_url)
            shows = fingerprint(view)
            if shows != held.shows:
                homes.publishing(tx, member_id)
        if shows != held.shows:
            try:
                call(
                    "views.publish",
                    workspace_id=held.by.workspace_id,
                    priority=priority,
                    user_id=held.slack_user_id,
                    view=view,
                )
            except SlackTrouble as trouble:
                wait = trouble.retry_after or AFTER_TROUBLE
                with transaction() as tx:
                    homes.put_off(tx, member_id, wait)
                log.warning("home not published", member_id=str(member_id), code=trouble.code)
                return False
        with transaction() as tx:
            again = homes.drawn(tx, member_id, shows)
        if not again:
            return True
    return False


def publish_to_stranger(workspace_id: UUID, slack_user_id: str) -> None:
    """Say to somebody who is no member what this is."""
    try:
        call("views.publish", workspace_id=workspace_id, user_id=slack_user_id, view=stranger_tab())
    except SlackTrouble as trouble:
        log.warning("home not published", code=trouble.code)
