"""What waits for people, told in Slack: a reviewer is reminded, an admin hears of it, and then it expires."""

import json

from jobs.deal import deal_waiting
from jobs.scheduled import expire_undecided, remind
from tests.fixtures.office import ALICE, BOB, CAROL, Office, live_buttons


def said(office: Office, member: str) -> list[str]:
    """What this member was told, beside their cards."""
    return [
        message["text"]
        for message in office.slack.messages(member)
        if message.get("metadata", {}).get("event_type") == "signoff_alert"
    ]


def waited(office: Office, hours: int) -> None:
    office.sql("UPDATE drafts SET waits_since = now() - %s * interval '1 hour'", hours)
    office.sql("UPDATE cards SET created_at = now() - %s * interval '1 hour'", hours)


def test_a_reminder_is_one_kind_message_that_says_where_to_look(office: Office) -> None:
    office.sql("UPDATE workspaces SET remind_after_hours = 4")
    drafts = [office.shown() for _ in range(3)]
    waited(office, 5)
    office.reject(drafts[2], user=BOB)
    remind()
    remind()
    assert said(office, ALICE) == ["2 drafts wait for you, the oldest for 5 hours."]
    assert said(office, BOB) == [], "he has just decided something"
    (message,) = [m for m in office.slack.messages(ALICE) if "drafts wait for you" in m["text"]]
    shown = json.dumps(message["blocks"])
    assert "*Home* tab" in shown
    assert f"/drafts/{drafts[0]}" in shown


def test_admins_hear_of_what_nobody_decides_and_silence_approves_nothing(office: Office) -> None:
    office.sql("UPDATE workspaces SET escalate_after_hours = 24, expire_after_days = 30")
    drafts = [office.shown() for _ in range(2)]
    waited(office, 30)
    remind()
    assert said(office, CAROL) == [
        "A draft waits for a decision. 2 do, the oldest for 30 hours, and their reviewers have not decided."
    ]
    assert said(office, ALICE) == []
    waited(office, 31 * 24)
    expire_undecided()
    for draft in drafts:
        assert office.sync(draft)
        assert office.state(draft) == "expired"
        assert live_buttons(office.card(ALICE, draft)) == set()
    remind()
    assert len(said(office, CAROL)) == 1
    assert office.rows("SELECT 1 FROM send_queue") == []


def test_the_clock_wakes_what_was_put_off_and_deals_what_waits(office: Office) -> None:
    office.sql("UPDATE workspaces SET open_cards = 1")
    first, second = office.shown(), office.shown()
    assert office.cards(ALICE, second) == []
    office.reject(first)
    deal_waiting()
    assert office.sync(second)
    assert live_buttons(office.card(ALICE, second))
    office.sql("UPDATE drafts SET snoozed_until = now() - interval '1 second' WHERE id = %s", second)
    deal_waiting()
    assert office.rows("SELECT snoozed_until FROM drafts WHERE id = %s", second) == [(None,)]
    assert office.verbs(second)[-1] == "wake"
