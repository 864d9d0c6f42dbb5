"""Keys of the API: shown once, kept as a hash, found until they are revoked."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core import api_keys
from core.actor import Actor
from core.db import transaction
from core.errors import BadInput
from core.ids import UUID
from core.models import ApiKey, Event
from core.taxonomy import Surface
from tests.core.drafts.ingest_parts import workspace_id

__all__ = ["workspace_id"]


def create(workspace_id: UUID, name: str = "crm") -> str:
    with transaction() as tx:
        return api_keys.create(tx, workspace_id, name, Actor(Surface.CLI, workspace_id))


def find(token: str) -> Actor | None:
    with transaction() as tx:
        return api_keys.find(tx, token)


def revoke(workspace_id: UUID, name: str = "crm") -> None:
    with transaction() as tx:
        api_keys.revoke(tx, workspace_id, name, Actor(Surface.CLI, workspace_id))


def used() -> datetime | None:
    with transaction() as tx:
        at: datetime | None = tx.execute(sa.select(ApiKey.last_used_at)).scalar_one()
        return at


def test_a_key_is_found_as_an_actor_of_its_workspace(workspace_id: UUID) -> None:
    actor = find(create(workspace_id))
    assert actor is not None
    assert (actor.surface, actor.workspace_id, actor.name, actor.role) == (Surface.API, workspace_id, "crm", None)
    assert actor.api_key_id is not None


def test_only_a_hash_of_the_key_is_kept(workspace_id: UUID) -> None:
    token = create(workspace_id)
    with transaction() as tx:
        row = tx.execute(sa.select(ApiKey.__table__)).one()
        events = tx.execute(sa.select(Event.data)).all()
    assert row.key_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert token not in f"{row} {events}"


def test_two_keys_are_never_the_same_and_hold_256_bits(workspace_id: UUID) -> None:
    tokens = {create(workspace_id, f"key {n}") for n in range(5)}
    assert len(tokens) == 5
    assert all(token.startswith("so_") and len(token) == 3 + 43 for token in tokens)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: "so_" + "A" * 43, lambda t: t.upper()]
)
def test_any_other_token_is_nobodys(workspace_id: UUID, change: object) -> None:
    assert callable(change)
    assert find(change(create(workspace_id))) is None


@pytest.mark.parametrize("token", ["", "so_", "\x00", "so_" + "é" * 43, "\ud800", "x" * 100_000])
def test_what_is_no_token_at_all_is_nobodys(workspace_id: UUID, token: str) -> None:
    assert find(token) is None


def test_a_revoked_key_opens_nothing_and_frees_its_name(workspace_id: UUID) -> None:
    old = create(workspace_id)
    revoke(workspace_id)
    assert find(old) is None
    new = create(workspace_id)
    assert find(new) is not None
    assert find(old) is None
    with transaction() as tx:
        assert [key.revoked_at is None for key in api_keys.listed(tx, workspace_id)] == [False, True]


def test_a_name_is_taken_once(workspace_id: UUID) -> None:
    create(workspace_id)
    with pytest.raises(BadInput, match="already"):
        create(workspace_id)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101])
def test_a_name_is_one_short_line(workspace_id: UUID, name: str) -> None:
    with pytest.raises(BadInput, match="one line"):
        create(workspace_id, name)


def test_what_is_not_there_cannot_be_revoked(workspace_id: UUID) -> None:
    create(workspace_id)
    revoke(workspace_id)
    with pytest.raises(BadInput, match="No active key is named 'crm'"):
        revoke(workspace_id)


def test_use_is_noted_at_most_once_a_minute(workspace_id: UUID) -> None:
    token = create(workspace_id)
    assert used() is None
    find(token)
    first = used()
    assert first is not None
    find(token)
    assert used() == first
    with transaction() as tx:
        tx.execute(sa.update(ApiKey).values(last_used_at=datetime.now(UTC) - timedelta(seconds=61)))
    before = used()
    find(token)
    assert used() != before


def test_making_and_ending_a_key_are_events(workspace_id: UUID) -> None:
    create(workspace_id)
    revoke(workspace_id)
    with transaction() as tx:
        rows = tx.execute(sa.select(Event.data, Event.surface).order_by(Event.id)).all()
    assert [(row.data["did"], row.surface) for row in rows if row.data.get("kind") == "key"] == [
        ("create", "cli"),
        ("revoke", "cli"),
    ]
