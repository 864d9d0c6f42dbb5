"""What the tests of installing share: Signoff without a token of its own, and a second team."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from bot.sandbox.client import Json, SandboxClient
from bot.slack import endpoint, install
from core import declare
from core.actor import Actor
from core.db import transaction
from core.drafts.ingest import DraftIn, ingest
from core.ids import UUID
from core.settings import settings
from core.taxonomy import Surface
from tests.bot.web.serving import serving
from tests.fixtures.domain_with_slack import shows
from tests.fixtures.processes import free_port

ERIN, FAYE = "U09ERIN", "U10FAYE"
OTHER = """
[workspace]
name = "Other Ltd"
slack_team_id = "T02OTHER"
timezone = "Europe/Berlin"
[[members]]
slack_user_id = "U09ERIN"
name = "Erin Ebert"
role = "owner"
[[accounts]]
address = "olga@example.net"
name = "Olga"
smtp_url = "smtp://127.0.0.1:9"
timezone = "Europe/Berlin"
[[campaigns]]
slug = "launch"
name = "Spring launch"
offer = "spring"
account = "olga@example.net"
mode = "review"
reviewers = ["U09ERIN"]
"""


@dataclass
class House:
    """Signoff without a token of its own, known to Slack by its client id; and a browser that looks at it."""

    url: str
    slack: SandboxClient
    browser: httpx.Client

    def begin(self) -> str:
        """What `/slack/install` leads to."""
        asked = self.browser.get("/slack/install")
        assert asked.status_code == 303, asked.text
        return str(asked.headers["location"])

    def come_back(self, address: str) -> httpx.Response:
        back = urlsplit(address)
        return self.browser.get(f"{back.path}?{back.query}")

    def install(self, member: str) -> httpx.Response:
        """This member installs the app into their team; the page that they end on."""
        return self.come_back(self.slack.allow(self.begin(), member))

    def declare_other(self) -> UUID:
        with transaction() as tx:
            return declare.apply(
                tx, declare.read(OTHER.encode(), {}), Actor(Surface.CLI), new_workspace=True
            ).workspace_id

    def draft(self, workspace_id: UUID, key: str = "key-1") -> UUID:
        line = {"key": key, "campaign": "launch", "to": {"email": f"{key}@example.org", "first_name": "Dana"}}
        line |= {"subject": "Hello", "body": "Hi Dana,\n\nshall we talk?\n\nSam"}
        with transaction() as tx:
            draft = DraftIn.model_validate(line)
            return ingest(tx, workspace_id, draft, Actor(Surface.API, workspace_id)).draft_id

    def cards(self, member: str, draft: UUID) -> list[Json]:
        return [message for message in self.slack.messages(member) if shows(message, draft)]


@pytest.fixture
def house(slack_env: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    addresses, port = slack_env.addresses(), free_port()
    for name, value in {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": addresses["client_id"],
        "SLACK_CLIENT_SECRET": addresses["client_secret"],
        "SLACK_OPENID_URL": addresses["openid_url"],
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    slack_env.add_team("T02OTHER", "Other Ltd", [{"id": ERIN, "name": "Erin Ebert"}, {"id": FAYE, "name": "Faye Fox"}])
    app = Starlette(routes=[*endpoint.routes, *install.routes])
    with serving(app, port) as url, httpx.Client(base_url=url, trust_env=False) as browser:
        slack_env.point_at(f"{url}/slack/events")
        yield House(url, slack_env, browser)
    settings.cache_clear()


def rows(statement: str) -> list[Any]:
    with transaction() as tx:
        return [tuple(row) for row in tx.execute(sa.text(statement))]
