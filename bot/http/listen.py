"""A listening socket, for every server of ours."""

import socket

BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Listen on `host` and `port` (0: any free one). Raises OSError where that cannot be had.

    asyncio switches Nagle's algorithm off only where the protocol is named. Without it each answer whose head and body
    are two writes waits about 40 ms for a delayed ACK.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
