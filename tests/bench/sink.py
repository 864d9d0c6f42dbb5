"""An SMTP server that takes everything and keeps nothing: `python -m tests.bench.sink`.

Says its port, and after each line on stdin how many mails it has taken. One thread and no disk, so that whoever sends
is what is measured.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import PIPE, Popen

from tests.fixtures.processes import ROOT

REPLIES = {
    b"EHLO": b"250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_taken = 0


class Session(asyncio.Protocol):
    """One conversation: lines in, replies out, and bodies counted."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.in_body = transport, b"", False
        transport.write(b"220 sink.test\r\n")

    def data_received(self, data: bytes) -> None:
        global _taken  # noqa: PLW0603  the one thing that this process knows
        self.buffer += data
        while True:
            line, end, rest = self.buffer.partition(b"\r\n.\r\n" if self.in_body else b"\r\n")
            if not end:
                return
            self.buffer = rest
            if self.in_body:
                _taken += 1
                self.transport.write(b"250 taken\r\n")
                self.in_body = False
                continue
            verb = line[:4].upper()
            self.transport.write(REPLIES.get(verb, b"250 ok\r\n"))
            self.in_body = verb == b"DATA"
            if verb == b"QUIT":
                self.transport.close()


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", 0, backlog=100)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(_taken, flush=True)


@dataclass
class Sink:
    """A running sink, as its bench sees it."""

    port: int
    process: "Popen[str]"

    def taken(self) -> int:
        """How many mails it has taken in all."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def running_sink() -> Iterator[Sink]:
    """A sink in a process of its own, ended at the end."""
    command = [sys.executable, "-m", "tests.bench.sink"]
    with Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Sink(int(process.stdout.readline()), process)
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(serve())
