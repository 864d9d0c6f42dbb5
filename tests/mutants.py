"""Change a room of core in small ways, and see whether its own tests notice: `make mutants ROOM=core/reviewers`.

mutmut makes the mutants in a copy of the tracked files under `build/mutants`, and runs for each only those tests of the
room that come past the changed function. The servers that they need outlive a run of pytest, so that a mutant costs a
second or two. Results stay in the copy: what was run is not run again, until a file of the room or its tests changes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from filecmp import cmp
from pathlib import Path

from tests.fixtures.databases import KEPT_HOMES, remove_home, roomy

MUTMUT = (sys.executable, "tests/mutmut_of_code.py")  # not -m: the copy that is tested has a package `tests` of its own
MYPY = ("mypy", "--config-file=", "--ignore-missing-imports", "--check-untyped-defs", "--output=json")
#: What a run of mutmut ends as, of those that tell of a mutant. One that never comes to an end was noticed; of one
#: that mypy refuses nothing is learned about the tests.
NOTICED, UNNOTICED = {"killed", "timeout", "segfault"}, {"survived", "no tests"}
SETTINGS = """\
[mutmut]
source_paths=core
only_mutate={room}/*
also_copy=
  {copied}
pytest_add_cli_args_test_selection=tests/{room}
process_isolation=forkserver
timeout_multiplier=5
timeout_constant=20
type_check_command=
  {mypy}
use_git_change_detection=False
"""


def main() -> int:
    """Run what is asked for; print each survivor as a difference, and the share that was noticed."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("room", help="such as core/delivery; its tests are those of tests/core/delivery")
    parser.add_argument("--only", default="*", help="of the mutants' names, those that match: '*7' is every tenth")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="how many run at once")
    asked = parser.parse_args()
    room = Path(asked.room)
    if not room.is_dir() or not (tests := Path("tests") / room).is_dir():
        parser.error(f"There is no {room} with tests in {tests}.")
    copy = _copy(room)
    only = [] if asked.only == "*" else [asked.only]
    with _homes() as homes:
        environment = os.environ | {
            KEPT_HOMES: str(homes),
            "HYPOTHESIS_PROFILE": "mutants",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        command = [*MUTMUT, "run", "--max-children", str(asked.children), *only]
        ended = subprocess.run(command, cwd=copy, env=environment, check=False)
    return ended.returncode or _report(copy)


def _copy(room: Path) -> Path:
    """The tracked files of today beside the results of before."""
    copy = Path("build/mutants", *room.parts)
    copy.mkdir(parents=True, exist_ok=True)
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True, text=True).stdout
    names = [name for name in tracked.split("\0") if name and Path(name).exists()]
    changed = [name for name in names if not (copy / name).exists() or not cmp(name, copy / name, shallow=False)]
    for name in changed:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, copy / name)  # newer than its mutants, also if edited while these were made
    if any(name.startswith("tests/") for name in changed):  # it would not look anew at what edited tests come past
        (copy / "mutants/mutmut-stats.json").unlink(missing_ok=True)
    roots = sorted({Path(name).parts[0] for name in names} - {"core", "tests", "pyproject.toml"})
    (copy / "setup.cfg").write_text(
        SETTINGS.format(room=room, copied="\n  ".join(roots), mypy="\n  ".join((*MYPY, str(room))))
    )
    return copy


@contextmanager
def _homes() -> Iterator[Path]:
    """A folder for the homes of the servers, which are stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="signoff-mutants-", dir=roomy()) as folder:
        homes = Path(folder)
        homes.chmod(0o711)  # as root, PostgreSQL's own user passes through
        try:
            yield homes
        finally:
            for home in homes.iterdir():
                remove_home(home)


def _report(copy: Path) -> int:
    results = [line.strip().rsplit(": ", 1) for line in _mutmut(copy, "results", "--all", "True").splitlines()]
    for name, status in results:
        if status in UNNOTICED:
            print(_mutmut(copy, "show", name))
    counts = Counter(status for _, status in results)
    noticed, unnoticed = (sum(counts[status] for status in those) for those in (NOTICED, UNNOTICED))
    told = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    print(f"{told}: {noticed / max(1, noticed + unnoticed):.1%} noticed.")
    return 0


def _mutmut(copy: Path, *arguments: str) -> str:
    return subprocess.run([*MUTMUT, *arguments], cwd=copy, capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
