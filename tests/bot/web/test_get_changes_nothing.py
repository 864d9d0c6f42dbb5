"""Reading a page changes nothing: no row of any table, and the database itself refuses."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from core import models
from core.db import transaction
from core.errors import DatabaseAway
from core.views.draft_page import snapshot
from tests.bot.web.conftest import Acme
from tests.bot.web.draft_parts import SENT, approve, attempt, edit


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table with the transaction that wrote it last."""
    tables = ["alembic_version", *models.Base.metadata.tables]
    with transaction() as tx:
        return {
            table: sorted(
                tuple(row) for row in tx.execute(sa.text(f"SELECT ctid::text, xmin::text, t::text FROM {table} t"))
            )
            for table in tables
        }


def test_get_changes_nothing_ever(reader: httpx.Client, acme: Acme) -> None:
    draft = acme.draft()
    edit(draft, 1, "Hello again", "Hi")
    approve(draft, 2)
    attempt(acme, SENT)
    before = everything()
    paths = (
        f"/drafts/{draft}",
        "/drafts/nope",
        "/login",
        "/login?next=/queue",
        "/signed-out",
        "/auth/callback?code=1&state=2",
    )
    for path in (*paths, "/logout", "/slack/events", "/api/drafts", "/healthz", "/readyz", "/metrics", "/u/token", "/"):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert reader.request(method, path).status_code < httpx.codes.INTERNAL_SERVER_ERROR, path
    assert everything() == before


def test_the_database_itself_refuses_a_change_while_a_page_is_read(acme: Acme) -> None:
    def change() -> None:
        with transaction() as tx:
            snapshot(tx)
            tx.execute(sa.update(models.Member).values(name="x"))

    with pytest.raises(DatabaseAway) as refused:  # as after a failover: a database that takes no change is away
        change()
    assert "read-only" in str(refused.value.__cause__)
