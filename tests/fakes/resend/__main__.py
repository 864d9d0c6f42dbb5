"""`python -m tests.fakes.resend --log FILE --key re_…`: prints one JSON line with its ports when it is ready."""

import argparse
import tempfile
from pathlib import Path

from tests.fakes.control import serve
from tests.fakes.resend.server import Server

parser = argparse.ArgumentParser(prog="tests.fakes.resend", description="Resend's API, misbehaving as told.")
parser.add_argument("--log", type=Path, required=True, help="the acceptance log, appended to")
parser.add_argument("--key", required=True, help="the API key that is let in")
arguments = parser.parse_args()

with tempfile.TemporaryDirectory(prefix="fake-resend-") as folder:
    server = Server(arguments.log, arguments.key, Path(folder))
    ready = {
        "port": server.port,
        "tls_port": server.tls_port,
        "control_port": server.control_port,
        "ca": str(server.ca),
        "key": arguments.key,
        "log": str(arguments.log),
    }
    serve(ready, server.control)
