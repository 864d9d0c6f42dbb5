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
from jobs.draw import AFTER_LOCK, draw
from jobs.slack.client import SlackTrouble

log = structlog.get_logger("jobs.reconcile")

#: Rounds in one job: the source may change while it is drawn.
ROUNDS = 5
#: Seconds until the clock rings again after an outage of Slack's.
AFTER_TROUBLE = 5.0
#: When these are used up there is nothing left to draw with. Without the others, which look something up, the rest of
#: the cards may well be drawn.
DRAWS = frozenset({"chat.postMessage", "chat.update"})


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


@dataclass
class Left:
    """What could not be drawn now: the seconds until it may be, of what passes by itself, and of what does not."""

    passing: float = 0.0
    lasting: float = 0.0
    #: Another job has some.
    taken: bool = False

    @property
    def wait(self) -> float:
        """A place that is shut for long keeps nothing else waiting."""
        return max(self.passing, AFTER_LOCK if self.taken else 0.0) or self.lasting

    def add(self, trouble: SlackTrouble) -> None:
        """One more that was not drawn."""
        seconds = trouble.retry_after or AFTER_TROUBLE
        if trouble.lasts:
            self.lasting = min(self.lasting or seconds, seconds)
        else:
            self.passing = max(self.passing, seconds)


def _draw_round(read: Read) -> tuple[Picture | None, float]:
    """Read once, and draw what shows something else; the seconds to wait when some could not be drawn now."""
    with transaction() as tx:
        picture = read(tx)
        rows = behind(tx, picture.kind, picture.source_id, picture.shows) if picture else []
    if picture is None:
        return None, 0.0
    left = _draw_all(picture, rows)
    if not left.passing and picture.beneath:
        _, left.passing = _draw_round(picture.beneath)
    return picture, left.wait


def _draw_all(picture: Picture, rows: list[UUID]) -> Left:
    """Draw these rows."""
    left = Left()
    for row_id in rows:
        with transaction() as tx:
            drawing = lock(tx, picture.kind, row_id, picture.shows)
            taken = drawing is None and row_id in behind(tx, picture.kind, picture.source_id, picture.shows)
        if drawing is None:  # one that another job has holds up no other: that job may have died with its lock
            left.taken |= taken
            continue
        try:
            if draw(drawing, picture.render(drawing), picture.shows) is Result.LEFT:
                left.passing = max(left.passing, AFTER_LOCK)
        except SlackTrouble as trouble:
            if trouble.code != "ratelimited":  # which is the day's work
                log.warning("drawing put off", card_id=str(row_id), code=trouble.code)
            left.add(trouble)
            if trouble.code == "ratelimited" and trouble.method in DRAWS and not trouble.here_alone:
                break
        except Exception as error:
            # One that cannot be drawn must not keep the others from the truth; its lock runs out.
            log.exception("not drawn", card_id=str(row_id), error=type(error).__name__)
            left.passing = max(left.passing, AFTER_TROUBLE)
    return left
