"""Both embedded servers together, as every `signoff` command needs them."""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from bot.local.embedded import postgres, redis
from bot.local.embedded.home import home_of
from bot.local.embedded.secrets import ensure_secrets


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


def prepare_environment(env: MutableMapping[str, str] = os.environ) -> Path:
    """What a command calls first: fills in the embedded servers and our own SECRET_KEY where unset; gives the home.

    A key is made up only beside an embedded database: with a database of yours, several machines would make up several.
    """
    check_settings()
    home = home_of(env)
    embedded = not env.get("DATABASE_URL")
    env.update(ensure_servers(home, env))
    if embedded and not env.get("SECRET_KEY"):
        env.update(ensure_secrets(home, ["SECRET_KEY"]))
    return home


def stop_servers(home: Path) -> list[str]:
    """Stop this home's embedded servers; the names of those that were running."""
    stopped = {"Redis": redis.stop(home), "PostgreSQL": postgres.stop(home)}
    return [name for name, was_running in stopped.items() if was_running]
