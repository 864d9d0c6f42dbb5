"""Ports of 127.0.0.1: the usual one, or the next that is free."""

import socket

from core.errors import SignoffError

TRIES = 50


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether one could listen there at this moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError:
        return False
    return True


def chosen(text: str, host: str) -> int:
    """A port that a person set; SignoffError when it is no port, or taken."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SignoffError(f"PORT is {text!r}: a number from 1 to 65535 is needed.")
    if not is_free(int(text), host):
        raise SignoffError(f"PORT is {text}, and something else listens there on {host}.")
    return int(text)


def next_free(usual: int, *, taken: set[int], host: str = "127.0.0.1") -> int:
    """The usual port or the first free one above it, not in `taken`."""
    for port in range(usual, usual + TRIES):
        if port not in taken and is_free(port, host):
            return port
    raise SignoffError(f"No free port from {usual} to {usual + TRIES - 1}.")
