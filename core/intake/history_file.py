"""A CSV file as other systems and spreadsheets write it, opened and understood."""

import csv
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO
from zoneinfo import ZoneInfo

from core.errors import BadInput
from core.intake.history_columns import Columns, Reading, delimiter_of, find_columns
from core.intake.history_dates import check_format

#: Characters of a header, which may go over several lines: a file that begins with more is no CSV.
LONGEST_HEADER = 100_000
#: Characters of a cell: a quotation mark that is never closed makes one cell of all that follows.
LONGEST_CELL = 8_000_000
_SEPARATOR = re.compile(r'"?sep=([^\r\n])"?\s*', re.IGNORECASE)
#: UTF-16 by its byte order mark, as Excel writes it, or by its zeros; else UTF-8, with or without a mark.
_ENCODINGS = (
    (re.compile(b"\xff\xfe|\xfe\xff"), "utf-16"),
    (re.compile(b".\0", re.DOTALL), "utf-16-le"),
    (re.compile(b"\0.", re.DOTALL), "utf-16-be"),
    (re.compile(b".*", re.DOTALL), "utf-8-sig"),
)


class HistoryFile:
    """A CSV file that was opened and read through once: what separates its fields, and which columns it has.

    Whatever ends the reading of a file (an encoding, a quotation mark that is never closed) does so before any of it
    is kept.
    """

    def __init__(self, stream: BinaryIO, reading: Reading, encoding: str | None = None) -> None:
        """`stream` can be read again from its beginning. Raises `BadInput`."""
        self.reading = reading
        self.zone = ZoneInfo(reading.timezone)
        if reading.date_format is not None:
            check_format(reading.date_format)
        self._stream = stream
        self._encoding = encoding or _encoding_of(stream)
        with self._text() as text:
            self._lines_before, lines, separator = _header(text)
        self.delimiter = separator or delimiter_of(lines)
        self.header = next(csv.reader(lines, delimiter=self.delimiter))
        self.columns: Columns = find_columns(self.header, (row for _, row in self.rows()), reading)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The lines after the header, each with the number on which it begins; empty ones are left out."""
        csv.field_size_limit(LONGEST_CELL)
        with self._text() as text:
            begins = self._lines_before + 1
            try:
                for _ in range(self._lines_before):
                    text.readline()
                reader = csv.reader(text, delimiter=self.delimiter)
                for row in reader:
                    if any(cell.strip() for cell in row):
                        yield begins, row
                    begins = self._lines_before + reader.line_num + 1
            except UnicodeError as error:
                raise _not_text(begins) from error
            except csv.Error:
                raise BadInput(f"line {begins}: this is not CSV: check its quotation marks and line breaks.") from None

    @contextmanager
    def _text(self) -> Iterator[TextIOWrapper]:
        """The stream as text, from its beginning; it stays open afterwards."""
        self._stream.seek(0)
        try:
            text = TextIOWrapper(self._stream, self._encoding, newline="")
        except LookupError:
            raise BadInput(f"There is no encoding {self._encoding!r}; utf-8 and cp1252 are common ones.") from None
        try:
            yield text
        finally:
            text.detach()


@contextmanager
def read_again(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream, or if it is a pipe a copy of it that can be read twice, and that is gone afterwards."""
    if stream.seekable():
        yield stream
        return
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        yield copy


def _header(text: TextIOWrapper) -> tuple[int, list[str], str | None]:
    """How many lines come before the rows, those of the header, and what Excel's `sep=` says that separates fields."""
    number, lines, separator = 0, list[str](), None
    left, is_quoted = LONGEST_HEADER + 1, False
    try:
        while line := text.readline(left):
            number, left = number + 1, left - len(line)
            if not left:
                raise BadInput(f"The first line has more than {LONGEST_HEADER:,} characters: this is not a CSV file.")
            if not lines and not separator and (found := _SEPARATOR.fullmatch(line)):
                separator = found[1]
                continue
            if not lines and not line.strip():
                continue
            lines.append(line)
            is_quoted = is_quoted != (line.count('"') % 2 == 1)
            if not is_quoted:
                return number, lines, separator
    except UnicodeError as error:
        raise _not_text(number + 1) from error
    if not lines:
        raise BadInput("The file is empty: its first line must name the columns.")
    raise BadInput("A quotation mark in the first line is never closed.")


def _encoding_of(stream: BinaryIO) -> str:
    stream.seek(0)
    begin = stream.read(2)
    return next(name for begins, name in _ENCODINGS if begins.fullmatch(begin))


def _not_text(line: int) -> BadInput:
    return BadInput(f"line {line} or soon after: the file has another encoding; name it, such as --encoding cp1252.")
