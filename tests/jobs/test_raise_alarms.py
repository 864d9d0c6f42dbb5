"""Alarms: what is found in the rows or met at Slack's reaches admins once, and only while it is so."""

from collections.abc import Iterator

import pytest
import redis

from core.settings import settings
from jobs.scheduled import raise_alarms
from jobs.slack import budget, refusals
from jobs.slack.client import SlackTrouble, call
from jobs.tell_admins import tell_admins
from tests.bot.slack.outreach.parts import said
from tests.fixtures.desk import SENT, UNKNOWN
from tests.fixtures.office import ALICE, BOB, CAROL, VERA, Office


@pytest.fixture
def office(office: Office) -> Iterator[Office]:
    """Bob is an owner, Carol an admin; this process has noted nothing yet."""
    office.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = %s", BOB)
    refusals.forget()
    yield office
    seconds_pass()
    refusals.forget()


def seconds_pass() -> None:
    """After a refusal nobody asks Slack again for some seconds: let these be over."""
    with redis.Redis.from_url(settings().redis_url) as client:
        client.flushall()
    budget.forget()


def told(office: Office, words: str) -> list[int]:
    """How many messages with these words each of them has."""
    return [
        sum(words in message["text"] for message in office.slack.messages(member)) for member in (ALICE, BOB, CAROL)
    ]


def look(office: Office, times: int = 2) -> None:
    """The clock looks, and what waits for its minutes has waited."""
    for _ in range(times):
        raise_alarms()
        office.sql("UPDATE alerts SET try_after = now()")
        tell_admins()


# --- unknown outcomes ---


def test_an_unknown_outcome_is_told_once_an_attempt(office: Office) -> None:
    draft = office.ingest()
    office.deliver(draft, UNKNOWN)
    look(office)
    assert told(office, "Nobody knows whether the mail to dana1@example.org arrived.") == [0, 1, 1]
    (message,) = [one for one in office.slack.messages(CAROL) if one["text"].startswith("Outcome unknown.")]
    assert f"/drafts/{draft}|" in str(message["blocks"])


def test_it_is_not_told_at_once_and_not_at_all_when_it_is_settled_meanwhile(office: Office) -> None:
    claimed = office.deliver(office.ingest(), UNKNOWN)
    raise_alarms()
    tell_admins()
    assert told(office, "Outcome unknown.") == [0, 0, 0], "its answer may still come"
    office.finish(claimed, SENT)
    look(office)
    assert told(office, "Outcome unknown.") == [0, 0, 0]
    assert office.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_an_admin_who_comes_later_hears_of_what_is_still_unknown(office: Office) -> None:
    office.deliver(office.ingest(), UNKNOWN)
    look(office)
    office.sql("UPDATE members SET role = 'admin' WHERE slack_user_id = %s", ALICE)
    look(office)
    assert told(office, "Outcome unknown.") == [1, 1, 1]


# --- a queue that nobody works off ---


def neglect(office: Office, minutes: int = 16) -> None:
    """Let so much time pass without any claim."""
    ago = f"now() - interval '{minutes} minutes'"
    office.sql(f"UPDATE send_queue SET due_at = {ago} WHERE status = 'queued' AND due_at < now()")
    office.sql(f"UPDATE accounts SET next_send_at = {ago}, next_spaced_at = NULL")


def test_mail_that_nobody_takes_up_is_told_once_a_day(office: Office) -> None:
    office.approve(office.ingest())
    neglect(office, 14)
    look(office)
    assert told(office, "The queue is stuck.") == [0, 0, 0], "a quarter of an hour is not over"
    neglect(office)
    look(office)
    assert told(office, "Mail of sam@example.com has been due for more than a quarter of an hour") == [0, 1, 1]
    look(office)
    assert told(office, "The queue is stuck.") == [0, 1, 1]


@pytest.mark.parametrize(
    "hold",
    [
        "UPDATE campaigns SET status = 'paused'",
        "UPDATE accounts SET status = 'paused'",
        "UPDATE accounts SET health_score = 10",
        "UPDATE accounts SET daily_limit_emails = 0",
        "UPDATE installation SET sending_stopped = 'Asked to.', stopped_at = now()",
        "UPDATE contacts SET status = 'do_not_contact'",
        "UPDATE accounts SET next_spaced_at = now() - interval '1 minute'",
    ],
)
def test_what_a_gate_holds_or_was_claimed_just_now_is_not_stuck(office: Office, hold: str) -> None:
    office.approve(office.ingest())
    neglect(office)
    office.sql(hold)
    office.sql("UPDATE accounts SET next_send_at = now() - interval '16 minutes'")  # a change of limits wakes it
    raise_alarms()
    assert office.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_a_queue_that_got_its_worker_back_is_not_told_and_may_be_news_again(office: Office) -> None:
    office.approve(office.ingest())
    neglect(office)
    raise_alarms()
    claimed = office.claim()
    office.sql("UPDATE alerts SET try_after = now()")
    tell_admins()
    assert told(office, "The queue is stuck.") == [0, 0, 0]
    assert office.start(claimed)
    office.finish(claimed, SENT)
    office.approve(office.ingest())
    neglect(office)
    look(office)
    assert told(office, "The queue is stuck.") == [0, 1, 1]


# --- what Slack refuses ---


def refused(office: Office, code: str, method: str = "chat.postMessage") -> None:
    office.slack.fault(method, "error", code=code, times=1)
    with pytest.raises(SlackTrouble):
        call(method, channel="C01REVIEW", text="Anything")


@pytest.mark.parametrize(
    "code", ["missing_scope", "not_authed", "invalid_auth", "account_inactive", "token_revoked", "not_in_channel"]
)
def test_lost_permissions_are_told_once_a_day_and_shown_in_the_status(office: Office, code: str) -> None:
    for _ in range(3):
        refused(office, code)
        refusals.forget()  # as another process would
        seconds_pass()
    look(office)
    assert told(office, f"Slack refused Signoff. Slack refused what Signoff asked for: {code}.") == [0, 1, 1]
    assert f":lock: Slack refused what Signoff asked for: {code}." in said(office, VERA, "/outreach status")


def test_while_slack_refuses_all_it_is_kept_and_told_when_it_works_again(office: Office) -> None:
    office.slack.fault("*", "error", code="invalid_auth", times=5)
    with pytest.raises(SlackTrouble):
        call("chat.postMessage", channel="C01REVIEW", text="Anything")
    look(office)
    assert told(office, "invalid_auth") == [0, 0, 0]
    office.slack.clear_faults()
    seconds_pass()
    look(office)
    assert told(office, "invalid_auth") == [0, 1, 1]


@pytest.mark.parametrize("code", ["channel_not_found", "internal_error", "msg_too_long"])
def test_other_trouble_is_no_matter_of_permission(office: Office, code: str) -> None:
    refused(office, code)
    assert office.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_a_channel_that_may_not_be_read_is_no_trouble(office: Office) -> None:
    refused(office, "missing_scope", "conversations.history")
    assert office.rows("SELECT count(*) FROM alerts") == [(0,)]
