"""What the clock does about health: accounts are checked, cards follow, admins are told once, whatever Slack does."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.cards.limits.lint import lint_message
from jobs import cron
from jobs.check_health import check_health
from jobs.cron import Entry
from jobs.cron_jobs import refresh_eligibility
from jobs.tell_admins import tell_admins
from tests.core.accounts.test_health import mails
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack
from tests.fixtures.waiting import wait_until

WHY = "6 of 60 mails of the last 7 days bounced (10.0%)."


@pytest.fixture
def sick(domain_with_slack: DomainWithSlack) -> DomainWithSlack:
    """A workspace whose account is to be paused by the next check. Bob is an owner, Carol an admin."""
    domain_with_slack.ingest()
    domain_with_slack.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = %s", BOB)
    mails(domain_with_slack, 60, days=2, bounced=6)
    return domain_with_slack


def told(domain_with_slack: DomainWithSlack, member: str) -> list[str]:
    return [message["text"] for message in domain_with_slack.slack.messages(member) if WHY in message["text"]]


def let_time_pass(domain_with_slack: DomainWithSlack) -> None:
    """As after the hold, or Slack's Retry-After."""
    domain_with_slack.sql("UPDATE alerts SET try_after = now()")


def test_a_sudden_rise_pauses_and_tells_the_admins_and_nobody_else_once(sick: DomainWithSlack) -> None:
    for _ in range(3):
        check_health()
        let_time_pass(sick)
    assert sick.rows("SELECT status, paused_reason FROM accounts") == [("paused", WHY)]
    assert [len(told(sick, member)) for member in (ALICE, BOB, CAROL)] == [0, 1, 1]
    [message] = [each for each in sick.slack.messages(CAROL) if WHY in each["text"]]
    assert "signoff accounts resume sam@example.com" in str(message["blocks"])
    assert lint_message({"text": message["text"], "blocks": message["blocks"]}) == []


def test_the_cards_of_what_waits_say_so(sick: DomainWithSlack) -> None:
    draft = sick.shown()
    sick.approve(draft)
    assert sick.sync(draft)
    check_health()
    assert sick.rows("SELECT drawn_revision < revision FROM drafts WHERE id = %s", draft) == [(True,)]
    assert sick.sync(draft)
    assert WHY in str(sick.card(ALICE, draft)["blocks"])


@pytest.mark.parametrize(
    ("method", "kind", "more"),
    [
        ("chat.postMessage", "error", {"code": "internal_error"}),
        ("chat.postMessage", "status", {"status": 503}),
        ("chat.postMessage", "ratelimited", {"retry_after": 7}),
        ("conversations.open", "error", {"code": "internal_error"}),
        ("users.info", "error", {"code": "internal_error"}),
    ],
)
def test_with_slack_in_trouble_they_are_told_later_and_once(
    sick: DomainWithSlack, method: str, kind: str, more: dict[str, Any]
) -> None:
    sick.slack.fault(method, kind, times=1, **more)
    check_health()
    assert sum(len(told(sick, member)) for member in (BOB, CAROL)) < 2
    tell_admins()
    assert sum(len(told(sick, member)) for member in (BOB, CAROL)) < 2, "not before its time"
    let_time_pass(sick)
    sick.let_calls_rest()
    tell_admins()
    assert [len(told(sick, member)) for member in (BOB, CAROL)] == [1, 1]


def test_a_post_whose_answer_was_lost_is_found_and_not_posted_again(sick: DomainWithSlack) -> None:
    sick.slack.fault("chat.postMessage", "drop", times=2)
    check_health()
    let_time_pass(sick)
    tell_admins()
    let_time_pass(sick)
    tell_admins()
    assert [len(told(sick, member)) for member in (BOB, CAROL)] == [1, 1]
    assert sick.rows("SELECT count(*) FROM alerts WHERE told_at IS NULL") == [(0,)]


def test_a_conversation_that_was_closed_is_opened_again(sick: DomainWithSlack) -> None:
    draft = sick.shown()  # now Carol's DM is known
    assert sick.cards(CAROL, draft)
    sick.slack.close_dm(CAROL)
    check_health()
    assert len(told(sick, CAROL)) == 1


def test_who_left_is_not_told_and_holds_up_nobody(sick: DomainWithSlack) -> None:
    sick.slack.deactivate(BOB)
    check_health()
    assert [len(told(sick, member)) for member in (BOB, CAROL)] == [0, 1]
    assert sick.rows("SELECT count(*) FROM alerts WHERE told_at IS NULL AND gone_reason IS NULL") == [(0,)]
    assert sick.rows("SELECT active FROM members WHERE slack_user_id = %s", BOB) == [(False,)]


def test_two_clocks_at_once_tell_each_admin_once(sick: DomainWithSlack) -> None:
    threads = [threading.Thread(target=check_health) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(told(sick, member)) for member in (BOB, CAROL)] == [1, 1]


def test_whose_sixty_days_are_over_may_be_written_to_again(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.ingest()
    domain_with_slack.ingest()
    domain_with_slack.sql(
        "UPDATE contacts SET status = 'cooling_off', eligible_for_outreach = false, last_contacted_at = now() -"
        " CASE email WHEN 'dana1@example.org' THEN interval '61 days' ELSE interval '59 days' END"
    )
    refresh_eligibility()
    assert domain_with_slack.rows("SELECT status, eligible_for_outreach FROM contacts ORDER BY email") == [
        ("available", True),
        ("cooling_off", False),
    ]


# --- the schedule ---


def test_every_entry_runs_when_a_clock_takes_the_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was missed while none led is made up."""
    ran: list[str] = []

    def noting(name: str) -> Callable[[], None]:
        return lambda: ran.append(name)

    entries = tuple(Entry(entry.name, entry.line, noting(entry.name)) for entry in cron.ENTRIES)
    monkeypatch.setattr(cron, "ENTRIES", entries)
    scheduler = cron.schedule(lambda: True)
    scheduler.start()
    try:
        # Some twice, if a minute ends meanwhile.
        wait_until(lambda: set(ran) == {entry.name for entry in entries}, what="all entries")
    finally:
        scheduler.shutdown()


def test_a_run_that_fails_is_logged_by_its_kind_and_harms_no_other() -> None:
    def fails() -> None:
        raise ValueError("dana@example.org")

    with capture_logs() as logged:
        cron.run(Entry("failing", "* * * * *", fails), lambda: True)
    [line] = logged
    assert (line["entry"], line["error"], line["log_level"]) == ("failing", "ValueError", "error")
    assert "dana" not in str(line)
