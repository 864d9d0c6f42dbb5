"""An ASGI app on a real socket of 127.0.0.1, in a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from tests.fixtures.waiting import wait_until


@contextmanager
def serving(app: ASGIApp, port: int) -> Iterator[str]:
    """Serve `app` until the end of the block; gives its base URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off", server_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, what="the server of the test")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
