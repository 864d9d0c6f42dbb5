"""HTTP over a wire of ours: httpx asks, and we keep the time and know the moment before the first byte is written.

httpx alone cannot tell these apart well enough. Its timeouts hold for one `recv`, so a server that drips a byte at a
time holds it for ever; and the point at which a request begins to leave is inside it. httpcore lets a caller bring the
network along (https://www.encode.io/httpcore/network-backends/), and that is all that is done here.
"""

import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

from core.mail.connect import connect, secure
from core.mail.conversation import Talk
from core.mail.wire import Budget, Dropped, Malformed, Wire

#: Bytes of a reply's body. Resend's are some hundred.
MOST = 65536


class Line(httpcore.NetworkStream):
    """One connection. `begin` is called before the first byte leaves, and says how long what follows may take."""

    def __init__(self, talk: Talk, wire: Wire, budget: Budget, begin: Callable[[], Budget]) -> None:
        self.talk, self.wire, self.budget = talk, wire, budget
        self.begin: Callable[[], Budget] | None = begin
        self.heard = False

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Line":
        assert server_hostname is not None  # httpcore gives the host that is asked
        secure(self.talk, self.wire, ssl_context, server_hostname, self.budget)
        return self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self.begin:
            begin, self.begin = self.begin, None
            self.budget = begin()
        try:
            self.wire.write(buffer, self.budget)
        except Dropped as fault:
            raise httpcore.WriteError from fault  # on which httpcore reads the server's last words

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.wire.sock.settimeout(self.budget.left())
        try:
            data = self.wire.sock.recv(max_bytes)
        except TimeoutError:
            raise
        except OSError as fault:
            raise Dropped from fault
        if not data and not self.heard:
            raise Dropped
        self.heard = True
        return data

    def close(self) -> None:
        self.wire.close()

    def get_extra_info(self, info: str) -> Any:
        return None


class Network(httpcore.NetworkBackend):
    """Makes one `Line`, to where it is asked to."""

    def __init__(self, talk: Talk, budget: Budget, begin: Callable[[], Budget], *, in_plain: bool) -> None:
        self.talk, self.budget, self.begin, self.in_plain = talk, budget, begin, in_plain

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Line:
        self.talk.wire = connect(host, port, self.budget, in_plain=self.in_plain)
        return Line(self.talk, self.talk.wire, self.budget, self.begin)


def answer_to(request: httpx.Request, network: Network, context: ssl.SSLContext | None) -> httpx.Response:
    """One request on a connection of its own, and its answer. Raises what the wire raises."""
    url = request.url
    asked = httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.read(),
    )
    with httpcore.ConnectionPool(ssl_context=context, network_backend=network) as pool:
        try:
            answer = pool.handle_request(asked)
            content = _read(answer)
        except httpcore.RemoteProtocolError as fault:
            raise Malformed from fault
    # Of its headers only this one is passed on: no other may make us decode, or follow.
    waits = [(name, value) for name, value in answer.headers if name.lower() == b"retry-after"]
    return httpx.Response(answer.status, headers=waits, content=content)


def _read(answer: httpcore.Response) -> bytes:
    content = b""
    for chunk in answer.iter_stream():
        content += chunk
        if len(content) > MOST:
            raise Malformed
    return content
