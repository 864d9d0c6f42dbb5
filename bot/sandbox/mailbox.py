"""The sandbox's mail server: takes every mail, keeps it raw. SMTP with SMTPUTF8 and 8BITMIME, loopback only, no TLS."""

import asyncio
import email
import json
import sqlite3
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.sandbox.state import Json, Sandbox


@dataclass(frozen=True)
class Mail:
    """One accepted mail, taken apart for reading. `at` is seconds since the epoch."""

    id: int
    at: float
    mail_from: str
    rcpt_tos: list[str]
    headers: list[tuple[str, str]]
    text: str
    html: str
    raw: bytes

    def header(self, name: str) -> str:
        """The first header of that name, decoded; empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def described(self) -> Json:
        """As JSON for the control API."""
        return {
            "id": self.id,
            "at": self.at,
            "mail_from": self.mail_from,
            "rcpt_tos": self.rcpt_tos,
            "subject": self.header("Subject"),
            "to": self.header("To"),
            "from": self.header("From"),
            "message_id": self.header("Message-ID"),
            "headers": [list(pair) for pair in self.headers],
            "text": self.text,
            "html": self.html,
            "raw": self.raw.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode(),
        }


class Keeper:
    """What aiosmtpd calls: the mail is stored before the 250 goes out."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keeps the mail and accepts it."""
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.sandbox.store.write(
            "INSERT INTO mails (at, mail_from, rcpt_tos, raw) VALUES (?, ?, ?, ?)",
            *(self.sandbox.now(), envelope.mail_from, json.dumps(envelope.rcpt_tos), raw),
        )
        return "250 OK: kept in the sandbox"


async def serve(sandbox: Sandbox) -> asyncio.Server:
    """Listens on the configured port; `sandbox.smtp_port` is then the real one."""
    loop = asyncio.get_running_loop()
    keeper = Keeper(sandbox)
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="sandbox", ident="Signoff sandbox", loop=loop),
        host=sandbox.config.host,
        port=sandbox.config.smtp_port,
    )
    sandbox.smtp_port = server.sockets[0].getsockname()[1]
    return server


def newest_first(sandbox: Sandbox) -> list[Mail]:
    """Every mail that arrived."""
    return [read(row) for row in sandbox.store.all("SELECT * FROM mails ORDER BY id DESC")]


def find(sandbox: Sandbox, number: int) -> Mail | None:
    """One mail, or None."""
    row = sandbox.store.one("SELECT * FROM mails WHERE id = ?", number)
    return read(row) if row is not None else None


def count(sandbox: Sandbox) -> int:
    """How many mails arrived."""
    row = sandbox.store.one("SELECT count(*) AS n FROM mails")
    return int(row["n"]) if row is not None else 0


def read(row: sqlite3.Row) -> Mail:
    """Takes a stored mail apart."""
    message = email.message_from_bytes(row["raw"], policy=policy.default)
    return Mail(
        id=row["id"],
        at=row["at"],
        mail_from=row["mail_from"] or "",
        rcpt_tos=json.loads(row["rcpt_tos"]),
        headers=[(name, str(value)) for name, value in message.items()],
        text=_part(message, "plain"),
        html=_part(message, "html"),
        raw=row["raw"],
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, KeyError):  # a charset or a content type that Python does not know
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
