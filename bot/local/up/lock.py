"""One `up` for one SIGNOFF_HOME. The lock is a `flock`, so it ends with its process, however that ends."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bot.local.embedded.home import make_home
from core.errors import SignoffError


class AlreadyUp(SignoffError):
    """Another `signoff up` holds this home."""


@contextmanager
def only_up(home: Path) -> Iterator[Callable[[str], None]]:
    """Hold the home while the block runs; gives a function that notes the address to open.

    Raises AlreadyUp (who, since when, at which address) when another process holds it.
    """
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    make_home(home)
    with (home / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyUp(_who(file, home)) from error

        def note(address: str) -> None:
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "since": since, "address": address}))
            file.flush()

        note("")
        yield note
        file.truncate(0)


def _who(file: TextIO, home: Path) -> str:
    file.seek(0)
    try:
        noted = json.loads(file.read())
    except ValueError:
        return f"`signoff up` is already running for {home}."
    since = datetime.fromisoformat(noted["since"])
    where = f", at {noted['address']}" if noted["address"] else ", still starting"
    return f"`signoff up` is already running for {home}: process {noted['pid']}, since {since:%d %b %H:%M}{where}."
