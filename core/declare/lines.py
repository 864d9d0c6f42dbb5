"""Where in a TOML file a value stands: tomllib itself does not say."""

import tomllib
from typing import Any

from core.text.validation import Path


def lines_of(text: str) -> dict[Path, int]:
    """Every table and key of a valid TOML document, and the line (from 1) on which its statement begins.

    Each statement of TOML is a document of its own, so tomllib reads them one by one: a statement goes on for as many
    lines as it takes until it can be read.
    """
    found: dict[Path, int] = {}
    lengths: dict[Path, int] = {}
    table: Path = ()
    statement, begins = "", 1
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        statement += f"{line}\n"
        try:
            read = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if statement.lstrip().startswith("["):
            table = _table_of(read, lengths)
            for length in range(1, len(table) + 1):
                found.setdefault(table[:length], begins)
        else:
            for path in _paths(read):
                found.setdefault(table + path, begins)
        statement, begins = "", number + 1
    return found


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of `path`, or of the innermost table around it that the file has; None for what it has not at all."""
    return next((lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in lines), None)


def _table_of(header: dict[str, Any], lengths: dict[Path, int]) -> Path:
    """The path that `[a.b]` or `[[a.b]]` opens. A name of an array means its latest element."""
    path: Path = ()
    inner: Any = header
    while inner:
        [(name, inner)] = inner.items()
        path += (name,)
        if isinstance(inner, list):
            lengths[path] = lengths.get(path, 0) + 1
            inner = inner[0]
        if path in lengths:
            path += (lengths[path] - 1,)
    return path


def _paths(value: Any, path: Path = ()) -> list[Path]:
    """The paths of all that is in `value`, inline tables and arrays too."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = dict(enumerate(value)).items()
    else:
        return [path]
    return [path, *(found for name, item in inner for found in _paths(item, (*path, name)))]
