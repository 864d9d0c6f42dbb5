"""The job that delivers, in this process and against a real SMTP conversation: one call, one mail, one record."""

import pytest

from core import delivery
from core.errors import DatabaseAway
from core.settings import settings
from jobs import deliver
from jobs.deliver import deliver_next
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.mailbox import taken
from tests.fixtures.office import Office


def test_one_call_delivers_what_is_due(office: Office, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "TURN_SECONDS", 600.0)
    drafts = [office.ingest() for _ in range(3)]
    for draft in drafts:
        office.approve(draft)
    deliver.deliver(str(office.account_id))
    assert [office.state(draft) for draft in drafts] == ["sent", "sent", "sent"]
    assert office.rings() == {"deliver": 0, "cards": 3}
    assert taken(mailbox, office) == 3


def test_whoever_has_had_its_turn_rings_for_the_next(
    office: Office, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "TURN_SECONDS", 0.0)
    drafts = [office.ingest() for _ in range(2)]
    for draft in drafts:
        office.approve(draft)
    deliver.deliver(str(office.account_id))
    assert [office.state(draft) for draft in drafts] == ["sent", "sending"]
    assert office.rings() == {"deliver": 1, "cards": 1}
    deliver.deliver(str(office.account_id))
    assert office.rings() == {"deliver": 2, "cards": 2}
    deliver.deliver(str(office.account_id))
    assert office.rings() == {"deliver": 2, "cards": 2}
    assert taken(mailbox, office) == 2


def test_p7_a_pause_while_the_server_is_slow_keeps_the_mail(
    office: Office, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.ingest()
    office.approve(draft)

    def paused_meanwhile(*given: object) -> bool:
        office.pause()
        return start(*given)

    start = delivery.start
    monkeypatch.setattr(delivery, "start", paused_meanwhile)
    assert deliver_next(office.account_id)
    assert taken(mailbox, office) == 0
    assert office.state(draft) == "waiting"
    assert office.attempts(draft) == [(False, "not_sent")]


@pytest.mark.parametrize("smtp_url", ["env:SMTP_OF_SAM", "env:", "http://127.0.0.1", ""])
def test_p12_without_a_mail_server_nothing_is_sent_and_a_person_sees_why(office: Office, smtp_url: str) -> None:
    office.sql("UPDATE accounts SET smtp_url = %s", smtp_url)
    draft = office.ingest()
    office.approve(draft)
    assert deliver_next(office.account_id)
    assert office.attempts(draft) == [(False, "not_sent")]
    assert office.state(draft) == "failed_back"
    assert "mail server is not set up" in str(office.facts(draft).reason)


def test_an_address_with_its_secret_comes_from_the_environment(
    office: Office, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_OF_SAM", f"smtp://127.0.0.1:{mailbox.port}")
    office.sql("UPDATE accounts SET smtp_url = 'env:SMTP_OF_SAM'")
    office.approve(office.ingest())
    assert deliver_next(office.account_id)
    assert taken(mailbox, office) == 1


def test_p2_a_record_is_tried_again_while_postgres_is_away(
    office: Office, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.ingest()
    office.approve(draft)
    finish, refused = delivery.finish, []

    def away_at_first(*given: object) -> None:
        if len(refused) < 2:
            refused.append(1)
            raise DatabaseAway("The database does not answer.")
        finish(*given)

    monkeypatch.setattr(delivery, "finish", away_at_first)
    assert deliver_next(office.account_id)
    assert office.state(draft) == "sent"
    assert taken(mailbox, office) == 1


def test_p2_a_record_that_never_comes_leaves_the_mail_before_a_person(
    office: Office, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = office.ingest()
    office.approve(draft)

    def away(*_given: object) -> None:
        raise DatabaseAway("The database does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(delivery, "finish", away)
        patched.setattr(deliver, "RECORD_SECONDS", 0.0)
        with pytest.raises(DatabaseAway):
            deliver_next(office.account_id)
    office.sql("UPDATE send_queue SET lease_until = now() - interval '1 second'")
    assert office.expire() == [draft]
    assert office.state(draft) == "outcome_unknown"
    assert taken(mailbox, office) == 1
    assert not deliver_next(office.account_id)


def test_a_lease_outlasts_all_that_an_attempt_may_wait_for(office: Office) -> None:
    office.approve(office.ingest())
    claimed = office.claim()
    lease = "SELECT extract(epoch FROM lease_until - now())::float FROM send_queue"
    ((before,),) = office.rows(lease)
    assert office.start(claimed)
    ((after,),) = office.rows(lease)
    assert before > settings().delivery_connect_seconds + 5
    assert after > settings().delivery_data_seconds + 5
