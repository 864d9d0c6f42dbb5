"""Header values: names, subjects and addresses as RFC 5322 and RFC 2047 write them, and never a second header."""

import base64
import re
from collections.abc import Iterable, Iterator

from core.text.email_address import wire_address
from core.text.message_ids import FOREIGN

MAX_COLUMN = 76  # RFC 2047 §2 for lines with encoded words; RFC 5322 §2.1.1 says 78
MAX_WORD = 200  # an ASCII word longer than this is encoded, so that it can be folded
ENCODED_BYTES = 45  # of UTF-8 in one encoded word: 60 in base64, 72 with its frame
MESSAGE_ID = re.compile(r"<[!-;=?A-~]{1,450}@[!-;=?A-~]{1,450}>")
FOREIGN_ID = re.compile(rf"<{FOREIGN.pattern}>")  # what others put into a Message-ID: at times without an @
PLAIN_NAME = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)  # RFC 5322 phrase of atoms


def check_header_text(what: str, text: str) -> None:
    """Raise ValueError, naming `what`, for a text that could break out of a header: control characters and line ends
    of any kind, NUL, lone surrogates."""
    if any(ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u2028\u2029" for char in text):
        raise ValueError(f"{what} contains a control character or a line end")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"{what} contains half of a character (a lone surrogate)")


def encode_text(what: str, text: str, column: int) -> str:
    """An unstructured value such as a subject, folded; `column` is the width already used on its first line."""
    check_header_text(what, text)
    plain = text.isascii() and text == text.strip() and "=?" not in text
    if not plain or any(len(word) > MAX_WORD for word in text.split()):
        return _encoded_words(text, column)
    return _fold_words(re.findall(r" *[^ ]+", text), column)


def encode_address(what: str, name: str, address: str, column: int) -> str:
    """A mailbox, `Name <local@domain>`. Raises ValueError for a malformed address or name."""
    check_header_text(f"{what} name", name)
    try:
        mailbox = wire_address(address)
    except ValueError as fault:
        raise ValueError(f"{what} address: {fault}") from None
    if not name:
        return mailbox
    phrase = _phrase(name, column)
    last = phrase.rpartition("\r\n")[2]
    used = len(last) + (column if last == phrase else 0)
    gap = " " if used + len(mailbox) + 3 <= MAX_COLUMN else "\r\n "
    return f"{phrase}{gap}<{mailbox}>"


def fold(words: Iterable[str]) -> str:
    """Words, one a line."""
    return "\r\n ".join(words)


def _phrase(name: str, column: int) -> str:
    short = len(name) <= 60 and "=?" not in name and name == name.strip()
    if short and PLAIN_NAME.fullmatch(name):
        return name
    if short and name.isascii():
        return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return _encoded_words(name, column)


def _fold_words(words: list[str], column: int) -> str:
    """Put each word on the line or, with its own leading space, on the next one. Unfolding gives the text back."""
    folded = ""
    for word in words:
        if folded and column + len(word) > MAX_COLUMN:
            folded, column = f"{folded}\r\n", 0
        folded += word
        column += len(word)
    return folded


def _encoded_words(text: str, column: int) -> str:
    """The whole text in base64 encoded words. The white space between two of them is not part of it (RFC 2047 §6.2)."""
    first = max(8, (MAX_COLUMN - column - 12) // 4 * 3)
    words = [base64.b64encode(chunk).decode() for chunk in _chunks(text, min(first, ENCODED_BYTES))]
    return fold(f"=?utf-8?B?{word}?=" for word in words)


def _chunks(text: str, first: int) -> Iterator[bytes]:
    """The text in UTF-8, in pieces of at most `first` and then ENCODED_BYTES bytes, no character cut in two."""
    piece, limit = b"", first
    for char in text:
        encoded = char.encode()
        if len(piece) + len(encoded) > limit:
            yield piece
            piece, limit = b"", ENCODED_BYTES
        piece += encoded
    if piece:
        yield piece
