"""The steps of a run go in their order: each waits for what came of the mail before it, and says so (P1, P8)."""

from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core import models as m
from core.db import transaction
from core.delivery.explain import explain_wait
from core.delivery.refusals import UNTIL_AN_ACT
from core.ids import UUID
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, GateCode, Phase, Reason
from tests.fixtures.domain import SENT, UNKNOWN, Domain

DANA = {"email": "dana@example.org", "first_name": "Dana"}


def step(domain: Domain, **more: Any) -> UUID:
    return domain.ingest(**{"to": DANA, "sequence": "run"} | more)


def follow_up(domain: Domain, **more: Any) -> UUID:
    return step(domain, kind="follow_up", **more)


def held(domain: Domain, draft: UUID) -> tuple[str | None, str | None, bool]:
    """The gate that holds its delivery, why, and whether that takes an act."""
    with transaction() as tx:
        row = tx.execute(sa.select(m.Delivery).where(m.Delivery.draft_id == draft)).one()
        waits = explain_wait(tx, row.id, row.account_id)
    assert waits is not None
    return row.held_code, waits.sentence, row.due_at >= UNTIL_AN_ACT


def claims(domain: Domain) -> bool:
    domain.sql("UPDATE accounts SET next_spaced_at = NULL, next_send_at = now()")
    domain.sql(
        "UPDATE send_queue SET due_at = now() WHERE status = 'queued' AND due_at < 'infinity' AND held_code IS NULL"
    )
    return domain.try_claim() is not None


def test_p1_it_waits_while_nobody_knows_of_the_mail_before_it(domain: Domain) -> None:
    first, second = step(domain), follow_up(domain)
    sent = domain.deliver(first, UNKNOWN)
    domain.approve(second)
    assert not claims(domain)
    code, sentence, waits_for_an_act = held(domain, second)
    assert (code, waits_for_an_act) == (GateCode.STEP_BEFORE, True)
    assert sentence == "It is not known yet whether the previous mail in this sequence arrived."
    domain.finish(sent, SENT)
    assert domain.rows("SELECT due_at <= now() FROM send_queue WHERE draft_id = %s", second) == [(True,)]
    assert claims(domain), "evidence lets it go on"


def test_it_goes_on_when_the_one_before_it_is_rejected(domain: Domain) -> None:
    first, second = step(domain), follow_up(domain)
    domain.approve(second)
    assert not claims(domain)
    assert held(domain, second)[1] == "The previous mail in this sequence is not approved yet."
    domain.reject(first)
    assert claims(domain)


def test_it_waits_for_the_one_before_it_to_leave(domain: Domain) -> None:
    first, second = step(domain), follow_up(domain)
    domain.approve(second)
    assert not claims(domain)
    domain.approve(first)
    domain.sql("UPDATE send_queue SET due_at = now() + interval '1 hour' WHERE draft_id = %s", first)
    assert held(domain, second)[1] == "The previous mail in this sequence has not been sent yet."
    domain.sql("UPDATE send_queue SET due_at = now() WHERE draft_id = %s", first)
    claimed = domain.claim()
    assert claimed.draft_id == first
    assert domain.start(claimed)
    domain.finish(claimed, SENT)
    assert claims(domain)


def test_a_mail_that_failed_stands_before_a_person_again_and_holds_the_next(domain: Domain) -> None:
    first, second = step(domain), follow_up(domain)
    domain.deliver(first, Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, code=550))
    domain.approve(second)
    assert not claims(domain)
    assert held(domain, second)[1] == "The previous mail in this sequence is not approved yet."


def test_the_steps_of_another_run_hold_nothing(domain: Domain) -> None:
    step(domain, sequence="other", to={"email": "eve@example.org", "first_name": "Eve"})
    domain.approve(follow_up(domain))
    assert claims(domain)


def test_an_answer_waits_for_no_step(domain: Domain) -> None:
    step(domain)
    domain.approve(step(domain, kind="reply", inbound={"subject": "Prices?", "body": "What is it?"}))
    assert claims(domain)


def test_p4_the_database_refuses_the_claim(domain: Domain) -> None:
    first, second = step(domain), follow_up(domain)
    domain.deliver(first, UNKNOWN)
    delivery = domain.approve(second).delivery_id
    domain.sql("UPDATE accounts SET next_spaced_at = NULL")
    with pytest.raises(pg.IntegrityError, match=r"^step_before: an earlier mail of this run is outcome_unknown"):
        domain.sql(
            "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(),"
            " lease_until = now() + interval '1 minute' WHERE id = %s",
            delivery,
        )
