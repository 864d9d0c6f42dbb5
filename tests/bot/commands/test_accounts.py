"""`signoff accounts`, as an operator runs it."""

import pytest

from bot.cli import run
from core.accounts.health import refresh_score
from core.db import transaction
from tests.bot.commands.test_operating import Told, say
from tests.core.intake.feedback_parts import tell
from tests.core.mail.smtp_server_parts import server, smtp
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain import SENT, Domain

__all__ = ["server", "smtp"]

pytestmark = [pytest.mark.usefixtures("domain"), pytest.mark.slow]


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
    assert "Choose from: sam@example.com." in capsys.readouterr().err


def test_the_score_and_the_counts_beside_it_are_of_the_same_mails(domain: Domain, capsys: Told) -> None:
    with transaction() as tx:
        refresh_score(tx, domain.account_id)  # before anything left
    for _ in range(2):
        domain.deliver(domain.ingest(), SENT)
    for command in (["accounts", "health"], ["accounts", "list"]):
        assert run(command) == 0
        told = capsys.readouterr().out
        assert "2 mails in the last 30 days" in told
        assert "0 mails" not in told


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
        (["pause", "tom@example.com"], "Choose from: sam@example.com."),
        (["pause", "sam@example.com", "--reason", " "], "Give a reason"),
    ],
)
def test_an_account_is_guarded_by_its_state(arguments: list[str], told: str, capsys: Told) -> None:
    assert run(["accounts", *arguments]) == 1
    assert told in capsys.readouterr().err


def test_a_check_tells_each_step_and_ends_the_rest(domain: Domain, smtp: FakeSmtp, capsys: Told) -> None:
    domain.sql("UPDATE accounts SET smtp_url = %s", f"smtp://sam:secret@127.0.0.1:{smtp.port}")
    smtp.conduct(user="sam", password="right", auth_in_plain=True)
    domain.sql("UPDATE accounts SET rest_reason = 'auth_failed', rest_code = 535, rest_since = now()")
    assert run(["accounts", "list"]) == 0
    assert "\tresting\t" in (listed := capsys.readouterr().out)
    assert "refused the account's user name or password" in listed
    assert run(["accounts", "check", "sam@example.com"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"sam@example.com: 127.0.0.1, port {smtp.port}\n✓ connecting\n")
    assert "✗ logging in: " in said
    assert "535" in said
    assert domain.rows("SELECT rest_reason FROM accounts") == [("auth_failed",)]
    smtp.conduct(user="sam", password="secret", auth_in_plain=True)
    assert run(["accounts", "check", "sam@example.com"]) == 0
    assert capsys.readouterr().out.endswith(
        "✓ logging in\n✓ QUIT\nIt works; nothing was sent. The account no longer rests: its mail can be sent.\n"
    )
    assert domain.rows("SELECT rest_reason FROM accounts") == [(None,)]
    assert run(["accounts", "check", "sam@example.com"]) == 0
    assert capsys.readouterr().out.endswith("It works; nothing was sent.\n")
    assert smtp.accepted() == []
    domain.sql("UPDATE accounts SET smtp_url = 'env:NO_SUCH_NAME'")
    assert run(["accounts", "check", "sam@example.com"]) == 1
    assert "is not set up" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rests", "until", "stays"),
    [
        ("tls_failed", "NULL", False),
        ("quota_reached", "now() + interval '5 hours'", False),
        (None, "NULL", True),
    ],
)
def test_a_check_that_finds_something_else_says_so_wherever_the_rest_is_told(
    domain: Domain, smtp: FakeSmtp, capsys: Told, rests: str | None, until: str, stays: bool
) -> None:
    domain.sql("UPDATE accounts SET smtp_url = %s", f"smtp://sam:secret@127.0.0.1:{smtp.port}")
    smtp.conduct(user="sam", password="right", auth_in_plain=True)
    if rests:
        domain.sql(f"UPDATE accounts SET rest_reason = %s, rest_since = now(), rest_until = {until}", rests)
    assert run(["accounts", "check", "sam@example.com"]) == 1
    found = domain.rows("SELECT rest_reason, rest_until, rest_shown FROM accounts")[0]
    assert ("The account rests for this now." in capsys.readouterr().out) is not stays
    assert found == ((None, None, True) if stays else ("auth_failed", None, False))
    told = domain.rows("SELECT DISTINCT sentence FROM alerts WHERE kind = 'account_rests'")
    assert [("user name or password" in sentence) for (sentence,) in told] == ([] if stays else [True])


def test_a_check_shortens_no_rest_and_prolongs_none_for_the_same(domain: Domain, capsys: Told) -> None:
    domain.sql("UPDATE accounts SET smtp_url = 'smtp://127.0.0.1:9'")
    for reason, until in (("auth_failed", "NULL"), ("quota_reached", "'2100-01-01'"), ("timeout", "'2100-01-01'")):
        domain.sql(f"UPDATE accounts SET rest_reason = %s, rest_since = now(), rest_until = {until}", reason)
        before = domain.rows("SELECT rest_reason, rest_until, rest_tries FROM accounts")
        assert run(["accounts", "check", "sam@example.com"]) == 1
        assert "rests for this now" not in capsys.readouterr().out
        assert domain.rows("SELECT rest_reason, rest_until, rest_tries FROM accounts") == before
