"""Which cards go first when Slack takes no more: those that somebody looks at."""

from datetime import timedelta
from typing import Any

import pytest

from core.cards import rows
from jobs import draw
from jobs.slack_client import Priority, call
from tests.fixtures.office import Office


@pytest.fixture
def priorities(monkeypatch: pytest.MonkeyPatch) -> list[Priority]:
    """Of every chat.update from here on."""
    told: list[Priority] = []
    leave = call

    def noted(method: str, **arguments: Any) -> dict[str, Any]:
        if method == "chat.update":
            told.append(arguments["priority"])
        return leave(method, **arguments)

    monkeypatch.setattr(draw, "call", noted)
    return told


def test_the_card_that_somebody_has_just_decided_on_goes_first(office: Office, priorities: list[Priority]) -> None:
    draft = office.shown()
    office.reject(draft)
    assert office.sync(draft)
    assert set(priorities) == {Priority.DECISION}


def test_a_redraw_that_nobody_waits_for_leaves_room_for_one(office: Office, priorities: list[Priority]) -> None:
    draft = office.shown()
    office.sql("UPDATE drafts SET revision = revision + 1")  # as a pause, or a declaration, does to thousands
    assert office.sync(draft)
    assert set(priorities) == {Priority.CARD}


def test_what_was_decided_a_while_ago_waits_as_others_do(
    office: Office, priorities: list[Priority], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.shown()
    office.reject(draft)
    monkeypatch.setattr(rows, "LOOKED_AT", timedelta(0))
    assert office.sync(draft)
    assert set(priorities) == {Priority.CARD}
