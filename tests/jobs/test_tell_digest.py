"""The daily digest reaches who reads it, once, whatever Slack and the clock do."""

import threading
from datetime import timedelta

import pytest

from bot.sandbox.client import Json
from core.cards.limits.lint import lint_message
from core.ids import new_id
from jobs.cron_jobs import tell_digest
from jobs.tell_admins import tell_admins
from tests.core.views.history_parts import History
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack

CHANNEL = "C01REVIEW"


@pytest.fixture
def due(domain_with_slack: DomainWithSlack) -> DomainWithSlack:
    """A workspace whose digest is due, of a yesterday on which two mails were sent. Bob is an owner, Carol an admin."""
    domain_with_slack.sql("UPDATE workspaces SET digest_at = '00:00', created_at = now() - interval '9 days'")
    domain_with_slack.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = %s", BOB)
    ((noon,),) = domain_with_slack.rows(
        "SELECT (date_trunc('day', now() AT TIME ZONE timezone) - interval '12 hours') AT TIME ZONE timezone"
        " FROM workspaces"
    )
    history = History(domain_with_slack)
    for minutes in (0, 5):
        history.add(noon + timedelta(minutes=minutes), "deliver", delivery=new_id(), moved=("sending", "sent"))
    return domain_with_slack


def digests(domain_with_slack: DomainWithSlack, member: str, channel: str | None = None) -> list[Json]:
    return [
        one for one in domain_with_slack.slack.messages(member, channel) if "2 mails sent, no replies." in one["text"]
    ]


def let_time_pass(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE alerts SET try_after = now()")


def counts(domain_with_slack: DomainWithSlack) -> list[int]:
    return [len(digests(domain_with_slack, member)) for member in (ALICE, BOB, CAROL)]


def test_admins_and_owners_are_told_once(due: DomainWithSlack) -> None:
    for _ in range(3):
        tell_digest()
        let_time_pass(due)
    tell_admins()
    assert counts(due) == [0, 1, 1]
    (message,) = digests(due, CAROL)
    assert lint_message({"text": message["text"], "blocks": message["blocks"]}) == []
    assert "Mails sent from" in message["text"]


def test_several_clocks_at_once_tell_it_once(due: DomainWithSlack) -> None:
    threads = [threading.Thread(target=tell_digest) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert counts(due) == [0, 1, 1]


def test_before_its_hour_and_without_one_nothing_is_told(due: DomainWithSlack) -> None:
    due.sql("UPDATE workspaces SET digest_at = NULL")
    tell_digest()
    due.sql("UPDATE workspaces SET timezone = 'UTC', digest_at = '23:59:59.999999', digested_on = current_date - 2")
    tell_digest()
    assert counts(due) == [0, 0, 0]


def test_the_days_before_a_workspace_began_are_not_told(due: DomainWithSlack) -> None:
    due.sql("UPDATE workspaces SET created_at = now()")
    tell_digest()
    assert due.rows("SELECT count(*) FROM alerts") == [(0,)]
    assert due.rows("SELECT digested_on FROM workspaces") == [(None,)]


def test_a_day_without_anything_is_passed_over(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE workspaces SET digest_at = '00:00', created_at = now() - interval '9 days'")
    tell_digest()
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]
    assert domain_with_slack.rows("SELECT digested_on IS NOT NULL FROM workspaces") == [(True,)]


def test_a_channel_gets_it_instead_of_the_admins(due: DomainWithSlack) -> None:
    due.sql("UPDATE workspaces SET digest_channel = %s", CHANNEL)
    for _ in range(2):
        tell_digest()
        let_time_pass(due)
        tell_admins()
    assert len(digests(due, CAROL, CHANNEL)) == 1
    assert counts(due) == [0, 0, 0]


def test_a_channel_that_cannot_be_written_to_gives_way_to_the_admins(due: DomainWithSlack) -> None:
    due.sql("UPDATE workspaces SET digest_channel = %s", CHANNEL)
    due.slack.fault("chat.postMessage", "error", code="not_in_channel", times=1)
    tell_digest()
    tell_admins()
    assert counts(due) == [0, 1, 1]
    told = [one["text"] for one in due.slack.messages(CAROL) if "not_in_channel" in one["text"]]
    assert [text.partition(". ")[2] for text in told] == [
        "Slack refused a call of Signoff: not_in_channel. Invite Signoff to that channel: type /invite @Signoff there."
    ]


#: These two hours of their day, around now.
QUIET = """
    timezone = 'UTC', (quiet_from, quiet_to) = (
        SELECT t - interval '1 hour', t + interval '1 hour' FROM (SELECT (now() AT TIME ZONE 'UTC')::time AS t) x
    )
"""


@pytest.mark.parametrize("wish", ["muted_until = now() + interval '1 hour'", QUIET], ids=["muted", "quiet"])
def test_who_wants_quiet_is_told_afterwards(due: DomainWithSlack, wish: str) -> None:
    due.sql(f"UPDATE members SET {wish} WHERE slack_user_id = %s", CAROL)
    tell_digest()
    let_time_pass(due)
    tell_admins()
    assert counts(due) == [0, 1, 0]
    due.sql("UPDATE members SET muted_until = NULL, quiet_from = NULL, quiet_to = NULL")
    tell_admins()
    assert counts(due) == [0, 1, 0], "not before it is asked again"
    let_time_pass(due)
    tell_admins()
    assert counts(due) == [0, 1, 1]


def test_who_was_quiet_for_days_is_not_flooded(due: DomainWithSlack) -> None:
    due.sql("UPDATE members SET muted_until = now() + interval '1 hour' WHERE slack_user_id = %s", CAROL)
    tell_digest()
    due.sql("UPDATE alerts SET created_at = now() - interval '25 hours', try_after = now()")
    due.sql("UPDATE members SET muted_until = NULL")
    tell_admins()
    assert counts(due) == [0, 1, 0]
    assert due.rows("SELECT gone_reason FROM alerts WHERE told_at IS NULL") == [("overtaken",)]


def test_a_digest_whose_answer_was_lost_is_not_told_again(due: DomainWithSlack) -> None:
    due.slack.fault("chat.postMessage", "drop", times=2)
    for _ in range(3):
        tell_digest()
        let_time_pass(due)
        tell_admins()
    assert counts(due) == [0, 1, 1]


def test_one_workspace_in_trouble_holds_up_no_other(due: DomainWithSlack) -> None:
    """The other one has declared itself, and not installed the app."""
    due.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER')")
    due.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " SELECT gen_random_uuid(), id, 'U09ZOE', 'Zoe', 'owner' FROM workspaces WHERE name = 'Other'"
    )
    due.sql(
        "INSERT INTO alerts (id, workspace_id, member_id, sentence, try_after)"
        " SELECT gen_random_uuid(), workspace_id, id, 'First', now() - interval '1 hour' FROM members"
        " WHERE slack_user_id = 'U09ZOE'"
    )
    tell_digest()
    assert counts(due) == [0, 1, 1]
    assert due.rows("SELECT count(*) FROM alerts WHERE told_at IS NULL") == [(1,)]
