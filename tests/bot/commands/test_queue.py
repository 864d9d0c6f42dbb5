"""`signoff queue`, as an operator runs it."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli import run
from core.db import transaction
from core.drafts.snooze import snooze
from core.ids import new_id
from core.taxonomy import Verb
from tests.bot.api.parts import workspace
from tests.bot.commands.test_operating import Told, say
from tests.core.drafts.review_parts import ask_changes, does, member_id, rules
from tests.fixtures.domain import SENT, Domain

pytestmark = [pytest.mark.usefixtures("domain"), pytest.mark.slow]


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
    assert re.fullmatch(r"waits until \w{3} 00:00: sam@example.com has reached today's limit of 1\.", lines[0][4])
    assert re.fullmatch(r"waits until \w{3} 00:00 at the earliest: sam@example.com has reached .*", lines[1][4])


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
    assert capsys.readouterr().out == "key-2 waits for a new version: changes were requested.\n"
    delivered = domain.deliver(domain.ingest(), SENT)
    assert run(["queue", "why", str(delivered.delivery_id)]) == 0
    assert re.search(r"[Ss]ent to \S+ at \d\d:\d\d by Alice Anderson\.", capsys.readouterr().out)


def test_why_of_what_waits_for_a_decision_says_whose_it_is_and_until_when_it_rests(
    domain: Domain, capsys: Told
) -> None:
    rules(domain, quorum=2)
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", member_id(domain, "U03CAROL"), draft)
    until = datetime.now(UTC) + timedelta(hours=1)
    does("U02BOB", Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, until, by), draft)
    assert run(["queue", "why", "key-1"]) == 0
    assert re.fullmatch(
        r"key-1 waits for a person to approve it\. 0 of 2 approved: nobody yet\. For Carol Chen\."
        r" Snoozed until (\w{3} )?\d\d:\d\d by Bob Brown\.\n",
        capsys.readouterr().out,
    )
    domain.vote(draft)
    assert run(["queue", "why", "key-1"]) == 0
    assert "1 of 2 approved: Alice Anderson. For Carol Chen.\n" in capsys.readouterr().out, "approved, so awake"


def test_why_of_an_address_with_more_than_one_mail_asks_which(domain: Domain, capsys: Told) -> None:
    for _ in range(2):
        domain.approve(domain.ingest(to={"email": "dana@example.org"}))
    assert run(["queue", "why", "dana@example.org"]) == 1
    assert "Say which: key-1, key-2." in capsys.readouterr().err
    assert run(["queue", "why", str(new_id())]) == 1
    assert "No draft has that key, id or recipient" in capsys.readouterr().err


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


def test_what_is_not_queued_is_not_skipped_and_the_attempt_is_noted(domain: Domain, capsys: Told) -> None:
    draft = domain.ingest()
    domain.deliver(draft, SENT)
    assert run(["queue", "skip", "key-1", "--yes"]) == 1
    assert "It was sent." in capsys.readouterr().err
    assert domain.statuses(draft) == ("approved", ["sent"])
    assert domain.events(draft)[-1] == (Verb.REFUSE, None, None, "already_decided")


def test_a_draft_of_another_workspace_is_not_found(domain: Domain, capsys: Told) -> None:
    domain.approve(domain.ingest())
    workspace("T02OTHER")
    assert run(["queue", "skip", "key-1", "--yes", "--workspace", "T02OTHER"]) == 1
    assert "No draft has that key" in capsys.readouterr().err
    assert run(["queue", "why", "key-1"]) == 1
    assert "name one with --workspace" in capsys.readouterr().err
    with transaction() as tx:
        assert tx.exec_driver_sql("SELECT status FROM send_queue").all() == [("queued",)]
