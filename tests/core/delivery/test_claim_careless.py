"""A careless client, past all code, gets over no limit, no spacing and no sixty days (P4)."""

import pytest
from psycopg import errors as pg

from tests.core.delivery.claim_parts import queued, set_account, wrote
from tests.fixtures.desk import Desk

CARELESS = (
    "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(),"
    " lease_until = clock_timestamp() + interval '1 minute' WHERE id = %s"
)


def test_a_careless_client_cannot_exceed_a_limit(desk: Desk) -> None:
    first, second = queued(desk), queued(desk)
    set_account(desk, daily_limit_emails=1)
    desk.claim()
    with pytest.raises(pg.IntegrityError, match="daily_limit"):
        desk.sql(CARELESS, second)
    assert first != second


def test_a_careless_client_cannot_send_too_soon(desk: Desk) -> None:
    set_account(desk, spacing_min_minutes=6, spacing_max_minutes=16)
    _, second = queued(desk), queued(desk)
    desk.claim()
    with pytest.raises(pg.IntegrityError, match="spacing"):
        desk.sql(CARELESS, second)


def test_a_careless_client_cannot_write_within_sixty_days(desk: Desk) -> None:
    waits = queued(desk)
    wrote(desk, "DANA1@example.org", days=59)
    with pytest.raises(pg.IntegrityError, match="sixty_days"):
        desk.sql(CARELESS, waits)


def test_a_careless_client_cannot_write_to_whom_somebody_writes_now(desk: Desk) -> None:
    queued(desk)
    desk.claim()
    again = queued(desk, to={"email": "Dana1@example.org"})
    with pytest.raises(pg.IntegrityError, match="sixty_days"):
        desk.sql(CARELESS, again)


def test_a_careless_client_cannot_call_an_intro_a_reply(desk: Desk) -> None:
    waits = queued(desk)
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_queue SET kind = 'reply' WHERE id = %s", waits)
