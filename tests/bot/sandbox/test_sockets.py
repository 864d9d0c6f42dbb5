"""Socket Mode, driven by slack_sdk's own client: envelopes out, acks in, and no HTTP while a socket is open."""

from collections.abc import Callable, Iterator
from socket import SHUT_RD
from threading import Event

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.builtin.client import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.sandbox.client import Mistake, SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card, modal
from tests.fixtures.waiting import wait_until


class SocketApp:
    """An app on a socket: keeps what it hears, acks with `payload`, or not at all while it is `silent`."""

    def __init__(self, addresses: Json) -> None:
        self.client = SocketModeClient(
            app_token=addresses["app_token"],
            web_client=WebClient(base_url=addresses["api_url"]),
            auto_reconnect_enabled=False,
            trace_enabled=False,
        )
        self.got: list[SocketModeRequest] = []
        self.raw: list[Json] = []
        self.payload: Json | None = None
        self.silent = False
        self.hello = Event()
        self.client.message_listeners.append(self._raw)
        self.client.socket_mode_request_listeners.append(self._hear)

    def close(self) -> None:
        """slack_sdk reads for 3 s at a time, and looks only then whether it is to end: shorter here."""
        session = self.client.current_session
        if session is not None and session.sock is not None:
            session.sock.shutdown(SHUT_RD)
        self.client.close()

    def _raw(self, _client: BaseSocketModeClient, message: Json, _text: str | None) -> None:
        self.raw.append(message)
        if message.get("type") == "hello":
            self.hello.set()

    def _hear(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.got.append(request)
        if not self.silent:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.payload))


Connect = Callable[[], SocketApp]


@pytest.fixture
def connect(sandbox: SandboxClient, addresses: Json) -> Iterator[Connect]:
    apps: list[SocketApp] = []

    def make() -> SocketApp:
        app = SocketApp(addresses)
        apps.append(app)
        app.client.connect()
        assert app.hello.wait(5)
        return app

    yield make
    for app in apps:
        app.close()
    wait_until(lambda: sandbox.sockets() == 0, what="the sockets to close")


@pytest.fixture
def socket(connect: Connect) -> SocketApp:
    return connect()


def test_hello_is_said_once_connected(sandbox: SandboxClient, socket: SocketApp) -> None:
    hello = socket.raw[0]
    assert (hello["type"], hello["num_connections"], bool(hello["connection_info"]["app_id"])) == ("hello", 1, True)
    assert sandbox.sockets() == 1


def test_a_click_comes_as_an_envelope_and_not_over_http(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, socket: SocketApp
) -> None:
    slack.chat_postMessage(channel="U01ALICE", text="x", blocks=card())
    result = sandbox.click("U01ALICE", sandbox.messages("U01ALICE")[0], "approve_send")
    assert (result.ok, result.warning) == (True, None)
    (request,) = socket.got
    assert (request.type, request.accepts_response_payload) == ("interactive", False)
    assert request.payload["type"] == "block_actions"
    assert request.payload["actions"][0]["value"] == "d1:1"
    assert app.got == []


def test_a_command_and_a_submission_are_answered_in_the_ack(
    slack: WebClient, sandbox: SandboxClient, socket: SocketApp
) -> None:
    socket.payload = {"text": "Paused.", "response_type": "ephemeral"}
    sandbox.command("U01ALICE", "/outreach pause launch")
    request = socket.got[-1]
    assert (request.type, request.accepts_response_payload) == ("slash_commands", True)
    assert (request.payload["command"], request.payload["text"]) == ("/outreach", "pause launch")
    assert [m["text"] for m in sandbox.ephemeral("U01ALICE")] == ["Paused."]
    view = slack.views_open(trigger_id=request.payload["trigger_id"], view=modal())["view"]
    socket.payload = {"response_action": "errors", "errors": {"body": "Too short"}}
    assert sandbox.submit("U01ALICE", view).errors == {"body": "Too short"}
    assert socket.got[-1].accepts_response_payload is True
    socket.payload = None
    assert sandbox.submit("U01ALICE", view).action == "close"


def test_an_event_that_is_not_acked_comes_again_with_its_number(sandbox: SandboxClient, socket: SocketApp) -> None:
    assert [one["ok"] for one in sandbox.event("app_home_opened", "U01ALICE")] == [True]
    socket.silent = True
    assert [one["failure"] for one in sandbox.event("app_home_opened", "U01ALICE")] == ["http_timeout"] * 4
    told = [(request.retry_attempt, request.retry_reason) for request in socket.got[1:]]
    assert told == [(0, ""), (1, "http_timeout"), (2, "http_timeout"), (3, "http_timeout")]
    assert len({request.payload["event_id"] for request in socket.got[1:]}) == 1


def test_silence_is_a_warning_to_the_person(slack: WebClient, sandbox: SandboxClient, socket: SocketApp) -> None:
    slack.chat_postMessage(channel="U01ALICE", text="x", blocks=card())
    socket.silent = True
    result = sandbox.click("U01ALICE", sandbox.messages("U01ALICE")[0], "approve_send")
    assert (result.ok, result.failure) == (False, "http_timeout")
    assert "did not respond" in str(result.warning)


def test_nonsense_on_the_socket_is_nobodys_ack(sandbox: SandboxClient, socket: SocketApp) -> None:
    for nonsense in ("", "{", "[]", "7", '{"envelope_id": 7}', '{"envelope_id": ["x"]}', '{"envelope_id": "x"}'):
        socket.client.send_message(nonsense)
    assert sandbox.event("user_change", "U01ALICE")[0]["ok"]
    socket.payload = {"text": 7}
    assert "no_text" in str(sandbox.command("U01ALICE", "/outreach help").warning)


def test_several_connections_take_turns(sandbox: SandboxClient, connect: Connect) -> None:
    one, two = connect(), connect()
    for _ in range(4):
        sandbox.event("user_change", "U01ALICE")
    assert (len(one.got), len(two.got)) == (2, 2)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_an_app_that_is_asked_to_connect_anew_does_and_misses_nothing(
    sandbox: SandboxClient, app: AppUnderTest, socket: SocketApp, reason: str
) -> None:
    assert sandbox.disconnect(reason) == 1
    wait_until(lambda: len(socket.raw) == 2 and sandbox.sockets() == 1, what="a new connection and no other")
    assert socket.raw[1]["type"] == "hello"
    sandbox.event("user_change", "U01ALICE")
    assert (len(socket.got), len(app.got)) == (1, 0)


def test_without_a_socket_it_is_http_again(sandbox: SandboxClient, app: AppUnderTest, socket: SocketApp) -> None:
    socket.close()
    wait_until(lambda: sandbox.sockets() == 0, what="the socket to close")
    assert sandbox.event("user_change", "U01ALICE")[0]["ok"]
    assert (len(socket.got), len(app.got)) == (0, 1)
    with pytest.raises(Mistake, match="reason must be one of"):
        sandbox.disconnect("boredom")


def test_only_the_apps_own_token_opens_a_connection(sandbox: SandboxClient, slack: WebClient, addresses: Json) -> None:
    client = WebClient(base_url=addresses["api_url"])
    for token, code in (
        (addresses["bot_token"], "not_allowed_token_type"),
        ("xapp-guess", "invalid_auth"),
    ):
        with pytest.raises(SlackApiError, match=code):
            client.apps_connections_open(app_token=token)
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        client.auth_test(token=addresses["app_token"])
    sandbox.fault("apps.connections.open", "error", code="internal_error")
    with pytest.raises(SlackApiError, match="internal_error"):
        client.apps_connections_open(app_token=addresses["app_token"])


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_an_address_is_good_once_and_for_thirty_seconds(sandbox: SandboxClient, addresses: Json) -> None:
    web = WebClient(base_url=addresses["api_url"])

    def address() -> str:
        url = str(web.apps_connections_open(app_token=addresses["app_token"])["url"])
        assert url.startswith("ws://127.0.0.1:")
        return url.replace("ws://", "http://")

    def handshake(url: str) -> int:
        with httpx.stream("GET", url, headers=UPGRADE) as answer:
            return answer.status_code

    url, late = address(), address()
    assert handshake(url) == 101
    assert handshake(url) == 403
    sandbox.advance(31)
    assert handshake(late) == 403
    wait_until(lambda: sandbox.sockets() == 0, what="the socket to close")
