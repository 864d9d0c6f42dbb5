"""What the tests of review share: a campaign's rules, people beyond the domain's own, and acts in short."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import models as m
from core.access import act
from core.actor import Actor, slack_user
from core.db import transaction
from core.drafts.review import request_changes
from core.drafts.undo import undo
from core.errors import Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode, Role, Verb
from tests.fixtures.domain import Domain


def rules(domain: Domain, **columns: Any) -> None:
    """Change what the domain's campaign asks of those who approve."""
    with transaction() as tx:
        tx.execute(sa.update(m.Campaign).where(m.Campaign.id == domain.campaign_id).values(**columns))


def settings(domain: Domain, **columns: Any) -> None:
    """Change the settings of the domain's workspace."""
    with transaction() as tx:
        tx.execute(sa.update(m.Workspace).where(m.Workspace.id == domain.workspace_id).values(**columns))


def somebody(domain: Domain, user: str, role: Role = Role.REVIEWER, *, active: bool = True) -> UUID:
    """One more member, who is not one of the campaign's reviewers."""
    with transaction() as tx:
        return tx.execute(
            sa.insert(m.Member)
            .values(workspace_id=domain.workspace_id, slack_user_id=user, name=user.title(), role=role, active=active)
            .returning(m.Member.id)
        ).scalar_one()


def member_id(domain: Domain, user: str) -> UUID:
    found = domain.member(user).member_id
    assert found is not None
    return found


def does(user: str, verb: Verb, do: Callable[[Connection, Actor], Any], draft: UUID | None = None) -> Any:
    """What a surface does for a person: their role is asked for, and a refusal is an event."""
    return act(lambda tx: slack_user(tx, "T01TEST", user), Role.REVIEWER, verb, do, draft_id=draft)


def refused(user: str, verb: Verb, do: Callable[[Connection, Actor], Any], draft: UUID | None = None) -> RefusalCode:
    """The code with which this person is refused; fails when they are not."""
    try:
        does(user, verb, do, draft)
    except Refusal as refusal:
        return refusal.code
    raise AssertionError(f"{user} was not refused")


def take_back(draft: UUID, version: int = 1, user: str = "U01ALICE") -> None:
    does(user, Verb.UNDO, lambda tx, by: undo(tx, draft, version, by), draft)


def ask_changes(draft: UUID, version: int = 1, note: str = "Shorter, please.", user: str = "U01ALICE") -> None:
    does(user, Verb.REQUEST_CHANGES, lambda tx, by: request_changes(tx, draft, version, note, by), draft)


def row(domain: Domain, draft: UUID) -> Any:
    """The draft as it stands there."""
    with transaction() as tx:
        return tx.execute(sa.select(m.Draft.__table__).where(m.Draft.id == draft)).one()


def to_draw(domain: Domain, draft: UUID) -> bool:
    """Whether its cards will be drawn again; then they are taken to have been."""
    return (
        domain.sql("UPDATE drafts SET drawn_revision = revision WHERE id = %s AND drawn_revision < revision", draft) > 0
    )


#: A decision past the code, of a member by their Slack id.
APPROVED = (
    "UPDATE drafts SET status = 'approved', decided_at = now(),"
    " decided_by = (SELECT id FROM members WHERE slack_user_id = %s LIMIT 1) WHERE id = %s"
)


def approve_past_the_code(domain: Domain, user: str, draft: UUID, version: int | None = None) -> None:
    """Approve and queue a draft by statements of one's own: what refuses it is the database."""
    with domain.connect() as connection, connection.transaction():
        connection.execute(APPROVED, (user, draft))
        connection.execute(
            "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)"
            " SELECT gen_random_uuid(), d.workspace_id, d.id, coalesce(%s, d.version), d.campaign_id, c.account_id,"
            " d.contact_id"
            " FROM drafts d JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = %s",
            (version, draft),
        )
