"""Which lines of a child's log a person at the terminal sees."""

from pathlib import Path

import pytest

from bot.local.up.tail import Tail, complaint


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ('{"level": "info", "event": "started"}', ""),
        ('{"level": "warning", "event": "redis away"}', "warning: redis away"),
        ('{"level": "error", "event": "failed", "error": "ValueError"}', "error: failed: ValueError"),
        (
            '{"level": "warning", "event": "not told", "kind": "draft_waiting", "code": "not_in_channel"}',
            "warning: a notice was not delivered in Slack (draft waiting): not_in_channel",
        ),
        (
            '{"level": "warning", "event": "slack refused", "method": "chat.update", "code": "ratelimited"}',
            "warning: Slack refused a call (chat.update): ratelimited",
        ),
        ('{"level": "err', ""),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
        ("signoff: the database does not answer.", "signoff: the database does not answer."),
        ("plain words", ""),
    ],
)
def test_warnings_and_errors_are_shown_and_nothing_else(line: str, seen: str) -> None:
    assert complaint(line) == seen


def test_it_reads_on_from_where_the_file_was_and_by_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ERROR of yesterday\n")
    tail = Tail(log)
    assert tail.complaints() == []
    with log.open("a") as file:
        file.write("ERROR one\nERROR tw")
        file.flush()
        assert tail.complaints() == ["ERROR one"]
        file.write("o\n")
    assert tail.complaints() == ["ERROR two"]
    assert tail.complaints() == []


def test_a_file_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tail = Tail(log)
    assert tail.complaints() == []
    log.write_text("ERROR a long line of the first file\n")
    assert len(tail.complaints()) == 1
    log.write_text("ERROR new\n")
    assert tail.complaints() == ["ERROR new"]
