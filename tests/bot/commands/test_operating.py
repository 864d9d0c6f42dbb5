"""`signoff campaigns`, `signoff accounts` and `signoff queue`, as an operator runs them."""

import re
import sys
from io import StringIO

import pytest

from bot.cli import run
from core.db import transaction
from core.ids import new_id
from core.taxonomy import Verb
from tests.bot.api.parts import workspace
from tests.core.drafts.review_parts import ask_changes
from tests.core.intake.test_feedback import tell
from tests.fixtures.domain import SENT, Domain

pytestmark = [pytest.mark.usefixtures("domain"), pytest.mark.slow]

Told = pytest.CaptureFixture[str]


def say(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(words))


# --- campaigns ---


def test_the_list_of_campaigns_counts_what_waits_and_what_was_sent(domain: Domain, capsys: Told) -> None:
    domain.deliver(domain.ingest(), SENT)
    domain.approve(domain.ingest())
    domain.ingest()
    assert run(["campaigns", "list"]) == 0
    assert capsys.readouterr().out == "launch\tactive\treview\tsam@example.com\t1\t1\t1\t0\n"


def test_a_campaign_is_paused_at_once_and_mail_in_hand_obeys(domain: Domain, capsys: Told) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    assert run(["campaigns", "pause", "launch"]) == 0
    assert capsys.readouterr().out == "Paused Autumn launch: 1 mail waits.\n"
    assert not domain.start(claimed)


def test_who_paused_is_an_event_from_the_command_line(domain: Domain) -> None:
    run(["campaigns", "pause", "launch"])
    assert domain.rows("SELECT verb, surface, from_status, to_status FROM message_events WHERE verb = 'pause'") == [
        ("pause", "cli", "active", "paused")
    ]


def test_what_is_paused_cannot_be_paused_and_that_is_an_event_too(domain: Domain, capsys: Told) -> None:
    run(["campaigns", "pause", "launch"])
    assert run(["campaigns", "pause", "launch"]) == 1
    assert capsys.readouterr().err == "signoff: Autumn launch is paused: there is nothing to pause.\n"
    assert domain.events()[-1] == (Verb.REFUSE, None, None, "nothing_to_do")


@pytest.mark.parametrize("command", [["resume", "launch", "--yes"], ["resume", "launch"]])
def test_only_a_paused_campaign_is_resumed(command: list[str], capsys: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, "y\n")
    assert run(["campaigns", *command]) == 1
    assert "there is nothing to resume" in capsys.readouterr().err


def test_an_ended_campaign_stays_ended(domain: Domain, capsys: Told) -> None:
    domain.sql("UPDATE campaigns SET status = 'ended'")
    assert run(["campaigns", "resume", "launch", "--yes"]) == 1
    assert "Autumn launch is ended" in capsys.readouterr().err


def test_a_resume_asks_because_mail_leaves_after_it(
    domain: Domain, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain.approve(domain.ingest())
    domain.pause()
    say(monkeypatch, "n\n")
    assert run(["campaigns", "resume", "launch"]) != 0
    assert "For it 1 mail waits" in capsys.readouterr().out
    assert domain.try_claim() is None
    say(monkeypatch, "y\n")
    assert run(["campaigns", "resume", "launch"]) == 0
    assert domain.rows("SELECT status FROM campaigns") == [("active",)]


def test_pausing_everything_asks_and_a_no_pauses_nothing(
    domain: Domain, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, "n\n")
    assert run(["campaigns", "pause", "--all"]) != 0
    assert domain.rows("SELECT status FROM campaigns") == [("active",)]
    assert run(["campaigns", "pause", "--all", "--yes"]) == 0
    assert domain.rows("SELECT status FROM campaigns") == [("paused",)]
    capsys.readouterr()
    assert run(["campaigns", "pause", "--all", "--yes"]) == 0
    assert capsys.readouterr().out == "No campaign is active.\n"
    say(monkeypatch, "y\n")
    assert run(["campaigns", "resume", "--all"]) == 0
    assert domain.rows("SELECT status FROM campaigns") == [("active",)]


def test_resuming_everything_leaves_what_was_paused_by_itself(domain: Domain, capsys: Told) -> None:
    domain.pause()
    assert run(["campaigns", "resume", "--all", "--yes"]) == 1
    assert "Paused by themselves: Autumn launch. Resume these by name." in capsys.readouterr().err
    assert domain.rows("SELECT status FROM campaigns") == [("paused",)]


@pytest.mark.parametrize("arguments", [["pause"], ["pause", "launch", "--all"], ["resume"], ["resume", "x", "--all"]])
def test_a_pause_names_one_campaign_or_all(arguments: list[str], capsys: Told) -> None:
    assert run(["campaigns", *arguments]) == 2
    assert "name one campaign, or write --all" in capsys.readouterr().err


def test_an_unknown_campaign_is_told_with_what_there_is(capsys: Told) -> None:
    assert run(["campaigns", "pause", "lunch"]) == 1
    assert "There are: launch." in capsys.readouterr().err


# --- accounts ---


def test_the_list_of_accounts_says_what_of_today_is_used(domain: Domain, capsys: Told) -> None:
    domain.deliver(domain.ingest(), SENT)
    domain.approve(domain.ingest())
    domain.sql("UPDATE accounts SET health_score = 71")
    domain.sql("UPDATE accounts SET next_send_at = NULL")
    assert run(["accounts", "list"]) == 0
    assert capsys.readouterr().out == "sam@example.com\tactive\t71\t1/100\t1\t-\t\n"
    domain.sql("UPDATE accounts SET health_reasons = ARRAY['4 of 90 bounced.', 'None was reported.']")
    assert run(["accounts", "list"]) == 0
    assert capsys.readouterr().out.endswith("\t4 of 90 bounced. None was reported.\n")


def test_an_account_of_another_channel_shows_its_own_kinds(domain: Domain, capsys: Told) -> None:
    domain.sql("UPDATE accounts SET channel = 'linkedin'")
    assert run(["accounts", "list"]) == 0
    assert capsys.readouterr().out.split("\t")[3] == "0/20 connections, 0/38 messages"


def test_the_health_of_an_account_says_what_bounced_and_was_reported(domain: Domain, capsys: Told) -> None:
    assert run(["accounts", "health"]) == 0
    assert capsys.readouterr().out == "sam@example.com\t-\tnone sent\tnone sent\t\n"
    for _ in range(3):
        domain.deliver(domain.ingest(), SENT)
    tell(domain, "bounce", draft="key-1")
    tell(domain, "complaint", draft="key-2")
    domain.sql("UPDATE accounts SET health_score = 12, health_reasons = ARRAY['Too many bounced.']")
    assert run(["accounts", "health", "SAM@example.com"]) == 0
    received = "1 of 3 bounced (33.3 %), 1 reported (33.33 %)"
    assert capsys.readouterr().out == f"sam@example.com\t12\t{received}\t{received}\tToo many bounced.\n"
    run(["accounts", "pause", "sam@example.com", "--reason", "By hand."])
    capsys.readouterr()
    assert run(["accounts", "health"]) == 0
    assert capsys.readouterr().out.endswith("\tBy hand. Too many bounced.\n")
    assert run(["accounts", "health", "tom@example.com"]) == 1
    assert "There are: sam@example.com." in capsys.readouterr().err


def test_a_paused_account_sends_nothing_and_its_cards_say_why(domain: Domain, capsys: Told) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    before = domain.view(draft).revision
    assert run(["accounts", "pause", "SAM@example.com", "--reason", "The password changed"]) == 0
    assert capsys.readouterr().out == "Paused sam@example.com: 1 mail waits.\n"
    facts = domain.view(draft)
    assert facts.revision > before
    assert "paused: The password changed" in (facts.reason or "")
    assert domain.try_claim() is None
    assert domain.rows(
        "SELECT surface, from_status, to_status, data ->> 'kind' FROM message_events WHERE verb = 'pause'"
    ) == [("cli", "active", "paused", "account")]


def test_mail_in_hand_obeys_the_pause_of_its_account(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    run(["accounts", "pause", "sam@example.com"])
    assert not domain.start(claimed)


def test_a_resumed_account_is_looked_at_at_once(domain: Domain, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    domain.approve(domain.ingest())
    run(["accounts", "pause", "sam@example.com", "--reason", "Too many bounces."])
    assert domain.try_claim() is None
    domain.sql("UPDATE accounts SET next_send_at = NULL")
    say(monkeypatch, "n\n")
    assert run(["accounts", "resume", "sam@example.com"]) != 0
    assert "It was paused: Too many bounces." in capsys.readouterr().out
    assert domain.rows("SELECT status FROM accounts") == [("paused",)]
    say(monkeypatch, "y\n")
    assert run(["accounts", "resume", "sam@example.com"]) == 0
    assert domain.rows("SELECT status, paused_reason, next_send_at <= clock_timestamp() FROM accounts") == [
        ("active", None, True)
    ]
    assert domain.try_claim() is not None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["resume", "sam@example.com", "--yes"], "sam@example.com is active: there is nothing to resume."),
        (["pause", "tom@example.com"], "There are: sam@example.com."),
        (["pause", "sam@example.com", "--reason", " "], "Give a reason"),
    ],
)
def test_an_account_is_guarded_by_its_state(arguments: list[str], told: str, capsys: Told) -> None:
    assert run(["accounts", *arguments]) == 1
    assert told in capsys.readouterr().err


# --- queue ---


def test_an_empty_queue_says_so(capsys: Told) -> None:
    assert run(["queue", "list"]) == 0
    assert capsys.readouterr().out == "Nothing waits.\n"


def test_the_queue_says_of_each_mail_why_it_waits(domain: Domain, capsys: Told) -> None:
    domain.deliver(domain.ingest(), SENT)
    for _ in range(2):
        domain.approve(domain.ingest())
    domain.sql("UPDATE accounts SET daily_limit_emails = 1")
    assert run(["queue", "list"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:4] for line in lines] == [
        ["key-2", "dana2@example.org", "launch", "sam@example.com"],
        ["key-3", "dana3@example.org", "launch", "sam@example.com"],
    ]
    assert re.fullmatch(r"waits until \w{3} 00:00: Today's 1 of sam@example.com are used\.", lines[0][4])
    assert re.fullmatch(r"waits until \w{3} 00:00 at the earliest: Today's 1 .*", lines[1][4])


def test_the_queue_is_listed_by_campaign_and_account_and_no_further_than_asked(domain: Domain, capsys: Told) -> None:
    for _ in range(3):
        domain.approve(domain.ingest())
    assert run(["queue", "list", "--campaign", "launch", "--account", "sam@example.com", "--limit", "2"]) == 0
    told = capsys.readouterr()
    assert [line.split("\t")[0] for line in told.out.splitlines()] == ["key-1", "key-2"]
    assert told.err == "These are the first 2 of 3.\n"
    assert run(["queue", "list", "--account", "tom@example.com"]) == 1


def test_why_says_until_when_and_how_many_are_ahead(domain: Domain, capsys: Told) -> None:
    drafts = [domain.ingest() for _ in range(3)]
    for draft in drafts:
        domain.approve(draft)
    assert run(["queue", "why", "key-1"]) == 0
    assert capsys.readouterr().out == "key-1 is next. Nothing is ahead of it at sam@example.com.\n"
    assert run(["queue", "why", str(drafts[1])]) == 0
    assert capsys.readouterr().out == "key-2 waits for its turn. 1 is ahead of it at sam@example.com.\n"
    domain.pause()
    assert run(["queue", "why", "Dana3@example.org"]) == 0
    assert capsys.readouterr().out == "key-3 waits: Autumn launch is paused. 2 are ahead of it at sam@example.com.\n"


def test_why_tells_what_became_of_mail_that_does_not_wait(domain: Domain, capsys: Told) -> None:
    domain.ingest()
    assert run(["queue", "why", "key-1"]) == 0
    assert capsys.readouterr().out == "key-1 waits for a person to approve it.\n"
    ask_changes(domain.ingest())
    assert run(["queue", "why", "key-2"]) == 0
    assert capsys.readouterr().out == "key-2 waits for its next version: changes were asked for.\n"
    delivered = domain.deliver(domain.ingest(), SENT)
    assert run(["queue", "why", str(delivered.delivery_id)]) == 0
    assert "was sent: " in capsys.readouterr().out


def test_why_of_an_address_with_more_than_one_mail_asks_which(domain: Domain, capsys: Told) -> None:
    for _ in range(2):
        domain.approve(domain.ingest(to={"email": "dana@example.org"}))
    assert run(["queue", "why", "dana@example.org"]) == 1
    assert "Say which: key-1, key-2." in capsys.readouterr().err
    assert run(["queue", "why", str(new_id())]) == 1
    assert "No draft has that key or id" in capsys.readouterr().err


def test_what_is_skipped_goes_back_to_its_reviewers_with_the_reason(
    domain: Domain, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    say(monkeypatch, "n\n")
    assert run(["queue", "skip", "key-1"]) != 0
    assert domain.state(draft) == "sending"
    say(monkeypatch, "y\n")
    assert run(["queue", "skip", "key-1", "--reason", "They called."]) == 0
    assert "Took key-1 out of the queue." in capsys.readouterr().out
    assert domain.statuses(draft) == ("needs_review", ["skipped"])
    assert domain.view(draft).reason == "They called."
    skipped = domain.rows("SELECT surface, from_status, to_status FROM message_events WHERE verb = 'skip'")
    assert skipped == [("cli", "queued", "skipped")]
    assert domain.try_claim() is None


@pytest.mark.parametrize(
    ("stage", "code", "told"),
    [
        ("claimed", "draft_already_sending", "It is being sent right now."),
        ("sent", "already_decided", "It was sent."),
        ("review", "nothing_to_do", "It is not in the queue."),
    ],
)
def test_only_what_is_queued_is_skipped(domain: Domain, stage: str, code: str, told: str, capsys: Told) -> None:
    draft = domain.ingest()
    if stage == "sent":
        domain.deliver(draft, SENT)
    elif stage == "claimed":
        domain.approve(draft)
        domain.claim()
    before = domain.statuses(draft)
    assert run(["queue", "skip", "key-1", "--yes"]) == 1
    assert told in capsys.readouterr().err
    assert domain.statuses(draft) == before
    assert domain.events(draft)[-1] == (Verb.REFUSE, None, None, code)


def test_a_draft_of_another_workspace_is_not_found(domain: Domain, capsys: Told) -> None:
    domain.approve(domain.ingest())
    workspace("T02OTHER")
    assert run(["queue", "skip", "key-1", "--yes", "--workspace", "T02OTHER"]) == 1
    assert "No draft has that key" in capsys.readouterr().err
    assert run(["queue", "why", "key-1"]) == 1
    assert "name one with --workspace" in capsys.readouterr().err
    with transaction() as tx:
        assert tx.exec_driver_sql("SELECT status FROM send_queue").all() == [("queued",)]


# --- each of them ---


@pytest.mark.parametrize(("group", "least"), [("campaigns", 3), ("accounts", 5), ("queue", 4), ("activity", 2)])
def test_every_command_has_a_help(group: str, least: int, capsys: Told) -> None:
    assert run([group, "--help"]) == 0
    commands = re.findall(r"^  (\w+)  ", capsys.readouterr().out, flags=re.MULTILINE)
    assert len(commands) >= least
    for command in commands:
        assert run([group, command, "--help"]) == 0
        assert "--workspace" in capsys.readouterr().out
