"""`python -m bot.sandbox`: runs the sandbox, and prints one JSON line with its addresses when it is ready."""

import argparse
import json
import os
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn

from bot.http.listen import listen
from bot.sandbox.app import create_app
from bot.sandbox.config import Config, Refused, check, with_workspace
from bot.sandbox.looks import addresses


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGINT or SIGTERM. Returns 2 with one line on stderr when it must not start."""
    options = _parser().parse_args(arguments)
    config = Config(
        host=options.host,
        port=options.port,
        smtp_port=options.smtp_port,
        events_url=options.events_url,
        state=options.home / "sandbox.sqlite3" if options.home else None,
        ack_deadline=options.ack_deadline,
        rate_limits=options.rate_limits,
    )
    # Both sides read the same names; without them the sandbox has well-known ones of its own.
    config = replace(
        config,
        signing_secret=os.environ.get("SLACK_SIGNING_SECRET") or config.signing_secret,
        client_id=os.environ.get("SLACK_CLIENT_ID") or config.client_id,
        client_secret=os.environ.get("SLACK_CLIENT_SECRET") or config.client_secret,
    )
    if options.redirect_uri:
        config = replace(config, redirect_uris=tuple(options.redirect_uri))
    try:
        if options.workspace:
            config = with_workspace(config, options.workspace)
        check(config, os.environ)
        listening = listen(config.host, config.port)
    except (Refused, OSError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    with listening:
        _serve(replace(config, port=listening.getsockname()[1]), listening)
    return 0


def _serve(config: Config, listening: socket.socket) -> None:
    app = create_app(config)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def announced(served):  # type: ignore[no-untyped-def]  # uvicorn calls it with the app, and yields nothing
        async with inner(served):
            sys.stdout.write(json.dumps(addresses(app.state.sandbox) | {"pid": os.getpid()}) + "\n")
            sys.stdout.flush()
            yield

    app.router.lifespan_context = announced
    settings = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="wsproto",
        timeout_keep_alive=60,  # longer than any client of ours keeps an idle connection
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(settings).run(sockets=[listening])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A stand-in Slack and mailbox.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="HTTP port; 0 takes a free one")
    parser.add_argument("--smtp-port", type=int, default=0, help="SMTP port; 0 takes a free one")
    parser.add_argument("--events-url", help="where the app listens, ending in /slack/events")
    parser.add_argument("--home", type=Path, help="directory to remember in; without it nothing is kept")
    parser.add_argument("--workspace", type=Path, help="a `signoff apply` file to take team and members from")
    parser.add_argument("--redirect-uri", action="append", help="allowed for sign-in; may be given more than once")
    parser.add_argument("--ack-deadline", type=float, default=3.0, help="seconds that the app has to answer")
    parser.add_argument("--rate-limits", action="store_true", help="refuse calls above Slack's rate limits")
    return parser


if __name__ == "__main__":
    sys.exit(main())
