"""What changed between two texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.text.line_diff
from core.text.line_diff import line_diff


def shown(before: str, after: str) -> list[str]:
    return [f"{line.sign}{line.text}" for line in line_diff(before, after)]


def test_the_same_text_has_no_difference() -> None:
    assert shown("a\nb", "a\nb") == []


def test_changed_lines_stand_between_unchanged_ones() -> None:
    assert shown("a\nb\nc", "a\nB\nc") == [" a", "-b", "+B", " c"]


def test_added_and_removed_lines_keep_their_place() -> None:
    assert shown("a\nb", "a\nx\nb") == [" a", "+x", " b"]
    assert shown("a\nx\nb", "a\nb") == [" a", "-x", " b"]


def test_far_unchanged_lines_are_left_out() -> None:
    same = [str(n) for n in range(10)]
    assert shown("\n".join([*same, "x"]), "\n".join([*same, "y"])) == ["…8 unchanged lines", " 8", " 9", "-x", "+y"]
    assert shown("\n".join(["x", *same]), "\n".join(["y", *same])) == ["-x", "+y", " 0", " 1", "…8 unchanged lines"]


def test_unchanged_lines_between_two_changes_are_left_out_too() -> None:
    same = [str(n) for n in range(10)]
    found = shown("\n".join(["a", *same, "b"]), "\n".join(["A", *same, "B"]))
    assert found == ["-a", "+A", " 0", " 1", "…6 unchanged lines", " 8", " 9", "-b", "+B"]


lines = st.lists(st.sampled_from(["a", "b", "c", "", " "]), max_size=12).map("\n".join)


@given(lines, lines)
def test_with_nothing_left_out_both_texts_can_be_read_off(before: str, after: str) -> None:
    found = line_diff(before, after)
    if before == after or any(line.sign == "…" for line in found):
        return
    assert "\n".join(line.text for line in found if line.sign in " -") == before
    assert "\n".join(line.text for line in found if line.sign in " +") == after


def test_the_longest_bodies_are_not_compared_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their time would grow with the square of their length."""

    def compared(*_: object, **__: object) -> None:
        raise AssertionError("too much to compare")

    monkeypatch.setattr(core.text.line_diff, "SequenceMatcher", compared)
    shown("\n".join("ab"[n % 2] for n in range(50_000)), "\n".join("ba"[n % 3 % 2] for n in range(50_000)))
    with pytest.raises(AssertionError):
        shown("a\nb\nc", "c\nb\na")
