"""From the text of a TOML file to a declaration, or to the lines that are wrong."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import time
from typing import Any

from pydantic import ValidationError

from core.declare.declaration import VARIABLE, AccountTable, Declaration
from core.declare.toml_faults import syntax_fault
from core.declare.unknown_keys import in_toml
from core.text.folding import fold_text
from core.text.validation import Fault, Faulty, Path, faults_of

#: Bytes of a declaration. A thousand members fit.
SIZE_LIMIT = 1024 * 1024


def read(raw: bytes, env: Mapping[str, str]) -> Declaration:
    """The declaration in a file; `env` is where `env:NAME` is looked up. Raises `Faulty`, each fault with its line."""
    text = _decoded(raw)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Faulty([syntax_fault(str(error), text)]) from None
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        raise Faulty(
            [Fault((), "this TOML cannot be read: it is nested too deeply, or a number is too long")]
        ) from None
    try:
        declaration = Declaration.model_validate(parsed, context={"env": env})
    except ValidationError as error:
        raise located(faults_of(error), raw) from None
    if faults := list(_contradictions(declaration)):
        raise located(faults, raw)
    return declaration


def located(faults: Iterable[Fault], raw: bytes) -> Faulty:
    """The same faults with their lines in a file that can be read, in the order of the file."""
    lines = lines_of(_decoded(raw))
    placed = [Fault(fault.path, in_toml(fault), fault.line or line_of(fault.path, lines)) for fault in faults]
    return Faulty(sorted(placed, key=lambda fault: fault.line or 0))


def unset_variables(declaration: Declaration, env: Mapping[str, str]) -> list[str]:
    """The variables that accounts name with `env:` and that `env` does not hold now."""
    named = (VARIABLE.fullmatch(account.smtp_url) for account in declaration.accounts)
    return sorted({match[1] for match in named if match and not env.get(match[1])})


def _decoded(raw: bytes) -> str:
    if len(raw) > SIZE_LIMIT:
        raise Faulty([Fault((), f"this file is longer than {SIZE_LIMIT:,} bytes")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Faulty([Fault((), "this is not UTF-8", raw[: error.start].count(b"\n") + 1)]) from None


def _contradictions(declaration: Declaration) -> Iterator[Fault]:
    """What no single value can know: the same thing declared twice, a campaign that nobody would see."""
    named: dict[tuple[str, str], list[str]] = {
        ("members", "slack_user_id"): [member.slack_user_id for member in declaration.members],
        ("accounts", "address"): [fold_text(account.address) for account in declaration.accounts],
        ("campaigns", "slug"): [campaign.slug for campaign in declaration.campaigns],
    }
    for (table, key), values in named.items():
        for index in _again(values):
            yield Fault((table, index, key), "is declared twice")
    for index, account in enumerate(declaration.accounts):
        yield from (Fault(("accounts", index, key), problem) for key, problem in _of_account(account))
    for index, campaign in enumerate(declaration.campaigns):
        path: Path = ("campaigns", index, "reviewers")
        if not campaign.reviewers and not campaign.slack_channel:
            yield Fault(path, "name at least one reviewer, or a slack_channel")
        for place in _again(campaign.reviewers):
            yield Fault((*path, place), "names a person twice")


def _of_account(account: AccountTable) -> Iterator[tuple[str, str]]:
    """Keys of an account that contradict each other, each at the one that was written, as far as can be told."""
    written = account.model_fields_set
    if account.closes != time(0) and account.opens >= account.closes:
        key = "closes" if "closes" in written else "opens"
        yield key, f"it opens at {account.opens:%H:%M} and closes at {account.closes:%H:%M}; midnight is 24:00"
    low, high = account.spacing_min_minutes, account.spacing_max_minutes
    if low > high:
        key = "spacing_max_minutes" if "spacing_max_minutes" in written else "spacing_min_minutes"
        yield key, f"the minimum ({low} minutes) is above the maximum ({high})"
    if account.warmup_start is not None and account.warmup_from is None:
        yield "warmup_start", "a warm-up needs its first day too: warmup_from = 2026-11-20"
    if account.warmup_start is None:
        for key in sorted(written & {"warmup_from", "warmup_step"}):
            yield key, "a warm-up needs warmup_start, the limit of its first day"


def _again(values: list[str]) -> Iterator[int]:
    """The positions of values that stood there before."""
    seen: Counter[str] = Counter()
    for index, value in enumerate(values):
        if seen[value]:
            yield index
        seen[value] += 1


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
