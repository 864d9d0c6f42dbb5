"""`signoff campaigns`, as an operator runs it; and the help of all that operators run."""

import re
import sys
from io import StringIO

import pytest

from bot.cli import run
from core.taxonomy import Verb
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
    assert "1 mail waits for it" in capsys.readouterr().out
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
    assert "Paused one by one: Autumn launch. Resume them by name." in capsys.readouterr().err
    assert domain.rows("SELECT status FROM campaigns") == [("paused",)]


@pytest.mark.parametrize("arguments", [["pause"], ["pause", "launch", "--all"], ["resume"], ["resume", "x", "--all"]])
def test_a_pause_names_one_campaign_or_all(arguments: list[str], capsys: Told) -> None:
    assert run(["campaigns", *arguments]) == 2
    assert "name one campaign, or write --all" in capsys.readouterr().err


def test_an_unknown_campaign_is_told_with_what_there_is(capsys: Told) -> None:
    assert run(["campaigns", "pause", "lunch"]) == 1
    assert "Choose from: launch." in capsys.readouterr().err


# --- each of them ---


@pytest.mark.parametrize(("group", "least"), [("campaigns", 3), ("accounts", 5), ("queue", 4), ("activity", 2)])
def test_every_command_has_a_help(group: str, least: int, capsys: Told) -> None:
    assert run([group, "--help"]) == 0
    commands = re.findall(r"^  (\w+)  ", capsys.readouterr().out, flags=re.MULTILINE)
    assert len(commands) >= least
    for command in commands:
        assert run([group, command, "--help"]) == 0
        assert "--workspace" in capsys.readouterr().out
