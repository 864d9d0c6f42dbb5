"""Pages: every path, and every name beside it, that a page or a comment of the database's code gives is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PATH = re.compile(r"`((?:bot|core|jobs|migrations|tests)/[\w./-]+)`")
#: `core/tasks/offer.py` `offer_next`
NAME_IN = re.compile(r"`((?:bot|core|jobs|migrations)/[\w/]+\.(?:py|sql))` \(?`(\w+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)[^)]*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {path for path in PATH.findall(text) if "NAME" not in path}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    assert [link for link in sorted(set(LINK.findall(text))) if not (page.parent / link).exists()] == []
    for path, name in NAME_IN.findall(text):
        assert re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8")), f"{path} has no {name}"


def test_paths_in_comments_are_there() -> None:
    lost = [
        f"{file.relative_to(ROOT)}: {path}"
        for room in ("bot", "core", "jobs", "migrations", "tests")
        for pattern in ("*.py", "*.sql")
        for file in (ROOT / room).rglob(pattern)
        for path in re.findall(r"(?<![\w/])((?:bot|core|jobs)/[a-z_/]+\.py)\b", file.read_text(encoding="utf-8"))
        if not (ROOT / path).exists()
    ]
    assert lost == []
