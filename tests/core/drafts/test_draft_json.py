"""A draft as bytes: what is no draft in JSON is refused in plain words, by the name of its field."""

import pytest

from core.intake.json_input import BrokenJson, read_draft
from core.text.validation import Faulty


def faults(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Faulty) as caught:
        read_draft(raw)
    return [(fault.field, fault.problem) for fault in caught.value.faults]


def test_a_missing_and_an_unknown_field_are_named() -> None:
    raw = b'{"key": "k", "campaign": "c", "to": {"mail": "x"}, "subject": "s"}'
    assert faults(raw) == [
        ("to.email", "is missing"),
        ("to.mail", "unknown field"),
        ("body", "is missing"),
    ]


@pytest.mark.parametrize("raw", [b"[]", b"3", b'"x"', b"null", b"true"])
def test_json_that_is_no_object_is_told_so(raw: bytes) -> None:
    assert faults(raw) == [("", "must be an object")]


def test_a_strange_name_of_a_field_is_told_in_a_form_that_fits_a_terminal() -> None:
    [(field, _)] = [fault for fault in faults(b'{"\\u001b[2J": 1}') if "unknown field" in fault[1]]
    assert field == r"'\x1b[2J'"
    [(field, _)] = [fault for fault in faults(b'{"%s": 1}' % (b"x" * 9000)) if "unknown field" in fault[1]]
    assert len(field) < 100


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"key": }', r"not JSON: .* \(column 9\)"),
        (b'{\n"key": }', r"not JSON: .* \(line 2, column 8\)"),
        (b"{'key': 1}", "not JSON"),
        (b'{"key": "\xff"}', r"not UTF-8 \(byte 10\)"),
        (b'{"key": 1}'.decode().encode("utf-16"), "not UTF-8"),
        (b'{"confidence": NaN}', "NaN is not a JSON number"),
        (b'{"confidence": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"confidence": %s}' % (b"9" * 5000), "cannot be read: a number has too many digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b'{"key": "a", "key": "b"}', "has the same name twice"),
        (b'{"to": {"email": "a", "email": "b"}}', "has the same name twice"),
        (b'{"\\ud800": 1}', "half of a surrogate pair"),
    ],
)
def test_bytes_that_are_not_one_json_value_are_refused_in_plain_words(raw: bytes, told: str) -> None:
    with pytest.raises(BrokenJson, match=told):
        read_draft(raw)


@pytest.mark.parametrize("text", ["\\ud800", "x\\udfffx", "\\u0000"])
@pytest.mark.parametrize("field", ["key", "subject", "body"])
def test_text_that_the_database_cannot_hold_is_refused(field: str, text: str) -> None:
    raw = b'{"key": "k", "campaign": "c", "to": {"email": "dana@example.org"}, "subject": "s", "body": "b"}'
    [(told, _)] = faults(raw.replace(b'"%s": "' % field.encode(), b'"%s": "%s' % (field.encode(), text.encode())))
    assert told == field
