"""Text as Slack wants it (https://docs.slack.dev/messaging/formatting-message-text)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from core.text.phrases import is_today, when
from core.time_zones import zone_of


def escape(text: str) -> str:
    """Text of a person, so that nothing in it is a mention, a link or a channel-wide ping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What a person wrote, of a text that Slack gives back as it was sent."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str) -> dict[str, object]:
    """A plain_text object: shown letter by letter, nothing in it is markup.

    Escaped all the same: Slack keeps `&` as `&amp;` and shows `&amp;` as `&`, in plain_text too.
    """
    return {"type": "plain_text", "text": escape(text), "emoji": False}


def mrkdwn(text: str) -> dict[str, object]:
    """A mrkdwn object. Whatever a person wrote must have gone through `escape`. URLs in it are not unfurled."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: dict[str, object], block_id: str | None = None, **more: Any) -> dict[str, Any]:
    """A section of this text; `more` such as its accessory."""
    return {"type": "section", **({"block_id": block_id} if block_id else {}), "text": text, **more}


def button(action_id: str, label: str, value: str, **more: Any) -> dict[str, Any]:
    """A button; `more` such as its style."""
    return {"type": "button", "action_id": action_id, "text": plain(label), "value": value, **more}


def paragraphs(text: str, limit: int = 3_000) -> list[dict[str, Any]]:
    """A text letter by letter, in as many sections as it takes; blank ones are left out."""
    return [section(plain(piece)) for piece in pieces(text, limit) if piece.strip()]


def mention(slack_user_id: str | None) -> str:
    """A member by name, drawn by Slack in each reader's own way."""
    return f"<@{slack_user_id}>" if slack_user_id else "Somebody"


def clock_time(at: datetime | None, timezone: str) -> str:
    """A time in each reader's own zone, with the workspace's for whoever cannot see that."""
    if at is None:
        return "an unknown time"
    return f"<!date^{int(at.timestamp())}^{{time}}|{at.astimezone(zone_of(timezone)):%H:%M}>"


def exact_time(at: datetime, timezone: str) -> str:
    """A time to the second, in each reader's own zone: with the day, if that is not today."""
    now, seconds = datetime.now(UTC), f"{at.astimezone(zone_of(timezone)):%S}"
    form = "{time_secs}" if is_today(at, now, timezone) else "{date_short_pretty}, {time_secs}"
    return f"<!date^{int(at.timestamp())}^{form}|{when(at, now, timezone)}:{seconds}>"


def moment(at: datetime, timezone: str) -> str:
    """A day and a time, in each reader's own zone."""
    local = at.astimezone(zone_of(timezone))
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|{local:%a} {local.day} {local:%b %H:%M}>"


def time_to_come(at: datetime, timezone: str) -> str:
    """When something is to be, in each reader's own zone: with the day, if that is not today."""
    now = datetime.now(UTC)
    form = "{time}" if is_today(at, now, timezone) else "{date_short_pretty}, {time}"
    return f"<!date^{int(at.timestamp())}^{form}|{when(at, now, timezone)}>"


def length(text: str) -> int:
    """How much of a limit a text takes once it is escaped. An emoji outside the basic plane is two, to be safe."""
    return sum(map(_units, text))


def _units(character: str) -> int:
    return _ESCAPED.get(character, 2 if ord(character) > 0xFFFF else 1)


#: The length of `&amp;`, `&lt;` and `&gt;`.
_ESCAPED = {"&": 5, "<": 4, ">": 4}


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis, at most `limit` units long."""
    if length(text) <= limit:
        return text
    return f"{take(text, limit - 1)[0].rstrip()}…"


def take(text: str, limit: int) -> tuple[str, str]:
    """The longest beginning of at most `limit` units, and the rest. No character is split."""
    if length(text) <= limit:
        return text, ""
    end, units = 0, 0
    for character in text:
        units += _units(character)
        if units > limit:
            break
        end += 1
    return text[:end], text[end:]


def pieces(text: str, limit: int) -> list[str]:
    """The whole text in pieces of at most `limit` units, broken after a line, or else a word, where one is near."""
    found = []
    while text:
        piece, rest = take(text, limit)
        if rest:
            breaks = (piece.rfind(mark) for mark in ("\n", " "))
            at = next((at for at in breaks if at > len(piece) // 2), None)
            if at is not None:
                piece, rest = piece[: at + 1], piece[at + 1 :] + rest
        found.append(piece)
        text = rest
    return found


#: Characters of one section, with some room to Slack's 3,000.
SECTION = 2_900


def packed(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Sections that hold these lines of mrkdwn in their order. None of them may be longer than a section."""
    sections: list[list[str]] = []
    room = 0
    for line in lines:
        size = 1 + sum(2 if ord(character) > 0xFFFF else 1 for character in line)
        if not sections or size > room:
            sections.append([])
            room = SECTION
        sections[-1].append(line)
        room -= size
    return [{"type": "section", "text": mrkdwn("\n".join(section))} for section in sections]
