"""P1, P2, P7 with a provider that takes each id once: a mail of which nobody knows is asked about again, and never sent
as another."""

from collections.abc import Iterator

import pytest

from core import delivery
from core.db import transaction
from core.delivery import Claimed, replays
from core.delivery.unknown import WAIT, send_again
from core.ids import UUID
from core.mail import resend
from core.mail.resend_url import parse_resend_url
from jobs import replay
from jobs.deliver import deliver_next
from jobs.replay import replay_unknown
from tests.fakes.resend.client import FakeResend, running_resend
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain_with_slack import DomainWithSlack


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeResend]:
    with running_resend(tmp_path_factory.mktemp("resend") / "accepted.jsonl") as running:
        yield running


@pytest.fixture
def provider(server: FakeResend, domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> FakeResend:
    """A provider that behaves, for the account of this test, with no patience lost between two requests."""
    server.reset()
    server.log.write_text("")
    monkeypatch.setenv("SAMS_RESEND", server.url)
    monkeypatch.setattr(resend, "REPLAYS", (0.01,))
    domain_with_slack.sql("UPDATE accounts SET smtp_url = 'env:SAMS_RESEND'")
    return server


def lost(domain_with_slack: DomainWithSlack, provider: FakeResend, moment: str = "answer") -> UUID:
    """A draft whose mail the provider was handed, and of which no answer ever came."""
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    provider.plan(moment, "close", times=2)
    assert deliver_next(domain_with_slack.account_id)
    assert domain_with_slack.state(draft) == "outcome_unknown"
    return draft


def test_whoever_replied_meanwhile_is_not_sent_what_was_planned_before(
    domain_with_slack: DomainWithSlack, provider: FakeResend
) -> None:
    draft = lost(domain_with_slack, provider)
    domain_with_slack.sql("UPDATE contacts SET status = 'replied'")
    asked = len(provider.requests())
    replay_unknown()
    assert len(provider.requests()) == asked
    assert domain_with_slack.state(draft) == "outcome_unknown"


def test_an_account_at_resend_sends_through_it(domain_with_slack: DomainWithSlack, provider: FakeResend) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    assert deliver_next(domain_with_slack.account_id)
    assert domain_with_slack.state(draft) == "sent"
    [accepted] = provider.accepted()
    [(attempt, message_id)] = domain_with_slack.rows("SELECT id, message_id FROM send_attempts")
    assert (accepted["key"], accepted["headers"]["Message-ID"]) == (str(attempt), message_id)
    assert accepted["subject"] == "Hello number 1"
    assert domain_with_slack.rows("SELECT reply FROM send_attempts") == [(f"id {accepted['id']}",)]


def test_a_pause_right_before_the_request_keeps_the_mail(
    domain_with_slack: DomainWithSlack, provider: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    start = delivery.start

    def paused_meanwhile(*given: object) -> bool:
        domain_with_slack.pause()
        return start(*given)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(delivery, "start", paused_meanwhile)
    assert deliver_next(domain_with_slack.account_id)
    assert provider.requests() == []
    assert domain_with_slack.state(draft) == "waiting"


@pytest.mark.parametrize("moment", ["answer", "request"])
def test_what_was_never_answered_is_asked_again_until_it_is_known(
    domain_with_slack: DomainWithSlack, provider: FakeResend, moment: str
) -> None:
    draft = lost(domain_with_slack, provider, moment)
    provider.plan("request", "answer", status=503, times=2)
    replay_unknown()
    assert domain_with_slack.state(draft) == "outcome_unknown"
    replay_unknown()
    assert domain_with_slack.state(draft) == "sent"
    replay_unknown()
    [accepted] = provider.accepted()
    assert domain_with_slack.attempts(draft) == [(True, "sent")]
    ((evidence, code),) = domain_with_slack.rows(
        "SELECT data ->> 'evidence', data ->> 'evidence_code' FROM message_events WHERE verb = 'confirm'"
    )
    assert (evidence, code) == ("provider_replay", accepted["id"])


def test_what_a_worker_left_behind_when_it_died_is_asked_about(
    domain_with_slack: DomainWithSlack, provider: FakeResend
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    claimed: Claimed = domain_with_slack.claim()
    with transaction() as tx:
        assert delivery.start(tx, claimed)
        replays.record_provider(tx, claimed.attempt_id, parse_resend_url(provider.url))
    domain_with_slack.run_out(claimed)
    assert domain_with_slack.expire() == [draft]
    replay_unknown()
    assert domain_with_slack.state(draft) == "sent"
    assert len(provider.accepted()) == 1


def test_a_refusal_of_the_second_request_leaves_it_to_a_person(
    domain_with_slack: DomainWithSlack, provider: FakeResend
) -> None:
    draft = lost(domain_with_slack, provider)
    provider.plan("request", "answer", status=422, name="validation_error")
    replay_unknown()
    assert domain_with_slack.state(draft) == "outcome_unknown"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_p7_nothing_is_asked_that_could_send_what_was_paused(
    domain_with_slack: DomainWithSlack, provider: FakeResend, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """What else stops it: `tests/core/delivery/test_replays.py`."""
    draft, closed = lost(domain_with_slack, provider), "UPDATE campaigns SET status = 'paused'"
    before = len(provider.requests())
    may_ask = replays.may_replay

    def closed_meanwhile(*given: object) -> bool:
        domain_with_slack.sql(closed)
        return may_ask(*given)  # type: ignore[arg-type]  # handed through

    if when == "before":
        domain_with_slack.sql(closed)
    else:
        monkeypatch.setattr(replays, "may_replay", closed_meanwhile)
    replay_unknown()
    assert len(provider.requests()) == before
    assert domain_with_slack.state(draft) == "outcome_unknown"


def test_another_key_is_another_account_that_knows_nothing(
    domain_with_slack: DomainWithSlack, provider: FakeResend, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = lost(domain_with_slack, provider)
    before = len(provider.requests())
    monkeypatch.setenv("SAMS_RESEND", provider.url.replace("re_test", "re_other"))
    replay_unknown()
    assert len(provider.requests()) == before
    assert domain_with_slack.state(draft) == "outcome_unknown"


@pytest.mark.parametrize("smtp_url", ["env:NOT_SET", "stored", "enc:damaged", "smtp://127.0.0.1:9"])
def test_an_account_that_left_the_provider_is_not_asked_about(
    domain_with_slack: DomainWithSlack, provider: FakeResend, smtp_url: str
) -> None:
    draft = lost(domain_with_slack, provider)
    before = len(provider.requests())
    domain_with_slack.sql("UPDATE accounts SET smtp_url = %s", smtp_url)
    replay_unknown()
    assert len(provider.requests()) == before
    assert domain_with_slack.state(draft) == "outcome_unknown"


def test_what_was_lost_over_smtp_is_never_sent_through_a_provider(
    domain_with_slack: DomainWithSlack, provider: FakeResend, mailbox: FakeSmtp
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    mailbox.plan("dot", "close", accept=True)
    assert deliver_next(domain_with_slack.account_id)
    domain_with_slack.sql("UPDATE accounts SET smtp_url = 'env:SAMS_RESEND'")
    replay_unknown()
    assert domain_with_slack.state(draft) == "outcome_unknown"
    assert provider.requests() == []


@pytest.mark.parametrize(
    "aged",
    [
        f"finished_at = finished_at - interval '{replays.ASK_FOR.total_seconds()} seconds'",
        f"started_at = started_at - interval '{replays.REMEMBERED_FOR.total_seconds()} seconds'",
    ],
)
def test_p1_after_a_while_it_is_left_to_a_person(
    domain_with_slack: DomainWithSlack, provider: FakeResend, aged: str
) -> None:
    lost(domain_with_slack, provider)
    before = len(provider.requests())
    with domain_with_slack.connect() as connection:
        connection.execute("ALTER TABLE send_attempts DISABLE TRIGGER USER")
        connection.execute(f"UPDATE send_attempts SET {aged}".encode())
        connection.execute("ALTER TABLE send_attempts ENABLE TRIGGER USER")
    replay_unknown()
    assert len(provider.requests()) == before


def test_p1_what_a_person_has_sent_again_is_not_asked_about(
    domain_with_slack: DomainWithSlack, provider: FakeResend
) -> None:
    draft = lost(domain_with_slack, provider)
    before = len(provider.requests())
    with transaction() as tx:
        [one] = replays.unanswered(tx)
    with domain_with_slack.connect() as connection:
        connection.execute("ALTER TABLE send_attempts DISABLE TRIGGER USER")
        connection.execute("UPDATE send_attempts SET finished_at = finished_at - %s", (WAIT,))
        connection.execute("ALTER TABLE send_attempts ENABLE TRIGGER USER")
    ((number,),) = domain_with_slack.rows("SELECT number FROM send_attempts")
    with transaction() as tx:
        send_again(tx, draft, number, domain_with_slack.member("U03CAROL"))
    assert not replay.replay(one)
    assert len(provider.requests()) == before


def test_it_ends_before_a_person_may_send_again() -> None:
    assert replay.LIMITS.total < replays.MARGIN.total_seconds() / 2
    assert replays.ASK_FOR + replays.MARGIN <= WAIT
