"""What never stands in a log (P11): bodies, subjects, addresses, and the messages of exceptions that may quote them.

Our own code logs ids, counts, codes and durations. This is the wall behind that habit: the last step before a line is
written, for our own lines and for those of libraries.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import date
from enum import Enum
from types import TracebackType
from typing import Any
from uuid import UUID

PRIVATE = "[private]"
#: Keys whose value is dropped, alone ("to") or as a part of a longer one ("new_subject", "contact_email").
PRIVATE_KEYS = frozenset({"to", "from", "rcpt", "recipient", "sender", "name", "payload", "data", "args", "kwargs"})
PRIVATE_PARTS = frozenset(
    {
        *("body", "subject", "text", "blocks", "html", "mime", "reply", "note", "inbound"),
        *("email", "emails", "mail", "address", "addresses"),
        *("password", "secret", "token", "cookie", "authorization", "credentials"),
    }
)
#: Anything with an @ in the middle, also percent-encoded: addresses, and URLs that carry a password.
ADDRESS = re.compile(r"[^\s<>\"'(),;=]+(?:@|%40)[^\s<>\"'(),;]+", re.IGNORECASE)
#: Characters of one value, frames of one traceback, links of one chain of causes.
LONGEST, FRAMES, CAUSES = 300, 20, 5

#: Libraries whose lines without arguments are sentences of their own. Others may have put anything into them.
TRUSTED = ("alembic", "apscheduler", "bot", "core", "dramatiq", "jobs", "uvicorn")
_WORD = re.compile(r"[\w.:/+-]{1,64}")


def guard(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the same line without anything private, exceptions as types and places."""
    error = _exception(line.pop("exc_info", None))
    for key in ("exception", "stack", "stack_info"):
        line.pop(key, None)
    kept: dict[str, Any] = {key: clean(value, key) for key, value in line.items()}
    return kept | described(error) if error else kept


def clean(value: Any, key: str = "") -> Any:
    """The value as it may be logged. Objects that we do not know become the name of their type, never their repr."""
    if is_private(key):
        return PRIVATE
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return clean(value.value)
        case UUID() | date():
            return str(value)
        case str():
            masked = ADDRESS.sub("[address]", value)
            return masked if len(masked) <= LONGEST else f"{masked[:LONGEST]}…"
        case Mapping():
            return {str(clean(str(k))): clean(v, str(k)) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [clean(item) for item in value]
        case type():
            return value.__qualname__
        case _:
            return f"<{type(value).__qualname__}>"


def is_private(key: str) -> bool:
    """Whether a value under this key is dropped whatever it is."""
    folded = key.casefold()
    return folded in PRIVATE_KEYS or not PRIVATE_PARTS.isdisjoint(re.split(r"[^a-z0-9]+", folded))


def described(error: BaseException) -> dict[str, Any]:
    """An exception as `error`, `trace` and `causes`: types, modules and lines. Its message is never read: SQLAlchemy's
    holds the parameters of the statement, pydantic's the input, smtplib's the server's words about an address.
    """
    causes = [f"{_type(cause)} at {_places(cause)[-1]}" for cause in _chain(error)]
    return {"error": _type(error), "trace": _places(error)} | ({"causes": causes} if causes else {})


def message(record: logging.LogRecord) -> str:
    """What a line of the standard library says: its template with harmless arguments, or a place to look it up.

    A line that a library has put together itself is withheld unless the library is trusted: nobody can tell any more
    what is in it.
    """
    trusted = record.name.partition(".")[0] in TRUSTED
    if not record.args:
        return str(record.msg) if trusted else f"[withheld] {record.module}:{record.lineno} {record.funcName}"
    shown: Any
    if isinstance(record.args, Mapping):
        shown = {name: _harmless(argument, trusted) for name, argument in record.args.items()}
    else:
        shown = tuple(_harmless(argument, trusted) for argument in record.args)
    try:
        said: str = str(record.msg) % shown
    except (TypeError, ValueError, KeyError):
        return str(record.msg)
    return said


class _Something:
    """Stands for an argument that is not printed."""

    def __repr__(self) -> str:
        return "…"


def _harmless(argument: object, trusted: bool) -> object:
    """A number; a single word of a trusted library; or else a sign that there was something."""
    if isinstance(argument, bool | int | float) or argument is None:
        return argument
    return argument if trusted and isinstance(argument, str) and _WORD.fullmatch(argument) else _Something()


def _exception(exc_info: object) -> BaseException | None:
    if exc_info is True:
        return sys.exc_info()[1]
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    return exc_info if isinstance(exc_info, BaseException) else None


def _type(error: BaseException) -> str:
    """`psycopg.errors.UniqueViolation [23505]`: with the SQLSTATE, or the errno, where there is one."""
    code = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
    if code is None and isinstance(error, OSError):
        code = error.errno
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"{name} [{code}]" if isinstance(code, str | int) else name


def _chain(error: BaseException) -> list[BaseException]:
    """What led to it, nearest first: causes, contexts, and the members of groups."""
    found: list[BaseException] = []
    waiting = list(_led_to(error))
    while waiting and len(found) < CAUSES:
        cause = waiting.pop(0)
        if cause is not error and cause not in found:
            found.append(cause)
            waiting.extend(_led_to(cause))
    return found


def _led_to(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        yield from error.exceptions
    if error.__cause__ is not None:
        yield error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield error.__context__


def _places(error: BaseException) -> list[str]:
    """`module:line function` of each frame, innermost last."""
    return [_place(frame) for frame in _frames(error.__traceback__)] or ["nowhere"]


def _frames(trace: TracebackType | None) -> list[tuple[str, int, str]]:
    frames = [
        (frame.f_globals.get("__name__", "?"), line, frame.f_code.co_name) for frame, line in traceback.walk_tb(trace)
    ]
    return frames[-FRAMES:]


def _place(frame: tuple[str, int, str]) -> str:
    module, line, function = frame
    return f"{module}:{line} {function}"
