"""Scratch rows for one check: a workspace of its own with an account, a campaign, people and approved mail.

All of it is made by the code and the tables that are live, in a transaction that is rolled back: nobody else ever sees
it, nothing persists, and no mail server is spoken to.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from psycopg import errors as pg
from sqlalchemy.engine import Connection

from core import delivery
from core.actor import Actor
from core.db import now
from core.delivery import Claimed
from core.delivery.facts import facts_of
from core.delivery.gates import Facts
from core.delivery.queue import read_account, read_delivery
from core.drafts import review
from core.drafts.quorum import Endorsed
from core.hours import Hours
from core.ids import UUID, new_id
from core.models import (
    Account,
    Campaign,
    CampaignReviewer,
    Contact,
    Delivery,
    Draft,
    DraftVersion,
    Installation,
    Member,
    Offer,
    Workspace,
)
from core.taxonomy import DraftKind, DraftStatus, GateCode, Role, Surface, Timing


class Broken(Exception):
    """A rule did not hold. The text says what was seen."""


@dataclass(frozen=True)
class Mail:
    """An approved draft that is queued."""

    draft_id: UUID
    delivery_id: UUID
    contact_id: UUID


@dataclass
class Scene:
    """One workspace with one account and one campaign; more of each can be had."""

    tx: Connection
    by: Actor
    offer_id: UUID
    account_id: UUID
    campaign_id: UUID
    #: The account whose limits and hours the scratch account has; empty for Signoff's own.
    settings: dict[str, Any]
    people: int = field(default=0)

    # --- rows ---

    def account(self, **columns: Any) -> UUID:
        return account(self.tx, self.workspace_id, **columns)

    def set_account(self, **columns: object) -> None:
        """Change the scene's own account."""
        self.tx.execute(sa.update(Account).where(Account.id == self.account_id).values(**columns))

    def campaign(self, account_id: UUID, offer_id: UUID | None = None) -> UUID:
        return campaign(self.tx, self.workspace_id, offer_id or self.offer_id, account_id)

    def offer(self) -> UUID:
        return offer(self.tx, self.workspace_id)

    def person(self, **columns: Any) -> UUID:
        """A new contact; of the scene's offer, unless another is given."""
        self.people += 1
        values = {"offer_id": self.offer_id, "email": f"dana{self.people}@verify.example"} | columns
        return add(self.tx, Contact, workspace_id=self.workspace_id, first_name="Dana", **values)

    def member(self, role: Role) -> Actor:
        return member(self.tx, self.workspace_id, role)

    def review_for(self, campaign_id: UUID, who: Actor) -> None:
        self.tx.execute(sa.insert(CampaignReviewer).values(campaign_id=campaign_id, member_id=who.member_id))

    def draft(
        self,
        contact_id: UUID | None = None,
        *,
        campaign_id: UUID | None = None,
        kind: str = "intro",
        edited_by: UUID | None = None,
    ) -> UUID:
        """A draft that waits for its review."""
        draft_id = add(
            self.tx,
            Draft,
            workspace_id=self.workspace_id,
            key=f"verify-{new_id()}",
            content_hash="",
            campaign_id=campaign_id or self.campaign_id,
            contact_id=contact_id or self.person(),
            kind=kind,
            status=DraftStatus.NEEDS_REVIEW,
        )
        self.tx.execute(
            sa.insert(DraftVersion).values(
                draft_id=draft_id,
                version=1,
                subject="Hello",
                body="Hi Dana,\n\nhello.\n",
                edited_by=edited_by,
                surface=Surface.CLI,
            )
        )
        return draft_id

    def mail(
        self,
        contact_id: UUID | None = None,
        *,
        campaign_id: UUID | None = None,
        kind: DraftKind = DraftKind.INTRO,
        timing: Timing = Timing.EARLIEST,
    ) -> Mail:
        """A draft that was approved and waits in the queue."""
        contact_id = contact_id or self.person()
        draft_id = self.draft(contact_id, campaign_id=campaign_id, kind=kind)
        return Mail(draft_id, self.approve(draft_id, timing), contact_id)

    def approve(self, draft_id: UUID, timing: Timing = Timing.EARLIEST) -> UUID:
        """Approve a draft by the verb that every surface uses; returns its delivery, due after those before it."""
        approved = review.approve(self.tx, draft_id, 1, self.by, timing)
        if isinstance(approved, Endorsed):
            raise Broken("one approval was asked for, and more are wanted")
        delivery_id = approved.delivery_id
        # By default it is due since the transaction began, as all of this scene: which goes first would be chance.
        self.sql("UPDATE send_queue SET due_at = clock_timestamp() WHERE id = :id", id=delivery_id)
        return delivery_id

    # --- the verbs of delivery ---

    def claim(self, account_id: UUID | None = None) -> Claimed | None:
        return delivery.claim(self.tx, account_id or self.account_id)

    def claimed(self, account_id: UUID | None = None) -> Claimed:
        """Claim what must be free to go: a check of what is held says nothing where nothing ever goes."""
        claimed = self.claim(account_id)
        if claimed is None:
            raise Broken("an ordinary mail, that nothing should hold, was not claimed")
        return claimed

    def held(self, mail: Mail, code: GateCode, account_id: UUID | None = None) -> str:
        """Claim, and see that this gate holds the mail back; the reason that a person is told."""
        if self.claim(account_id) is not None:
            raise Broken("the claim took it")
        row = self.tx.execute(
            sa.select(Delivery.held_code, Delivery.reason).where(Delivery.id == mail.delivery_id)
        ).one()
        if row.held_code != code:
            raise Broken(f"the claim held it, but for another reason: {row.reason or 'none at all'}")
        return str(row.reason)

    def stopped_at_start(self, claimed: Claimed) -> None:
        """What is in hand already must not pass the point before DATA."""
        if delivery.start(self.tx, claimed):
            raise Broken("mail already picked up was not stopped before DATA")

    # --- past the code: what a careless client might send to the database ---

    def sql(self, statement: str, **parameters: Any) -> None:
        self.tx.execute(sa.text(statement), parameters)

    def refused(self, what: str, statement: str, marker: str, **parameters: Any) -> None:
        """See that the database itself refuses a statement, for the reason that is named by `marker`."""
        whole = self.tx.begin_nested()
        try:
            self.sql(statement, **parameters)
        except sa.exc.ProgrammingError as error:
            if isinstance(error.orig, pg.InsufficientPrivilege):  # this user of the database may do it to no row
                return
            raise
        except sa.exc.IntegrityError as error:
            if marker not in str(error.orig):
                raise Broken(f"{what}: the database refused it, but not for this: {first_line(error)}") from error
            return
        finally:
            whole.rollback()
        raise Broken(f"{what}: the database let it through")

    def refuses_the_claim(self, mail: Mail, marker: str) -> None:
        """See that nobody can claim this mail by a statement of their own."""
        self.refused(
            "a claim past the code",
            "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(), "
            "lease_until = clock_timestamp() + interval '1 minute' WHERE id = :delivery",
            marker,
            delivery=mail.delivery_id,
        )

    def stops(self, act: Callable[[], object], code: GateCode) -> str:
        """See that an act stops what is in hand before DATA, and that from then on this gate holds what waits."""
        self.set_account(spacing_min_minutes=0, spacing_max_minutes=0)  # of two mails, spacing holds neither
        in_hand, waiting = self.mail(), self.mail()
        claimed = self.claimed()
        act()
        self.stopped_at_start(claimed)
        self.held(waiting, code)
        assert in_hand != waiting
        return "what waited was held, what was already picked up stopped before DATA"

    # --- what stands there ---

    @property
    def workspace_id(self) -> UUID:
        assert self.by.workspace_id is not None
        return self.by.workspace_id

    def facts(self, mail: Mail, account_id: UUID | None = None) -> Facts:
        """What the gates would look at now."""
        account, row = read_account(self.tx, account_id or self.account_id), read_delivery(self.tx, mail.delivery_id)
        assert account is not None
        assert row is not None
        return facts_of(account, row)

    def now(self) -> datetime:
        return now(self.tx)


@contextmanager
def scene(tx: Connection, settings: Mapping[str, Any]) -> Iterator[Scene]:
    """A scene that is gone afterwards, with every lock that it took."""
    whole = tx.begin_nested()
    try:
        workspace_id = add(tx, Workspace, name="Verify", slack_team_id=f"T{new_id().hex}", timezone="UTC")
        offer_id = offer(tx, workspace_id)
        account_id = account(tx, workspace_id, **settings)
        campaign_id = campaign(tx, workspace_id, offer_id, account_id)
        if tx.scalar(sa.select(Installation.sending_stopped)) is not None:
            tx.execute(sa.update(Installation).values(sending_stopped=None))
        yield Scene(tx, member(tx, workspace_id, Role.OWNER), offer_id, account_id, campaign_id, dict(settings))
    finally:
        whole.rollback()


def member(tx: Connection, workspace_id: UUID, role: Role) -> Actor:
    """Somebody of the scene's workspace."""
    member_id = add(tx, Member, workspace_id=workspace_id, slack_user_id=f"U{new_id().hex}", name="Verify", role=role)
    return Actor(Surface.CLI, workspace_id, member_id, name="Verify", role=role)


def account(tx: Connection, workspace_id: UUID, **columns: Any) -> UUID:
    values = {"timezone": "UTC"} | columns
    address, server = f"{new_id().hex}@verify.example", "smtp://127.0.0.1:9"
    return add(tx, Account, workspace_id=workspace_id, address=address, name="Verify", smtp_url=server, **values)


def offer(tx: Connection, workspace_id: UUID) -> UUID:
    return add(tx, Offer, workspace_id=workspace_id, slug=new_id().hex)


def campaign(tx: Connection, workspace_id: UUID, offer_id: UUID, account_id: UUID) -> UUID:
    slug = new_id().hex
    return add(
        tx, Campaign, workspace_id=workspace_id, offer_id=offer_id, account_id=account_id, slug=slug, name="Verify"
    )


def add(tx: Connection, table: Any, **values: Any) -> UUID:
    """Insert a row; returns its id."""
    row_id = new_id()
    tx.execute(sa.insert(table).values(id=row_id, **values))
    return row_id


def hours_of(settings: Mapping[str, Any]) -> Hours:
    """The hours of an account with these settings."""
    if not settings:
        return Hours("UTC")
    return Hours(
        settings["timezone"],
        settings["opens"],
        settings["closes"],
        frozenset(settings["weekdays"]),
        settings["country"],
    )


def first_line(error: BaseException) -> str:
    """An error of the database in one line, without the statement and its parameters (P11)."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
