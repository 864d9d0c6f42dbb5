"""What the card of a task shows."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from core.ids import UUID
from core.models import Account, Campaign, Contact, Installation, Member, Task, Workspace
from core.taxonomy import AccountStatus, CampaignStatus, TaskStatus
from core.text.phrases import all_stopped, full_name
from core.views import came_back
from core.views.came_back import CameBack


@dataclass(frozen=True)
class TaskView:
    """One task at one moment. No personal data in its repr (P11)."""

    task_id: UUID
    workspace_id: UUID
    revision: int
    kind: str
    status: str
    text: str = field(repr=False)
    link: str = field(repr=False)
    to_name: str = field(repr=False)
    title: str | None = field(repr=False)
    company: str | None = field(repr=False)
    campaign: str
    campaign_status: str
    seat: str = field(repr=False)
    offers: int
    #: Slack ids: whose it is, or was last; and who told what it came to.
    offered_to: str | None
    done_by: str | None
    done_at: datetime | None
    reason: str | None = field(repr=False)
    timezone: str
    #: Whether its seat is active; and why all sending is stopped, if it is.
    seat_status: str = AccountStatus.ACTIVE
    stopped: str | None = None
    #: What came back of it, the weightiest first.
    came_back: tuple[CameBack, ...] = ()

    @property
    def held(self) -> str | None:
        """What nothing may be done under for the moment, in a sentence."""
        if self.stopped:
            return all_stopped(self.stopped)
        if self.seat_status == AccountStatus.PAUSED:
            return f"{self.seat} is paused."
        return f"{self.campaign} is paused." if self.campaign_status == CampaignStatus.PAUSED else None

    @property
    def paused(self) -> bool:
        """It is in somebody's hands, and should not be done for the moment."""
        return self.status == TaskStatus.OFFERED and self.held is not None


def read(tx: Connection, task_id: UUID) -> TaskView | None:
    """The view of a task; None if there is no such task."""
    row = tx.execute(_READ, {"task": task_id}).first()
    if row is None:
        return None
    values = dict(row._mapping)
    email, *names = (values.pop(name) for name in ("email", "first_name", "last_name"))
    return TaskView(to_name=full_name(*names) or email, **values, came_back=came_back.read_of_task(tx, task_id))


_Owner, _Teller = aliased(Member), aliased(Member)
_READ = (
    sa.select(
        *(Task.id.label("task_id"), Task.workspace_id, Task.revision, Task.kind, Task.status, Task.text, Task.link),
        *(Contact.email, Contact.first_name, Contact.last_name, Contact.title, Contact.company),
        *(Campaign.name.label("campaign"), Campaign.status.label("campaign_status")),
        *(Account.name.label("seat"), Account.status.label("seat_status"), Task.offers),
        sa.select(Installation.sending_stopped).scalar_subquery().label("stopped"),
        *(_Owner.slack_user_id.label("offered_to"), _Teller.slack_user_id.label("done_by")),
        *(Task.done_at, Task.reason),
        Workspace.timezone,
    )
    .join(Workspace, Workspace.id == Task.workspace_id)
    .join(Campaign, Campaign.id == Task.campaign_id)
    .join(Account, Account.id == Task.account_id)
    .join(Contact, Contact.id == Task.contact_id)
    .outerjoin(_Owner, _Owner.id == Task.offered_to)
    .outerjoin(_Teller, _Teller.id == Task.done_by)
    .where(Task.id == sa.bindparam("task"))
)
