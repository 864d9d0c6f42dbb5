"""A CSV file as other systems and spreadsheets write it, opened and understood."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import BinaryIO, TextIO
from zoneinfo import ZoneInfo

from core.errors import BadInput
from core.intake.history_columns import Columns, check_format, delimiter_of, find_columns

#: Characters of a header line: a file whose first line is longer is no CSV.
LONGEST_HEADER = 100_000


class HistoryFile:
    """A CSV file that was opened: what separates its fields, and which columns it has."""

    def __init__(
        self, text: TextIO, *, timezone: str, named: Mapping[str, str | None], date_format: str | None
    ) -> None:
        """`named` are headers by role, for columns that are not found by themselves. Raises `BadInput`."""
        self.zone = ZoneInfo(timezone)
        self.date_format = date_format
        if date_format is not None:
            check_format(date_format)
        self._text = text
        try:
            header = text.readline(LONGEST_HEADER)
        except UnicodeError as error:
            raise _not_text(1) from error
        if not header.strip():
            raise BadInput("The file is empty: its first line must name the columns.")
        self.delimiter = delimiter_of(header)
        self.header = next(csv.reader([header], delimiter=self.delimiter))
        self.columns: Columns = find_columns(self.header, named)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The lines after the header, each with the number on which it begins; empty ones are left out."""
        reader = csv.reader(self._text, delimiter=self.delimiter)
        while True:
            begins = reader.line_num + 2
            try:
                row = next(reader)
            except StopIteration:
                return
            except UnicodeError as error:
                raise _not_text(begins) from error
            except csv.Error as error:
                raise BadInput(f"line {begins}: this is no CSV: {error}.") from None
            if any(cell.strip() for cell in row):
                yield begins, row


@contextmanager
def as_text(stream: BinaryIO, encoding: str | None) -> Iterator[TextIO]:
    """The stream read as text; it stays open afterwards. Raises `BadInput` for an unknown encoding."""
    try:
        text = TextIOWrapper(stream, encoding or _encoding_of(stream), newline="")
    except LookupError:
        raise BadInput(f"There is no encoding {encoding!r}; utf-8 and cp1252 are common ones.") from None
    try:
        yield text
    finally:
        text.detach()


def _encoding_of(stream: BinaryIO) -> str:
    """UTF-16 by its byte order mark, as Excel writes it, and else UTF-8, with or without one."""
    peek = getattr(stream, "peek", None)
    return "utf-16" if peek and bytes(peek(2))[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


def _not_text(line: int) -> BadInput:
    return BadInput(
        f"line {line} or soon after: this is not in the encoding expected; name it, such as --encoding cp1252."
    )
