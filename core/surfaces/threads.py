"""What a thread tells: the history of a draft, as far as a card does not show it."""

from sqlalchemy.engine import Connection

from core.ids import UUID
from core.taxonomy import Verb
from core.views import history as draft_history
from core.views.history import History, thread_events

#: The latest edits, whose differences a thread shows: texts may be long.
EDITS = 6


def history(tx: Connection, draft_id: UUID) -> History:
    """What the thread of a draft tells. One look at its events, where those are nothing to tell."""
    told = thread_events(draft_history.events(tx, draft_id))
    if not told:
        return History(())
    edits = [int(event.data.get("version", 1)) for event in told if event.verb == Verb.EDIT][-EDITS:]
    return History(
        events=told,
        versions=draft_history.versions(tx, draft_id, since=edits[0] - 1) if edits else (),
        attempts=draft_history.attempts(tx, draft_id),
    )
