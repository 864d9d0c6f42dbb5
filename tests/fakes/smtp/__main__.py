"""`python -m tests.fakes.smtp --port 0 --log FILE`: prints one JSON line with its ports when it is ready."""

import argparse
import tempfile
from pathlib import Path

from tests.fakes.control import serve
from tests.fakes.smtp.server import Server

parser = argparse.ArgumentParser(prog="tests.fakes.smtp", description="An SMTP server that misbehaves as told.")
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--log", type=Path, required=True, help="the acceptance log, appended to")
arguments = parser.parse_args()

with tempfile.TemporaryDirectory(prefix="fake-smtp-") as folder:
    server = Server(arguments.port, arguments.log, Path(folder))
    ready = {
        "port": server.port,
        "tls_port": server.tls_port,
        "control_port": server.control_port,
        "ca": str(server.ca),
        "log": str(arguments.log),
    }
    serve(ready, server.control)
