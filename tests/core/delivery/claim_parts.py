"""What the tests of the claim share: more accounts and offers at a domain, and time that passes in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from core import models as m
from core.actor import slack_user
from core.db import transaction
from core.drafts.review import approve
from core.ids import UUID, new_id
from core.taxonomy import Timing
from tests.fixtures.domain import Domain

#: Open at every minute of the year.
ALWAYS = {"opens": "00:00", "closes": "00:00", "weekdays": [1, 2, 3, 4, 5, 6, 7]}
#: Never open.
CLOSED: dict[str, Any] = {"weekdays": []}


@dataclass
class Seat(Domain):
    """A domain of another account, with a campaign and an offer of its own, in the same workspace."""

    slug: str = ""

    def ingest(self, **more: Any) -> UUID:
        self.drafts += 1
        person = {"email": f"{self.slug}-{self.drafts}@example.org", "first_name": "Dana"}
        named = {"key": f"{self.slug}-{self.drafts}", "campaign": self.slug, "to": person}
        return super().ingest(**(named | more))


def seat(domain: Domain, slug: str, **columns: Any) -> Seat:
    """A second account and offer; no spacing, unless `columns` of the account say so."""
    values = {"spacing_min_minutes": 0, "spacing_max_minutes": 0} | columns
    with transaction() as tx:
        account = tx.execute(
            sa.insert(m.Account)
            .values(
                workspace_id=domain.workspace_id,
                address=f"{slug}@example.com",
                name="Sam Hill",
                smtp_url="smtp://127.0.0.1:9",
                timezone=values.pop("timezone", "Europe/London"),
                **values,
            )
            .returning(m.Account.id)
        ).scalar_one()
        offer = tx.execute(
            sa.insert(m.Offer).values(workspace_id=domain.workspace_id, slug=slug).returning(m.Offer.id)
        ).scalar_one()
        campaign = tx.execute(
            sa.insert(m.Campaign)
            .values(workspace_id=domain.workspace_id, offer_id=offer, account_id=account, slug=slug, name=slug)
            .returning(m.Campaign.id)
        ).scalar_one()
        reviewers = tx.scalars(
            sa.select(m.CampaignReviewer.member_id).where(m.CampaignReviewer.campaign_id == domain.campaign_id)
        )
        tx.execute(sa.insert(m.CampaignReviewer), [{"campaign_id": campaign, "member_id": r} for r in reviewers.all()])
    return Seat(domain.url, domain.workspace_id, account, campaign, slug=slug)


def set_account(domain: Domain, **columns: Any) -> None:
    """Change the domain's account, past all code."""
    with transaction() as tx:
        tx.execute(sa.update(m.Account).where(m.Account.id == domain.account_id).values(**columns))


def account(domain: Domain) -> Any:
    """The domain's account as it stands there."""
    with transaction() as tx:
        return tx.execute(sa.select(m.Account.__table__).where(m.Account.id == domain.account_id)).one()


def counted(domain: Domain) -> tuple[date | None, int]:
    """The day that the domain's account counts, and its emails of that day."""
    row = account(domain)
    return row.counted_on, row.counted_emails


def queued(domain: Domain, *, kind: str = "intro", timing: Timing = Timing.EARLIEST, **more: Any) -> UUID:
    """A new draft, approved; returns its delivery."""
    draft = domain.ingest(kind=kind, **more)
    with transaction() as tx:
        return approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"), timing).delivery_id


def delivery(domain: Domain, delivery_id: UUID) -> Any:
    """A delivery as it stands there."""
    with transaction() as tx:
        return tx.execute(sa.select(m.Delivery.__table__).where(m.Delivery.id == delivery_id)).one()


def claimed_delivery(domain: Domain) -> Any:
    """The delivery that a claim takes now, if it takes one."""
    claimed = domain.try_claim()
    return claimed and claimed.delivery_id


def database_now(domain: Domain) -> datetime:
    now: datetime = domain.rows("SELECT clock_timestamp()")[0][0]
    return now


def wrote(
    domain: Domain, email: str | None = None, linkedin: str | None = None, *, days: float = 0, status: str = "sent"
) -> UUID:
    """A line of history from elsewhere: this person was written to so many days ago."""
    history = new_id()
    domain.sql(
        "INSERT INTO outreach_history (id, workspace_id, status, email_folded, linkedin_folded, contacted_at)"
        " VALUES (%s, %s, %s, %s, %s, clock_timestamp() - make_interval(mins => %s))",
        history,
        domain.workspace_id,
        status,
        email,
        linkedin,
        round(days * 24 * 60),
    )
    return history


def days_pass(domain: Domain, days: int) -> None:
    """Everything that was written lies so many days further back."""
    with guard_off(domain, "outreach_history", "keep_lines"):
        _days_pass(domain, days)


@contextmanager
def guard_off(domain: Domain, table: str, trigger: str) -> Iterator[None]:
    """Without one guard of the database, for what only time does to a row."""
    domain.sql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    yield
    domain.sql(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def back_dated(domain: Domain, ago: str) -> None:
    """All of the history lies so much further back, and nothing else: `ago` is an interval."""
    with guard_off(domain, "outreach_history", "keep_lines"):
        domain.sql("UPDATE outreach_history SET contacted_at = contacted_at - CAST(%s AS interval)", ago)


def _days_pass(domain: Domain, days: int) -> None:
    for table, column in (("outreach_history", "contacted_at"), ("contacts", "last_contacted_at")):
        domain.sql(f"UPDATE {table} SET {column} = {column} - make_interval(days => %s)", days)
    for statement in (
        "UPDATE accounts SET counted_on = counted_on - %s, next_spaced_at = next_spaced_at - make_interval(days => %s)",
        "UPDATE send_queue SET counted_on = counted_on - %s, due_at = due_at - make_interval(days => %s)",
    ):
        domain.sql(statement, days, days)


def contact(domain: Domain, email: str) -> Any:
    """The contact of the domain's own offer with this address."""
    with transaction() as tx:
        return tx.execute(
            sa.select(m.Contact.__table__)
            .join(m.Campaign, m.Campaign.offer_id == m.Contact.offer_id)
            .where(m.Campaign.id == domain.campaign_id, m.Contact.email_folded == email.lower())
        ).one()


def far_from_midnight(domain: Domain) -> None:
    """Let it be day for the account, whenever the test runs: what is to leave in some minutes is of today."""
    domain.sql(
        "UPDATE accounts SET timezone ="
        " CASE WHEN extract(hour FROM now() AT TIME ZONE 'UTC') BETWEEN 6 AND 17 THEN 'UTC' ELSE 'Etc/GMT-12' END"
    )


def waits_for_a_lock(domain: Domain) -> bool:
    (waiting,) = domain.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )[0]
    return bool(waiting)
