"""`mute` and `unmute`: no cards, reminders and digests for a while. Alarms still come."""

from datetime import datetime

from bot.slack.outreach.typed import Typed
from core.access import act
from core.actor import Actor
from core.cards.answers import Message, answer
from core.cards.mrkdwn import time_to_come
from core.db import Connection, now
from core.reviewers import mute as mutes
from core.taxonomy import Role, Verb
from core.text.moments import mute_until
from core.workspaces import timezone_for


def mute(typed: Typed) -> Message:
    """Mute whoever typed it, until a moment in their words; answered with the very moment."""
    until, timezone = act(typed.who.identify, Role.VIEWER, Verb.MUTE, lambda tx, by: _mute(tx, by, typed.rest))
    return answer(
        f"Muted until {time_to_come(until, timezone)}: no new cards, reminders or digests come to you. "
        "What waits stays in your Home. `/outreach unmute` ends it."
    )


def _mute(tx: Connection, by: Actor, words: str) -> tuple[datetime, str]:
    timezone = timezone_for(tx, by)
    until = mute_until(words, now(tx), timezone)
    mutes.mute(tx, by, until)
    return until, timezone


def unmute(typed: Typed) -> Message:
    """End the mute of whoever typed it."""
    act(typed.who.identify, Role.VIEWER, Verb.UNMUTE, mutes.unmute)
    return answer("Unmuted: new cards come to you again.")
