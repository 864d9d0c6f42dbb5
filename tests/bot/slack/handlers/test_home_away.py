"""Postgres away while somebody works in their Home: they learn in time what happened, and it is the truth (P5, P6)."""

import json
import time

import pytest

from bot.acts import NOTHING_HAPPENED
from tests.bot.slack.handlers.test_bulk import every, listed, opened, outcome, seen
from tests.bot.slack.test_away import FORGOTTEN, database_away, row_locked, tidied
from tests.core.views.home_parts import low
from tests.fixtures.domain_with_slack import ALICE, DomainWithSlack
from tests.fixtures.waiting import wait_until

__all__ = ["tidied"]
pytestmark = [pytest.mark.filterwarnings(FORGOTTEN), pytest.mark.usefixtures("tidied")]


def test_p6_a_click_in_home_that_cannot_be_recorded_is_no_200_and_is_told(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    with database_away(domain_with_slack):
        began = time.monotonic()
        result = domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
        assert result.status == 503
        assert result.warning, "Slack shows its own warning, too"
        assert time.monotonic() - began < 3
        assert NOTHING_HAPPENED in json.dumps(domain_with_slack.modal(ALICE, "Nothing happened"))
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok


def test_p6_a_click_in_home_that_takes_too_long_is_cut_off_in_time(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    with row_locked(domain_with_slack, "drafts"):
        began = time.monotonic()
        result = domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
        assert time.monotonic() - began < 3
    assert result.status == 503
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


def test_an_opening_that_cannot_be_recorded_is_sent_again_by_slack(domain_with_slack: DomainWithSlack) -> None:
    with database_away(domain_with_slack):
        tries = domain_with_slack.slack.event("app_home_opened", ALICE)
    assert tries[0]["status"] == 503
    domain_with_slack.slack.open_home(ALICE)


def test_p6_a_bulk_approval_without_a_database_promises_nothing(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack) for _ in range(3)]
    view = opened(domain_with_slack)
    with database_away(domain_with_slack):
        said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    assert "*0 approved, 3 not done yet.*" in said
    assert "The database does not answer. It was not changed." in said
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["needs_review"] * 3
    again = domain_with_slack.modal(ALICE, "Not done yet")
    assert listed(again) == seen(*drafts)
    assert "*3 approved.*" in outcome(domain_with_slack.slack.submit(ALICE, again))


def test_a_home_follows_when_the_database_is_back(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    with database_away(domain_with_slack):
        domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    wait_until(
        lambda: "Nothing waits for you" in json.dumps(domain_with_slack.slack.home(ALICE)), what="the Home to follow"
    )
