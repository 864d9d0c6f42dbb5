"""JSON that is broken, told in our words, with the place."""

import json

import pytest

from core.intake.feedback import FeedbackIn
from core.intake.json_input import BrokenJson, read_json


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
