"""Locks: every advisory lock has its line in docs/locks.md, and no two share a key."""

import re
from collections import Counter
from pathlib import Path

import psycopg

from core.declare.apply import LOCK

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "locks.md").read_text()
#: A call that takes one, of whatever kind; giving one back is none.
TAKES = re.compile(r"advisory_(?:xact_)?lock(?:_shared)?\b")
#: What the first cell of each line names: a file by its folder, or a function of the database.
NAMED = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def documented() -> Counter[str]:
    section = PAGE.split("\n## Advisory locks\n")[1].split("\n## ")[0]
    return Counter(NAMED.findall(section))


def test_every_advisory_lock_has_its_line_in_the_page(database_url: str) -> None:
    taken: Counter[str] = Counter()
    for path in (
        *(p for room in ("bot", "core", "jobs") for p in (ROOT / room).rglob("*.py")),
        ROOT / "migrations/env.py",
    ):
        taken["/".join(path.parts[-2:])] += len(TAKES.findall(path.read_text()))
    with psycopg.connect(database_url) as connection:
        functions = connection.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        for name, source in functions:
            taken[name] += len(TAKES.findall(source))

    assert documented() == +taken


def test_no_two_advisory_locks_share_a_key(database_url: str) -> None:
    migration = re.search(r"^MIGRATION_LOCK = (\w+)$", (ROOT / "migrations/env.py").read_text(), re.MULTILINE)
    assert migration is not None
    with psycopg.connect(database_url) as connection:
        declaration = connection.execute("SELECT hashtext(%s)", (LOCK,)).fetchone()
    assert declaration is not None

    keys = [int(migration[1], 0), declaration[0]]

    assert len(set(keys)) == len(keys)
    assert all(f"0x{key:08X}" in PAGE for key in keys[:1])
