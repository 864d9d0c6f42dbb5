"""A sandbox in a process of its own, and a small app under test that answers as it is told."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient

from bot.sandbox.client import SandboxClient, running

Json = dict[str, Any]
#: Of the token in these tests: every scope that some method of the sandbox needs.
SCOPES = "channels:history,chat:write,im:history,im:write,users:read,users:read.email"


@dataclass
class AppUnderTest:
    """Keeps every request; answers with status, body and type after `wait` seconds."""

    url: str = ""
    status: int = 200
    body: str = ""
    content_type: str = "text/plain"
    wait: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)

    def payload(self, index: int = -1) -> Json:
        """An interaction that arrived."""
        found: Json = json.loads(parse_qs(self.got[index][1])["payload"][0])
        return found

    def answer(self, body: Json) -> None:
        """Answers JSON from now on."""
        self.body, self.content_type = json.dumps(body), "application/json"


@pytest.fixture(scope="session")
def _running() -> Iterator[tuple[SandboxClient, Json]]:
    with running("--ack-deadline", "0.4") as (client, addresses):
        yield client, addresses


@pytest.fixture
def sandbox(_running: tuple[SandboxClient, Json], app: AppUnderTest) -> SandboxClient:
    client, _ = _running
    client.reset()
    client.set_scopes(SCOPES)
    client.point_at(app.url)
    return client


@pytest.fixture
def addresses(_running: tuple[SandboxClient, Json]) -> Json:
    return _running[1]


@pytest.fixture(scope="session")
def _web_client(_running: tuple[SandboxClient, Json]) -> WebClient:
    return WebClient(token=_running[1]["bot_token"], base_url=_running[1]["api_url"])


@pytest.fixture
def slack(sandbox: SandboxClient, _web_client: WebClient) -> WebClient:
    return _web_client


@pytest.fixture
def app() -> Iterator[AppUnderTest]:
    state = AppUnderTest()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.got.append((dict(self.headers), body))
            time.sleep(state.wait)
            said = state.body.encode()
            try:
                self.send_response(state.status)
                for name, value in {"Content-Type": state.content_type, **state.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the sandbox waits no longer than Slack

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/slack/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def card(label: str = "Approve", value: str = "d1:1") -> list[Json]:
    """A small card with two buttons and a link."""
    return [
        {"type": "section", "block_id": "body", "text": {"type": "mrkdwn", "text": "*Hello* Dana"}},
        {
            "type": "actions",
            "block_id": "acts",
            "elements": [
                {
                    "type": "button",
                    "action_id": "approve_send",
                    "text": {"type": "plain_text", "text": label},
                    "value": value,
                    "style": "primary",
                },
                {
                    "type": "button",
                    "action_id": "open_draft",
                    "text": {"type": "plain_text", "text": "Open"},
                    "url": "http://127.0.0.1:8000/drafts/1",
                },
            ],
        },
    ]


def modal(**more: Any) -> Json:
    """A modal with one long input."""
    return {
        "type": "modal",
        "callback_id": "edit_draft",
        "title": {"type": "plain_text", "text": "Edit"},
        "submit": {"type": "plain_text", "text": "Save"},
        "private_metadata": "d1:1",
        "blocks": [
            {
                "type": "input",
                "block_id": "body",
                "label": {"type": "plain_text", "text": "Body"},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "body",
                    "multiline": True,
                    "initial_value": "Hi Dana",
                },
            }
        ],
    } | more


def opened(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, view: Json) -> Json:
    """A modal, opened with the trigger of a command."""
    sandbox.command("U01ALICE", "/outreach edit")
    trigger = parse_qs(app.got[-1][1])["trigger_id"][0]
    shown: Json = slack.views_open(trigger_id=trigger, view=view)["view"]
    return shown


@pytest.fixture
def posted(slack: WebClient, sandbox: SandboxClient) -> Json:
    slack.chat_postMessage(channel="U01ALICE", text="A card", blocks=card())
    return sandbox.messages("U01ALICE")[0]
