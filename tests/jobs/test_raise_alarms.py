"""Alarms: what is found in the rows or met at Slack's reaches admins once, and only while it is so."""

from collections.abc import Iterator

import pytest
import redis

from core.settings import settings
from jobs.cron_jobs import raise_alarms
from jobs.slack import budget, lost_rights
from jobs.slack.client import SlackTrouble, call
from jobs.tell_admins import tell_admins
from tests.bot.slack.outreach.parts import said
from tests.fixtures.domain import SENT, UNKNOWN
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack


@pytest.fixture
def domain_with_slack(domain_with_slack: DomainWithSlack) -> Iterator[DomainWithSlack]:
    """Bob is an owner, Carol an admin; this process has noted nothing yet."""
    domain_with_slack.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = %s", BOB)
    lost_rights.forget()
    yield domain_with_slack
    seconds_pass()
    lost_rights.forget()


def seconds_pass() -> None:
    """After a refusal nobody asks Slack again for some seconds: let these be over."""
    with redis.Redis.from_url(settings().redis_url) as client:
        client.flushall()
    budget.forget()


def told(domain_with_slack: DomainWithSlack, words: str) -> list[int]:
    """How many messages with these words each of them has."""
    return [
        sum(words in message["text"] for message in domain_with_slack.slack.messages(member))
        for member in (ALICE, BOB, CAROL)
    ]


def look(domain_with_slack: DomainWithSlack, times: int = 2) -> None:
    """The clock looks, and what waits for its minutes has waited."""
    for _ in range(times):
        raise_alarms()
        domain_with_slack.sql("UPDATE alerts SET try_after = now()")
        tell_admins()


# --- unknown outcomes ---


def test_an_unknown_outcome_is_told_once_an_attempt(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.deliver(draft, UNKNOWN)
    look(domain_with_slack)
    assert told(domain_with_slack, "It is unknown whether the mail to dana1@example.org arrived.") == [0, 1, 1]
    (message,) = [one for one in domain_with_slack.slack.messages(CAROL) if one["text"].startswith("Outcome unknown.")]
    assert f"/drafts/{draft}|" in str(message["blocks"])


def test_it_is_not_told_at_once_and_not_at_all_when_it_is_settled_meanwhile(domain_with_slack: DomainWithSlack) -> None:
    claimed = domain_with_slack.deliver(domain_with_slack.ingest(), UNKNOWN)
    raise_alarms()
    tell_admins()
    assert told(domain_with_slack, "Outcome unknown.") == [0, 0, 0], "its answer may still come"
    domain_with_slack.finish(claimed, SENT)
    look(domain_with_slack)
    assert told(domain_with_slack, "Outcome unknown.") == [0, 0, 0]
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_an_admin_who_comes_later_hears_of_what_is_still_unknown(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.deliver(domain_with_slack.ingest(), UNKNOWN)
    look(domain_with_slack)
    domain_with_slack.sql("UPDATE members SET role = 'admin' WHERE slack_user_id = %s", ALICE)
    look(domain_with_slack)
    assert told(domain_with_slack, "Outcome unknown.") == [1, 1, 1]


# --- a queue that nobody works off ---


def neglect(domain_with_slack: DomainWithSlack, minutes: int = 16) -> None:
    """Let so much time pass without any claim."""
    ago = f"now() - interval '{minutes} minutes'"
    domain_with_slack.sql(f"UPDATE send_queue SET due_at = {ago} WHERE status = 'queued' AND due_at < now()")
    domain_with_slack.sql(f"UPDATE accounts SET next_send_at = {ago}, next_spaced_at = NULL")


def test_mail_that_nobody_takes_up_is_told_once_a_day(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    neglect(domain_with_slack, 14)
    look(domain_with_slack)
    assert told(domain_with_slack, "The queue is stuck.") == [0, 0, 0], "a quarter of an hour is not over"
    neglect(domain_with_slack)
    look(domain_with_slack)
    assert told(domain_with_slack, "Mail of sam@example.com has been due for over 15 minutes") == [
        0,
        1,
        1,
    ]
    look(domain_with_slack)
    assert told(domain_with_slack, "The queue is stuck.") == [0, 1, 1]


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
def test_what_a_gate_holds_or_was_claimed_just_now_is_not_stuck(domain_with_slack: DomainWithSlack, hold: str) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    neglect(domain_with_slack)
    domain_with_slack.sql(hold)
    domain_with_slack.sql(
        "UPDATE accounts SET next_send_at = now() - interval '16 minutes'"
    )  # a change of limits wakes it
    raise_alarms()
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_a_queue_that_got_its_worker_back_is_not_told_and_may_be_news_again(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    neglect(domain_with_slack)
    raise_alarms()
    claimed = domain_with_slack.claim()
    domain_with_slack.sql("UPDATE alerts SET try_after = now()")
    tell_admins()
    assert told(domain_with_slack, "The queue is stuck.") == [0, 0, 0]
    assert domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, SENT)
    domain_with_slack.approve(domain_with_slack.ingest())
    neglect(domain_with_slack)
    look(domain_with_slack)
    assert told(domain_with_slack, "The queue is stuck.") == [0, 1, 1]


# --- what Slack refuses ---


def refused(domain_with_slack: DomainWithSlack, code: str, method: str = "chat.postMessage") -> None:
    domain_with_slack.slack.fault(method, "error", code=code, times=1)
    with pytest.raises(SlackTrouble):
        call(method, channel="C01REVIEW", text="Anything")


@pytest.mark.parametrize(
    "code", ["missing_scope", "not_authed", "invalid_auth", "account_inactive", "token_revoked", "not_in_channel"]
)
def test_lost_permissions_are_told_once_a_day_and_shown_in_the_status(
    domain_with_slack: DomainWithSlack, code: str
) -> None:
    for _ in range(3):
        refused(domain_with_slack, code)
        lost_rights.forget()  # as another process would
        seconds_pass()
    look(domain_with_slack)
    assert told(domain_with_slack, f"Slack refused Signoff. Slack refused a call of Signoff: {code}.") == [0, 1, 1]
    assert f":lock: Slack refused a call of Signoff: {code}." in said(domain_with_slack, VERA, "/outreach status")


def test_while_slack_refuses_all_it_is_kept_and_told_when_it_works_again(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.slack.fault("*", "error", code="invalid_auth", times=5)
    with pytest.raises(SlackTrouble):
        call("chat.postMessage", channel="C01REVIEW", text="Anything")
    look(domain_with_slack)
    assert told(domain_with_slack, "invalid_auth") == [0, 0, 0]
    domain_with_slack.slack.clear_faults()
    seconds_pass()
    look(domain_with_slack)
    assert told(domain_with_slack, "invalid_auth") == [0, 1, 1]


@pytest.mark.parametrize("code", ["channel_not_found", "internal_error", "msg_too_long"])
def test_other_trouble_is_no_matter_of_permission(domain_with_slack: DomainWithSlack, code: str) -> None:
    refused(domain_with_slack, code)
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]


def test_a_channel_that_may_not_be_read_is_no_trouble(domain_with_slack: DomainWithSlack) -> None:
    refused(domain_with_slack, "missing_scope", "conversations.history")
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]
