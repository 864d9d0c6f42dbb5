"""The listening sockets: the API in plain and over TLS, and the door through which tests say what it should do."""

import contextlib
import json
import socket
import ssl
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.fakes.control import door
from tests.fakes.resend.plan import Plan, Rule, error
from tests.fakes.resend.rules import refusal_of_body, refusal_of_head
from tests.fakes.smtp.certificates import make_certificates, server_context


class Gone(Exception):
    """The connection is over."""


class Server:
    """Serves the API on `port` and `tls_port`, and takes orders on `control_port`; 127.0.0.1 only."""

    def __init__(self, log: Path, key: str, certificates: Path) -> None:
        self.plan, self.key, self.certificates = Plan(log), key, certificates
        self.ca = make_certificates(certificates)
        self.port = self._serve(implicit=False)
        self.tls_port = self._serve(implicit=True)
        self.control = ThreadingHTTPServer(("127.0.0.1", 0), door(self.order))
        self.control.daemon_threads = True
        self.control_port: int = self.control.server_address[1]

    def _serve(self, *, implicit: bool) -> int:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _api(self, implicit=implicit))
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # what we break on purpose is no news
        Thread(target=server.serve_forever, daemon=True).start()
        port: int = server.server_address[1]
        return port

    def context(self) -> ssl.SSLContext:
        return server_context(self.certificates / f"{self.plan.certificate}.pem")

    def order(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what a test asks. Every answer is a JSON object."""
        plan = self.plan
        match path:
            case "/plan":
                with plan.changed:
                    plan.rules.append(Rule(**body))
            case "/certificate":
                plan.certificate = body["kind"]
            case "/reset":
                plan.reset()
            case "/release":
                plan.release()
            case "/held":
                return {"held": plan.wait_held(body["count"], body["seconds"])}
            case "/state":
                return plan.as_json()
            case _:
                raise ValueError(f"no such order: {path}")
        return {}


def _api(server: Server, *, implicit: bool) -> type[BaseHTTPRequestHandler]:
    plan = server.plan

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def setup(self) -> None:
            self.do(plan.take("connect"))
            if implicit:
                self.request = server.context().wrap_socket(self.request, server_side=True)
            super().setup()

        def finish(self) -> None:
            with contextlib.suppress(OSError):
                super().finish()
            self.request.close()

        def handle(self) -> None:
            with contextlib.suppress(Gone, OSError):
                super().handle()

        def do_POST(self) -> None:
            self.close_connection = True
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.do(plan.take("body"))
            raw = self.rfile.read(int(headers.get("content-length", 0)))
            plan.saw({"method": self.command, "path": self.path, "headers": headers, "size": len(raw)})
            refusal = refusal_of_head(self.command, self.path, headers, server.key) or refusal_of_body(raw)
            if refusal:
                return self.say(refusal[0], error(*refusal))
            key = headers["idempotency-key"]
            if not plan.enter(key):
                return self.say(409, error(409, "concurrent_idempotent_requests"))
            try:
                self.take(key, raw)
            finally:
                plan.leave(key)
            return None

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - http.server's own names

        def take(self, key: str, raw: bytes) -> None:
            if not self.do(plan.take("request"), key, raw):
                status, answer = plan.accept(key, raw)
                if not self.do(plan.take("answer")):
                    self.say(status, answer)

        def do(self, rule: Rule | None, key: str = "", raw: bytes = b"") -> bool:
            """Do what the rule says; whether the answer was given by it. Raises Gone when the connection ends."""
            if rule is None:
                return False
            if rule.accept:
                plan.accept(key, raw)
            if rule.act == "hold":
                plan.hold()
                return False
            if rule.act in ("answer", "drip"):
                said = rule.say.encode() if rule.say else json.dumps(error(rule.status, rule.name)).encode()
                self.send(rule.status, said, rule.interval if rule.act == "drip" else 0)
                return True
            if rule.say:
                self.request.sendall(rule.say.encode("latin-1"))
            if rule.act == "rst":
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.request.close()
            raise Gone

        def say(self, status: int, answer: dict[str, Any]) -> None:
            self.send(status, json.dumps(answer).encode(), 0)

        def send(self, status: int, said: bytes, interval: float) -> None:
            head = (
                f"HTTP/1.1 {status} As Said\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(said)}\r\nConnection: close\r\n\r\n"
            )
            data = head.encode() + said
            if not interval:
                return self.request.sendall(data)
            for byte in data:
                self.request.sendall(bytes([byte]))
                time.sleep(interval)
            return None

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
            pass

    return Api
