"""The difference between two texts as a message shows it: lines with a sign, long ones cut around their change."""

from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

from core.cards.mrkdwn import cut
from core.text.line_diff import Line, line_diff

#: Characters of a line that stand around what changed in it, and that a line may have at all.
AROUND = 40
LINE = 300
_SIGNS = {"+": "+ ", "-": "− ", " ": "   ", "…": "… "}


def diff_text(before: str, after: str) -> str:
    """What changed, line by line: "− old", "+ new"; empty where nothing did."""
    lines: list[str] = []
    for _, run in groupby(line_diff(before, after), key=lambda line: line.sign in "+-"):
        lines += (f"{_SIGNS[line.sign]}{cut(line.text, LINE)}" for line in _paired(list(run)))
    return "\n".join(lines)


def _paired(run: Sequence[Line]) -> Iterator[Line]:
    """Removed and added lines side by side, as they stand for each other; each shown around its change."""
    old = [line.text for line in run if line.sign == "-"]
    new = [line.text for line in run if line.sign == "+"]
    if not old or not new:
        yield from run
        return
    for gone, come in zip_longest(old, new):
        if gone is None or come is None:
            yield Line("-", gone) if come is None else Line("+", come)
            continue
        shown = _around(gone, come)
        yield Line("-", shown[0])
        yield Line("+", shown[1])


def _around(gone: str, come: str) -> tuple[str, str]:
    """Both lines without what they share far from the change."""
    most = min(len(gone), len(come))
    head = next((at for at in range(most) if gone[at] != come[at]), most)
    tail = next((at for at in range(most - head) if gone[-1 - at] != come[-1 - at]), most - head)
    return _trimmed(gone, head, tail), _trimmed(come, head, tail)


def _trimmed(line: str, head: int, tail: int) -> str:
    """The line without the far part of its first `head` and last `tail` characters, cut between words."""
    begin, end = max(0, head - AROUND), min(len(line), len(line) - tail + AROUND)
    if begin:
        begin = next((at + 1 for at in range(begin, head) if line[at] == " "), begin)
    if end < len(line):
        end = next((at for at in range(end, len(line) - tail, -1) if line[at] == " "), end)
    return f"{'… ' if begin else ''}{line[begin:end]}{' …' if end < len(line) else ''}"
