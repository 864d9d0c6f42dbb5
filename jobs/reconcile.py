"""The reconcile loop: draw the latest state that Postgres has, on every message that shows it (P9).

Level-triggered: it does not matter which change rang, how often, or in which order. What could not be drawn stays
behind, and the clock rings again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from core.db import transaction
from core.ids import UUID
from core.surfaces.kinds import Drawing, Kind
from core.surfaces.reconcile import Result, behind, lock, postpone, settle
from jobs.draw import draw
from jobs.slack.client import SlackTrouble

log = structlog.get_logger("jobs.reconcile")

#: Rounds in one job: the source may change while it is drawn.
ROUNDS = 5
#: Seconds until the clock rings again after an outage of Slack's, and for what somebody else is drawing.
AFTER_TROUBLE = 5.0
AFTER_LOCK = 1.0


@dataclass(frozen=True)
class Picture:
    """What all messages of a kind are to show of one source: its revision, or a fingerprint, and how it is rendered."""

    kind: Kind[Drawing]
    source_id: UUID
    shows: int | str
    render: Callable[[Drawing], dict[str, Any]]
    #: What is drawn after these, which people wait for: read once they are there.
    beneath: "Read | None" = None


#: Reads a picture; None where there is nothing to show.
Read = Callable[[Connection], Picture | None]


def reconcile(read: Read) -> bool:
    """Bring all that shows this source to its latest revision; False if some is left for later."""
    for _ in range(ROUNDS):
        picture, wait = _draw_round(read)
        if picture is None:
            return True
        revision = int(picture.shows)
        with transaction() as tx:
            result = Result.LEFT if wait else settle(tx, picture.kind, picture.source_id, revision)
            if result is Result.LEFT:
                postpone(tx, picture.kind, picture.source_id, wait or AFTER_LOCK, revision)
                return False
        if result is Result.DONE:
            return True
    return False


def _draw_round(read: Read) -> tuple[Picture | None, float]:
    """Read once, and draw what shows something else; the seconds to wait when some could not be drawn now."""
    with transaction() as tx:
        picture = read(tx)
        rows = behind(tx, picture.kind, picture.source_id, picture.shows) if picture else []
    if picture is None:
        return None, 0.0
    wait, taken = _draw_all(picture, rows)
    if not wait and picture.beneath:
        _, wait = _draw_round(picture.beneath)
    return picture, max(wait, AFTER_LOCK if taken else 0.0)


def _draw_all(picture: Picture, rows: list[UUID]) -> tuple[float, bool]:
    """Draw these rows; the seconds to wait when some could not be drawn now, and whether another job has some."""
    wait, others = 0.0, False
    for row_id in rows:
        with transaction() as tx:
            drawing = lock(tx, picture.kind, row_id, picture.shows)
            taken = drawing is None and row_id in behind(tx, picture.kind, picture.source_id, picture.shows)
        if drawing is None:  # one that another job has holds up no other: that job may have died with its lock
            others |= taken
            continue
        try:
            if draw(drawing, picture.render(drawing), picture.shows) is Result.LEFT:
                wait = max(wait, AFTER_LOCK)
        except SlackTrouble as trouble:
            if trouble.code != "ratelimited":  # which is the day's work
                log.warning("drawing put off", card_id=str(row_id), code=trouble.code)
            wait = max(wait, trouble.retry_after or AFTER_TROUBLE)
            if trouble.code == "ratelimited" and not trouble.here_alone:
                break
        except Exception as error:
            # One that cannot be drawn must not keep the others from the truth; its lock runs out.
            log.exception("not drawn", card_id=str(row_id), error=type(error).__name__)
            wait = max(wait, AFTER_TROUBLE)
    return wait, others
