"""App Home: what waits, what was decided, and what a click there does; and what it says to those who may not."""

import json
from typing import Any

import pytest

from bot.sandbox.client import Json
from core.ids import UUID
from tests.fixtures.desk import SENT, UNKNOWN
from tests.fixtures.office import ALICE, BOB, CAROL, VERA, Office
from tests.fixtures.waiting import wait_until

ROLE = {"to": {"email": "dana@example.org", "first_name": "Dana", "company": "Example", "title": "Head of Sales"}}


def low(office: Office, **more: Any) -> UUID:
    """A new low-risk draft: its contact has a name and a role."""
    number = office.drafts + 1
    to = {"email": f"dana{number}@example.org", "first_name": "Dana", "company": "Example", "title": "Head of Sales"}
    return office.ingest(to=to, **more)


def says(view: Json) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def home(office: Office, member: str, words: str = "") -> Json:
    """The member's Home, once it says this."""
    found: Json = wait_until(
        lambda: (view := office.slack.home(member)) and words in says(view) and view,
        what=f"a Home with {words!r}; there is {office.slack.home(member)}",
    )
    return found


def rows(view: Json) -> list[str]:
    """The drafts that a Home shows, by id, in their order."""
    ids = [str(block.get("block_id", "")) for block in view["blocks"]]
    return [id_.removeprefix("draft:") for id_ in ids if id_.startswith("draft:")]


def buttons(view: Json, draft: UUID) -> set[str]:
    (block,) = [block for block in view["blocks"] if str(block.get("block_id", "")).startswith(f"decide:{draft}:")]
    return {element["action_id"] for element in block["elements"]}


def test_it_shows_what_waits_in_the_order_of_review(office: Office) -> None:
    closer, sure, unsure = office.ingest(), low(office, confidence=0.9), low(office, confidence=0.4)
    view = office.slack.open_home(ALICE)
    assert "3 drafts wait for you" in says(view)
    assert rows(view) == [str(sure), str(unsure), str(closer)]
    assert buttons(view, sure) == {"approve_send", "read_all", "edit_draft", "reject_draft", "open_draft", "more"}


def test_approve_in_place_is_the_same_act_as_on_the_card(office: Office) -> None:
    draft = low(office)
    view = office.slack.open_home(ALICE)
    assert office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
    assert office.statuses(draft) == ("approved", ["queued"])
    assert office.verbs(draft) == ["ingest", "approve"]
    after = home(office, ALICE, "Nothing waits for you")
    assert after["hash"] != view["hash"]
    assert "*Decided today*\\n1" in says(after)
    assert wait_until(lambda: office.rings() == {"deliver": 1, "cards": 1}, what="the rings")
