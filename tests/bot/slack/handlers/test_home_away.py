"""Postgres away while somebody works in their Home: they learn in time what happened, and it is the truth (P5, P6)."""

import json
import time

import pytest

from bot.slack.tell import NOTHING_HAPPENED
from tests.bot.slack.handlers.test_bulk import listed, opened, outcome, seen
from tests.bot.slack.test_away import FORGOTTEN, database_away, row_locked, tidied
from tests.core.views.home_parts import low
from tests.fixtures.office import ALICE, Office
from tests.fixtures.waiting import wait_until

__all__ = ["tidied"]
pytestmark = [pytest.mark.filterwarnings(FORGOTTEN), pytest.mark.usefixtures("tidied")]


def test_p6_a_click_in_home_that_cannot_be_recorded_is_no_200_and_is_told(office: Office) -> None:
    draft = low(office)
    office.slack.open_home(ALICE)
    with database_away(office):
        began = time.monotonic()
        result = office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
        assert result.status == 503
        assert result.warning, "Slack shows its own warning, too"
        assert time.monotonic() - began < 3
        assert NOTHING_HAPPENED in json.dumps(office.modal(ALICE, "Nothing happened"))
    assert office.statuses(draft) == ("needs_review", [])
    assert office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok


def test_p6_a_click_in_home_that_takes_too_long_is_cut_off_in_time(office: Office) -> None:
    draft = low(office)
    office.slack.open_home(ALICE)
    with row_locked(office, "drafts"):
        began = time.monotonic()
        result = office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
        assert time.monotonic() - began < 3
    assert result.status == 503
    assert office.statuses(draft) == ("needs_review", [])


def test_an_opening_that_cannot_be_recorded_is_sent_again_by_slack(office: Office) -> None:
    with database_away(office):
        tries = office.slack.event("app_home_opened", ALICE)
    assert tries[0]["status"] == 503
    office.slack.open_home(ALICE)


def test_p6_a_bulk_approval_without_a_database_promises_nothing(office: Office) -> None:
    drafts = [low(office) for _ in range(3)]
    view = opened(office)
    with database_away(office):
        said = outcome(office.slack.submit(ALICE, view))
    assert "*0 approved, 3 not done yet.*" in said
    assert "The database does not answer. Nothing happened to it." in said
    assert [office.statuses(draft)[0] for draft in drafts] == ["needs_review"] * 3
    again = office.modal(ALICE, "Not done yet")
    assert listed(again) == seen(*drafts)
    assert "*3 approved.*" in outcome(office.slack.submit(ALICE, again))


def test_a_home_follows_when_the_database_is_back(office: Office) -> None:
    draft = low(office)
    office.slack.open_home(ALICE)
    with database_away(office):
        office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    office.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    wait_until(lambda: "Nothing waits for you" in json.dumps(office.slack.home(ALICE)), what="the Home to follow")
