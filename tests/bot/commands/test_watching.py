"""`signoff drafts list`, `signoff queue today` and `signoff activity`: what an operator reads, each thing once."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli import run
from bot.commands.tables import show
from tests.core.delivery.claim_parts import back_dated, far_from_midnight
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.usefixtures("domain")

Told = pytest.CaptureFixture[str]
TIME = r"\d\d:\d\d"


def told(capsys: Told, *arguments: str) -> list[list[str]]:
    """The lines of a command that succeeds, by their fields."""
    assert run(list(arguments)) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["drafts", "list"], "No draft waits for a decision."),
        (["queue", "today"], "Nothing was sent today, and nothing waits to be sent today."),
        (["activity", "sent"], "Nothing was sent in the last 30 days."),
        (["activity", "sent", "--before", "0001-01-01"], "Nothing was sent in that time."),
        (["activity", "sent", "--since", "9999-12-31T23:59"], "Nothing was sent in that time."),
        (["activity", "scheduled"], "Nothing is scheduled."),
    ],
)
def test_an_empty_state_says_so(command: list[str], said: str, capsys: Told) -> None:
    assert told(capsys, *command) == [[said]]


# --- drafts list ---


def test_drafts_come_in_the_order_of_review_with_their_reasons(domain: Domain, capsys: Told) -> None:
    dana = {"first_name": "Dana", "title": "Head", "company": "Example"}
    domain.ingest(to={"email": "plain@example.org"})
    domain.ingest(to={"email": "sure@example.org", **dana}, confidence=0.9)
    back = domain.ingest(to={"email": "back@example.org", **dana})
    domain.deliver(back, REFUSED)
    lines = told(capsys, "drafts", "list")
    assert [line[:2] for line in lines] == [
        ["key-2", "sure@example.org"],
        ["key-3", "back@example.org"],
        ["key-1", "plain@example.org"],
    ]
    assert lines[0][2:] == ["Example", "launch", "low risk", "90 P1", "1 minute", "Hello number 2", ""]
    assert "refused the recipient" in lines[1][-1]
    assert lines[2][4] == "needs a look"
    assert lines[2][-1]


def test_a_list_that_goes_on_says_so(domain: Domain, capsys: Told) -> None:
    for _ in range(3):
        domain.ingest()
    assert run(["drafts", "list", "--limit", "2"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    assert said.err == "These are the first 2; --limit shows more.\n"
    assert run(["drafts", "list", "--limit", "3"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["drafts", "list", "--limit", "0"]) == 2


def test_a_field_neither_ends_early_nor_moves_the_cursor(capsys: Told) -> None:
    show(("One", "Two"), [("a\tb", "c\x1b[2Jd\ne")])
    assert capsys.readouterr().out == "a b\tc [2Jd e\n"


# --- queue today ---


def test_the_day_shows_what_left_what_leaves_and_what_waits(domain: Domain, capsys: Told) -> None:
    far_from_midnight(domain)
    domain.deliver(domain.ingest(), SENT)
    domain.deliver(domain.ingest(), UNKNOWN)
    domain.approve(domain.ingest())
    domain.claim()
    domain.approve(domain.ingest())
    domain.sql("UPDATE accounts SET next_spaced_at = %s", datetime.now(UTC) + timedelta(minutes=9))
    lines = told(capsys, "queue", "today")
    assert [line[1:6] for line in lines] == [
        ["is being sent", "key-3", "dana3@example.org", "launch", "sam@example.com"],
        ["waits", "key-4", "dana4@example.org", "launch", "sam@example.com"],
        ["may have arrived", "key-2", "dana2@example.org", "launch", "sam@example.com"],
        ["sent", "key-1", "dana1@example.org", "launch", "sam@example.com"],
    ]
    assert [bool(re.search(TIME, line[0])) for line in lines] == [False, True, True, True]
    assert "a few minutes" in lines[1][-1]
    domain.pause()
    assert told(capsys, "queue", "today")[1][::6] == ["-", "Autumn launch is paused."]


def test_the_day_of_one_account(domain: Domain, capsys: Told) -> None:
    domain.approve(domain.ingest())
    assert [line[0] for line in told(capsys, "queue", "today", "--account", "sam@example.com")] == ["now"]
    assert run(["queue", "today", "--account", "tom@example.com"]) == 1
    assert "Choose from: sam@example.com." in capsys.readouterr().err


# --- activity ---


def test_activity_shows_each_thing_once_and_what_was_imported(domain: Domain, capsys: Told) -> None:
    domain.sql(
        "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at, import_key)"
        " VALUES (gen_random_uuid(), %s, 'sent', 'old@example.org', now() - interval '3 days', 'line 1')",
        domain.workspace_id,
    )
    domain.deliver(domain.ingest(), SENT)
    domain.deliver(domain.ingest(), UNKNOWN)
    domain.approve(domain.ingest())
    lines = told(capsys, "activity", "sent")
    assert [line[1:] for line in lines] == [
        ["may have arrived", "key-2", "dana2@example.org", "launch", "sam@example.com"],
        ["sent", "key-1", "dana1@example.org", "launch", "sam@example.com"],
        ["sent", "-", "old@example.org", "-", "-"],
    ]
    assert [line[1:4] for line in told(capsys, "activity", "scheduled")] == [["waits", "key-3", "dana3@example.org"]]


def test_activity_goes_further_back(domain: Domain, capsys: Told) -> None:
    domain.deliver(domain.ingest(), SENT)
    back_dated(domain, "49 hours")
    domain.deliver(domain.ingest(), SENT)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert [line[2] for line in told(capsys, "activity", "sent")] == ["key-2", "key-1"]
    assert [line[2] for line in told(capsys, "activity", "sent", "--before", f"{today}T00:00")] == ["key-1"]
    back_dated(domain, "29 days")
    assert [line[2] for line in told(capsys, "activity", "sent")] == ["key-2"]
    assert [line[2] for line in told(capsys, "activity", "sent", "--since", "2020-01-01")] == ["key-2", "key-1"]
    assert run(["activity", "sent", "--before", "yesterday"]) == 2
    assert "yesterday" in capsys.readouterr().err
