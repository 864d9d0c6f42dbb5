"""Header values: what is quoted, encoded and folded, to the column; what could break out of a header is refused."""

import base64

import pytest

from core.mail.headers import check_header_text, encode_address, encode_text


@pytest.mark.parametrize(
    ("text", "column", "lines"),
    [
        ("Hello", 9, ["Hello"]),
        ("", 9, [""]),
        ("a  b", 9, ["a  b"]),
        ("a" * 65 + " b", 9, ["a" * 65 + " b"]),
        ("a" * 66 + " b", 9, ["a" * 66, " b"]),
        ("a" * 67 + " b", 9, ["a" * 67, " b"]),
        ("a" * 67 + " b", 7, ["a" * 67 + " b"]),
        ("a" * 66 + "  b", 9, ["a" * 66, "  b"]),
        ("a" * 90 + " b", 9, ["a" * 90, " b"]),
        ("a" * 66 + " " + "b" * 73 + " c", 9, ["a" * 66, " " + "b" * 73 + " c"]),
        ("a" * 66 + " " + "b" * 74 + " c", 9, ["a" * 66, " " + "b" * 74, " c"]),
        ("x" * 200, 9, ["x" * 200]),
        ("a " + "x" * 200, 9, ["a", " " + "x" * 200]),
    ],
)
def test_a_plain_text_is_folded_before_its_words_and_unfolds_to_itself(
    text: str, column: int, lines: list[str]
) -> None:
    assert encode_text("subject", text, column) == "\r\n".join(lines)
    assert "".join(lines) == text


@pytest.mark.parametrize(
    ("text", "column", "pieces"),
    [
        ("é", 9, ["é"]),
        (" a", 9, [" a"]),
        ("a ", 9, ["a "]),
        ("=?x", 9, ["=?x"]),
        ("é" * 43, 9, ["é" * 19, "é" * 22, "é" * 2]),
        ("x" * 201, 9, ["x" * 39, *["x" * 45] * 3, "x" * 27]),
        ("a " + "x" * 201, 9, ["a " + "x" * 37, *["x" * 45] * 3, "x" * 29]),
        ("é" * 43, 4, ["é" * 22, "é" * 21]),
        ("é" * 30, 0, ["é" * 22, "é" * 8]),
        ("é" * 9, 12, ["é" * 9]),
        ("é" * 9, 70, ["é" * 4, "é" * 5]),
        ("=?" + "x" * 9, 70, ["=?xxxxxx", "xxx"]),
        ("👩" * 15, 9, ["👩" * 9, "👩" * 6]),
    ],
)
def test_any_other_goes_in_encoded_words_that_cut_no_character(text: str, column: int, pieces: list[str]) -> None:
    words = encode_text("subject", text, column).split("\r\n ")
    assert [word[:10] + word[-2:] for word in words] == ["=?utf-8?B??="] * len(words)
    assert [base64.b64decode(word[10:-2], validate=True).decode() for word in words] == pieces


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "s@x.org"),
        ("Sam Hill", "Sam Hill <s@x.org>"),
        ("Hill, Sam", '"Hill, Sam" <s@x.org>'),
        ("Sam  Hill", '"Sam  Hill" <s@x.org>'),
        ('a "b" \\c', '"a \\"b\\" \\\\c" <s@x.org>'),
        ("Zoë", "=?utf-8?B?Wm/Dqw==?= <s@x.org>"),
        (" a", "=?utf-8?B?IGE=?= <s@x.org>"),
        ("=?", "=?utf-8?B?PT8=?= <s@x.org>"),
        ("a" * 60, "a" * 60 + " <s@x.org>"),
        ("," * 50, f'"{"," * 50}" <s@x.org>'),
        ("," * 60, f'"{"," * 60}"\r\n <s@x.org>'),
        ("a" * 61, f"=?utf-8?B?{'YWFh' * 14}?=\r\n =?utf-8?B?{'YWFh' * 6}YQ==?= <s@x.org>"),
    ],
)
def test_a_name_is_bare_quoted_or_encoded(name: str, value: str) -> None:
    assert encode_address("from", name, "s@x.org", 6) == value


@pytest.mark.parametrize(
    ("name", "address", "widths"),
    [
        ("a" * 60, "s@x.org", [76]),
        ("a" * 60, "s@xy.org", [66, 11]),
        ("é" * 40, "s@xy.org", [74, 76]),
        ("é" * 40, "s@xyz.org", [74, 65, 12]),
    ],
)
def test_an_address_that_does_not_fit_on_its_line_goes_to_the_next(name: str, address: str, widths: list[int]) -> None:
    value = encode_address("from", name, address, 6)
    assert [len(line) for line in f"From: {value}".split("\r\n")] == widths
    assert value.split()[-1] == f"<{address}>"


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        *((char, "contains a control character or a line end") for char in "\0\t\r\n\x1f\x7f\x80\x85\x9f\u2028\u2029"),
        *((char, "contains half of a character (a lone surrogate)") for char in ("\ud800", "\udbff", "\udfff")),
    ],
)
def test_what_could_break_out_is_refused_by_the_name_of_its_header(bad: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        encode_text("subject", f"a{bad}b", 9)
    assert str(refused.value) == f"subject {why}"
    with pytest.raises(ValueError) as refused:
        encode_address("to", f"a{bad}b", "dana@example.org", 4)
    assert str(refused.value) == f"to name {why}"


def test_all_that_a_person_can_read_may_stand_in_a_header() -> None:
    check_header_text("subject", " ~\xa0\ud7ff\ue000\u2027\u202a👩")


def test_a_malformed_address_is_refused_without_being_quoted() -> None:
    with pytest.raises(ValueError) as refused:
        encode_address("to", "Dana", "dana", 4)
    assert str(refused.value) == "to address: not an email address"
