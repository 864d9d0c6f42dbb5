"""What is wrong with something that a person or a program handed in, field by field, in words they can act on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from core.errors import BadInput

Path = tuple[str | int, ...]

#: Characters of a field's name that are repeated back: an unknown one may be anything.
NAME_LIMIT = 80

_MOMENT = "must be a date and time such as 2026-11-20T09:30:00Z"
_DAY = "must be a date such as 2026-11-20"
_CLOCK = "must be a time of day such as 09:30"
#: Our words for pydantic's own kinds of fault (https://docs.pydantic.dev/latest/errors/validation_errors/).
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "unknown field",
    "string_type": "must be text",
    "string_unicode": "must be text in Unicode",
    "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be a list",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "dict_type": "must be an object",
    "dataclass_type": "must be an object",
    "too_short": "needs at least {min_length} entries",
    "too_long": "has too many entries: at most {max_length} are allowed",
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_naive": "must have no time zone",
    "timezone_aware": "needs a time zone; write a date and time such as 2026-11-20T09:30:00Z",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "time_type": _CLOCK,
    "time_parsing": _CLOCK,
    "uuid_type": "must be an id",
    "uuid_parsing": "must be an id",
    "uuid_version": "must be an id",
    "url_type": "must be a web address such as https://example.com",
    "url_parsing": "must be a web address such as https://example.com",
    "url_scheme": "must be a web address that begins with {expected_schemes}",
}
#: For every other kind.
_NOT_VALID = "is not valid"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, and what. `line` counts from 1, if the place in the file is known."""

    path: Path
    problem: str
    line: int | None = None

    @property
    def field(self) -> str:
        """The names on the way to it, such as `to.email`; positions in lists are left out. Empty for the whole."""
        return ".".join(_shown(part) for part in self.path if isinstance(part, str))

    def __str__(self) -> str:
        where = [f"line {self.line}"] if self.line else []
        return ": ".join([*where, *filter(None, [self.field]), self.problem])


class Faulty(BadInput):
    """What was given is wrong in these places."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def faults_of(error: ValidationError) -> list[Fault]:
    """Pydantic's findings as faults. None of them repeats the value that was given."""
    found = error.errors(include_url=False, include_input=False)
    return [Fault(each["loc"], problem(each["type"], each.get("ctx", {}))) for each in found]


def problem(kind: str, context: Mapping[str, object]) -> str:
    """What is wrong, in our words: pydantic's kind of fault and its figures. Never pydantic's own English."""
    if kind == "value_error":
        return str(context["error"])
    figures = {name: f"{value:,.15g}" if isinstance(value, int | float) else value for name, value in context.items()}
    return _WORDS.get(kind, _NOT_VALID).format(**figures)


def _shown(name: str) -> str:
    """A field's name, fit for a terminal and for JSON."""
    name = name if len(name) <= NAME_LIMIT else f"{name[:NAME_LIMIT]}…"
    return name if name.isprintable() else ascii(name)
