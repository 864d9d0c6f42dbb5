"""A contact of an offer, found by its folded address or made; what was not known of it is filled in."""

from typing import Annotated

import sqlalchemy as sa
from pydantic import AfterValidator
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.contacts.lock import lock_person
from core.ids import UUID, new_id
from core.models import Contact
from core.text.fields import Email, Line, Strict, profile_url, zone


class ContactIn(Strict):
    """The person written to."""

    email: Email
    first_name: Line | None = None
    last_name: Line | None = None
    company: Line | None = None
    title: Line | None = None
    linkedin_url: Annotated[Line, AfterValidator(profile_url)] | None = None
    timezone: Annotated[Line, AfterValidator(zone)] | None = None


def upsert_contact(
    tx: Connection, workspace_id: UUID, offer_id: UUID, to: ContactIn
) -> sa.Row[UUID, str | None, str | None, str, str | None]:
    """Upsert by folded address: the contact of this offer, made or found; what was not known of it is filled in.

    What is known stays: approved mail may be waiting for this name as it was read (P3). What comes back of this person
    at the same moment (`core/intake/feedback.py`) either finds the contact, or is found by it.
    """
    profile = to.linkedin_url and tx.scalar(sa.select(sa.func.fold_linkedin_url(to.linkedin_url)))
    lock_person(tx, workspace_id, [to.email.lower(), profile])
    new = insert(Contact).values(
        id=new_id(),
        workspace_id=workspace_id,
        offer_id=offer_id,
        email=to.email,
        first_name=to.first_name,
        last_name=to.last_name,
        company=to.company,
        title=to.title,
        linkedin_url=to.linkedin_url,
        timezone=to.timezone,
    )
    kept = {
        name: sa.func.coalesce(getattr(Contact, name), getattr(new.excluded, name))
        for name in ("first_name", "last_name", "company", "title", "linkedin_url", "timezone")
    }
    return tx.execute(
        new.on_conflict_do_update(index_elements=[Contact.offer_id, Contact.email_folded], set_=kept).returning(
            Contact.id, Contact.first_name, Contact.title, Contact.status, Contact.suppressed_by
        )
    ).one()


def has_written(tx: Connection, contact_id: UUID) -> bool:
    """Whether this person has ever written to us, as far as anybody told."""
    person = (Contact.workspace_id, Contact.email_folded, Contact.linkedin_folded)
    return bool(tx.scalar(sa.select(sa.func.has_written(*person)).where(Contact.id == contact_id)))


def refresh_eligibility(tx: Connection) -> int:
    """Bring `status` and `eligible_for_outreach` of all contacts up to this day; returns how many changed.

    The gates do not rely on it: they look at the history itself.
    """
    return int(tx.scalar(sa.select(sa.func.refresh_outreach_eligibility())) or 0)
