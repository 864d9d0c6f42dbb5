"""JSON that comes in: what is taken, and what is broken told in our words, with the place."""

import json

import pytest

from core.drafts.ingest import DraftIn
from core.intake.feedback import FeedbackIn
from core.intake.json_input import BrokenJson, read_draft, read_json, read_line
from core.tasks.ingest import TaskIn
from core.text.validation import Faulty


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("", "a value is missing (column 1)"),
        ("{", "a name in double quotes is missing (column 2)"),
        ("{'a': 1}", "a name in double quotes is missing (column 2)"),
        ('{"a"', "a colon is missing (column 5)"),
        ('{"a": ', "a value is missing (column 7)"),
        ('{"a": 1 "b"', "a comma is missing (column 9)"),
        ("{} {}", "there is something after the end (column 4)"),
        ('{"a": "b', "a closing quote is missing (column 7)"),
        ('{"a": "\t"}', "a text contains a control character (column 8)"),
        (r'{"a": "\q"}', "a text contains an unknown escape (column 8)"),
        (r'{"a": "\u12"}', "a text contains an unknown escape (column 9)"),
        ('{\n"a": 1\n"b"', "a comma is missing (line 3, column 1)"),
    ],
)
def test_broken_json_is_told_in_our_words(raw: str, told: str) -> None:
    with pytest.raises(BrokenJson) as caught:
        read_json(FeedbackIn, raw.encode())
    assert str(caught.value) == f"this is not JSON: {told}"
    with pytest.raises(json.JSONDecodeError) as pythons:
        json.loads(raw)
    assert pythons.value.msg not in str(caught.value)


BROKEN = [
    (b'{"a": "\xff"}', "this is not UTF-8 (byte 8)"),
    ("{}".encode("utf-16"), "this is not UTF-8 (byte 1)"),
    (b"[" * 100_000, "this JSON is nested too deeply"),
    (b'{"a": 1, "b": {"a": 1, "a": 1}}', "this JSON cannot be read: an object has the same name twice"),
    (rb'{"\ud800": 1}', "this JSON cannot be read: a name contains half of a surrogate pair"),
    (rb'{"\udfff": 1}', "this JSON cannot be read: a name contains half of a surrogate pair"),
    (b"9" * 5000, "this JSON cannot be read: a number has too many digits"),
    (b'{"a": NaN}', "this JSON cannot be read: NaN is not a JSON number"),
    (b'{"a": -Infinity}', "this JSON cannot be read: -Infinity is not a JSON number"),
    (b'{"a": 1,}', "this is not JSON: a name in double quotes is missing (column 9)"),
    (b"nul", "this is not JSON: a value is missing (column 1)"),
    (b"\xef\xbb\xbf" * 2 + b"{}", "this is not JSON: it is malformed (column 1)"),
]


@pytest.mark.parametrize(("raw", "told"), BROKEN)
def test_what_is_no_json_is_told(raw: bytes, told: str) -> None:
    for read in (read_draft, read_line):
        with pytest.raises(BrokenJson) as caught:
            read(raw)
        assert str(caught.value) == told


@pytest.mark.parametrize("name", ["é", "\ud7ff", "\ue000", "😀"])
def test_names_of_other_letters_are_names(name: str) -> None:
    with pytest.raises(Faulty, match="unknown field"):
        read_draft(f'{{"{name}": 1}}'.encode())


def test_a_line_is_a_task_if_it_has_one_and_else_a_draft() -> None:
    to = {"email": "dana@example.org", "linkedin_url": "https://www.linkedin.com/in/dana"}
    task = {"task": "linkedin_message", "key": "a", "campaign": "launch", "to": to, "text": "Hi Dana."}
    draft = {"key": "a", "campaign": "launch", "to": to, "subject": "Hello", "body": "Hi Dana."}
    assert isinstance(read_line(json.dumps(task).encode()), TaskIn)
    for read in (read_line, read_draft):
        read_ = read(b"\xef\xbb\xbf" + json.dumps(draft).encode())
        assert isinstance(read_, DraftIn)
        assert (read_.key, read_.to.email) == ("a", "dana@example.org")
    with pytest.raises(Faulty, match="task"):
        read_draft(json.dumps(task).encode())
    for raw in (b'["task"]', b'"task"', b"5"):
        with pytest.raises(Faulty):
            read_line(raw)
