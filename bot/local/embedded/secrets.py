"""Secrets that nobody set: made once, kept in SIGNOFF_HOME/secrets.env, readable by its owner only."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from bot.local.embedded.home import make_home
from bot.local.embedded.locks import locked


def ensure_secrets(home: Path, names: Iterable[str]) -> dict[str, str]:
    """A secret of 32 random bytes, in hex, for each name; the same one every time."""
    make_home(home)
    path = home / "secrets.env"
    wanted = list(names)
    with locked(home / "secrets.lock"):
        kept = _read(path)
        missing = [name for name in wanted if name not in kept]
        if missing:
            kept.update({name: secrets.token_hex(32) for name in missing})
            _write(path, kept)
    return {name: kept[name] for name in wanted}


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, equals, value in pairs if equals and not name.startswith("#")}


def _write(path: Path, values: dict[str, str]) -> None:
    """Replace the file at once: a kill half-way must not lose the keys that data is sealed with."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("".join(f"{name}={value}\n" for name, value in values.items()))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
