"""An account with a wrong password, over a real conversation: one login, one word to admins, and a way on in Slack."""

import pytest

from bot import decisions
from bot.acts import Target, run
from core.actor import Actor, slack_user
from core.cards.limits.lint import lint_message
from core.db import Connection
from core.errors import Refusal
from jobs.deliver import deliver_next
from jobs.show_rest import show_rest
from jobs.tell_admins import tell_admins
from tests.core.mail.smtp_server_parts import server, smtp
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain_with_slack import ALICE, CAROL, DomainWithSlack

__all__ = ["server", "smtp"]

pytestmark = pytest.mark.slow


@pytest.fixture
def ill(domain_with_slack: DomainWithSlack, smtp: FakeSmtp) -> DomainWithSlack:
    smtp.conduct(user="sam", password="right", auth_in_plain=True)
    domain_with_slack.sql("UPDATE accounts SET smtp_url = %s", f"smtp://sam:wrong@127.0.0.1:{smtp.port}")
    for _ in range(10):
        domain_with_slack.approve(domain_with_slack.ingest())
    assert deliver_next(domain_with_slack.account_id)
    return domain_with_slack


def logins(smtp: FakeSmtp) -> int:
    smtp.wait_quiet()
    return sum("AUTH" in verb for session in smtp.sessions() for verb in session["verbs"])


def test_ten_approvals_are_one_login(ill: DomainWithSlack, smtp: FakeSmtp) -> None:
    for _ in range(10):
        assert not deliver_next(ill.account_id)
    assert logins(smtp) == 1
    assert ill.rows("SELECT DISTINCT status FROM drafts") == [("approved",)]


def test_admins_are_told_once_and_try_again_from_there(ill: DomainWithSlack, smtp: FakeSmtp) -> None:
    for _ in range(2):
        tell_admins()
    messages = [one for one in ill.slack.messages(CAROL) if "is resting" in one["text"]]
    assert len(messages) == 1
    assert not [one for one in ill.slack.messages(ALICE) if "is resting" in one["text"]]
    assert lint_message({"text": messages[0]["text"], "blocks": messages[0]["blocks"]}) == []
    smtp.conduct(user="sam", password="wrong", auth_in_plain=True)
    ill.slack.click(CAROL, messages[0], "try_account")
    ill.wait_told(CAROL, "One mail is tried now")
    assert deliver_next(ill.account_id)
    assert ill.rows("SELECT rest_reason FROM accounts") == [(None,)]
    assert deliver_next(ill.account_id)
    smtp.wait_quiet()
    assert len(smtp.accepted()) == 2


def test_a_reviewer_may_not_try_again(ill: DomainWithSlack) -> None:
    def alice(tx: Connection) -> Actor:
        return slack_user(tx, "T01TEST", ALICE)

    with pytest.raises(Refusal) as refused:
        run(alice, decisions.TRY_ACCOUNT, Target(ill.account_id, 1), lambda ring: ring())
    assert refused.value.code == "role_too_low"
    assert ill.rows("SELECT rest_until IS NULL FROM accounts") == [(True,)]


def test_the_cards_of_all_that_waits_are_drawn_again(ill: DomainWithSlack) -> None:
    total = "SELECT sum(revision) FROM drafts"
    before = ill.rows(total)[0][0]
    show_rest(ill.account_id)
    assert ill.rows(total)[0][0] == before + 10
    assert ill.rows("SELECT rest_shown FROM accounts") == [(True,)]


def test_who_was_told_that_it_rests_is_told_of_the_end_once_however_it_ended(ill: DomainWithSlack) -> None:
    over = "sam@example.com no longer rests: its mail can be sent."

    def told() -> int:
        show_rest(ill.account_id)
        tell_admins()
        return sum(over in one["text"] for one in ill.slack.messages(CAROL))

    tell_admins()
    assert told() == 0, "it still rests"
    ill.sql("UPDATE accounts SET smtp_url = 'smtp://127.0.0.1:9'")  # the database ends it
    assert [told(), told()] == [1, 1]
    assert not [one for one in ill.slack.messages(ALICE) if over in one["text"]], "she was not told of the rest"


def test_an_end_that_nobody_knows_the_beginning_of_is_not_told_and_one_that_is_over_neither(
    ill: DomainWithSlack, smtp: FakeSmtp
) -> None:
    count = "SELECT count(*) FROM alerts WHERE kind = 'campaign_switched'"
    ill.sql("UPDATE accounts SET smtp_url = 'smtp://127.0.0.1:9'")
    show_rest(ill.account_id)
    assert ill.rows(count) == [(0,)]
    ill.sql("UPDATE accounts SET smtp_url = %s", f"smtp://sam:wrong@127.0.0.1:{smtp.port}")
    assert deliver_next(ill.account_id)
    tell_admins()
    ill.sql("UPDATE accounts SET smtp_url = 'smtp://127.0.0.1:9'")
    show_rest(ill.account_id)
    assert ill.rows(count) == [(1,)]
    ill.sql("UPDATE accounts SET smtp_url = %s", f"smtp://sam:wrong@127.0.0.1:{smtp.port}")
    assert deliver_next(ill.account_id)
    tell_admins()
    assert not [one for one in ill.slack.messages(CAROL) if "no longer rests" in one["text"]], "it rests again"
    assert ill.rows(count) == [(0,)]
