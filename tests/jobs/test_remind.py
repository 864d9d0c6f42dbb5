"""What waits for people, told in Slack: a reviewer is reminded, an admin hears of it, and then it expires."""

import json

from jobs.cron_jobs import expire_undecided, remind
from jobs.distribute import distribute_waiting
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack, live_buttons


def said(domain_with_slack: DomainWithSlack, member: str) -> list[str]:
    """What this member was told, beside their cards."""
    return [
        message["text"]
        for message in domain_with_slack.slack.messages(member)
        if message.get("metadata", {}).get("event_type") == "signoff_alert"
    ]


def waited(domain_with_slack: DomainWithSlack, hours: int) -> None:
    domain_with_slack.sql("UPDATE drafts SET waits_since = now() - %s * interval '1 hour'", hours)
    domain_with_slack.sql("UPDATE cards SET created_at = now() - %s * interval '1 hour'", hours)


def test_a_reminder_is_one_kind_message_that_says_where_to_look(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE workspaces SET remind_after_hours = 4")
    drafts = [domain_with_slack.shown() for _ in range(3)]
    waited(domain_with_slack, 5)
    domain_with_slack.reject(drafts[2], user=BOB)
    remind()
    remind()
    assert said(domain_with_slack, ALICE) == ["2 drafts wait for you, the oldest for 5 hours."]
    assert said(domain_with_slack, BOB) == [], "he has just decided something"
    (message,) = [m for m in domain_with_slack.slack.messages(ALICE) if "drafts wait for you" in m["text"]]
    shown = json.dumps(message["blocks"])
    assert "*Home* tab" in shown
    assert f"/drafts/{drafts[0]}" in shown


def test_admins_hear_of_what_nobody_decides_and_silence_approves_nothing(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE workspaces SET escalate_after_hours = 24, expire_after_days = 30")
    drafts = [domain_with_slack.shown() for _ in range(2)]
    waited(domain_with_slack, 30)
    remind()
    assert said(domain_with_slack, CAROL) == [
        "Decision overdue. 2 drafts have waited, the oldest for 30 hours, and their reviewers have not decided."
    ]
    assert said(domain_with_slack, ALICE) == []
    waited(domain_with_slack, 31 * 24)
    expire_undecided()
    for draft in drafts:
        assert domain_with_slack.sync(draft)
        assert domain_with_slack.state(draft) == "expired"
        assert live_buttons(domain_with_slack.card(ALICE, draft)) == set()
    remind()
    assert len(said(domain_with_slack, CAROL)) == 1
    assert domain_with_slack.rows("SELECT 1 FROM send_queue") == []


def test_the_clock_wakes_what_was_put_off_and_deals_what_waits(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE workspaces SET open_cards = 1")
    first, second = domain_with_slack.shown(), domain_with_slack.shown()
    assert domain_with_slack.cards(ALICE, second) == []
    domain_with_slack.reject(first)
    distribute_waiting()
    assert domain_with_slack.sync(second)
    assert live_buttons(domain_with_slack.card(ALICE, second))
    domain_with_slack.sql("UPDATE drafts SET snoozed_until = now() - interval '1 second' WHERE id = %s", second)
    distribute_waiting()
    assert domain_with_slack.rows("SELECT snoozed_until FROM drafts WHERE id = %s", second) == [(None,)]
    assert domain_with_slack.verbs(second)[-1] == "wake"
