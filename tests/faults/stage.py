"""How a fault is placed exactly: locks that hold a process at a statement, and time that passes in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from core.settings import settings
from tests.fixtures.waiting import wait_until


def ask(statement: LiteralString, *parameters: object) -> list[tuple[object, ...]]:
    """The rows of one statement on the test's database; none where it gives none."""
    with psycopg.connect(settings().database_url, autocommit=True, application_name="stage") as connection:
        cursor = connection.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def count(statement: LiteralString, *parameters: object) -> int:
    """The one number that a statement gives."""
    ((number,),) = ask(statement, *parameters)
    assert isinstance(number, int)
    return number


@contextmanager
def locked(statement: LiteralString, *parameters: object) -> Iterator[None]:
    """Hold the locks that a statement takes, until the end of the block."""
    with psycopg.connect(settings().database_url, application_name="stage") as connection:
        connection.execute(statement, parameters)
        yield
        connection.rollback()


def wait_blocked(at: str, number: int = 1) -> None:
    """Return once so many statements of Signoff that contain `at` wait for a lock."""
    wait_until(
        lambda: (
            count(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                " AND application_name = 'signoff' AND strpos(query, %s) > 0",
                at,
            )
            >= number
        ),
        seconds=15,
        what=f"{number} × {at!r} to wait for a lock",
    )


def within_a_transaction() -> int:
    """How many sessions of Signoff are within a transaction at this moment."""
    return count(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'signoff' AND xact_start IS NOT NULL"
    )


def backoff_passes() -> None:
    """The wait before the next try is over."""
    ask("UPDATE send_queue SET due_at = clock_timestamp() WHERE status = 'queued' AND due_at > clock_timestamp()")
    ask(
        "UPDATE accounts SET rest_until = clock_timestamp(), next_send_at = clock_timestamp()"
        " WHERE rest_until > clock_timestamp()"
    )


def a_day_passes() -> None:
    """Another day begins for every account: what it sent counts no more, and the clock looks at it now."""
    ask("UPDATE accounts SET counted_on = counted_on - 1, next_send_at = clock_timestamp()")


def leases_run_out() -> None:
    """All that somebody holds is free to take, deliveries and cards: for a worker that will never come back."""
    ask("UPDATE send_queue SET lease_until = clock_timestamp() WHERE status IN ('claimed', 'sending')")
    holds_run_out()


def holds_run_out() -> None:
    """Cards that a job held when it died may be drawn by others, and the clock looks at them now."""
    ask("UPDATE cards SET held_until = clock_timestamp() WHERE held_until > clock_timestamp()")
    ask("UPDATE drafts SET sync_after = clock_timestamp() WHERE drawn_revision < revision")
