"""What somebody typed after `/outreach`: a word and the rest, whatever Slack and a phone's keyboard made of it.

With escaping on, Slack writes people, channels and links as `<@U…|name>`, `<#C…|name>`, `<https://…|text>`
(https://docs.slack.dev/interactivity/implementing-slash-commands); keyboards turn quotes into curly ones.
"""

import re
from dataclasses import dataclass

from bot.slack.payload import AfterAck, Body, Person, command_author
from core.cards.mrkdwn import unescape
from core.text.clean import NOT_IN_A_LINE

#: Characters of an argument that mean something to us; nobody's name or key is longer.
LONGEST = 700
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb\u201e\u201a\u2039\u203a"
_LINK = re.compile(r"<(?:mailto:|https?://)?([^<>|\s]+)(?:\|[^<>]*)?>")
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^<>]*))?>")
_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|([^<>]*))?>")
_PAGE = re.compile(r"\S*/drafts/([0-9a-f-]{36})\S*")


@dataclass(frozen=True)
class Typed:
    """One command: its word in small letters, the rest as a person meant it, and a way to do things after the ack."""

    word: str
    rest: str
    body: Body
    after_ack: AfterAck

    @property
    def who(self) -> Person:
        return command_author(self.body)


def typed(body: Body, after_ack: AfterAck) -> Typed:
    """Read the command. Nothing in it is an error here."""
    text = body.get("text")
    word, _, rest = meant(text if isinstance(text, str) else "").partition(" ")
    return Typed(unquoted(word).casefold(), unquoted(rest), body, after_ack)


def meant(text: str) -> str:
    """The text on one line, without Slack's own writing of people, channels, links and signs."""
    text = NOT_IN_A_LINE.sub(" ", text[: 4 * LONGEST])
    text = _PERSON.sub(lambda found: f"@{found[2] or found[1]}", text)
    text = _CHANNEL.sub(lambda found: f"#{found[2] or found[1]}", text)
    text = _LINK.sub(lambda found: found[1], text)
    text = _PAGE.sub(lambda found: found[1], text)
    return unescape(" ".join(text.split()))[:LONGEST]


def name_and_rest(text: str) -> tuple[str, str]:
    """The first name in a text and what follows it. One with spaces in it stands in quotes, of whatever sort."""
    if text[:1] and text[0] in _QUOTES:
        end = next((at for at, sign in enumerate(text) if at and sign in _QUOTES), len(text))
        return text[1:end].strip(), text[end + 1 :].strip()
    named, _, rest = text.partition(" ")
    return named, rest.strip()


def unquoted(text: str) -> str:
    """Without the quotes around it, if they are around all of it."""
    text = text.strip()
    inner = text[1:-1]
    if len(text) >= 2 and text[0] in _QUOTES and text[-1] in _QUOTES and not {text[0], text[-1]} & set(inner):
        return inner.strip()
    return text
