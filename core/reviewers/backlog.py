"""The backlog: a reconcile loop gives what waits to whoever has room for it, or is back. The clock runs it.

Derived from rows: who is owed something is marked (`members.owed`), and what is next for them is found by index
(`core/reviewers/candidates.py`). So a look costs next to nothing while nobody is owed anything, or all hands are full.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.drafts.order import OPEN_STATUS
from core.ids import UUID
from core.models import Draft, Member
from core.reviewers import people as persons
from core.reviewers.candidates import candidates
from core.reviewers.distribution import distribute
from core.reviewers.people import DECIDING_ROLES

#: Drafts that one run distributes in one workspace.
MOST = 100


def workspaces_owed(tx: Connection) -> list[UUID]:
    """The workspaces in which something may wait for somebody."""
    decides = Member.active & Member.role.in_(DECIDING_ROLES)
    return list(tx.scalars(sa.select(Member.workspace_id).where(Member.owed, decides).distinct()))


def distribute_backlog(tx: Connection, workspace_id: UUID, most: int = MOST) -> list[UUID]:
    """Reconcile a workspace: make the cards that there is room for; returns their drafts, whose cards are behind."""
    people = persons.read_people(tx, workspace_id)
    ready = {person.member_id for person in people.by_id.values() if person.owed and not person.away}
    if not ready:
        return []
    room = persons.room(people, persons.open_cards(tx, workspace_id))
    found = candidates(tx, workspace_id, people, ready, room, most)
    distributed = distribute(tx, workspace_id, found, at_once=False) if found else None
    changed = distributed.dealt | distributed.assigned if distributed else set()
    if changed:
        tx.execute(sa.update(Draft).where(Draft.id.in_(changed)).values(revision=Draft.revision + 1))
        return sorted(changed)
    if distributed is None:
        persons.read_people(tx, workspace_id, hold=True)
    elif distributed.looked_at < len(found):
        return []  # somebody is at them: the next look will tell
    # Nobody makes a note for them now: what is there, is seen.
    if set(candidates(tx, workspace_id, people, ready, room, most)) <= set(found):
        nothing_waits = {member for member in ready if room[member] > 0} - (
            distributed.unserved if distributed else set()
        )
        tx.execute(sa.update(Member).where(Member.id.in_(nothing_waits)).values(owed=False))
    return []


def recheck_everybody(tx: Connection) -> None:
    """Mark every reviewer as owed, and whatever is assigned to who left as behind: a full resync.

    For what no act tells of, such as a declaration that changed who reviews what. Costs one look more.
    """
    decides = sa.and_(Member.active, Member.role.in_(DECIDING_ROLES))
    gone = sa.select(Member.id).where(~decides)
    tx.execute(sa.update(Draft).where(OPEN_STATUS, Draft.assigned_to.in_(gone)).values(revision=Draft.revision + 1))
    persons.mark_owed(tx, decides)
