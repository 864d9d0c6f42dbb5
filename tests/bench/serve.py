"""Serve an app as `signoff web` does: the same uvicorn, the same settings, a socket of 127.0.0.1."""

import socket
import sys

import uvicorn
from starlette.types import ASGIApp


def serve(app: ASGIApp) -> None:
    """Listen on the port that the command line names, until killed."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=2048)
    config = uvicorn.Config(app, access_log=False, log_config=None, proxy_headers=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
