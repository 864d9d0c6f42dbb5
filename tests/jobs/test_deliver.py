"""The job that delivers, in this process and against a real SMTP conversation: one call, one mail, one record."""

import pytest

from core import delivery
from core.errors import DatabaseAway
from core.settings import settings
from jobs import deliver
from jobs.deliver import deliver_next
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.fixtures.mailbox import taken


def test_one_call_delivers_what_is_due(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "TURN_SECONDS", 600.0)
    drafts = [domain_with_slack.ingest() for _ in range(3)]
    for draft in drafts:
        domain_with_slack.approve(draft)
    deliver.deliver(str(domain_with_slack.account_id))
    assert [domain_with_slack.state(draft) for draft in drafts] == ["sent", "sent", "sent"]
    assert domain_with_slack.rings() == {"deliver": 0, "cards": 3}
    assert taken(mailbox, domain_with_slack) == 3


def test_whoever_has_had_its_turn_rings_for_the_next(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "TURN_SECONDS", 0.0)
    drafts = [domain_with_slack.ingest() for _ in range(2)]
    for draft in drafts:
        domain_with_slack.approve(draft)
    deliver.deliver(str(domain_with_slack.account_id))
    assert [domain_with_slack.state(draft) for draft in drafts] == ["sent", "sending"]
    assert domain_with_slack.rings() == {"deliver": 1, "cards": 1}
    deliver.deliver(str(domain_with_slack.account_id))
    assert domain_with_slack.rings() == {"deliver": 2, "cards": 2}
    deliver.deliver(str(domain_with_slack.account_id))
    assert domain_with_slack.rings() == {"deliver": 2, "cards": 2}
    assert taken(mailbox, domain_with_slack) == 2


def test_p7_a_pause_while_the_server_is_slow_keeps_the_mail(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)

    def paused_meanwhile(*given: object) -> bool:
        domain_with_slack.pause()
        return start(*given)

    start = delivery.start
    monkeypatch.setattr(delivery, "start", paused_meanwhile)
    assert deliver_next(domain_with_slack.account_id)
    assert taken(mailbox, domain_with_slack) == 0
    assert domain_with_slack.state(draft) == "waiting"
    assert domain_with_slack.attempts(draft) == [(False, "not_sent")]


@pytest.mark.parametrize("smtp_url", ["env:SMTP_OF_SAM", "env:", "http://127.0.0.1", ""])
def test_p12_without_a_mail_server_nothing_is_sent_and_a_person_sees_why(
    domain_with_slack: DomainWithSlack, smtp_url: str
) -> None:
    domain_with_slack.sql("UPDATE accounts SET smtp_url = %s", smtp_url)
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    assert deliver_next(domain_with_slack.account_id)
    assert domain_with_slack.attempts(draft) == [(False, "not_sent")]
    assert domain_with_slack.state(draft) == "waiting", "it is the account that is ill, not the draft"
    assert not deliver_next(domain_with_slack.account_id)
    assert "mail server is not set up" in str(domain_with_slack.view(draft).reason)


def test_an_address_with_its_secret_comes_from_the_environment(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_OF_SAM", f"smtp://127.0.0.1:{mailbox.port}")
    domain_with_slack.sql("UPDATE accounts SET smtp_url = 'env:SMTP_OF_SAM'")
    domain_with_slack.approve(domain_with_slack.ingest())
    assert deliver_next(domain_with_slack.account_id)
    assert taken(mailbox, domain_with_slack) == 1


def test_p2_a_record_is_tried_again_while_postgres_is_away(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    finish, refused = delivery.finish, []

    def away_at_first(*given: object) -> None:
        if len(refused) < 2:
            refused.append(1)
            raise DatabaseAway("The database does not answer.")
        finish(*given)

    monkeypatch.setattr(delivery, "finish", away_at_first)
    assert deliver_next(domain_with_slack.account_id)
    assert domain_with_slack.state(draft) == "sent"
    assert taken(mailbox, domain_with_slack) == 1


def test_p2_a_record_that_never_comes_leaves_the_mail_before_a_person(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)

    def away(*_given: object) -> None:
        raise DatabaseAway("The database does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "finish", away)
        patched.setattr(deliver, "RECORD_SECONDS", 0.0)
        with pytest.raises(DatabaseAway):
            deliver_next(domain_with_slack.account_id)
    domain_with_slack.sql("UPDATE send_queue SET lease_until = now() - interval '1 second'")
    assert domain_with_slack.expire() == [draft]
    assert domain_with_slack.state(draft) == "outcome_unknown"
    assert taken(mailbox, domain_with_slack) == 1
    assert not deliver_next(domain_with_slack.account_id)


def test_a_lease_outlasts_all_that_an_attempt_may_wait_for(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    claimed = domain_with_slack.claim()
    lease = "SELECT extract(epoch FROM lease_until - now())::float FROM send_queue"
    ((before,),) = domain_with_slack.rows(lease)
    assert domain_with_slack.start(claimed)
    ((after,),) = domain_with_slack.rows(lease)
    assert before > settings().delivery_connect_seconds + 5
    assert after > settings().delivery_data_seconds + 5
