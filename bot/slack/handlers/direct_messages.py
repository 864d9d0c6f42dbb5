"""Somebody writes to the bot. It reads no words, and says so once in a while: what it does, and where.

https://docs.slack.dev/reference/events/message.im
"""

from typing import Any

import structlog

from bot.slack.handlers.event_listener import Heard
from bot.slack.payload import Body, person
from core.cards.answers import what_the_bot_does
from core.db import transaction
from core.ids import UUID
from core.teams.members import may_answer
from jobs.slack.client import SlackTrouble, call

log = structlog.get_logger("bot.slack")

#: Seconds. Nobody waits for this answer.
TIMEOUT = 3


def written(heard: Heard) -> None:
    """Answer a member's own new message, where they wrote it; nothing of a bot, an edit, a deletion or a broadcast."""
    event = heard.event
    if not _is_from_a_person(event):
        return
    who = person({"user": {"id": event.get("user")}, "team": {"id": heard.body.get("team_id")}})
    with transaction() as tx:
        by = who.identify(tx)
        if by.member_id is None or not may_answer(tx, by.member_id):
            return
    heard.after_ack(lambda: _answer(by.workspace_id, event))


def _is_from_a_person(event: Body) -> bool:
    marks = ("subtype", "bot_id", "app_id", "hidden", "edited")
    return event.get("channel_type") == "im" and not any(event.get(mark) for mark in marks)


def _answer(workspace_id: UUID | None, event: Body) -> None:
    """Post it, beneath what it answers if that stands in a thread. Never raises: it is no loss."""
    arguments: dict[str, Any] = {"channel": str(event.get("channel")), **what_the_bot_does()}
    if event.get("thread_ts"):
        arguments["thread_ts"] = str(event["thread_ts"])
    try:
        call("chat.postMessage", workspace_id=workspace_id, timeout=TIMEOUT, **arguments)
    except SlackTrouble as error:
        log.info("message not answered", code=error.code)
