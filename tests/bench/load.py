"""The load: a process of its own that sends prepared requests over keep-alive connections, each client one at a time.

`python -m tests.bench.load HOST PORT CLIENTS < requests` (JSON strings, one a line) prints `Load` as JSON.
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field


@dataclass
class Load:
    """What came back: the milliseconds of each answer, the seconds of it all, and the answers that were not 200."""

    ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    failed: int = 0


@dataclass
class Client:
    """A connection that waits for one answer at a time."""

    socket: socket.socket
    began: float = 0.0
    answer: bytes = b""

    @classmethod
    def to(cls, address: tuple[str, int]) -> "Client":
        connection = socket.create_connection(address, timeout=30)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(connection)

    def ask(self, request: bytes) -> None:
        self.answer = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def hear(self) -> int | None:
        """The status of the answer, once all of it is here."""
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        self.answer += more
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(head[9:12]) if len(body) >= length else None

    def exchange(self, request: bytes) -> int:
        """Ask, and wait for the status."""
        self.ask(request)
        while (status := self.hear()) is None:
            pass
        return status


def run(address: tuple[str, int], clients: int, requests: list[bytes]) -> Load:
    """Send all requests, `clients` at a time."""
    load = Load()
    waiting = iter(requests)
    selector = selectors.DefaultSelector()
    lines = [Client.to(address) for _ in range(clients)]
    began = time.perf_counter()
    for client in lines:
        request = next(waiting, None)
        if request is not None:
            client.ask(request)
            selector.register(client.socket, selectors.EVENT_READ, client)
    while selector.get_map():
        for key, _ in selector.select():
            client = key.data
            status = client.hear()
            if status is None:
                continue
            load.ms.append((time.perf_counter() - client.began) * 1000)
            load.failed += status != 200
            request = next(waiting, None)
            if request is None:
                selector.unregister(client.socket)
            else:
                client.ask(request)
    load.seconds = time.perf_counter() - began
    for client in lines:
        client.socket.close()
    return load


def run_apart(address: tuple[str, int], clients: int, requests: list[bytes]) -> Load:
    """`run` in a process of its own, so that nothing of ours shares its interpreter."""
    host, port = address
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", host, str(port), str(clients)],
        input="\n".join(json.dumps(request.decode()) for request in requests),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    return Load(**json.loads(done.stdout))


if __name__ == "__main__":
    lines_in = [json.loads(line).encode() for line in sys.stdin]
    print(json.dumps(asdict(run((sys.argv[1], int(sys.argv[2])), int(sys.argv[3]), lines_in))))
