"""A contact of an offer, found by its folded address or made; with its advisory lock, and its runs of sequences.

Who may be written to again, and when (the sixty days), is decided by the gates: `core/delivery/gates.py`.
"""

from typing import Annotated

import sqlalchemy as sa
from pydantic import AfterValidator, model_validator
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core.errors import BadInput
from core.ids import UUID, new_id
from core.models import Contact, SequenceInstance, Suppression
from core.taxonomy import SuppressedBy
from core.text.email_address import known
from core.text.fields import Email, Line, Strict, profile_url, zone
from core.text.folding import fold_linkedin_url, fold_text


class ContactIn(Strict):
    """The person written to."""

    email: Email
    first_name: Line | None = None
    last_name: Line | None = None
    company: Line | None = None
    title: Line | None = None
    linkedin_url: Annotated[Line, AfterValidator(profile_url)] | None = None
    timezone: Annotated[Line, AfterValidator(zone)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _blank_is_not_known(cls, data: object) -> object:
        """What is empty, or holds only what nobody sees, says nothing: exports write "" for what they do not know."""
        if not isinstance(data, dict):
            return data
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {name: known(value) if name in optional else value for name, value in data.items()}


def upsert_contact(
    tx: Connection, workspace_id: UUID, offer_id: UUID, to: ContactIn
) -> sa.Row[UUID, str | None, str | None, str, str | None]:
    """Upsert by folded address: the contact of this offer, made or found; what was not known of it is filled in.

    What is known stays: approved mail may be waiting for this name as it was read (P3). What comes back of this person
    at the same moment (`core/intake/feedback.py`) either finds the contact, or is found by it.
    """
    lock_person(tx, workspace_id, [fold_text(to.email), to.linkedin_url and fold_linkedin_url(to.linkedin_url)])
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


def suppress_address(tx: Connection, workspace_id: UUID, folded: str | None, reason: str) -> int:
    """Idempotent: put an address on the suppression list; returns 1 where it was not there, and 0 where it was."""
    named = {"workspace_id": workspace_id, "kind": SuppressedBy.ADDRESS, "value_folded": folded}
    entry = insert(Suppression).values(id=new_id(), reason=reason, **named).on_conflict_do_nothing()
    return len(tx.execute(entry.returning(Suppression.id)).all())  # an INSERT's `rowcount` may be -1


def lock_person(tx: Connection, workspace_id: UUID, names: list[str | None]) -> None:
    """Take a transaction's advisory lock on each of a person's names (folded addresses, profiles), in one order."""
    for name in sorted(filter(None, names)):
        lock_key(tx, workspace_id, name)


def lock_key(tx: Connection, workspace_id: UUID, key: str) -> None:
    """Take a transaction's advisory lock on one key of this workspace."""
    tx.execute(_LOCK, {"name": f"{workspace_id}{key}"})


_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 61))")


def run_of_sequence(tx: Connection, workspace_id: UUID, contact_id: UUID, key: str) -> UUID:
    """Idempotent by key: the run of a sequence, made or found. Raises `BadInput` when it runs with somebody else."""
    tx.execute(
        insert(SequenceInstance)
        .values(id=new_id(), workspace_id=workspace_id, contact_id=contact_id, key=key)
        .on_conflict_do_nothing(index_elements=[SequenceInstance.workspace_id, SequenceInstance.key])
    )
    found = tx.execute(
        sa.select(SequenceInstance.id, SequenceInstance.contact_id).where(
            SequenceInstance.workspace_id == workspace_id, SequenceInstance.key == key
        )
    ).one()
    if found.contact_id != contact_id:
        raise BadInput(f"sequence: {key!r} already belongs to another contact. Use a new key for each contact.")
    instance_id: UUID = found.id
    return instance_id
