"""The jobs that draw the cards of drafts, and the threads under them: renderers for the reconcile loop (P9).

The loop is `jobs/reconcile.py`; how a message is posted, updated, or posted anew when it is gone, `jobs/draw.py`.
"""

from functools import cache, partial

import dramatiq
from sqlalchemy.engine import Connection

from core.alerts import admins
from core.cards.draft_card import draft_card
from core.cards.thread import fingerprint, thread
from core.ids import UUID
from core.settings import settings
from core.surfaces import cards, threads
from core.surfaces.kinds import CARDS, THREADS
from core.views.draft import DraftView, read
from jobs.broker import CARDS_QUEUE, NEW_CARDS_QUEUE
from jobs.reconcile import Picture, reconcile


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
    return reconcile(partial(_cards, draft_id=draft_id))


def _cards(tx: Connection, draft_id: UUID) -> Picture | None:
    draft = read(tx, draft_id)
    if draft is None:
        return None
    if cards.ensure(tx, draft):  # it was assigned: the cards say to whom
        draft = read(tx, draft_id) or draft
    page_url = f"{settings().public_url}/drafts/{draft_id}"
    can_pause = frozenset(admins(tx, draft.workspace_id))
    card = cache(lambda admin: draft_card(draft.for_reader(admin=admin), page_url))  # the same for all of a kind
    beneath = partial(_thread, draft=draft, page_url=page_url)
    return Picture(CARDS, draft_id, draft.revision, lambda drawing: card(drawing.member_id in can_pause), beneath)


def _thread(tx: Connection, draft: DraftView, page_url: str) -> Picture | None:
    """The history can wait for the cards, and is a reason to come back."""
    payload = thread(draft, threads.history(tx, draft.draft_id), page_url)
    shows = fingerprint(payload)
    if payload is None or shows is None:
        return None
    return Picture(THREADS, draft.draft_id, shows, lambda _: payload)
