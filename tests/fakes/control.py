"""What the fake servers share: each a process of its own that says when it is ready, and takes orders from tests."""

import contextlib
import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Protocol, TypeVar

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


def door(order: Callable[[str, Json], Json]) -> type[BaseHTTPRequestHandler]:
    """The HTTP door through which tests say what the server should do: JSON in and out, 400 for an order it rejects."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            try:
                status, answer = 200, order(self.path, body)
            except (ValueError, TypeError, KeyError) as fault:
                status, answer = 400, {"error": str(fault)}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
            pass

    return Door


def ask(control_port: int, path: str, body: Json | None = None) -> Json:
    """Give an order through that door. Raises `ValueError` when the server rejects it."""
    connection = http.client.HTTPConnection("127.0.0.1", control_port, timeout=60)
    try:
        connection.request("POST", path, json.dumps(body or {}))
        response = connection.getresponse()
        answer: Json = json.loads(response.read())
    finally:
        connection.close()
    if response.status != 200:
        raise ValueError(answer["error"])
    return answer


def serve(ready: Json, control: HTTPServer) -> None:
    """Say on standard output where the server listens, and obey orders until interrupted."""
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        control.serve_forever()


@contextmanager
def running(module: str, *options: str) -> Iterator[Json]:
    """Start `python -m module` as a process of its own, give what it said of itself, and end it."""
    command = [sys.executable, "-m", module, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class Limited(Protocol):
    """A rule that applies a number of times (None: always), after it was passed over `skip` times."""

    times: int | None
    skip: int


AnyRule = TypeVar("AnyRule", bound=Limited)


def use_up(rules: list[AnyRule], applies: Callable[[AnyRule], bool]) -> AnyRule | None:
    """The first rule that applies now, one of its times used up."""
    for rule in rules:
        if rule.times == 0 or not applies(rule):
            continue
        if rule.skip:
            rule.skip -= 1
            continue
        if rule.times is not None:
            rule.times -= 1
        return rule
    return None
