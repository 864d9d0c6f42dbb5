"""What is wrong with something that a person or a program handed in, field by field, in words they can act on."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from core.errors import BadInput

Path = tuple[str | int, ...]

#: Characters of a field's name that are repeated back: an unknown one may be anything.
NAME_LIMIT = 80

#: Plainer words for pydantic's own. The rest of its messages read well enough.
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field",
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
}


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
    return [Fault(each["loc"], _problem(each["type"], each["msg"], each.get("ctx", {}))) for each in found]


def _problem(kind: str, message: str, context: dict[str, object]) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind in _WORDS:
        return _WORDS[kind].format(**context)
    return message[:1].lower() + message[1:]


def _shown(name: str) -> str:
    """A field's name, fit for a terminal and for JSON."""
    name = name if len(name) <= NAME_LIMIT else f"{name[:NAME_LIMIT]}…"
    return name if name.isprintable() else ascii(name)
