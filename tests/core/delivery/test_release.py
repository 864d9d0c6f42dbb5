"""Release: what one gate refused until an act is due again, and nothing else is."""

from core.db import transaction
from core.delivery.release import release
from core.models import Delivery
from core.taxonomy import GateCode
from tests.core.delivery.claim_parts import database_now, delivery, queued
from tests.fixtures.domain import Domain


def test_only_what_this_gate_refused_is_due_again(domain: Domain) -> None:
    under_way = domain.approve(domain.ingest()).delivery_id
    domain.claim()
    held, otherwise_held, elsewhere = (queued(domain) for _ in range(3))
    domain.sql("UPDATE send_queue SET held_code = 'account_rests', reason = 'It waits.', due_at = '9999-01-01'")
    domain.sql("UPDATE send_queue SET held_code = 'sixty_days' WHERE id = %s", otherwise_held)
    stays = {each: delivery(domain, each) for each in (under_way, otherwise_held, elsewhere)}
    before = database_now(domain)
    with transaction() as tx:
        release(tx, Delivery.id.in_([held, under_way, otherwise_held]), GateCode.ACCOUNT_RESTS)
    row = delivery(domain, held)
    assert (row.held_code, row.reason) == (None, None)
    assert before <= row.due_at <= database_now(domain)
    assert {each: delivery(domain, each) for each in stays} == stays
