"""What a draft's author may do after it was taken in: ask how it stands, and send the text that was asked for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.drafts.versions import Text, rewrite
from core.errors import Refusal
from core.ids import UUID
from core.models import Delivery, Draft, DraftVersion, Member
from core.states import DRAFT
from core.taxonomy import DraftStatus, RefusalCode, Verb
from core.text.clean import NOT_IN_A_LINE
from core.text.fields import Body, Strict, Subject


class TextIn(Strict):
    """The body of `POST /api/drafts/{key}/versions`."""

    subject: Subject
    body: Body


@dataclass(frozen=True)
class DraftStatusReport:
    """A draft as its author sees it. `change_note` is what was asked for, while it waits for the next version."""

    draft_id: UUID
    key: str
    status: str
    version: int
    change_note: str | None = field(repr=False)
    change_asked_by: str | None = field(repr=False)


@dataclass(frozen=True)
class Written:
    """The draft's latest version, and whether this call made it."""

    version: int
    created: bool


def find_by_key(tx: Connection, workspace_id: UUID, key: str) -> UUID | None:
    """The draft with the author's own key; None where there is none, or no key can be written so."""
    if NOT_IN_A_LINE.search(key):
        return None
    draft_id: UUID | None = tx.scalar(sa.select(Draft.id).where(Draft.workspace_id == workspace_id, Draft.key == key))
    return draft_id


def read_status(tx: Connection, workspace_id: UUID, draft_id: UUID) -> DraftStatusReport | None:
    """How a draft of this workspace stands; None when it has none of that id."""
    row = tx.execute(
        sa.select(Draft.id, Draft.key, Draft.status, Draft.version, Draft.change_note, Member.name)
        .outerjoin(Member, Member.id == Draft.change_asked_by)
        .where(Draft.id == draft_id, Draft.workspace_id == workspace_id)
    ).first()
    if row is None:
        return None
    asked = (row.change_note, row.name) if row.status == DraftStatus.PENDING else (None, None)
    return DraftStatusReport(row.id, row.key, row.status, row.version, *asked)


def write_version(tx: Connection, draft_id: UUID, text: TextIn, by: Actor) -> Written:
    """Make the author's text the next version, where it was asked for or nobody else has written meanwhile.

    The same text again changes nothing. Raises `Refusal` once the draft is decided or has expired, when a person has
    edited it unasked, and for a text that was given before while another one is asked for.
    """
    draft = tx.execute(
        sa.select(Draft.status, Draft.version, Draft.review_round)
        .where(Draft.id == draft_id, Draft.workspace_id == by.workspace_id)
        .with_for_update()
    ).first()
    if draft is None:
        raise Refusal(RefusalCode.NOT_FOUND, "There is no such draft.")
    asked_for = draft.status == DraftStatus.PENDING
    if _sent_before(tx, draft_id, text):
        if asked_for:
            raise Refusal(
                RefusalCode.NOTHING_TO_DO, "This is the same text as before: changes were requested, so send a new one."
            )
        return Written(draft.version, created=False)
    if draft.status not in DRAFT.sources(Verb.EDIT):
        raise Refusal(RefusalCode.ALREADY_DECIDED, f"This draft is {draft.status}, so it cannot get a new version.")
    if not asked_for and (editor := _edited_by(tx, draft_id, draft.version)):
        raise Refusal(
            RefusalCode.STALE_VERSION, f"{editor} has edited this draft: a new version would replace that edit."
        )
    version = rewrite(tx, draft_id, draft.review_round, Text(text.subject, text.body), by, only=sa.true())
    assert version is not None, "the draft is locked"
    return Written(version, created=True)


def _sent_before(tx: Connection, draft_id: UUID, text: TextIn) -> bool:
    """Whether the author has sent this very text: a person's edit of it is another matter."""
    same = sa.exists().where(
        DraftVersion.draft_id == draft_id,
        DraftVersion.edited_by.is_(None),
        DraftVersion.subject == text.subject,
        DraftVersion.body == text.body,
    )
    return bool(tx.scalar(sa.select(same)))


def _edited_by(tx: Connection, draft_id: UUID, version: int) -> str | None:
    """The name of the person who wrote this version; None where it is the author's own."""
    name: str | None = tx.scalar(
        sa.select(Member.name)
        .join(DraftVersion)
        .where(DraftVersion.draft_id == draft_id, DraftVersion.version == version)
    )
    return name


class OnItsWay(NamedTuple):
    """The latest delivery of a draft: its state, since when, and when it was or will be due."""

    status: str
    due_at: datetime
    changed_at: datetime


def latest(tx: Connection, draft_id: UUID) -> OnItsWay | None:
    """The latest delivery of a draft; None for one that was never approved."""
    row = tx.execute(
        sa.select(Delivery.status, Delivery.due_at, Delivery.changed_at)
        .where(Delivery.draft_id == draft_id)
        .order_by(Delivery.id.desc())
    ).first()
    return OnItsWay(*row) if row else None
