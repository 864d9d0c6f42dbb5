"""`signoff web`."""

import signal
import socket
import sys

from bot.commands import command_app
from bot.http.listen import listen
from bot.local.embedded import Servers, prepare_environment
from core.errors import SignoffError

GRACE_SECONDS = 10

app = command_app()


@app.command()
def web() -> None:
    """Serve Slack, the API and the pages on HOST (127.0.0.1) and PORT (8080). Run as many as you like."""
    prepare_environment(servers=Servers.START)
    import uvicorn

    from core.db import meet_database
    from core.settings import settings

    listener = _listen(settings().host, settings().port)
    meet_database()
    # uvicorn ends in order and then raises the signal again: an ordered end is a success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    config = uvicorn.Config(
        "bot.app:create_app",
        factory=True,
        access_log=False,  # addresses of people, and tokens of links, are in there
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; SignoffError says which setting to change where it cannot be had."""
    try:
        return listen(host, port)
    except OSError as error:
        raise SignoffError(f"cannot listen on {host} port {port}: {error.strerror}. Set HOST or PORT.") from error
