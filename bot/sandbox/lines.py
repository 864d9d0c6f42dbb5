"""Messages as the page shows them, in a conversation or in a thread."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from bot.sandbox import draw, messages, mrkdwn, threads
from bot.sandbox.mrkdwn import Reader
from bot.sandbox.state import Json, Sandbox

SHOWN = 200  # messages of a conversation on the page
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class Line:
    """One message as the page shows it."""

    ts: str
    author: str
    initials: str
    colour: int
    kind: str  # app, member, slackbot
    at: datetime
    new_day: bool
    content: Markup
    ephemeral: bool
    edited: bool
    notice: str | None
    replies: int
    last_reply: datetime | None


def lines(sandbox: Sandbox, member: str, channel: str, reader: Reader) -> list[Line]:
    """The newest messages of a conversation, oldest first."""
    return _each(messages.seen_by(sandbox, member, channel)[-SHOWN:], reader, threads.counts(sandbox, channel, member))


def thread(sandbox: Sandbox, member: str, channel: str, ts: str, reader: Reader) -> list[Line]:
    """A message and what stands under it, oldest first; nothing where there is no such message."""
    above = [row for row in messages.seen_by(sandbox, member, channel) if row["ts"] == ts]
    return _each([*above, *threads.replies(sandbox, channel, ts, member)], reader, {}) if above else []


def _each(rows: list[sqlite3.Row], reader: Reader, replies: dict[str, tuple[int, str]]) -> list[Line]:
    shown: list[Line] = []
    day: date | None = None
    for row in rows:
        line = _line(row, reader, day, *replies.get(row["ts"], (0, None)))
        day = line.at.date()
        shown.append(line)
    return shown


def _line(row: sqlite3.Row, reader: Reader, day: date | None, replies: int, last: str | None) -> Line:
    message: Json = json.loads(row["body"])
    author = "Slackbot" if row["author"] == SLACKBOT else reader.names.get(row["author"], row["author"])
    at = datetime.fromtimestamp(float(row["ts"]), reader.zone)
    blocks = message.get("blocks")
    return Line(
        ts=row["ts"],
        author=author,
        initials=initials(author),
        colour=colour(row["author"]),
        kind="app" if "bot_id" in message else "slackbot" if row["author"] == SLACKBOT else "member",
        at=at,
        new_day=at.date() != day,
        content=draw.blocks(blocks, reader) if blocks else _said(message["text"], reader),
        ephemeral=row["ephemeral_to"] is not None,
        edited="edited" in message,
        notice=row["notice"],
        replies=replies,
        last_reply=datetime.fromtimestamp(float(last), reader.zone) if last else None,
    )


def _said(text: str, reader: Reader) -> Markup:
    return Markup('<div class="b-text">{}</div>').format(mrkdwn.draw(text, reader))


def initials(name: str) -> str:
    """Alice Anderson is AA."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def colour(member: str) -> int:
    """One of eight colours, always the same for one member."""
    return sum(member.encode()) % 8
