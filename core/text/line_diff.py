"""What changed between two texts, line by line. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain

#: Unchanged lines shown around a change.
AROUND = 2
#: Above this many pairs of lines to compare, the changed part is shown whole as removed and added.
PAIRS = 1_000_000


@dataclass(frozen=True)
class Line:
    """A line with its sign: `+` added, `-` removed, a space for unchanged, `…` for lines that are left out."""

    sign: str
    text: str


def line_diff(before: str, after: str) -> tuple[Line, ...]:
    """The lines of both texts in reading order, far unchanged ones left out; nothing when the texts are the same."""
    if before == after:
        return ()
    old, new = before.split("\n"), after.split("\n")
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    return tuple(
        chain(
            _unchanged(old[:head], first=True),
            _changed(old[head : len(old) - tail], new[head : len(new) - tail]),
            _unchanged(old[len(old) - tail :], last=True),
        )
    )


def _common(old: list[str], new: list[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for a, b in zip(old, new, strict=False):
        if a != b:
            break
        count += 1
    return count


def _changed(old: list[str], new: list[str]) -> Iterator[Line]:
    if len(old) * len(new) > PAIRS:
        yield from _signed("-", old)
        yield from _signed("+", new)
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _unchanged(old[a:b])
        else:
            yield from _signed("-", old[a:b])
            yield from _signed("+", new[c:d])


def _signed(sign: str, lines: list[str]) -> Iterator[Line]:
    return (Line(sign, line) for line in lines)


def _unchanged(lines: list[str], *, first: bool = False, last: bool = False) -> Iterator[Line]:
    """Unchanged lines next to a change; `first` and `last` say on which side there is none."""
    before, after = (0 if first else AROUND), (0 if last else AROUND)
    left_out = len(lines) - before - after
    if left_out <= 1:  # a line saying that one line is left out would be no shorter
        yield from _signed(" ", lines)
        return
    yield from _signed(" ", lines[:before])
    yield Line("…", f"{left_out} unchanged lines")
    yield from _signed(" ", lines[len(lines) - after :])
