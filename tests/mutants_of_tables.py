"""Take each row out of a module's tables, and see whether its tests notice: `make rows FILE=core/mail/reasons.py`.

mutmut changes what stands in functions only; here much of what is decided stands in tables. A row is an element of a
tuple, list, set or dictionary of the module, an alternative of a regular expression of its own, or a word of a list of
words. Each is left out in a copy under `build/rows`, where the module's own tests run until one of them fails.
"""

import argparse
import ast
import copy
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

#: What takes long to import is imported once, for all children. No plugin of pytest's: it has to see those first.
for library in ("dramatiq", "psycopg", "pydantic", "sqlalchemy", "structlog"):
    import_module(library)

#: Stands for `{…}` of an f-string while its text is cut at its bars.
HOLE = "\ue000"


class Row(NamedTuple):
    """A row: what it is, and how to take it out of the module's tree."""

    shown: str
    take_out: Callable[[ast.Module], None]


def rows(tree: ast.Module) -> Iterator[Row]:
    """Each row of each table on the module's own level. A table of one row is none."""
    for statement, node in enumerate(tree.body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for place, part in enumerate(ast.walk(node.value)):
                yield from _of(part, statement, place)


def _of(part: ast.AST, statement: int, place: int) -> Iterator[Row]:
    if isinstance(part, ast.Tuple | ast.List | ast.Set) and len(part.elts) > 1:
        for number, element in enumerate(part.elts):
            yield Row(ast.unparse(element), _taker(statement, place, _without_element(number)))
    elif isinstance(part, ast.Dict) and len(part.values) > 1:
        for number, value in enumerate(part.values):
            key = part.keys[number]
            shown = f"{ast.unparse(key) if key else '**'}: {ast.unparse(value)}"
            yield Row(shown, _taker(statement, place, _without_entry(number)))
    elif isinstance(part, ast.Constant | ast.JoinedStr) and (text := _text(part)):
        for number, piece in enumerate(pieces := _pieces(text)):
            rest = [*pieces[:number], *pieces[number + 1 :]]
            yield Row(piece.replace(HOLE, "{…}"), _taker(statement, place, _with_text(_bar(text).join(rest))))


def _text(part: ast.AST) -> str:
    """The text of a string that is no part of an f-string, each `{…}` as a hole."""
    if isinstance(part, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else HOLE for v in part.values)
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def _bar(text: str) -> str:
    return "|" if "|" in text else " "


def _pieces(text: str) -> list[str]:
    """The alternatives of a pattern that stand within no brackets; the words of a list of words; else nothing."""
    if "|" not in text:
        return text.split() if text.startswith("\n") else []
    pieces, depth, within_class, began = [], 0, False, 0
    for found in re.finditer(r"\\.|[\[\]()|]", text, re.DOTALL):
        mark = found[0]
        if mark == "[" and not within_class:
            within_class = True
        elif mark == "]" and found.start() and text[found.start() - 1] not in "[^":
            within_class = False
        elif not within_class:
            depth += (mark == "(") - (mark == ")")
            if mark == "|" and depth == 0:
                pieces.append(text[began : found.start()])
                began = found.end()
    return [*pieces, text[began:]] if pieces else []


def _taker(statement: int, place: int, change: Callable[[ast.AST], None]) -> Callable[[ast.Module], None]:
    def take_out(tree: ast.Module) -> None:
        node = tree.body[statement]
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        assert node.value is not None
        change(list(ast.walk(node.value))[place])

    return take_out


def _without_element(number: int) -> Callable[[ast.AST], None]:
    return lambda part: part.elts.__delitem__(number)  # type: ignore[attr-defined]


def _without_entry(number: int) -> Callable[[ast.AST], None]:
    def change(part: ast.AST) -> None:
        assert isinstance(part, ast.Dict)
        del part.keys[number], part.values[number]

    return change


def _with_text(text: str) -> Callable[[ast.AST], None]:
    def change(part: ast.AST) -> None:
        if isinstance(part, ast.JoinedStr):
            holes = iter([value for value in part.values if not isinstance(value, ast.Constant)])
            kept = re.split(f"({HOLE})", text)
            part.values = [next(holes) if piece == HOLE else ast.Constant(piece) for piece in kept]
        else:
            assert isinstance(part, ast.Constant)
            part.value = text

    return change


def main() -> int:
    """Take out each row in turn; print those that no test missed, and the share that was noticed."""
    parser = argparse.ArgumentParser(prog="make rows", description=__doc__)
    parser.add_argument("file", type=Path, help="such as core/mail/reasons.py")
    parser.add_argument("tests", type=Path, nargs="*", help="its tests, if they are not tests/…/test_<name>.py")
    asked = parser.parse_args()
    tests = asked.tests or [Path("tests", asked.file.parent, f"test_{asked.file.name}")]
    if missing := [str(path) for path in (asked.file, *tests) if not path.exists()]:
        parser.error(f"There is no {', no '.join(missing)}.")
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    sys.dont_write_bytecode = True
    there = _copy()
    tree = ast.parse(asked.file.read_text())
    if not _passes(there, tests):
        parser.error("The tests fail already.")
    unnoticed, all_rows = [], list(rows(tree))
    try:
        for row in all_rows:
            if not _noticed(there / asked.file, tree, row, lambda: _passes(there, tests)):
                unnoticed.append(row.shown)
                print(row.shown, flush=True)
    finally:
        shutil.copy2(asked.file, there / asked.file)
    print(f"{asked.file}: {len(all_rows) - len(unnoticed)} of {len(all_rows)} rows noticed.")
    return 0


def _noticed(file: Path, tree: ast.Module, row: Row, passes: Callable[[], bool]) -> bool:
    changed = copy.deepcopy(tree)
    row.take_out(changed)
    file.write_text(ast.unparse(ast.fix_missing_locations(changed)))
    return not passes()


def _copy() -> Path:
    """The tracked files as they are now."""
    there = Path("build/rows").absolute()
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True).stdout
    for name in filter(None, tracked.split("\0")):
        if Path(name).exists():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, there / name)
    return there


def _passes(there: Path, tests: list[Path]) -> bool:
    """Whether they pass in the copy: in a child that has all libraries already, and nothing of ours."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.chdir(there)
            sys.path[0] = str(there)  # where this very module was found
            for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
                del sys.modules[name]
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            code = int(pytest.main(["-qx", "-n0", *map(str, tests)]))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


if __name__ == "__main__":
    sys.exit(main())
