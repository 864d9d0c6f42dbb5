"""A frozen message as the JSON that Resend takes (https://resend.com/docs/api-reference/emails/send-email).

It is made from the very bytes that were frozen, and from nothing else: what is recorded is what is sent (P3), and a
replay, hours later and by another process, says the same to the byte. The inverse of `core.mail.mime` and
`core.mail.headers`; whatever those would not have written is refused.
"""

import base64
import email
import json
import re
from email.message import Message

from core.mail.envelope import Envelope

#: Headers that JSON has words for, or that the provider writes. `Date` is the moment at which it takes the mail.
NOT_PASSED_ON = frozenset(
    {"date", "from", "to", "subject", "mime-version", "content-type", "content-transfer-encoding"}
)
ENCODED_WORD = re.compile(r"=\?utf-8\?B\?([A-Za-z0-9+/=]+)\?=")
PLAIN_NAME = re.compile(r"[^\x00-\x1f()<>\[\]:;@\\,.\"]+")


def body_of(envelope: Envelope) -> bytes:
    """The body of `POST /emails`. Raises ValueError for bytes that are no message of ours to one recipient."""
    message = email.message_from_bytes(envelope.mime)
    headers = [(name, _unfolded(str(value))) for name, value in message.raw_items()]
    named = {name.lower(): value for name, value in headers}
    if len(named) != len(headers) or not {"from", "to", "subject", "message-id"} <= named.keys():
        raise ValueError("a header is missing, or stands twice")
    sender, recipient = _mailbox(named["from"]), _mailbox(named["to"])
    if (sender[1], (recipient[1],)) != (envelope.mail_from, envelope.rcpt_to):
        raise ValueError("the addresses of the envelope are not those of the message")
    content = {
        "from": _shown(*sender),
        "to": [_shown(*recipient)],
        "subject": _decoded(named["subject"]),
        "text": _text(message, "text/plain"),
        "html": _text(message, "text/html"),
        "headers": {name: value for name, value in headers if name.lower() not in NOT_PASSED_ON},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _unfolded(raw: str) -> str:
    """A header's value on one line; the parser hands bytes above ASCII through as surrogates."""
    value = re.sub(r"\r?\n(?=[ \t])", "", raw)
    return value.encode("ascii", "surrogateescape").decode()


def _decoded(value: str) -> str:
    """An unstructured value: encoded words from end to end, or plain."""
    words = value.split()
    if not words or not all(ENCODED_WORD.fullmatch(word) for word in words):
        return value
    return b"".join(base64.b64decode(word[10:-2]) for word in words).decode()


def _mailbox(value: str) -> tuple[str, str]:
    """`Name <address>`, or an address alone, as name and address."""
    match = re.fullmatch(r"(?:(.*) )?<([^<>]+)>", value)
    if match is None:
        return "", value
    name = match[1] or ""
    if name.startswith('"'):
        return re.sub(r"\\(.)", r"\1", name[1:-1]), match[2]
    return _decoded(name), match[2]


def _shown(name: str, address: str) -> str:
    if not name:
        return address
    if not PLAIN_NAME.fullmatch(name) or name != name.strip():
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def _text(message: Message, kind: str) -> str:
    """One alternative, its line ends as newlines."""
    parts = [part for part in message.walk() if part.get_content_type() == kind]
    if len(parts) != 1:
        raise ValueError(f"a message of ours has one {kind}")
    payload = parts[0].get_payload(decode=True)
    assert isinstance(payload, bytes)  # a leaf is never a list
    return payload.decode().replace("\r\n", "\n")
