"""A careless client, past all code, gets over no limit, no spacing and no sixty days (P4)."""

import pytest
from psycopg import errors as pg

from tests.core.delivery.claim_parts import queued, set_account, wrote
from tests.fixtures.domain import Domain

CARELESS = (
    "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(),"
    " lease_until = clock_timestamp() + interval '1 minute' WHERE id = %s"
)


def test_a_careless_client_cannot_exceed_a_limit(domain: Domain) -> None:
    first, second = queued(domain), queued(domain)
    set_account(domain, daily_limit_emails=1)
    domain.claim()
    with pytest.raises(pg.IntegrityError, match="daily_limit"):
        domain.sql(CARELESS, second)
    assert first != second


def test_a_careless_client_cannot_send_too_soon(domain: Domain) -> None:
    set_account(domain, spacing_min_minutes=6, spacing_max_minutes=16)
    _, second = queued(domain), queued(domain)
    domain.claim()
    with pytest.raises(pg.IntegrityError, match="spacing"):
        domain.sql(CARELESS, second)


def test_a_careless_client_cannot_write_within_sixty_days(domain: Domain) -> None:
    waits = queued(domain)
    wrote(domain, "DANA1@example.org", days=59)
    with pytest.raises(pg.IntegrityError, match="sixty_days"):
        domain.sql(CARELESS, waits)


def test_a_careless_client_cannot_write_to_whom_somebody_writes_now(domain: Domain) -> None:
    queued(domain)
    domain.claim()
    again = queued(domain, to={"email": "Dana1@example.org"})
    with pytest.raises(pg.IntegrityError, match="sixty_days"):
        domain.sql(CARELESS, again)


def test_a_careless_client_cannot_call_an_intro_a_reply(domain: Domain) -> None:
    waits = queued(domain)
    with pytest.raises(pg.IntegrityError):
        domain.sql("UPDATE send_queue SET kind = 'reply' WHERE id = %s", waits)
