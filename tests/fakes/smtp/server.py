"""The listening sockets and the HTTP door through which tests tell the server what to do."""

import socket
import ssl
import threading
import weakref
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.fakes.control import door
from tests.fakes.smtp.accepted import AcceptanceLog
from tests.fakes.smtp.certificates import make_certificates, server_context
from tests.fakes.smtp.plan import Conduct, Plan, Rule
from tests.fakes.smtp.session import Session


class Server:
    """Listens for SMTP on `port`, for SMTP over TLS on `tls_port`, and for orders on `control_port`; 127.0.0.1 only."""

    def __init__(self, port: int, log: Path, certificates: Path) -> None:
        self.plan, self.log, self.certificates = Plan(), AcceptanceLog(log), certificates
        self.ca = make_certificates(certificates)
        self.listener: socket.socket | None = None
        self.live: weakref.WeakSet[Session] = weakref.WeakSet()
        self.port = self.listen(port)
        self.tls_port = self._serve(_listening(0), implicit=True)
        self.control = ThreadingHTTPServer(("127.0.0.1", 0), door(self.order))
        self.control.daemon_threads = True
        self.control_port: int = self.control.server_address[1]

    def listen(self, port: int) -> int:
        """Open the plain port (again)."""
        self.listener = _listening(port)
        return self._serve(self.listener, implicit=False)

    def refuse(self) -> None:
        """Close the plain port: connections are refused until `listen`."""
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            self.listener.close()

    def _serve(self, listener: socket.socket, *, implicit: bool) -> int:
        threading.Thread(target=self._accept, args=(listener, implicit), daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    def _accept(self, listener: socket.socket, implicit: bool) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            session = Session(sock, self.plan, self.log, self._context, implicit)
            self.live.add(session)
            threading.Thread(target=session.serve, daemon=True).start()

    def _context(self) -> ssl.SSLContext:
        conduct = self.plan.conduct
        return server_context(self.certificates / f"{conduct.certificate}.pem", conduct.old_tls)

    def order(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what a test asks. Every answer is a JSON object."""
        plan = self.plan
        match path:
            case "/plan":
                with plan.changed:
                    plan.rules += [Rule(**rule) for rule in body["rules"]]
            case "/conduct":
                plan.conduct = Conduct(**body)
            case "/reset":
                plan.reset()
            case "/release":
                return {"released": plan.release(body["phase"], body.get("count"))}
            case "/held":
                return {"held": plan.wait_held(body["phase"], body["count"], body["seconds"])}
            case "/quiet":
                return {"quiet": plan.wait_quiet(body["seconds"])}
            case "/cut":
                for session in list(self.live):
                    session.cut(body["say"])
                return {"quiet": plan.wait_quiet(10)}
            case "/refuse":
                self.refuse()
            case "/listen":
                self.listen(self.port)
            case "/state":
                return {**plan.as_json(), "accepted": self.log.count}
            case _:
                raise ValueError(f"no such order: {path}")
        return {}


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    return listener
