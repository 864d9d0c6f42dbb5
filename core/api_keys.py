"""Keys of the HTTP API: 256 random bits, shown once, kept as their SHA-256."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.errors import BadInput
from core.ids import UUID, new_id
from core.models import ApiKey
from core.taxonomy import Surface, Verb

PREFIX = "so_"
TOKEN = re.compile(r"so_[A-Za-z0-9_-]{43}")
NAME_LIMIT = 100
#: `last_used_at` is at most this much behind: not every request writes to the key's row.
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Key:
    """What may be shown of a key after it was made."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def create(tx: Connection, workspace_id: UUID, name: str, by: Actor) -> str:
    """Make a key; returns the token, which cannot be had again. Raises `BadInput` when the name does not do."""
    name = name.strip()
    if not name or len(name) > NAME_LIMIT or not name.isprintable():
        raise BadInput(f"The name of a key must be one line of 1 to {NAME_LIMIT} characters.")
    token = PREFIX + secrets.token_urlsafe(32)
    key_id = tx.execute(
        insert(ApiKey)
        .values(id=new_id(), workspace_id=workspace_id, name=name, key_sha256=_hash(token))
        .on_conflict_do_nothing(
            index_elements=[ApiKey.workspace_id, ApiKey.name], index_where=ApiKey.revoked_at.is_(None)
        )
        .returning(ApiKey.id)
    ).scalar()
    if key_id is None:
        raise BadInput(f"A key named {name!r} exists already: revoke it first, or choose another name.")
    _event(tx, workspace_id, key_id, "create", by)
    return token


def find(tx: Connection, token: str) -> Actor | None:
    """Who calls with this token; None when it is no key of ours, or was revoked. Notes that the key was used."""
    if not TOKEN.fullmatch(token):
        return None
    found = tx.execute(
        sa.select(ApiKey.id, ApiKey.workspace_id, ApiKey.name).where(
            ApiKey.key_sha256 == _hash(token), ApiKey.revoked_at.is_(None)
        )
    ).first()
    if found is None:
        return None
    now = sa.func.now()
    tx.execute(
        sa.update(ApiKey)
        .where(
            ApiKey.id == found.id, sa.or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - USE_NOTED_EVERY)
        )
        .values(last_used_at=now)
    )
    return Actor(Surface.API, found.workspace_id, api_key_id=found.id, name=found.name)


def listed(tx: Connection, workspace_id: UUID) -> Sequence[Key]:
    """All keys of a workspace, the revoked ones too, oldest first."""
    rows = tx.execute(
        sa.select(ApiKey.id, ApiKey.name, ApiKey.created_at, ApiKey.last_used_at, ApiKey.revoked_at)
        .where(ApiKey.workspace_id == workspace_id)
        .order_by(ApiKey.id)
    )
    return [Key(*row) for row in rows]


def revoke(tx: Connection, workspace_id: UUID, name: str, by: Actor) -> None:
    """End a key: from the commit on it opens nothing. Raises `BadInput` when no live key has this name."""
    key_id = tx.execute(
        sa.update(ApiKey)
        .where(ApiKey.workspace_id == workspace_id, ApiKey.name == name.strip(), ApiKey.revoked_at.is_(None))
        .values(revoked_at=sa.func.now())
        .returning(ApiKey.id)
    ).scalar()
    if key_id is None:
        raise BadInput(f"No active key is named {name!r}; `signoff keys list` shows all.")
    _event(tx, workspace_id, key_id, "revoke", by)


def _hash(token: str) -> str:
    """No salt and no slow hash: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _event(tx: Connection, workspace_id: UUID, key_id: UUID, did: str, by: Actor) -> None:
    data = {"kind": "key", "id": str(key_id), "did": did}
    events.write(tx, by, events.Entry(Verb.DECLARE, workspace_id=workspace_id, data=data))
