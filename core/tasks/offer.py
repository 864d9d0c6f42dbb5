"""Offer: give a task to a person when every gate lets it pass; and take it back when it may not be done any more."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.delivery.facts import AccountRow
from core.delivery.gates import (
    GateRefusal,
    campaign_active,
    contact_busy,
    contactable,
    first_refusal,
    not_suppressed,
    sixty_days,
)
from core.delivery.queue import lock_account
from core.hours import local_day
from core.ids import UUID, new_id
from core.models import CampaignReviewer, Member, Task, TaskCard
from core.reviewers import people
from core.reviewers.people import DECIDING_ROLES
from core.tasks.facts import TaskRow, facts_of, head_of_tasks, lock_task
from core.taxonomy import GateCode, TaskKind, TaskStatus, Verb

#: Tasks that one call looks at, before it leaves the rest to the next.
MOST_LOOKS = 50
#: What waits for an act, or for somebody to have room, is looked at again after so long.
A_WHILE = timedelta(minutes=1)
NOBODY = "Everybody who could do it is busy or away."
NOT_TODAY = "It was not done that day, so it does not count towards that day's limit. It will be offered again."
LEFT = "The person who had it can no longer do it. Somebody else will be asked."
#: What `count_task` says where it refuses for the person's sake.
ABOUT_THE_PERSON = re.compile("(sixty_days|opted_out|replied|suppressed|step_before):")
#: Of an offered task only these are asked again: hours and limits were kept when it was offered.
_STILL = (not_suppressed, contactable, campaign_active, sixty_days)


def offer_next(tx: Connection, account_id: UUID) -> UUID | None:
    """Claim for a person: offer the account's next task that every gate lets pass; None when none may be offered now.

    The account's row is locked, so its limits are counted once, by one offer at a time; the trigger `count_task`
    counts, and refuses what the gates should have held back.
    """
    account = lock_account(tx, account_id)
    if account is None:
        return None
    kinds: list[str] = list(TaskKind)
    for _ in range(MOST_LOOKS):
        row = head_of_tasks(tx, account_id, kinds, account.now)
        if row is None:
            return None
        facts = facts_of(account, row)
        refusal = first_refusal(facts)
        if refusal is None:
            member_id = choose_assignee(tx, row)
            if member_id is None:
                _wait(tx, row, None, NOBODY, account.now + A_WHILE)
                continue
            refusal = _offer(tx, account, row, member_id)
        if refusal is None:
            return row.id
        if refusal.lasting:
            _skip(tx, row, refusal)
        elif refusal.code == GateCode.DAILY_LIMIT:
            _rest(tx, row, refusal, account)
            kinds.remove(row.counted_as)
        else:
            _wait(tx, row, refusal.code, refusal.sentence, refusal.until or account.now + A_WHILE)
    return None


def _offer(tx: Connection, account: AccountRow, row: TaskRow, member_id: UUID) -> GateRefusal | None:
    """Offer it to this member. The database may refuse by right what is about the person: somebody began to write to
    them since we looked, or they to us. Then the gates are asked again."""
    try:
        with tx.begin_nested():
            offer = tx.execute(
                sa.update(Task)
                .where(Task.id == row.id)
                .values(
                    status=TaskStatus.OFFERED, offered_to=member_id, offers=Task.offers + 1, held_code=None, reason=None
                )
                .returning(Task.offers)
            ).scalar_one()
    except sa.exc.IntegrityError as refused:
        if not ABOUT_THE_PERSON.match(str(refused.orig)):
            raise
        known = lock_task(tx, row.id)
        return (known and first_refusal(facts_of(account, known))) or contact_busy(facts_of(account, row))
    card = {"id": new_id(), "workspace_id": row.workspace_id, "task_id": row.id, "member_id": member_id}
    tx.execute(insert(TaskCard).values(card).on_conflict_do_nothing())
    _event(tx, row, Verb.OFFER, TaskStatus.OFFERED, {"offer": offer})
    return None


def offered_tasks(tx: Connection) -> list[tuple[UUID, UUID]]:
    """The tasks on offer, by account and task: no more than a day's limits. Each is rechecked by itself."""
    rows = tx.execute(sa.select(Task.account_id, Task.id).where(Task.status == TaskStatus.OFFERED).order_by(Task.id))
    return [(row.account_id, row.id) for row in rows]


def recheck_offer(tx: Connection, account_id: UUID, task_id: UUID) -> bool:
    """Take an offered task back that was not done on its day, must not be done any more, or whose owner is gone.

    Its count is given back with it. A pause takes nothing back: the card says so, and what was done already is true.
    True when it was taken back.
    """
    account, row = lock_account(tx, account_id), lock_task(tx, task_id)
    if account is None or row is None or row.status != TaskStatus.OFFERED:
        return False
    facts = replace(facts_of(account, row), being_written_to=False)
    refusal = next(filter(None, (gate(facts) for gate in _STILL)), None)
    if refusal is not None and refusal.lasting:
        _skip(tx, row, refusal)
    elif refusal is not None and refusal.until is not None:
        _release(tx, row, refusal.code, refusal.sentence, refusal.until)
    elif row.counted_on is not None and row.counted_on < local_day(account.account_timezone, account.now):
        _release(tx, row, None, NOT_TODAY, account.now)
    elif not _there(tx, row):
        _release(tx, row, None, LEFT, account.now)
    else:
        return False
    return True


def _there(tx: Connection, row: TaskRow) -> bool:
    gone = sa.exists().where(
        TaskCard.task_id == row.id, TaskCard.member_id == Member.id, TaskCard.gone_reason.is_not(None)
    )
    return bool(
        tx.scalar(sa.select(Member.active & Member.role.in_(DECIDING_ROLES) & ~gone).where(Member.id == row.offered_to))
    )


def _wait(tx: Connection, row: TaskRow, code: str | None, sentence: str, until: datetime) -> None:
    tx.execute(sa.update(Task).where(Task.id == row.id).values(held_code=code, reason=sentence, due_at=until))


def _rest(tx: Connection, row: TaskRow, refusal: GateRefusal, account: AccountRow) -> None:
    """Nothing more of this kind today: none of them is looked at before tomorrow."""
    same = (
        sa.select(Task.id)
        .where(
            Task.account_id == account.account_id,
            Task.kind == row.counted_as,
            Task.status == TaskStatus.WAITING,
            Task.due_at < refusal.until,
        )
        .with_for_update(skip_locked=True)
    )
    tx.execute(
        sa.update(Task)
        .where(Task.id.in_(same))
        .values(held_code=refusal.code, reason=refusal.sentence, due_at=refusal.until)
    )


def _skip(tx: Connection, row: TaskRow, refusal: GateRefusal) -> None:
    changed = {"status": TaskStatus.SKIPPED, "held_code": refusal.code, "reason": refusal.sentence}
    tx.execute(sa.update(Task).where(Task.id == row.id).values(changed))
    _event(tx, row, Verb.SKIP, TaskStatus.SKIPPED, {"gate": refusal.code})


def _release(tx: Connection, row: TaskRow, code: str | None, sentence: str, until: datetime) -> None:
    changed = {"status": TaskStatus.WAITING, "held_code": code, "reason": sentence, "due_at": until}
    tx.execute(sa.update(Task).where(Task.id == row.id).values(changed))
    _event(tx, row, Verb.RELEASE, TaskStatus.WAITING, {"gate": code} if code else {})


def _event(tx: Connection, row: TaskRow, verb: Verb, to: TaskStatus, data: dict[str, object]) -> None:
    entry = events.Entry(verb, workspace_id=row.workspace_id, task_id=row.id, moved=(row.status, to), data=data)
    events.write(tx, SIGNOFF, entry)


def choose_assignee(tx: Connection, row: TaskRow) -> UUID | None:
    """The member to offer this task to; None while nobody has room. A task in hand counts like an open card.

    Locks members, after everything else (docs/locks.md).
    """
    team = people.read_people(tx, row.workspace_id, hold=True)
    reviewers = set(
        tx.scalars(sa.select(CampaignReviewer.member_id).where(CampaignReviewer.campaign_id == row.campaign_id))
    )
    lost = set(
        tx.scalars(sa.select(TaskCard.member_id).where(TaskCard.task_id == row.id, TaskCard.gone_reason.is_not(None)))
    )
    reached = [person for person in team.by_id.values() if person.member_id not in lost]
    able = [person for person in reached if person.member_id in reviewers and not person.long_away]
    have = people.open_cards(tx, row.workspace_id)
    for member_id, tasks in _in_hand(tx, row.workspace_id).items():
        have[member_id] = have.get(member_id, 0) + tasks
    room = people.room(team, have)
    chosen = [person.member_id for person in able or [person for person in reached if person.is_admin]]
    free = [member_id for member_id in chosen if room[member_id] > 0]
    return min(free, key=lambda member_id: (have.get(member_id, 0), member_id), default=None)


def _in_hand(tx: Connection, workspace_id: UUID) -> dict[UUID, int]:
    rows = tx.execute(
        sa.select(Task.offered_to, sa.func.count().label("tasks"))
        .where(Task.workspace_id == workspace_id, Task.status == TaskStatus.OFFERED)
        .group_by(Task.offered_to)
    )
    return {row.offered_to: row.tasks for row in rows}
