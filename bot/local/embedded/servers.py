"""Both embedded servers together, as every `signoff` command needs them."""

import os
from collections.abc import Mapping, MutableMapping
from enum import Enum
from pathlib import Path
from typing import NoReturn

from bot.local.embedded import postgres, redis
from bot.local.embedded.errors import EmbeddedError
from bot.local.embedded.home import home_of
from bot.local.embedded.secrets import ensure_secrets


class Servers(Enum):
    """What a command may do where DATABASE_URL or REDIS_URL is not set. Who starts one leaves it running, but `up`."""

    #: Use what is running; start nothing. All but the commands below.
    FIND = "find"
    #: Start what is set up here and is not running: `web`, `socket`, `worker`, `clock`, `demo`.
    START = "start"
    #: Set it up, where there is nothing yet: `up` and `migrate`.
    MAKE = "make"


def ensure_servers(home: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Start what is needed; give the `DATABASE_URL` and `REDIS_URL` that `env` does not set (an empty one is unset)."""
    filled = {}
    if not env.get("DATABASE_URL"):
        filled["DATABASE_URL"] = postgres.ensure(home)
    if not env.get("REDIS_URL"):
        filled["REDIS_URL"] = redis.ensure(home)
    return filled


def check_settings() -> None:
    """Say what is set wrongly before anything starts. Raises pydantic's error, which is one line on stderr."""
    from core.settings import Settings

    Settings()


def find_servers(home: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The same of servers that are running already: nothing is started and no file is made.

    Raises EmbeddedError that says what is set up here, where there is no database to look at. A Redis that is away
    is no fault: it is a doorbell.
    """
    filled = {}
    if not env.get("DATABASE_URL"):
        filled["DATABASE_URL"] = postgres.find(home) or _refuse_to_start(home)
    if not env.get("REDIS_URL"):
        filled["REDIS_URL"] = redis.find(home)
    return filled


def prepare_environment(env: MutableMapping[str, str] = os.environ, *, servers: Servers = Servers.FIND) -> Path:
    """What a command calls first: fills in the embedded servers and our own SECRET_KEY where unset; gives the home.

    A key is made up only beside an embedded database: with a database of yours, several machines would make up several.
    Raises EmbeddedError where there is no database, and this command may not start one.
    """
    check_settings()
    home = home_of(env)
    embedded = not env.get("DATABASE_URL")
    if servers == Servers.FIND:
        env.update(find_servers(home, env))
    else:
        if servers == Servers.START and embedded and not _is_set_up(home):
            _refuse_to_start(home)
        env.update(ensure_servers(home, env))
    if embedded and not env.get("SECRET_KEY"):
        env.update(ensure_secrets(home, ["SECRET_KEY"]))
    return home


def _is_set_up(home: Path) -> bool:
    return (home / "postgres").exists()


def _refuse_to_start(home: Path) -> NoReturn:
    other = "set DATABASE_URL or SIGNOFF_HOME for another"
    if _is_set_up(home):
        raise EmbeddedError(f"the database in {home} is not running: `signoff up` starts it; {other}.")
    raise EmbeddedError(f"nothing is set up in {home}: `signoff up` starts one there; {other}.")


def stop_servers(home: Path) -> list[str]:
    """Stop this home's embedded servers; the names of those that were running."""
    stopped = {"Redis": redis.stop(home), "PostgreSQL": postgres.stop(home)}
    return [name for name, was_running in stopped.items() if was_running]
