"""Whatever is asked of `/api`, a program with a key gets JSON; without one there is 401 and nothing else."""

from collections.abc import Iterator

import httpx
import pytest

from bot.app import create_app
from core.telemetry import logs
from tests.bot.api.parts import key, workspace

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DRAFT = "/api/drafts/crm-1"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def token(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    return key(workspace())


async def ask(method: str, path: str, token: str | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.request(method, path, headers={"Authorization": f"Bearer {token}"} if token else {})


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/drafts", {"POST"}),
        ("PUT", "/api/drafts", {"POST"}),
        ("DELETE", DRAFT, {"GET", "HEAD"}),
        ("GET", "/api/tasks", {"POST"}),
        ("PATCH", "/api/events", {"POST"}),
    ],
)
async def test_a_wrong_method_is_405_in_json_and_says_which_are_right(
    method: str, path: str, allow: set[str], token: str
) -> None:
    answer = await ask(method, path, token)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allow
    assert answer.json()["error"].startswith(f"This endpoint does not accept {method}; it accepts ")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nope", "/api/draft", "/api/events/1", "/api/tasks/x"])
async def test_a_wrong_address_is_404_in_json(path: str, token: str) -> None:
    answer = await ask("GET", path, token)
    assert (answer.status_code, answer.json()) == (404, {"error": "There is no such API endpoint."})


@pytest.mark.parametrize("path", ["/api", "/api/nope", "/api/drafts", "/api/drafts/crm-1/versions", "/api/tasks"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
async def test_without_a_key_there_is_401_and_nothing_else(method: str, path: str, token: str) -> None:
    for wrong in (None, "so_" + "x" * 43):
        answer = await ask(method, path, wrong)
        assert (answer.status_code, answer.content) == (401, b"")
        assert "Allow" not in answer.headers


async def test_a_failure_of_ours_is_json_too(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Dear Dana")

    monkeypatch.setattr("bot.api.drafts._look_up", broken)
    answer = await ask("GET", DRAFT, token)
    assert answer.status_code == 500
    assert answer.json()["error"].startswith("Something went wrong on our side. Request ")


@pytest.mark.usefixtures("token")
async def test_people_get_pages() -> None:
    assert "There is no page at this address." in (await ask("GET", "/nowhere")).text
    posted = await ask("POST", "/healthz")
    assert posted.status_code == 405
    assert posted.headers["Allow"]
    assert posted.headers["content-type"].startswith("text/html")
