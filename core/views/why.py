"""Why something has not left, or what became of it: a draft or a task, by whatever a person calls it. The same words
everywhere (`signoff queue why`, `/outreach why`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.actor import Actor
from core.delivery.gates import earliest, first_refusal
from core.delivery.queue import read_account
from core.drafts.state import OPEN
from core.errors import Refusal
from core.ids import UUID
from core.models import Account, Contact, Member, Task, Workspace
from core.tasks.facts import facts_of, read_task
from core.taxonomy import TaskStatus
from core.text.folding import fold_text
from core.text.phrases import as_sentence, full_name, some_of, when
from core.text.words.states import ASSIGNED, ENDORSED, HEARD_TOO, NOBODY_YET, SNOOZED, SOMEBODY, TASK_WHY
from core.views import came_back, send_queue
from core.views.draft import DraftView
from core.views.draft import read as read_draft
from core.views.draft_page import names_in
from core.views.sentences import heard


@dataclass(frozen=True)
class Why:
    """The answer: what it is called, the sentence that follows that name, and the draft, where it is one."""

    called: str
    sentence: str = field(repr=False)
    draft_id: UUID | None = None


def why(tx: Connection, named: str, by: Actor) -> Why:
    """Where a draft or a task stands. What goes by both names is the draft. Raises `Refusal` where there is neither."""
    try:
        draft_id = send_queue.find_draft(tx, named, by)
    except Refusal as nothing:
        task = _find_task(tx, named.strip(), by, nothing)
        return Why(task.key, _of_task(tx, task))
    queued = send_queue.queued_delivery(tx, draft_id)
    if queued is None:
        view = read_draft(tx, draft_id)
        assert view is not None
        said = [send_queue.not_queued_sentence(view), *_whose(view, names_in(tx, view.workspace_id, view))]
        return Why(named, " ".join(said), draft_id)
    ahead = {0: "Nothing is ahead of it", 1: "1 is ahead of it"}.get(queued.ahead, f"{queued.ahead:,} are ahead of it")
    waits = send_queue.waiting_sentence(queued).rstrip(".")
    return Why(queued.key, f"{waits}. {ahead} at {queued.account}.", draft_id)


def _whose(draft: DraftView, names: Mapping[str, str]) -> list[str]:
    """Who has approved already, whose it is to decide, and until when it rests: as its card and page say."""
    if draft.state not in OPEN:
        return []
    said = []
    if draft.quorum > 1:
        people = ", ".join(names.get(member, SOMEBODY) for member in draft.endorsed_by) or NOBODY_YET
        said.append(ENDORSED.page.format(have=len(draft.endorsed_by), needed=draft.quorum, by=people))
    if draft.assigned_to:
        said.append(ASSIGNED.page.format(who=names.get(draft.assigned_to, SOMEBODY)))
    if draft.snoozed_until and draft.as_of:
        until = when(draft.snoozed_until, draft.as_of, draft.timezone)
        said.append(SNOOZED.page.format(until=until, who=names.get(draft.snoozed_by or "", SOMEBODY)))
    return said


def about(called: str, sentence: str) -> str:
    """What is said of a draft or a task that a person called so: alone, if it names that; or else after the name."""
    if place_of(called, sentence):
        return sentence
    return f"{called}: {sentence}" if sentence[:1].isupper() else f"{called} {sentence}"


def place_of(called: str, sentence: str) -> "re.Match[str] | None":
    """Where a sentence has what a person calls a draft, in whatever case they typed it."""
    return re.search(re.escape(called), sentence, re.IGNORECASE)


_Owner, _Teller = aliased(Member), aliased(Member)
_TASKS = (
    sa.select(
        *(Task.id, Task.key, Task.status, Task.account_id, Task.reason, Task.due_at, Task.done_at),
        *(Account.name.label("seat"), Workspace.timezone, sa.func.clock_timestamp().label("now")),
        *(Contact.email, Contact.first_name, Contact.last_name),
        *(_Owner.name.label("owner"), _Teller.name.label("teller")),
    )
    .join(Account, Account.id == Task.account_id)
    .join(Workspace, Workspace.id == Task.workspace_id)
    .join(Contact, Contact.id == Task.contact_id)
    .outerjoin(_Owner, _Owner.id == Task.offered_to)
    .outerjoin(_Teller, _Teller.id == Task.done_by)
    .order_by(Task.key)
    .limit(11)
)


def _find_task(tx: Connection, named: str, by: Actor, nothing: Refusal) -> sa.Row[tuple[object, ...]]:
    """The task of this key, this id, or the one for this address. Raises `nothing` where there is none."""
    mine = Task.workspace_id == by.workspace_id
    number = send_queue.as_id(named)
    for which in (Task.key == named, Task.id == number, Contact.email_folded == fold_text(named)):
        found = tx.execute(_TASKS.where(mine, which)).all()
        if len(found) == 1:
            return found[0]
        if found:
            keys = some_of([row.key for row in found])
            raise Refusal(nothing.code, f"There is more than one task for that address. Say which: {keys}.")
    raise nothing


def _of_task(tx: Connection, task: sa.Row[tuple[object, ...]]) -> str:
    said = TASK_WHY[TaskStatus(task.status)].format(
        to=full_name(task.first_name, task.last_name) or task.email,
        seat=task.seat,
        owner=task.owner or NOBODY_YET,
        who=task.teller or "somebody",
        at=when(task.done_at, task.now, task.timezone) if task.done_at else "",
        reason=as_sentence(task.reason or ""),
    )
    came = [
        HEARD_TOO[one.verb].replace("*", "").format(heard=heard(one, when(one.at, task.now, task.timezone)))
        for one in came_back.read_of_task(tx, task.id)
    ]
    waits = [_waits(tx, task)] if task.status == TaskStatus.WAITING else []
    return " ".join([said, *waits, *came])


def _waits(tx: Connection, task: sa.Row[tuple[object, ...]]) -> str:
    """What the gates say now; what nobody has room for says so itself."""
    row, account = read_task(tx, task.id), read_account(tx, task.account_id)
    if row is None or account is None:
        return ""
    facts = facts_of(account, row)
    refusal, until = first_refusal(facts), earliest(facts)
    if refusal is None:
        return as_sentence(task.reason or "It waits for its turn")
    at = f"Not before {when(until, task.now, task.timezone)}: " if until else ""
    return f"{at}{as_sentence(refusal.sentence)}"
