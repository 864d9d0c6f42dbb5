"""What the tests of tasks share: a domain with a LinkedIn seat, and short names for what people and the clock do."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core import models as m
from core.actor import Actor, slack_user
from core.db import transaction
from core.ids import UUID
from core.tasks import report
from core.tasks.ingest import TaskIn, ingest_task
from core.tasks.offer import offer_next, offered_tasks, recheck_offer
from core.taxonomy import Surface
from core.views.task import TaskView, read
from tests.fixtures.domain import Domain

SEAT = "https://www.linkedin.com/in/sam"


@dataclass
class Tasks:
    """The tasks of a domain."""

    domain: Domain
    seat_id: UUID
    made: int = 0

    def ingest_task(self, **more: Any) -> UUID:
        """A task for a new contact."""
        self.made += 1
        with transaction() as tx:
            by = Actor(Surface.API, self.domain.workspace_id)
            task = TaskIn.model_validate(task_line(self.made) | more)
            return ingest_task(tx, self.domain.workspace_id, task, by).task_id

    def offer(self) -> UUID | None:
        with transaction() as tx:
            return offer_next(tx, self.seat_id)

    def offered(self, **more: Any) -> UUID:
        """A new task, offered."""
        task = self.ingest_task(**more)
        assert self.offer() == task
        return task

    def done(self, task: UUID, user: str = "", offer: int = 1) -> None:
        with transaction() as tx:
            report.done(tx, task, offer, slack_user(tx, "T01TEST", user or self.owner(task)))

    def could_not(self, task: UUID, reason: str = "No such page.", user: str = "", offer: int = 1) -> None:
        with transaction() as tx:
            report.could_not(tx, task, offer, reason, slack_user(tx, "T01TEST", user or self.owner(task)))

    def recheck_offer(self) -> int:
        """As the clock does every minute; returns how many were taken back."""
        with transaction() as tx:
            offered = offered_tasks(tx)
        back = 0
        for account_id, task_id in offered:
            with transaction() as tx:
                back += recheck_offer(tx, account_id, task_id)
        return back

    def view(self, task: UUID) -> TaskView:
        with transaction() as tx:
            view = read(tx, task)
        assert view is not None
        return view

    def row(self, task: UUID) -> Any:
        with transaction() as tx:
            return tx.execute(sa.select(m.Task.__table__).where(m.Task.id == task)).one()

    def owner(self, task: UUID) -> str:
        """The Slack id of whoever has it, or had it last."""
        return self.view(task).offered_to or "nobody"

    def seat(self, **columns: Any) -> Any:
        """The seat as it stands there; changed first, where columns are given."""
        with transaction() as tx:
            if columns:
                tx.execute(sa.update(m.Account).where(m.Account.id == self.seat_id).values(**columns))
            return tx.execute(sa.select(m.Account.__table__).where(m.Account.id == self.seat_id)).one()

    def verbs(self, task: UUID) -> list[str]:
        with transaction() as tx:
            return list(tx.scalars(sa.select(m.Event.verb).where(m.Event.task_id == task).order_by(m.Event.id)))


def task_line(number: int) -> dict[str, Any]:
    """What an author writes."""
    return {
        "task": "linkedin_message",
        "key": f"task-{number}",
        "campaign": "launch",
        "to": {
            "email": f"robin{number}@example.net",
            "linkedin_url": f"https://www.linkedin.com/in/robin-{number}",
            "first_name": "Robin",
            "company": "Example",
        },
        "text": f"Hi Robin, this is step {number}.",
    }


def tasks_at(domain: Domain, **columns: Any) -> Tasks:
    """A LinkedIn seat at this domain, open at all hours."""
    values: dict[str, Any] = {"opens": "00:00", "closes": "00:00", "weekdays": [1, 2, 3, 4, 5, 6, 7]}
    values |= {"address": SEAT} | columns
    with transaction() as tx:
        seat = tx.execute(
            sa.insert(m.Account)
            .values(
                workspace_id=domain.workspace_id,
                channel="linkedin",
                name="Sam Hill",
                smtp_url="",
                timezone="Europe/London",
                **values,
            )
            .returning(m.Account.id)
        ).scalar_one()
    return Tasks(domain, seat)
