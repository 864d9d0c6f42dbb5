"""JSON that comes in: a line of a file, or the body of a request. Whatever the bytes are, no surprise."""

import json
import re
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from core.drafts.ingest import DraftIn
from core.errors import BadInput
from core.tasks.ingest import TaskIn
from core.text.validation import Faulty, faults_of

#: Bytes. A body has at most 100,000 characters, of at most four bytes each in UTF-8 (escaped, up to twelve).
SIZE_LIMIT = 1024 * 1024


Model = TypeVar("Model", bound=BaseModel)


class BrokenJson(BadInput):
    """These bytes are not one JSON value in UTF-8."""


def read_draft(raw: bytes) -> DraftIn:
    """The draft that `raw` holds. Raises `BrokenJson`, or `Faulty` with the fields that are wrong."""
    return read_json(DraftIn, raw)


def read_line(raw: bytes) -> DraftIn | TaskIn:
    """What a line of a file holds: a task, if it has a `task`, or else a draft. Raises as `read_draft`."""
    parsed = _parse(raw)
    if isinstance(parsed, dict) and "task" in parsed:
        return _made(TaskIn, parsed)
    return _made(DraftIn, parsed)


def read_json(model: type[Model], raw: bytes) -> Model:
    """What `raw` holds, as this model. Raises `BrokenJson`, or `Faulty` with the fields that are wrong."""
    return _made(model, _parse(raw))


def _made(model: type[Model], parsed: object) -> Model:
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        raise Faulty(faults_of(error)) from None


class _Unread(ValueError):
    """What Python would read, and we do not; in our words."""


def _parse(raw: bytes) -> object:
    """Stricter than Python's own: UTF-8 only, no NaN and no Infinity (RFC 8259 §6), no name twice in an object (§4)."""
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BrokenJson(f"this is not UTF-8 (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if "\n" in error.doc else ""  # of a file's line we say only the column
        raise BrokenJson(f"this is not JSON: {_broken(error.msg)} ({line}column {error.colno})") from None
    except RecursionError:
        raise BrokenJson("this JSON is nested too deeply") from None
    except _Unread as error:
        raise BrokenJson(f"this JSON cannot be read: {error}") from None
    except ValueError:  # thousands of digits, which Python refuses to read
        raise BrokenJson("this JSON cannot be read: a number has too many digits") from None


#: Our words for how Python's own reader of JSON begins what it says.
_BROKEN = {
    "Expecting value": "a value is missing",
    "Expecting property name": "a name in double quotes is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Extra data": "there is something after the end",
    "Illegal trailing comma": "there is one comma too many",
    "Unterminated string": "a closing quote is missing",
    "Invalid control character": "a text contains a control character",
    "Invalid \\": "a text contains an unknown escape",
}


def _broken(said: str) -> str:
    return next((ours for theirs, ours in _BROKEN.items() if said.startswith(theirs)), "it is malformed")


_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ and are text. The last of two would win in silence, and the first be lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Unread("an object has the same name twice")
    for name in made:
        if _HALF_OF_A_PAIR.search(name):
            raise _Unread("a name contains half of a surrogate pair")
    return made


def _no_constant(name: str) -> NoReturn:
    raise _Unread(f"{name} is not a JSON number")
