"""What becomes known of a person at the moment at which somebody decides, or brings a draft back: it is blocked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Connection

from core.db import transaction
from core.delivery.finishing import finish
from core.delivery.skipping import skip
from core.drafts import expire, review
from core.drafts.undo import undo
from core.errors import Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode
from tests.core.delivery.claim_parts import waits_for_a_lock
from tests.core.drafts.test_block import MARK, SUPPRESS, dana
from tests.fixtures.domain import REFUSED, Domain
from tests.fixtures.waiting import wait_until

KNOWN = pytest.mark.parametrize(
    "known", [(MARK, "do_not_contact"), (MARK, "replied"), (SUPPRESS, "domain", "example.org")], ids=lambda one: one[-1]
)

pytestmark = pytest.mark.slow
Act = Callable[[Connection, UUID, Domain], object]


def approved(domain: Domain) -> UUID:
    draft = dana(domain)
    domain.approve(draft)
    return draft


def sending(domain: Domain) -> UUID:
    draft = approved(domain)
    domain.make_due()
    domain.start(domain.claim())
    return draft


def refused(tx: Connection, domain: Domain) -> None:
    [(attempt,)] = domain.rows("SELECT id FROM send_attempts")
    finish(tx, attempt, REFUSED)


def expired(domain: Domain) -> UUID:
    draft = dana(domain)
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", draft)
    return draft


#: What brings a draft back to review, and what it is before.
BROUGHT_BACK = pytest.mark.parametrize(
    ("before", "act"),
    [
        (approved, lambda tx, draft, domain: undo(tx, draft, 1, domain.member())),
        (approved, lambda tx, draft, domain: skip(tx, draft, "Not now.", domain.member())),
        (sending, lambda tx, _draft, domain: refused(tx, domain)),
        (expired, lambda tx, draft, domain: expire.restore(tx, draft, domain.member())),
    ],
    ids=["undo", "skip", "refused by the server", "restore"],
)


@KNOWN
@BROUGHT_BACK
def test_what_becomes_known_while_a_draft_is_brought_back_blocks_it(
    domain: Domain, known: tuple[str, ...], before: Callable[[Domain], UUID], act: Act
) -> None:
    draft = before(domain)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            act(tx, draft, domain)
            hearing = pool.submit(domain.sql, *known)
            wait_until(lambda: hearing.done() or waits_for_a_lock(domain))
        hearing.result()
    assert domain.state(draft) == "manual_review"


@KNOWN
@BROUGHT_BACK
def test_a_draft_that_is_brought_back_while_it_becomes_known_is_blocked(
    domain: Domain, known: tuple[str, ...], before: Callable[[Domain], UUID], act: Act
) -> None:
    draft = before(domain)

    def bring_back() -> None:
        with transaction() as tx:
            act(tx, draft, domain)

    with ThreadPoolExecutor(1) as pool, domain.connect() as hearing:
        hearing.execute("BEGIN")
        hearing.execute(known[0], known[1:])
        acting = pool.submit(bring_back)
        wait_until(lambda: acting.done() or waits_for_a_lock(domain))
        hearing.execute("COMMIT")
        acting.result()
    assert domain.state(draft) == "manual_review"


@KNOWN
def test_an_approval_that_comes_first_is_skipped_and_comes_back_blocked(domain: Domain, known: tuple[str, ...]) -> None:
    draft = dana(domain)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            review.approve(tx, draft, 1, domain.member())
            hearing = pool.submit(domain.sql, *known)
            wait_until(lambda: hearing.done() or waits_for_a_lock(domain))
        hearing.result()
    domain.make_due()
    assert domain.try_claim() is None
    assert domain.statuses(draft) == ("manual_review", ["skipped"])


@KNOWN
def test_an_approval_that_comes_second_is_refused(domain: Domain, known: tuple[str, ...]) -> None:
    draft = dana(domain)

    def approve() -> RefusalCode | None:
        try:
            with transaction() as tx:
                review.approve(tx, draft, 1, domain.member())
        except Refusal as refusal:
            return refusal.code
        return None

    with ThreadPoolExecutor(1) as pool, domain.connect() as hearing:
        hearing.execute("BEGIN")
        hearing.execute(known[0], known[1:])
        approving = pool.submit(approve)
        wait_until(lambda: approving.done() or waits_for_a_lock(domain))
        hearing.execute("COMMIT")
        assert approving.result() == RefusalCode.BLOCKED
    assert domain.statuses(draft) == ("manual_review", [])
