"""Slack's mrkdwn as HTML. https://docs.slack.dev/messaging/formatting-message-text

Everything that people wrote is escaped; only tags made here reach the page.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup, escape

from bot.sandbox.emoji import EMOJI

Replace = Callable[[re.Match[str]], Markup]

FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|(?P<entity><(?:[@#!]|https?://|mailto:)[^<>]*>)"
    r"|(?P<bold>(?<![\w*])\*(?=[^\s*])[^*\n]+(?<=[^\s*])\*(?![\w*]))"
    r"|(?P<italic>(?<![\w_])_(?=[^\s_])[^_\n]+(?<=[^\s_])_(?![\w_]))"
    r"|(?P<strike>(?<![\w~])~(?=[^\s~])[^~\n]+(?<=[^\s~])~(?![\w~]))"
    r"|(?P<emoji>:[a-z0-9_+-]+:)"
)
SHORTCODE = re.compile(r":([a-z0-9_+-]+):")
QUOTE = re.compile(r"(?:&gt;|>) ?")


@dataclass(frozen=True)
class Reader:
    """Who reads: names of members and channels by id, whom they may pick from a list of people, and their time zone."""

    names: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC


def zone(name: str) -> tzinfo:
    """A time zone by name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def unescape(text: str) -> str:
    """Takes back the three escapes that Slack knows, and no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def draw(text: str, reader: Reader) -> Markup:
    """mrkdwn as HTML: code fences, quotes, then what stands inside a line."""
    drawn = Markup()
    for index, part in enumerate(FENCE.split(text)):
        if index % 2:
            drawn += Markup("<pre>{}</pre>").format(unescape(part))
        elif part:
            drawn += _lines(part.removeprefix("\n") if index else part, reader)
    return drawn


def draw_plain(text: str, *, emoji: bool = True) -> Markup:
    """A plain_text object: emoji and line breaks only."""
    parts = SHORTCODE.split(text) if emoji else [text]
    drawn = Markup().join(
        EMOJI.get(part, f":{part}:") if index % 2 else unescape(part) for index, part in enumerate(parts)
    )
    return Markup("<br>").join(drawn.split("\n"))


def _lines(text: str, reader: Reader) -> Markup:
    """Lines, where a run of quoted ones stands behind one bar."""
    out: list[Markup] = []
    quoted: list[Markup] = []
    plain: list[Markup] = []

    def flush(lines: list[Markup], wrap: str) -> None:
        if lines:
            out.append(Markup(wrap).format(Markup("<br>").join(lines)))  # noqa: S704 - our own two wrappers
            lines.clear()

    for line in text.split("\n"):
        mark = QUOTE.match(line)
        if mark:
            flush(plain, "{}")
            quoted.append(_inline(line[mark.end() :], reader))
        else:
            flush(quoted, "<blockquote>{}</blockquote>")
            plain.append(_inline(line, reader))
    flush(quoted, "<blockquote>{}</blockquote>")
    flush(plain, "{}")
    return Markup().join(out)


def _inline(text: str, reader: Reader) -> Markup:
    drawn = Markup()
    at = 0
    for match in INLINE.finditer(text):
        drawn += escape(unescape(text[at : match.start()]))
        drawn += _piece(match.lastgroup or "", match.group(), reader)
        at = match.end()
    return drawn + escape(unescape(text[at:]))


def _piece(kind: str, text: str, reader: Reader) -> Markup:
    inside = text[1:-1]
    if kind == "code":
        return Markup("<code>{}</code>").format(unescape(inside))
    if kind == "bold":
        return Markup("<strong>{}</strong>").format(_inline(inside, reader))
    if kind == "italic":
        return Markup("<em>{}</em>").format(_inline(inside, reader))
    if kind == "strike":
        return Markup("<s>{}</s>").format(_inline(inside, reader))
    if kind == "emoji":
        return escape(EMOJI.get(inside, text))
    return _entity(inside, reader)


def _entity(inside: str, reader: Reader) -> Markup:
    """What stands in angle brackets: a mention, a channel, a date, a link."""
    target, _, label = inside.partition("|")
    label = unescape(label)
    if target.startswith(("@", "#")):
        name = label or reader.names.get(target[1:], target[1:])
        return Markup('<span class="mention">{}{}</span>').format(target[0], name)
    if target.startswith("!date^"):
        return _date(target, label, reader)
    if target.startswith("!"):
        return Markup('<span class="mention">@{}</span>').format(label or target[1:].partition("^")[0])
    url = unescape(target)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, label or url)


def _date(target: str, fallback: str, reader: Reader) -> Markup:
    """<!date^seconds^format^link|fallback>, in the reader's own time zone."""
    parts = target.split("^")
    try:
        moment = datetime.fromtimestamp(int(parts[1]), reader.zone)
    except (ValueError, IndexError, OverflowError, OSError):
        return escape(fallback)
    day, weekday = f"{moment.day}", f"{moment:%A}"
    forms = {
        "{date_num}": f"{moment:%Y-%m-%d}",
        "{date}": f"{day} {moment:%B %Y}",
        "{date_short}": f"{day} {moment:%b %Y}",
        "{date_long}": f"{weekday} {day} {moment:%B %Y}",
        "{time}": f"{moment:%H:%M}",
        "{time_secs}": f"{moment:%H:%M:%S}",
        "{ago}": "",
    }
    text = parts[2] if len(parts) > 2 else fallback
    today = datetime.now(reader.zone).date()
    pretty = {0: "today", 1: "yesterday", -1: "tomorrow"}.get((today - moment.date()).days)
    for name in ("{date_pretty}", "{date_short_pretty}", "{date_long_pretty}"):
        text = text.replace(name, pretty or forms[name.replace("_pretty", "")])
    for name, shown in forms.items():
        text = text.replace(name, shown)
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)
