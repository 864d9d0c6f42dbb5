"""The job that draws cards: always the latest state that Postgres has, on every card of the draft (P9).

Level-triggered: it does not matter which change rang, how often, or in which order. What it could not draw stays behind
its draft, and the clock rings again.
"""

import dramatiq
import structlog

from core.cards.draft_card import draft_card
from core.db import transaction
from core.ids import UUID
from core.settings import settings
from core.surfaces import cards as rows
from core.surfaces.cards import Standing
from core.views.draft import DraftView, read
from jobs.broker import CARDS_QUEUE, NEW_CARDS_QUEUE
from jobs.draw import draw
from jobs.draw_threads import draw_threads
from jobs.slack.client import SlackTrouble

log = structlog.get_logger("jobs.sync_cards")

#: Rounds in one job: the draft may change while its cards are drawn.
ROUNDS = 5
#: Seconds until the clock rings again after an outage of Slack's, and for a card that somebody else is drawing.
AFTER_TROUBLE = 5.0
AFTER_HOLD = 1.0


@dramatiq.actor(queue_name=CARDS_QUEUE, priority=0)  # before deliveries: a card costs little, and people wait for it
def sync_cards(draft_id: str) -> None:
    """Bring all cards of this draft to its latest state."""
    sync(UUID(draft_id))


@dramatiq.actor(queue_name=NEW_CARDS_QUEUE, priority=15)  # after mail too: of thousands, most find nobody with room
def post_cards(draft_id: str) -> None:
    """Post the cards of a draft that has none yet; if it was decided meanwhile, that is what they show."""
    sync(UUID(draft_id))


def sync(draft_id: UUID) -> bool:
    """Bring all cards of a draft to its latest state; False if some are left for later."""
    for _ in range(ROUNDS):
        with transaction() as tx:
            draft = read(tx, draft_id)
            if draft is None:
                return True
            if rows.ensure(tx, draft):  # it was assigned: the cards say to whom
                draft = read(tx, draft_id) or draft
            cards = rows.behind(tx, draft_id, draft.revision)
        page_url = f"{settings().public_url}/drafts/{draft.draft_id}"
        wait = _draw_all(cards, draft, page_url)
        if wait is None:  # the history can wait for the cards, and is a reason to come back
            wait = draw_threads(draft, page_url)
        with transaction() as tx:
            standing = Standing.LEFT if wait is not None else rows.settle(tx, draft_id, draft.revision)
            if standing is Standing.LEFT:
                rows.postpone(tx, draft_id, wait or AFTER_HOLD, draft.revision)
                return False
        if standing is Standing.TRUE:
            return True
    return False


def _draw_all(cards: list[UUID], draft: DraftView, page_url: str) -> float | None:
    """Draw these cards; returns the seconds to wait when some could not be drawn now."""
    payload = draft_card(draft, page_url)
    wait: float | None = None
    for card_id in cards:
        with transaction() as tx:
            place = rows.hold(tx, card_id, draft.revision)
            taken = place is None and card_id in rows.behind(tx, draft.draft_id, draft.revision)
        if taken:  # another job is at these cards, in the same order: it sees to the rest
            break
        if place is None:
            continue
        try:
            draw(place, payload, draft.revision)
        except SlackTrouble as trouble:
            if trouble.code != "ratelimited":  # which is the day's work
                log.warning("card put off", card_id=str(card_id), code=trouble.code)
            wait = max(wait or 0, trouble.retry_after or AFTER_TROUBLE)
            if trouble.code == "ratelimited" and not trouble.here_alone:
                break
        except Exception as error:
            # One card that cannot be drawn must not keep the others from the truth; its hold runs out.
            log.exception("card not drawn", card_id=str(card_id), error=type(error).__name__)
            wait = max(wait or 0, AFTER_TROUBLE)
    return wait
