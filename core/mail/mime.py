"""A message as bytes: what a person read, frozen, in the form that every mail server takes.

Pure: the same `Mail` always makes the same bytes, so their hash can be written down before they leave and checked
afterwards. The text goes out as text/plain, exactly as it was read up to line ends (P3), and as simple text/html made
from it. Everything is 7-bit; only a non-ASCII local part of an address needs SMTPUTF8 (RFC 6531).

Written by hand rather than with email.policy, whose folding differs between Python versions and at times changes
a name or a subject; the tests read every message back with `email.parser`.
"""

import binascii
import hashlib
import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from uuid import UUID

from core.mail.headers import FOREIGN_ID, MESSAGE_ID, encode_address, encode_text, fold
from core.text.email_address import domain_to_ascii

MAX_SUBJECT = 998  # characters; RFC 5322 §2.1.1 for a line, and far more than a person reads


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person, as it was approved. `date` carries a time zone; `list_unsubscribe` are URIs."""

    from_address: str = field(repr=False)
    to_address: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    message_id: str
    date: datetime
    from_name: str = field(default="", repr=False)
    to_name: str = field(default="", repr=False)
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    list_unsubscribe: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Mime:
    """A frozen message, the SHA-256 of its bytes in hex, and whether only a server with SMTPUTF8 can take it."""

    content: bytes = field(repr=False)
    sha256: str
    needs_smtputf8: bool


def build(mail: Mail) -> Mime:
    """Freeze a message. Raises ValueError, naming the field and never quoting it, for what cannot be a message:
    control characters in headers, lone surrogates or NUL, malformed addresses or ids, a date without a zone."""
    headers = _headers(mail)
    boundary = "=_" + hashlib.sha256(mail.message_id.encode()).hexdigest()[:32]  # "=_" cannot occur in quoted-printable
    headers.append(("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'))
    text = _body_text(mail.body)
    parts = [_part("plain", text, boundary), _part("html", html_from_text(text), boundary)]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    content = f"{head}\r\n".encode() + b"".join(parts) + f"--{boundary}--\r\n".encode()
    return Mime(content, hashlib.sha256(content).hexdigest(), needs_smtputf8=not content.isascii())


def make_message_id(attempt_id: UUID | str, domain: str) -> str:
    """The Message-ID of an attempt: one for each, so that a delivery report or a Sent folder can name it."""
    left = attempt_id.hex if isinstance(attempt_id, UUID) else attempt_id
    message_id = f"<{left}@{domain_to_ascii(domain)}>"
    if not MESSAGE_ID.fullmatch(message_id):
        raise ValueError("an attempt id in a Message-ID is letters, digits and hyphens")
    return message_id


def _headers(mail: Mail) -> list[tuple[str, str]]:
    if mail.date.tzinfo is None:
        raise ValueError("date needs a time zone")
    if len(mail.subject) > MAX_SUBJECT:
        raise ValueError(f"subject is longer than {MAX_SUBJECT} characters")
    headers = [
        ("Date", format_datetime(mail.date)),
        ("From", encode_address("from", mail.from_name, mail.from_address, column=6)),
        ("To", encode_address("to", mail.to_name, mail.to_address, column=4)),
        ("Subject", encode_text("subject", mail.subject, column=9)),
        ("Message-ID", _message_ids("message_id", MESSAGE_ID, mail.message_id)),
    ]
    if mail.in_reply_to is not None:
        headers.append(("In-Reply-To", _message_ids("in_reply_to", FOREIGN_ID, mail.in_reply_to)))
    if mail.references:
        headers.append(("References", _message_ids("references", FOREIGN_ID, *mail.references)))
    if mail.list_unsubscribe:
        headers.append(("List-Unsubscribe", _unsubscribe(mail.list_unsubscribe)))
        if any(uri.startswith("https:") for uri in mail.list_unsubscribe):
            headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))  # RFC 8058 §3.1
    headers.append(("MIME-Version", "1.0"))
    return headers


def _message_ids(what: str, form: re.Pattern[str], *ids: str) -> str:
    if not all(form.fullmatch(one) for one in ids):
        raise ValueError(f"{what} is not a message id")
    return fold(ids)


def _unsubscribe(uris: tuple[str, ...]) -> str:
    if not all(re.fullmatch(r"(https|mailto):[!-;=?-~]{1,900}", uri) for uri in uris):
        raise ValueError("list_unsubscribe is not an https or mailto URI")
    return ",\r\n ".join(f"<{uri}>" for uri in uris)


def _body_text(body: str) -> str:
    """The text with all line ends as newlines. Raises ValueError for what no mail can carry."""
    if "\0" in body:
        raise ValueError("body contains a NUL character")
    if re.search("[\ud800-\udfff]", body):
        raise ValueError("body contains half of a character (a lone surrogate)")
    return re.sub(r"\r\n|\r", "\n", body)


def _part(subtype: str, text: str, boundary: str) -> bytes:
    """One alternative, in quoted-printable: readable in the raw, safe from every gateway (RFC 2045 §6.7)."""
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    encoded = binascii.b2a_qp(text.encode())
    return head.encode() + encoded.replace(b"\n", b"\r\n") + b"\r\n"


URL = re.compile(r"https?://[^\s<>\"'`\x00-\x1f]+", re.IGNORECASE)
TRAILING = ".,;:!?…)]}*_~"  # punctuation that ends a sentence rather than a link
PARAGRAPH = '<p dir="auto" style="white-space: pre-wrap; margin: 0 0 1em">'


def html_from_text(text: str) -> str:
    """A whole HTML document. Each blank line starts a paragraph, each newline is a `<br>`, http(s) addresses are links
    whose visible text is their target. `text` has its line ends as newlines."""
    paragraphs = "\n".join(f"{PARAGRAPH}{_lines(paragraph)}</p>" for paragraph in text.split("\n\n"))
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{paragraphs}\n</body></html>\n'


def _lines(paragraph: str) -> str:
    return "<br>".join(_linked(line) for line in paragraph.split("\n"))


def _linked(line: str) -> str:
    """One line, escaped, with its links."""
    written, end = "", 0
    for match in URL.finditer(line):
        address = _without_punctuation(match[0])
        if not re.match(r"https?://.", address, re.IGNORECASE):
            continue
        target = html.escape(address)
        written += html.escape(line[end : match.start()]) + f'<a href="{target}">{target}</a>'
        end = match.start() + len(address)
    return written + html.escape(line[end:])


def _without_punctuation(address: str) -> str:
    """Cut what belongs to the sentence; a closing bracket stays when its opening one is inside the address."""
    end, unopened = len(address), address.count(")") - address.count("(")
    while end and address[end - 1] in TRAILING:
        if address[end - 1] == ")":
            if unopened <= 0:
                break
            unopened -= 1
        end -= 1
    return address[:end]
