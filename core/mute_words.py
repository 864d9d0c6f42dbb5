"""Until when somebody wants to hear of nothing new, in their words: "4h", "today", "tomorrow", "until 14:30". Pure."""

import re
from datetime import datetime, time, timedelta

from core.errors import BadInput
from core.hours import local_day, start_of_day, time_of_day

#: "tomorrow" means until then.
MORNING = time(9)
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
            at = time(int(found[1]) % 24, int(found[2]))
        except ValueError:
            raise BadInput(f"That is no time of day. {EXAMPLES}") from None
        moment = time_of_day(timezone, today, at)
        return moment if moment > now else time_of_day(timezone, tomorrow, at)
    raise BadInput(f"I do not know until when that is. {EXAMPLES}")


def _at_most(wait: timedelta) -> timedelta:
    if not timedelta(0) < wait <= timedelta(hours=LONGEST_HOURS):
        raise BadInput(f"Mute for up to {LONGEST_HOURS} hours. {EXAMPLES}")
    return wait
