"""Moments in a person's own words and zone: "tomorrow 09:00", "4h", "until 14:30". Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core.errors import BadInput
from core.hours import local_day, start_of_day, time_of_day
from core.time_zones import zone_of

#: When a day begins for whoever puts something off until it.
MORNING = time(9)


@dataclass(frozen=True)
class Choice:
    """A moment to come: its words, and when it is, from a moment in a person's own zone."""

    label: str
    after: Callable[[datetime], datetime]


def _tomorrow(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), MORNING, now.tzinfo)


def _monday(now: datetime) -> datetime:
    """The next one: on a Monday, in a week."""
    return datetime.combine(now.date() + timedelta(days=7 - now.weekday()), MORNING, now.tzinfo)


CHOICES: dict[str, Choice] = {
    "hour": Choice("For an hour", lambda now: now.astimezone(UTC) + timedelta(hours=1)),
    "tomorrow": Choice("Until tomorrow, 09:00", _tomorrow),
    "monday": Choice("Until Monday, 09:00", _monday),
}


def choices(now: datetime, timezone: str) -> dict[str, str]:
    """The words of `CHOICES` and their labels, offered at `now`: each moment once, as a Sunday's tomorrow is Monday."""
    offered: dict[datetime, tuple[str, str]] = {}
    for word, choice in CHOICES.items():
        offered.setdefault(moment(word, now, timezone), (word, choice.label))
    return dict(offered.values())


def moment(choice: str, now: datetime, timezone: str) -> datetime:
    """When this choice is over. Raises KeyError for a word that is none of `CHOICES`."""
    return CHOICES[choice].after(now.astimezone(zone_of(timezone)))


#: Nobody is away from their own campaign for longer without an admin.
LONGEST_HOURS = 72
EXAMPLES = "Write 1h, 4h, today, tomorrow, or until 14:30."

_HOURS = re.compile(r"(\d{1,3})\s*h(?:ours?|rs?)?")
_MINUTES = re.compile(r"(\d{1,4})\s*m(?:in(?:utes?)?)?")
_CLOCK = re.compile(r"(?:until\s+)?(\d{1,2})[:.](\d{2})(?:\s*h)?")


def mute_until(words: str, now: datetime, timezone: str) -> datetime:
    """The moment that these words mean, said at `now` in this zone; without any: the end of today.

    Raises `BadInput` with examples.
    """
    words = " ".join(words.casefold().split())
    today = local_day(timezone, now)
    tomorrow = today + timedelta(days=1)
    if words in ("", "today", "for today", "until tomorrow"):
        return start_of_day(timezone, tomorrow)
    if words in ("tomorrow", "until tomorrow morning"):
        return time_of_day(timezone, tomorrow, MORNING)
    if found := _HOURS.fullmatch(words):
        return now + _at_most(timedelta(hours=int(found[1])))
    if found := _MINUTES.fullmatch(words):
        return now + _at_most(timedelta(minutes=int(found[1])))
    if found := _CLOCK.fullmatch(words):
        try:
            at = time(0 if found[1] == "24" else int(found[1]), int(found[2]))
        except ValueError:
            raise BadInput(f"That is not a time of day. {EXAMPLES}") from None
        moment = time_of_day(timezone, today, at)
        return moment if moment > now else time_of_day(timezone, tomorrow, at)
    raise BadInput(f"That is not a time. {EXAMPLES}")


def _at_most(wait: timedelta) -> timedelta:
    if not timedelta(0) < wait <= timedelta(hours=LONGEST_HOURS):
        raise BadInput(f"Mute for up to {LONGEST_HOURS} hours. {EXAMPLES}")
    return wait
