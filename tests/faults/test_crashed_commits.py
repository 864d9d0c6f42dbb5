"""What was committed of a mail's way is there after a crash: each step waits for the disk (P1, P12, DESIGN §3)."""

from pathlib import Path

import pytest

from tests.faults.servers import crash_postgres, no_wal_writer
from tests.fixtures.domain import SENT, Domain

pytestmark = pytest.mark.faults


def test_p1_p12_a_crash_takes_back_no_step_of_a_mail(domain: Domain, embedded_home: Path) -> None:
    """Nobody but the commit itself brings it to the disk: the server's own writer of the log stands still."""
    draft = domain.ingest()
    domain.approve(draft)
    with no_wal_writer(embedded_home):
        claimed = domain.claim()
        crash_postgres(embedded_home)
    assert domain.statuses(draft) == ("approved", ["claimed"])
    with no_wal_writer(embedded_home):
        assert domain.start(claimed)
        crash_postgres(embedded_home)
    assert domain.statuses(draft) == ("approved", ["sending"])
    assert domain.attempts(draft) == [(True, None)]
    with no_wal_writer(embedded_home):
        domain.finish(claimed, SENT)
        crash_postgres(embedded_home)
    assert domain.statuses(draft) == ("approved", ["sent"])
