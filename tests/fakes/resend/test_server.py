"""The fake Resend is the oracle of its tests, so it has to be right itself."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.resend.client import KEY, FakeResend, running_resend

MAIL = {"from": "Sam <sam@example.com>", "to": ["dana@example.org"], "subject": "Hi", "text": "Hello"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeResend]:
    with running_resend(tmp_path_factory.mktemp("resend") / "accepted.jsonl") as running:
        yield running


@pytest.fixture
def resend(server: FakeResend) -> FakeResend:
    server.reset()
    server.log.write_text("")
    return server


def post(resend: FakeResend, key: str = "one", mail: Any = MAIL, path: str = "/emails", **headers: str) -> Any:
    sent = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key, "Content-Type": "application/json"} | headers
    sent = {name.replace("_", "-"): value for name, value in sent.items() if value or name == "User_Agent"}
    content = mail if isinstance(mail, bytes) else json.dumps(mail).encode()
    url = f"http://127.0.0.1:{resend.port}{path}"
    return httpx.post(url, content=content, headers=sent, trust_env=False, timeout=10)


def test_a_mail_is_accepted_and_logged(resend: FakeResend) -> None:
    answer = post(resend)
    [line] = resend.accepted()
    assert (answer.status_code, answer.json()) == (200, {"id": line["id"]})
    assert (line["key"], line["subject"]) == ("one", "Hi")
    assert line["sha256"] == hashlib.sha256(json.dumps(MAIL).encode()).hexdigest()


def test_the_same_key_again_is_the_same_mail_and_another_body_a_conflict(resend: FakeResend) -> None:
    first, again = post(resend), post(resend)
    assert first.json() == again.json()
    other = post(resend, mail=MAIL | {"subject": "Hi!"})
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")
    assert post(resend, key="two").json() != first.json()
    assert len(resend.accepted()) == 2


def test_a_key_that_is_at_work_is_a_conflict(resend: FakeResend) -> None:
    resend.plan("request", "hold")
    with socket.create_connection(("127.0.0.1", resend.port), timeout=10) as first:
        body = json.dumps(MAIL)
        head = f"POST /emails HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAuthorization: Bearer {KEY}\r\n"
        head += f"Idempotency-Key: one\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        first.sendall((head + body).encode())
        resend.wait_held()
        assert post(resend).json()["name"] == "concurrent_idempotent_requests"
        resend.release()
        assert first.recv(12) == b"HTTP/1.1 200"
    assert len(resend.accepted()) == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"path": "/email"}, 404),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer re_other"}, 403),
        ({"User_Agent": ""}, 403),
        ({"Content_Type": "text/plain"}, 422),
        ({"key": ""}, 400),
        ({"key": "x" * 257}, 400),
        ({"mail": b"{"}, 422),
        ({"mail": []}, 422),
        ({"mail": {key: MAIL[key] for key in ("from", "to", "text")}}, 422),
        ({"mail": MAIL | {"text": ""}}, 422),
        ({"mail": MAIL | {"to": []}}, 422),
        ({"mail": MAIL | {"to": ["nobody"]}}, 422),
        ({"mail": MAIL | {"from": "Hill, Sam <sam@example.com>"}}, 422),
        ({"mail": MAIL | {"lunch": "yes"}}, 422),
        ({"mail": MAIL | {"headers": {"X": "a\nb"}}}, 422),
        ({"mail": MAIL | {"headers": {"Subject": "other"}}}, 422),
    ],
)
def test_what_it_does_not_understand_it_refuses(resend: FakeResend, given: dict[str, Any], status: int) -> None:
    assert post(resend, **given).status_code == status
    assert resend.accepted() == []


def test_it_can_accept_and_say_nothing_or_refuse_what_it_would_take(resend: FakeResend) -> None:
    resend.plan("request", "close", accept=True)
    with pytest.raises(httpx.RemoteProtocolError):
        post(resend)
    assert len(resend.accepted()) == 1
    resend.plan("request", "answer", status=429, name="rate_limit_exceeded")
    assert post(resend, key="two").json()["name"] == "rate_limit_exceeded"
    assert len(resend.accepted()) == 1
    with pytest.raises(ValueError, match="no such moment"):
        resend.plan("lunch", "close")


def test_the_log_survives_a_kill_and_is_appended_to(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.resend", "--log", str(tmp_path / "log"), "--key", KEY]
    for expected in (1, 2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            resend = FakeResend(**json.loads(process.stdout.readline()))
            post(resend)
            os.kill(process.pid, signal.SIGKILL)
        assert len(resend.accepted()) == expected
