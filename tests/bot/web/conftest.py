"""The web app on a real socket, a sandbox to sign in with, and a workspace with a draft in it.

`slack`    a running sandbox (one for all tests of this folder)
`web`      the app's base URL, with PUBLIC_URL set to it
`acme`     a declared workspace (tests/fixtures/full_stack.py)
`visitor`  an HTTP client without cookies that follows no redirect; `sign_in(visitor, "U01ALICE")` signs it in
`reader`   a visitor in which a viewer is signed in
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import sqlalchemy as sa

from bot.app import create_app
from bot.sandbox.client import SandboxClient, running
from bot.web import openid
from core import models
from core.actor import Actor
from core.db import transaction
from core.drafts.ingest import DraftIn, ingest
from core.ids import UUID
from core.settings import settings
from core.taxonomy import Surface
from core.telemetry import logs
from tests.bot.web.serving import serving
from tests.fixtures.full_stack import declare
from tests.fixtures.processes import free_port

SESSION, WANTED = "signoff_session", "/drafts/01890000-0000-7000-8000-000000000001"
Environment = Callable[..., None]


@dataclass
class Acme:
    """A workspace, and ways to put things into it."""

    workspace_id: UUID
    account_id: UUID
    campaign_id: UUID

    def draft(self, key: str = "key-1", **more: Any) -> UUID:
        """A new draft, as the API takes it."""
        line = {
            "key": key,
            "campaign": "launch",
            "to": {"email": "dana@example.org", "first_name": "Dana", "company": "Example"},
            "subject": "Hello Dana",
            "body": "Hi Dana,\n\nshall we talk?\n\nSam",
            "evidence": ["https://example.org/about"],
            **more,
        }
        with transaction() as tx:
            by = Actor(Surface.API, self.workspace_id)
            return ingest(tx, self.workspace_id, DraftIn.model_validate(line), by).draft_id


@pytest.fixture(scope="session")
def slack() -> Iterator[SandboxClient]:
    with running() as (client, _):
        yield client


@pytest.fixture
def environment(database: str, slack: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets variables for this process: `environment(PUBLIC_URL="https://…")`; sign-in is set up from the start."""

    def put(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        openid._kept.clear()

    addresses = slack.addresses()
    put(
        SLACK_BOT_TOKEN=addresses["bot_token"],
        SLACK_SIGNING_SECRET=addresses["signing_secret"],
        SLACK_CLIENT_ID=addresses["client_id"],
        SLACK_CLIENT_SECRET=addresses["client_secret"],
        SLACK_OPENID_URL=addresses["openid_url"],
        SLACK_API_URL=addresses["api_url"],
    )
    monkeypatch.setattr(logs, "configure", lambda _process: None)
    yield put
    settings.cache_clear()


@pytest.fixture
def web(environment: Callable[..., None]) -> Iterator[str]:
    port = free_port()
    environment(PUBLIC_URL=f"http://127.0.0.1:{port}")
    with serving(create_app(), port) as url:
        yield url


@pytest.fixture
def acme(database: str) -> Acme:
    return Acme(*declare("smtp://127.0.0.1:9"))


@pytest.fixture
def visitor(web: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web, trust_env=False) as client:
        yield client


def sign_in(visitor: httpx.Client, member: str, wanted: str = "") -> httpx.Response:
    """Go through Sign in with Slack as this member; the answer of the callback."""
    return visitor.get(come_back(visitor.get(begin(visitor, wanted, member))))


def begin(visitor: httpx.Client, wanted: str = "", member: str = "U01ALICE") -> str:
    """The address at Slack that `/login` leads to, with the member to choose there."""
    asked = visitor.get(f"/login?{urlencode({'next': wanted})}")
    assert asked.status_code == httpx.codes.SEE_OTHER, asked.text
    return f"{asked.headers['location']}&{urlencode({'sandbox_member': member})}"


def come_back(from_slack: httpx.Response) -> str:
    """The path and query of ours that Slack sends the browser back to."""
    back = urlsplit(from_slack.headers["location"])
    return f"{back.path}?{back.query}"


def deactivate(slack_user_id: str) -> None:
    with transaction() as tx:
        tx.execute(sa.update(models.Member).where(models.Member.slack_user_id == slack_user_id).values(active=False))


@pytest.fixture
def reader(visitor: httpx.Client, acme: Acme) -> httpx.Client:
    """A browser in which a viewer, the lowest role, is signed in."""
    sign_in(visitor, "U04VERA")
    return visitor
