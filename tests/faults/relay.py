"""A narrow pipe in front of the mail server: it swallows a part of a body and then nothing more, so that whoever sends
a large mail stands in the middle of writing it, with the rest in no buffer of any machine."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SEGMENT = 536  # bytes; on loopback's own 64 kB segments the kernel would buffer megabytes
BUFFER = 4096


@dataclass
class Relay:
    """`port` is where to send; `full` counts the bodies that stand still; `over` ends them all."""

    port: int
    full: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def narrow(server_port: int, body_bytes: int) -> Iterator[Relay]:
    """A relay to `server_port` here that stops reading after `body_bytes` of a body, for the length of the block."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        relay = Relay(listener.getsockname()[1])
        threading.Thread(target=_serve, args=(listener, server_port, body_bytes, relay), daemon=True).start()
        yield relay
        relay.over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts


def _serve(listener: socket.socket, server_port: int, body_bytes: int, relay: Relay) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_pass_on, args=(client, server_port, body_bytes, relay), daemon=True).start()


def _pass_on(client: socket.socket, server_port: int, body_bytes: int, relay: Relay) -> None:
    """Carry bytes both ways until one side goes, or the body has its share."""
    with client, socket.create_connection(("127.0.0.1", server_port)) as server, suppress(OSError):
        left, in_body = body_bytes, False
        while left > 0:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(BUFFER)
                if not data:
                    return
                if ready is server:
                    in_body = in_body or data.startswith(b"354")
                    client.sendall(data)
                else:
                    left -= len(data) if in_body else 0
                    server.sendall(data)
        relay.full.release()
        relay.over.wait()  # a dead client is not noticed here: its own end stands behind what nobody reads
