"""What is wrong with text that is no TOML, in plain words: where, the line as it stands, and what to write.

Python's own parser stops at the first fault and names it in the grammar's terms ("Invalid value"); its position, and
what stands there, say what a person did. A line that may hold a secret is never shown.
"""

import re
import tomllib
from collections.abc import Callable

from core.text.validation import Fault

#: Characters of a line that are shown.
SHOWN = 80

_AT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
#: `key = value` on one line, as far as a person meant it so.
_PAIR = re.compile(r"\s*(?P<key>[A-Za-z0-9_.-]+|\"[^\"]*\")\s*(?P<sign>=|:)?\s*(?P<value>.*?)\s*(?:#.*)?$")
_CURLY = "“”„‟‘’‚«»"


#: Of a line that is none of what TOML knows; Python's own English is not passed on.
_ANY_LINE = "each line is key = value, or [table]"


def syntax_fault(message: str, text: str) -> Fault:
    """What tomllib says of `text` (`… (at line 3, column 5)`), as a fault with its line."""
    lines = text.replace("\r\n", "\n").split("\n")
    match = _AT.fullmatch(message)
    what, seen = (match[1], int(match[2] or len(lines))) if match else (message, len(lines))
    begins = _begins(lines[:seen])
    at_end = match is None or match[2] is None or what.startswith("Unclosed")
    number = begins if at_end else seen
    line = lines[number - 1] if number <= len(lines) else ""
    where = f" (column {match[3]})" if match and not at_end else ""
    problem = _IN_A_LIST if number > begins and what in _OF_VALUES else _problem(what, line)
    return Fault((), f"this is not TOML: {problem}{where}{_shown(line)}", number)


def _begins(lines: list[str]) -> int:
    """The line on which the last statement begins: a bracket or quote that is open shows only further down."""
    statement, begins = "", 1
    for number, line in enumerate(lines, start=1):
        statement += f"{line}\n"
        try:
            tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if number < len(lines):
            statement, begins = "", number + 1
    return begins


def _problem(what: str, line: str) -> str:
    pair = _PAIR.match(line)
    for said, problem in _SENTENCES:
        if re.match(said, what):
            return problem(pair) if callable(problem) else problem
    return _ANY_LINE


def _value(pair: re.Match[str] | None) -> str:
    """What to write in place of a value that TOML does not know."""
    if pair is None or pair["sign"] is None:
        return _ANY_LINE
    key, value = pair["key"], pair["value"]
    if pair["sign"] == ":":
        return "write = in place of :"
    bare = next((problem for looks, problem in _VALUES if re.fullmatch(looks, value, re.IGNORECASE | re.DOTALL)), None)
    if bare is not None:
        return bare.format(key=key, value=value, small=value.lower())
    hidden = "://" in value or "url" in key or not value.isprintable()
    return f'text is in quotes: {key} = "{"…" if hidden else value}"'


_IN_A_LIST = "text in a list is in quotes, with commas between"
#: What people write for a value that TOML does not know.
_VALUES = (
    ("", "there is no value after {key} ="),
    (rf"[{_CURLY}].*", 'these are curly quotes; write straight ones: "…"'),
    ("(['\"])(?:(?!\\1).)*", "the closing quote is missing"),
    ("['\"].*", "there is something after the closing quote"),
    ("true|false", "write {small} in lower case"),
    ("yes|no|on|off", "write true or false, without quotes"),
    ("none|null|nil", "TOML has no {value}; leave {key} out"),
    ("0\\d+", "a number must not begin with 0"),
    ("[\\d.]+,", "there must be no comma at the end of a line"),
    (r"[\[{].*", _IN_A_LIST),
)
_OF_VALUES = ("Invalid value", "Invalid statement")

_Sentence = str | Callable[[re.Match[str] | None], str]
_SENTENCES: tuple[tuple[str, _Sentence], ...] = (
    ("Invalid value|Expected newline or end of document after a statement|Expected '=' after a key", _value),
    ("Invalid (hex|date|time)|Invalid initial character", _value),
    ("Unterminated string|Illegal character '\\\\n'|Expected .*\"", "the closing quote is missing"),
    ("Cannot overwrite a value", "this key is in its table twice"),
    ("Duplicate inline table key", "a key is in these braces twice"),
    ("Cannot declare .* twice", "this table is there twice; write [[…]] in double brackets where there may be several"),
    ("Cannot (mutate|redefine|overwrite|declare)", "this was defined as something else further up, and cannot be both"),
    ("Unescaped", "in double quotes \\ begins a special character; write \\\\, or use single quotes"),
    ("Escaped character|Invalid unicode", "in double quotes \\ begins a special character; write \\\\ for itself"),
    ("Unclosed array", "the list is not closed: ] is missing, or a comma"),
    ("Unclosed inline table", "the braces are not closed: } is missing, or a comma"),
    ("Expected ']'|Expected ']]'|Expected \"]", "the bracket of this table is not closed"),
    ("Invalid statement", _ANY_LINE),
    (
        "Illegal character|Found invalid character",
        "it has an invisible character; retype the line",
    ),
)


def _shown(line: str) -> str:
    """The line as it stands, shortened; nothing of one that may hold an address with a password."""
    line = line.strip()
    if not line or "://" in line or "url" in line.partition("=")[0]:
        return ""
    line = line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
    return f"\n    {line}" if line.isprintable() else f"\n    {ascii(line)[1:-1]}"
