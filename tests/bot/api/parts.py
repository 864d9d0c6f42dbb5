"""What the tests of the API share: a workspace with a key, and a client of the real routes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.applications import Starlette

from bot.api import drafts, events, tasks
from core import api_keys, declare
from core.actor import Actor
from core.db import transaction
from core.ids import UUID
from core.models import Member
from core.taxonomy import Role, Surface
from tests.core.declare.test_read import GOOD


@dataclass
class Api:
    """The API with a key of one workspace; `rung` holds the drafts whose cards were asked for."""

    portal: BlockingPortal
    client: httpx.AsyncClient
    token: str
    workspace_id: UUID
    rung: list[UUID] = field(default_factory=list)
    #: Where `post` posts to.
    path: str = "/api/drafts"

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, answered by the app in the portal's own event loop."""
        return self.portal.call(partial(self.client.request, method, path, **more))

    def post(self, payload: object, **headers: str) -> httpx.Response:
        """POST a payload as JSON; bytes go as they are."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.request("POST", self.path, content=raw, headers=self.headers() | headers)

    def get(self, draft_id: object) -> httpx.Response:
        return self.request("GET", f"/api/drafts/{draft_id}", headers=self.headers())

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def workspace(team_id: str = "T01TEST", env: dict[str, str] | None = None) -> UUID:
    """A workspace with the campaign `launch`."""
    raw = GOOD.replace("T01TEST", team_id).encode()
    with transaction() as tx:
        return declare.apply(tx, declare.read(raw, env or {}), Actor(Surface.CLI), new_workspace=True).workspace_id


def key(workspace_id: UUID, name: str = "crm") -> str:
    with transaction() as tx:
        return api_keys.create(tx, workspace_id, name, Actor(Surface.CLI, workspace_id))


@pytest.fixture
def drafts_api(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The real routes on this test's own database. An error that they do not handle fails the test."""
    workspace_id = workspace()
    transport = httpx.ASGITransport(Starlette(routes=[*drafts.routes, *tasks.routes, *events.routes]))
    client = httpx.AsyncClient(transport=transport, base_url="http://signoff.test")
    with start_blocking_portal() as portal:
        served = Api(portal, client, key(workspace_id), workspace_id)
        monkeypatch.setattr(drafts, "ring_new_cards", served.rung.extend)
        for door in (drafts, events):
            monkeypatch.setattr(door, "ring_cards", served.rung.extend)
        yield served


def draft(**more: Any) -> dict[str, Any]:
    """A draft that is taken."""
    to = {"email": "dana@example.org", "first_name": "Dana"}
    return {"key": "crm-1", "campaign": "launch", "to": to, "subject": "Hello", "body": "Hi Dana, …", **more}


def alice(api: Api) -> Actor:
    with transaction() as tx:
        member = tx.scalar(sa.select(Member.id).where(Member.workspace_id == api.workspace_id))
    return Actor(Surface.SLACK, api.workspace_id, member, name="Alice", role=Role.REVIEWER)
