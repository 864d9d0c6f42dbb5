"""A CSV file as other systems and spreadsheets write it: opened, understood, its lines counted as an editor does."""

import os
import re
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import BadInput
from core.intake import history_file
from core.intake.history_columns import Reading
from core.intake.history_file import LONGEST_HEADER, HistoryFile, read_again

ROW = ["a@example.org", "2026-01-05", "Müller, Dana"]


def opened(raw: bytes, encoding: str | None = None, **reading: Any) -> HistoryFile:
    return HistoryFile(BytesIO(raw), Reading("UTC", **reading), encoding)


def refusal(raw: bytes, encoding: str | None = None, **reading: Any) -> str:
    with pytest.raises(BadInput) as caught:
        opened(raw, encoding, **reading)
    return str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_files_as_spreadsheets_write_them(encoding: str, delimiter: str) -> None:
    lines = ["Email", "Date", '"Name, in full"'], [*ROW[:2], f'"{ROW[2]}"']
    raw = "".join(delimiter.join(line) + "\r\n" for line in lines).encode(encoding)
    file = opened(raw)
    assert (file.delimiter, file.header) == (delimiter, ["Email", "Date", "Name, in full"])
    assert (file.columns.email, file.columns.date, file.zone) == (0, 1, ZoneInfo("UTC"))
    assert list(file.rows()) == [(2, ROW)]
    assert list(file.rows()) == [(2, ROW)], "it can be read again"


def test_a_big_endian_mark_is_known_too() -> None:
    assert opened(b"\xfe\xff" + "Email,Date\n".encode("utf-16-be")).header == ["Email", "Date"]


def test_another_encoding_is_asked_for_with_the_line() -> None:
    told = "the file has another encoding; name it, such as --encoding cp1252."
    lines = ["Email,Date,Name", *["a@example.org,2026-01-05,A"] * 998, ",".join(ROW[:2]) + ",Müller"]
    raw = "\n".join(lines).encode("cp1252")
    number = re.fullmatch(rf"line (\d+) or soon after: {re.escape(told)}", refusal(raw))
    assert number
    assert 600 < int(number[1]) <= 1000, "text is decoded some thousand characters at once"
    assert list(opened(raw, "cp1252").rows())[-1] == (1000, [*ROW[:2], "Müller"])
    assert refusal("\nE-Mail;Grüße;Date\n".encode("cp1252")) == f"line 1 or soon after: {told}"
    assert refusal(b"Email,Date\n", "klingon") == "There is no encoding 'klingon'; utf-8 and cp1252 are common ones."


#: What comes before the rows, what separates, and the header.
HEADERS = [
    ("Email,Date\n", 1, ",", ["Email", "Date"]),
    ("Email,Date", 1, ",", ["Email", "Date"]),
    ("\n \t\r\nEmail,Date\n", 3, ",", ["Email", "Date"]),
    ("sep=;\nEmail,a;Date\n", 2, ";", ["Email,a", "Date"]),
    ('"SEP=|" \r\n\nEmail|Date\n', 3, "|", ["Email", "Date"]),
    ("sep=^\nEmail^Date\n", 2, "^", ["Email", "Date"]),
    ("sep=\t\nEmail;a\tDate;b\n", 2, "\t", ["Email;a", "Date;b"]),
    ('"E\nmail";"Sent\nat"\n', 3, ";", ["E\nmail", "Sent\nat"]),
    ('Date,"a ""mail"" of\nours",Email\n', 2, ",", ["Date", 'a "mail" of\nours', "Email"]),
]


@pytest.mark.parametrize(("begin", "lines", "delimiter", "header"), HEADERS)
def test_the_header_is_the_first_line_that_says_something(
    begin: str, lines: int, delimiter: str, header: list[str]
) -> None:
    columns = {"email": "#1", "date": "#2"}
    rows = "" if not begin.endswith("\n") else f"a{delimiter}b\n \n{delimiter} \nc\n"
    file = opened((begin + rows).encode(), named=columns)
    assert (file.delimiter, file.header) == (delimiter, header)
    assert list(file.rows()) == ([(lines + 1, ["a", "b"]), (lines + 4, ["c"])] if rows else [])


def test_only_the_first_line_may_say_what_separates() -> None:
    first = {"email": "#1", "date": "#1"}
    assert opened(b"sep=;\nsep=,\n", named=first).header == ["sep=,"]
    assert opened(b"sep=\r\nEmail,Date\n", named=first).header == ["sep="]
    assert opened(b"Email,Date\nsep=;\n").delimiter == ","


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    raw = b'Email,Date,Notes\na,b,"two\r\nlines"\n\nc,d,e\r\n,,"\n"\nf\n'
    assert list(opened(raw).rows()) == [(2, ["a", "b", "two\r\nlines"]), (5, ["c", "d", "e"]), (8, ["f"])]


BROKEN = [
    (b"", "The file is empty: its first line must name the columns."),
    (b"\n \t\n", "The file is empty: its first line must name the columns."),
    (b"sep=;\n", "The file is empty: its first line must name the columns."),
    (b'Email,"Date\na,b\n', "A quotation mark in the first line is never closed."),
    (b"x" * 200_000, "The first line has more than 100,000 characters: this is not a CSV file."),
    (b'"' + b"x\n" * 60_000, "The first line has more than 100,000 characters: this is not a CSV file."),
]


@pytest.mark.parametrize(("raw", "told"), BROKEN)
def test_what_is_no_csv_is_told(raw: bytes, told: str) -> None:
    assert refusal(raw) == told


def test_a_header_is_never_cut() -> None:
    raw = b"Email,Date,".ljust(LONGEST_HEADER - 1, b"x") + b"\n"
    assert len(opened(raw).header) == 3
    assert refusal(b"x" + raw) == refusal(b" \n" * LONGEST_HEADER) == BROKEN[-1][1]


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_file, "LONGEST_CELL", 100)
    raw = b'sep=,\nEmail,Date\na,b\nc,"' + b"d\n" * 60
    assert refusal(raw) == "line 4: this is not CSV: check its quotation marks and line breaks."
    assert opened(b"Email,Date,Notes\na,b," + b"d" * 100 + b"\n").header == ["Email", "Date", "Notes"]


def test_a_format_of_dates_is_tried_first() -> None:
    told = "--date-format '%H' does not say year, month and day; write one such as %d/%m/%Y."
    assert refusal(b"Email,Date\n", date_format="%H") == told
    assert refusal(b"Email,Date\n", date_format="") == told.replace("%H", "")
    assert HistoryFile(BytesIO(b"Email,Date\n"), Reading("Asia/Tokyo")).zone == ZoneInfo("Asia/Tokyo")


def test_what_comes_through_a_pipe_is_read_twice() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb") as told:
        told.write(b"Email,Date\na@example.org,2026-01-05\n")
    with os.fdopen(read_end, "rb") as stream:
        with read_again(stream) as copy:
            assert list(HistoryFile(copy, Reading("UTC")).rows()) == [(2, ROW[:2])]
        assert copy.closed


def test_a_file_is_read_itself_and_stays_open() -> None:
    stream = BytesIO(b"Email,Date\n")
    with read_again(stream) as same:
        assert same is stream
        assert HistoryFile(same, Reading("UTC")).header == ["Email", "Date"]
    assert not stream.closed
