"""An account whose server refuses all of its mail rests: its approvals stay, admins hear once, and one mail tries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import errors as pg

from core.accounts import resting as acts
from core.db import transaction
from core.delivery.resting import end_rest
from core.errors import Refusal
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.delivery.claim_parts import account, seat, set_account
from tests.fixtures.domain import REFUSED, SENT, Domain

pytestmark = pytest.mark.slow

NOT_SENT = AttemptOutcome.NOT_SENT
WRONG_PASSWORD = Outcome(NOT_SENT, Phase.AUTH, Reason.AUTH_FAILED, code=535, reply="5.7.8 no")
QUOTA = Outcome(NOT_SENT, Phase.DOT, Reason.QUOTA_REACHED, code=550, reply="5.4.5 Daily user sending limit exceeded.")
AWAY = Outcome(NOT_SENT, Phase.CONNECT, Reason.CONNECT_REFUSED, transient=True)


def fail(domain: Domain, outcome: Outcome) -> None:
    """One attempt of the head of the queue comes to this."""
    claimed = domain.claim()
    if outcome.phase in (Phase.DATA, Phase.DOT):
        assert domain.start(claimed)
    domain.finish(claimed, outcome)


def time_comes(domain: Domain) -> None:
    domain.sql("UPDATE accounts SET rest_until = now() - interval '1 second' WHERE rest_reason IS NOT NULL")


def told(domain: Domain) -> list[Any]:
    return domain.rows(
        "SELECT sentence, try_after > now() + interval '5 minutes' FROM alerts WHERE kind = 'account_rests'"
    )


@pytest.fixture
def ten(domain: Domain) -> Domain:
    set_account(domain, spacing_min_minutes=0, spacing_max_minutes=0)
    for _ in range(10):
        domain.approve(domain.ingest())
    return domain


@pytest.mark.parametrize("outcome", [WRONG_PASSWORD, QUOTA], ids=["password", "quota"])
def test_ten_approvals_meet_an_ill_account_once(ten: Domain, outcome: Outcome) -> None:
    fail(ten, outcome)
    assert ten.try_claim() is None
    assert ten.rows("SELECT count(*), max(tries) FROM send_queue WHERE status = 'queued'") == [(10, 0)]
    assert ten.rows("SELECT count(*) FROM drafts WHERE status = 'approved'") == [(10,)]
    assert ten.rows("SELECT count(*) FROM send_attempts") == [(1,)]
    assert len(told(ten)) == 1  # Carol
    assert ("rest", None, None, None) in ten.events()


def test_its_cards_say_why_and_until_when(ten: Domain) -> None:
    fail(ten, QUOTA)
    draft = ten.rows("SELECT draft_id FROM send_queue ORDER BY due_at DESC LIMIT 1")[0][0]
    view = ten.view(draft)
    assert view.state == "waiting"
    assert "sending limit" in str(view.reason)
    assert view.due_at is not None


def test_a_wrong_password_waits_for_somebody_and_a_quota_for_a_day(domain: Domain) -> None:
    domain.approve(domain.ingest())
    fail(domain, WRONG_PASSWORD)
    assert account(domain).rest_until is None
    assert account(domain).next_send_at is not None
    assert domain.try_claim() is None
    assert account(domain).next_send_at is None


def test_one_mail_tries_when_the_time_comes(ten: Domain) -> None:
    fail(ten, QUOTA)
    time_comes(ten)
    trial = ten.claim()
    assert ten.try_claim() is None, "a second conversation while the first tries"
    assert ten.start(trial)
    ten.finish(trial, SENT)
    assert account(ten).rest_reason is None
    assert ten.try_claim() is not None
    assert "recover" in [verb for verb, *_ in ten.events()]


def test_what_the_database_itself_refuses(ten: Domain) -> None:
    fail(ten, QUOTA)
    with pytest.raises(pg.IntegrityError, match="account_rests"):
        ten.sql(
            "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(), lease_until = now() + '1 hour'"
            " WHERE id = (SELECT id FROM send_queue LIMIT 1)"
        )
    for broken in ("rest_since = NULL", "rest_reason = NULL", "rest_tries = -1"):
        with pytest.raises(pg.CheckViolation):
            ten.sql(f"UPDATE accounts SET {broken}")


def test_found_so_again_it_is_told_once_and_waits_longer(ten: Domain) -> None:
    fail(ten, AWAY)
    first = account(ten)
    time_comes(ten)
    fail(ten, AWAY)
    second = account(ten)
    assert second.rest_since == first.rest_since
    assert second.rest_until - datetime.now(UTC) > timedelta(minutes=4)
    assert told(ten) == [("The mail server refused the connection (connect).", True)], "it may pass: told in a while"


def test_a_server_that_is_away_in_changing_ways_is_told_once(ten: Domain) -> None:
    for reason in (Reason.CONNECT_REFUSED, Reason.TIMEOUT, Reason.DNS_FAILED):
        fail(ten, Outcome(NOT_SENT, Phase.CONNECT, reason, transient=True))
        time_comes(ten)
    assert len(told(ten)) == 1
    assert account(ten).rest_tries == 3
    assert account(ten).rest_reason == "dns_failed"


def test_another_reason_is_told_anew(ten: Domain) -> None:
    fail(ten, AWAY)
    time_comes(ten)
    fail(ten, WRONG_PASSWORD)
    assert len(told(ten)) == 2
    assert account(ten).rest_until is None


def test_a_rest_ends_for_one_account_and_only_where_there_is_one(domain: Domain) -> None:
    other = seat(domain, "winter")
    rests = "UPDATE accounts SET rest_reason = 'timeout', rest_since = now(), rest_tries = 1 WHERE id = %s"
    domain.sql(rests, other.account_id)
    with transaction() as tx:
        assert end_rest(tx, domain.account_id) is None
    domain.sql(rests, domain.account_id)
    with transaction() as tx:
        assert end_rest(tx, domain.account_id) == domain.workspace_id
    assert (account(domain).rest_reason, account(other).rest_reason) == (None, "timeout")


def test_try_again_lets_one_mail_try(ten: Domain) -> None:
    fail(ten, WRONG_PASSWORD)
    with transaction() as tx:
        acts.try_again(tx, ten.account_id, ten.member("U03CAROL"))
    trial = ten.claim()
    assert ten.try_claim() is None
    ten.finish(trial, WRONG_PASSWORD)
    assert account(ten).rest_until is None
    assert len(told(ten)) == 1


def test_try_again_of_a_well_account_is_refused(domain: Domain) -> None:
    with transaction() as tx, pytest.raises(Refusal, match="not resting"):
        acts.try_again(tx, domain.account_id, domain.member("U03CAROL"))


@pytest.mark.parametrize("change", ["smtp_url = 'smtp://127.0.0.1:10'", "status = 'active'"])
def test_another_mail_server_or_a_resume_ends_it(ten: Domain, change: str) -> None:
    fail(ten, WRONG_PASSWORD)
    ten.sql("UPDATE accounts SET status = 'paused', paused_reason = 'Tests.'")
    assert account(ten).rest_reason == "auth_failed"
    ten.sql(f"UPDATE accounts SET {change}")
    assert account(ten).rest_reason is None
    assert not account(ten).rest_shown


@pytest.mark.parametrize("phase", [Phase.RCPT, Phase.DOT])
def test_an_address_that_does_not_exist_is_a_bounce(ten: Domain, phase: Phase) -> None:
    claimed = ten.claim()
    if phase is Phase.DOT:
        assert ten.start(claimed)
    ten.finish(claimed, Outcome(NOT_SENT, phase, Reason.RECIPIENT_UNKNOWN, code=550))
    assert "bounce" in ten.verbs(claimed.draft_id)
    assert ten.rows("SELECT value_folded FROM suppressions") == [(claimed.rcpt_to,)]
    assert ten.rows("SELECT bounced_7, sent_7 FROM account_health") == [(1, 1)]
    assert ten.statuses(claimed.draft_id)[1] == ["failed"]
    assert account(ten).rest_reason is None
    again = ten.ingest(to={"email": claimed.rcpt_to, "first_name": "Dana"})
    assert ten.view(again).risk == "blocked"


def test_a_refusal_that_is_about_something_else_is_no_bounce(ten: Domain) -> None:
    claimed = ten.claim()
    ten.finish(claimed, REFUSED)
    assert ten.rows("SELECT count(*) FROM suppressions") == [(0,)]
    assert ten.state(claimed.draft_id) == "failed_back"
