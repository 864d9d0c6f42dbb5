"""Every warning and error that a log can hold has words for the person who watches `signoff up`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.local.up.said import WORDS, sentence

ROOT = Path(__file__).resolve().parents[4]
LEVELS = {"warning", "error", "exception", "critical"}


def _events() -> Iterator[str]:
    for room in ("core", "bot", "jobs"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and (node.func.value.id, node.func.attr) in {("log", level) for level in LEVELS}
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                ):
                    yield str(node.args[0].value)


def test_each_has_words_and_none_is_left_over() -> None:
    assert set(_events()) == set(WORDS)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            {"event": "not told", "kind": "draft_waiting", "code": "not_in_channel", "alert_id": "1"},
            "a notice was not delivered in Slack (draft waiting): not_in_channel",
        ),
        ({"event": "not told", "kind": "digest"}, "a notice was not delivered in Slack (digest)"),
        (
            {"event": "redis silent", "use": "ring", "error": "TimeoutError"},
            "Redis does not answer (ring): TimeoutError",
        ),
        ({"event": "of somebody else", "error": "ValueError"}, "of somebody else: ValueError"),
        ({}, ""),
    ],
)
def test_it_says_what_did_not_work_and_why(entry: dict[str, object], said: str) -> None:
    assert sentence(entry) == said
