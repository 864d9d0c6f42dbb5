"""What was committed of a mail's way is there after a crash: each step waits for the disk (P1, P12, DESIGN §3)."""

from pathlib import Path

import pytest

from tests.faults.servers import crash_postgres, no_wal_writer
from tests.fixtures.desk import SENT, Desk

pytestmark = pytest.mark.faults


def test_p1_p12_a_crash_takes_back_no_step_of_a_mail(desk: Desk, embedded_home: Path) -> None:
    """Nobody but the commit itself brings it to the disk: the server's own writer of the log stands still."""
    draft = desk.ingest()
    desk.approve(draft)
    with no_wal_writer(embedded_home):
        claimed = desk.claim()
        crash_postgres(embedded_home)
    assert desk.statuses(draft) == ("approved", ["claimed"])
    with no_wal_writer(embedded_home):
        assert desk.start(claimed)
        crash_postgres(embedded_home)
    assert desk.statuses(draft) == ("approved", ["sending"])
    assert desk.attempts(draft) == [(True, None)]
    with no_wal_writer(embedded_home):
        desk.finish(claimed, SENT)
        crash_postgres(embedded_home)
    assert desk.statuses(draft) == ("approved", ["sent"])
