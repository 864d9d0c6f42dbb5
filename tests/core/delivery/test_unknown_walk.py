"""Any order of late results, evidence, crashes and people who send again, on a real Postgres: what always holds (P1).

A short walk of one draft at a time: Hypothesis chooses the steps, and the outside world is a list of what it took. An
attempt that somebody overruled may still arrive; apart from that a mail arrives once.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.db import engine, transaction
from core.delivery import Claimed, expire_leases, finish, start, unknown
from core.delivery.evidence import Evidence, record
from core.drafts.state import OPEN
from core.drafts.undo import undo
from core.errors import Refusal
from core.ids import UUID
from core.states import DELIVERY
from core.taxonomy import EvidenceKind, Says, Verb
from core.views.draft import read
from tests.fixtures.cases import cases
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
#: The ways that `tests/core/delivery/test_machine.py` leaves to this walk.
BY_OVERRULING = {
    (str(a), str(verb), str(b))
    for a, verb, b in DELIVERY.transitions
    if verb == Verb.RESEND or (verb == Verb.CONFIRM and a != "outcome_unknown")
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["claim", "start", "finish", "lose", "again", "again_at_once", "late", "late", "evidence", "crash"]
        ),
        st.integers(0, 5),
        st.sampled_from([SENT, SENT, REFUSED, BUSY]),
    ),
    min_size=5,
    max_size=14,
)


@dataclass
class Walk:
    """One draft, its attempts in order, and which of them passed DATA, with what the server decided then."""

    domain: Domain
    draft: UUID
    tries: list[Claimed] = field(default_factory=list)
    took: dict[UUID, object] = field(default_factory=dict)

    def step(self, what: str, which: int, truth: object) -> None:
        getattr(self, what)(which, truth)

    def _pick(self, which: int) -> Claimed | None:
        return self.tries[-1 - which % len(self.tries)] if self.tries else None

    def claim(self, _which: int, _truth: object) -> None:
        self.domain.make_due()
        if claimed := self.domain.try_claim():
            self.tries.append(claimed)

    def start(self, _which: int, truth: object) -> None:
        tried = self._pick(0)
        if tried is None:
            return
        with transaction() as tx:
            may = start(tx, tried)
        if may:
            known = self.domain.attempts(self.draft)
            assert (True, "sent") not in known, "a mail left although it was known to have arrived"
            assert tried.attempt_id not in self.took
            self.took[tried.attempt_id] = truth

    def finish(self, _which: int, _truth: object) -> None:
        """The latest attempt hears its answer at once."""
        self._tell(self._pick(0), hears=True)

    def lose(self, _which: int, _truth: object) -> None:
        self._tell(self._pick(0), hears=False)

    def late(self, which: int, _truth: object) -> None:
        """Any attempt there ever was hears its answer late."""
        self._tell(self._pick(which), hears=True)

    def _tell(self, tried: Claimed | None, *, hears: bool) -> None:
        if tried is None:
            return
        outcome = self.took.get(tried.attempt_id, BUSY)
        with transaction() as tx:
            finish(tx, tried.attempt_id, outcome if hears or outcome is BUSY else UNKNOWN)  # type: ignore[arg-type]

    def crash(self, _which: int, _truth: object) -> None:
        self.domain.sql("UPDATE send_queue SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL")
        with transaction() as tx:
            expire_leases(tx)

    def again(self, _which: int, _truth: object) -> None:
        self.domain.sql("UPDATE send_attempts SET finished_at = finished_at - interval '1 h' WHERE outcome = 'unknown'")
        tried = self._pick(0)
        if tried is None:
            return
        try:
            with transaction() as tx:
                unknown.send_again(tx, self.draft, tried.number, self.domain.member("U03CAROL"))
        except Refusal:
            pass

    def again_at_once(self, which: int, truth: object) -> None:
        """Send again, and a worker is at it: connected, or past DATA."""
        self.again(which, truth)
        self.claim(which, truth)
        if which % 2:
            self.start(which, truth)

    def evidence(self, which: int, _truth: object) -> None:
        tried = self._pick(which)
        if tried is None or self.took.get(tried.attempt_id) is not SENT:
            return
        with transaction() as tx:
            record(tx, tried.attempt_id, Evidence(EvidenceKind.PROVIDER_REPLAY, Says.ARRIVED, AT))

    def check(self) -> None:
        """What always holds."""
        rows = self.domain.rows(
            "SELECT a.id, a.outcome, a.overruled_at IS NOT NULL, q.status FROM send_attempts a"
            " JOIN send_queue q ON q.id = a.delivery_id WHERE a.draft_id = %s",
            self.draft,
        )
        left = [(id_, overruled) for id_, _, overruled, _ in rows if self.took.get(id_) is SENT]
        assert sum(not overruled for _, overruled in left) <= 1, "two arrived that nobody overruled"
        known = sum(outcome == "sent" for _, outcome, _, _ in rows)
        with transaction() as tx:
            view = read(tx, self.draft)
        assert view is not None
        if known:
            assert view.state in {"sent", "sending", "failed_back"}
            assert view.state != "failed_back" or "It arrived after all" in str(view.reason)
            overruled = any(overruled and outcome == "sent" for _, outcome, overruled, _ in rows)
            assert not overruled or (view.overruled is not None and view.overruled.arrived)
        if known > 1:
            assert view.overruled is not None
            assert view.overruled.twice
            assert "duplicate" in self.domain.verbs(self.draft)
        assert view.state not in OPEN or all(outcome for _, outcome, _, _ in rows)


def test_p1_whatever_people_and_late_results_do(domain: Domain) -> None:
    (name,) = domain.rows("SELECT current_database()")[0]
    domain.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no machine crashes here
    domain.sql("UPDATE accounts SET daily_limit_emails = 100")
    engine().dispose()

    @cases(30)
    @example([("again", 0, SENT), ("late", 0, SENT)])
    @example([("again_at_once", 0, SENT), ("late", 1, SENT)])
    @example([("crash", 0, SENT), ("again_at_once", 1, REFUSED), ("late", 1, SENT), ("finish", 0, SENT)])
    @given(STEPS)
    def walk(steps: list[tuple[str, int, object]]) -> None:
        domain.sql("UPDATE accounts SET counted_emails = 0")
        draft = domain.ingest()
        domain.approve(draft)
        on = Walk(domain, draft)
        for step in [("claim", 0, SENT), ("start", 0, steps[0][2]), ("lose", 0, SENT), *steps]:
            on.step(*step)
            on.check()
        on.crash(0, SENT)
        on.check()
        if domain.rows("SELECT FROM send_queue WHERE status = 'queued'"):  # out of the next walk's way
            with transaction() as tx:
                undo(tx, draft, domain.view(draft).review_round, domain.member())

    walk()
    gone = set(domain.rows("SELECT DISTINCT from_status, verb, to_status FROM message_events"))
    assert gone >= BY_OVERRULING, f"no walk went {BY_OVERRULING - gone}"
