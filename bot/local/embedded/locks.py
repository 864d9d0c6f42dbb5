"""One process at a time, by `flock`: the lock dies with its holder, so a kill -9 leaves nothing to clean up."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file at `path` exclusively; waits for whoever has it. The file is made when missing and stays."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
