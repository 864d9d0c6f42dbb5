"""`signoff worker`."""

import importlib
import signal
import threading
from typing import Annotated, Literal

import typer

from bot.commands import command_app
from bot.local.embedded import Servers, prepare_environment

IDLE_MS = 100  # an idle worker picks up a job after 36 ms instead of 437 (DESIGN §4, measured)
GRACE_MS = 240_000  # longer than one attempt may take, from connecting to the reply to the final dot

#: What `--only` takes: a Home is drawn as cards are.
_QUEUES = {"deliver": {"deliver"}, "cards": {"cards", "new_cards", "homes"}}

app = command_app()


@app.command()
def worker(
    threads: Annotated[int, typer.Option(min=1, max=64, help="Jobs at a time.")] = 8,
    only: Annotated[
        Literal["deliver", "cards"] | None,
        typer.Option(help="Only this kind of job, so that slow mail servers never keep cards waiting."),
    ] = None,
) -> None:
    """Send mail, and post and update cards. Run as many as you like; if mail servers are slow, some with --only cards.

    On SIGTERM it finishes its current jobs, then stops; a second SIGTERM stops it at once, which loses nothing.
    """
    prepare_environment(servers=Servers.START)
    stopping = threading.Event()

    def stop(*_: object) -> None:
        if stopping.is_set():
            raise SystemExit(1)
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

    from core.db import meet_database
    from core.telemetry import logs

    logs.configure("worker")
    meet_database()
    importlib.import_module("jobs.worker")
    from dramatiq import Worker, get_broker

    from jobs.slots import set_capacity

    set_capacity(threads if only == "deliver" else max(1, threads - 2))  # two are left for cards

    broker = get_broker()
    broker.emit_after("process_boot")
    running = Worker(broker, queues=_QUEUES[only] if only else None, worker_timeout=IDLE_MS, worker_threads=threads)
    running.start()
    stopping.wait()
    running.stop(timeout=GRACE_MS)
    broker.close()
