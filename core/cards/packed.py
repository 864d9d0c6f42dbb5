"""Many lines in as few sections as hold them."""

from collections.abc import Iterable
from typing import Any

from core.cards.mrkdwn import mrkdwn

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
