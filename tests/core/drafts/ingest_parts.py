"""What the tests of ingest share: a workspace with a campaign, a draft's fields, and the rows that came of them."""

from typing import Any

import pytest
import sqlalchemy as sa

from core import declare
from core.actor import Actor
from core.db import transaction
from core.drafts.ingest import DraftIn, Ingested, ingest
from core.ids import UUID
from core.taxonomy import Surface
from tests.core.declare.test_read import GOOD


@pytest.fixture
def workspace_id(database: str) -> UUID:
    """A workspace with the campaign `launch` in this test's own database."""
    with transaction() as tx:
        return declare.apply(tx, declare.read(GOOD.encode(), {}), Actor(Surface.CLI)).workspace_id


def fields(**more: Any) -> dict[str, Any]:
    to = {"email": "dana@example.org", "first_name": "Dana", **more.pop("to", {})}
    text = {"subject": "Hello", "body": "Hi Dana,\nhello.", "evidence": ["https://example.org/about"]}
    return {"key": "one", "campaign": "launch", "to": to, **text, **more}


def taken(workspace_id: UUID, **more: Any) -> Ingested:
    with transaction() as tx:
        return ingest(tx, workspace_id, DraftIn.model_validate(fields(**more)), Actor(Surface.CLI, workspace_id))


def only(table: type[Any]) -> sa.Row[Any]:
    with transaction() as tx:
        return tx.execute(sa.select(table.__table__)).one()


def count(table: type[Any]) -> int:
    with transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(table)) or 0
