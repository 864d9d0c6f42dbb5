"""The Home of whoever has just done something: shown at once, where others' follow within seconds."""

import structlog

from bot.slack.payload import Person
from core.db import transaction
from core.errors import DatabaseAway
from core.surfaces.homes import is_open
from jobs.refresh_home import publish_to_stranger, refresh
from jobs.slack.client import Priority

log = structlog.get_logger("bot.slack.handlers.home")


def redraw(who: Person) -> None:
    """Publish this person's Home as it should be now. Never raises: the clock looks at it again."""
    try:
        with transaction() as tx:
            by = who.identify(tx)
        if by.role is not None and by.member_id is not None:
            refresh(by.member_id, Priority.DECISION)
        elif by.workspace_id is not None:
            publish_to_stranger(by.workspace_id, who.user_id)
    except DatabaseAway:
        log.warning("home not refreshed", error="DatabaseAway")


def redraw_if_open(who: Person) -> None:
    """The same after an act elsewhere, for those who have used their Home of late."""
    try:
        with transaction() as tx:
            by = who.identify(tx)
            open_ = by.member_id is not None and is_open(tx, by.member_id)
        if open_ and by.member_id is not None:
            refresh(by.member_id, Priority.CARD)
    except DatabaseAway:
        log.warning("home not refreshed", error="DatabaseAway")
