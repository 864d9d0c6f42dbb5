"""Skip: a queued mail is taken out for good by a person, and whatever is not queued says why it cannot be."""

import pytest
import sqlalchemy as sa

from core import models as m
from core.actor import Actor
from core.db import transaction
from core.delivery.skipping import skip
from core.drafts.review import approve
from core.errors import BadInput, Refusal
from core.ids import UUID, new_id
from core.mail.outcome import Outcome
from core.taxonomy import RefusalCode, Surface
from core.text.words.refusals import NOT_IN_THE_QUEUE, NOT_SKIPPED
from tests.core.delivery.claim_parts import delivery, queued
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

NOT_QUEUED = (RefusalCode.NOTHING_TO_DO, NOT_IN_THE_QUEUE)


def skips(domain: Domain, draft: UUID, reason: str = " They called. ", delivery_id: UUID | None = None) -> None:
    with transaction() as tx:
        skip(tx, draft, reason, domain.member("U03CAROL"), delivery_id)


def refused(domain: Domain, draft: UUID, delivery_id: UUID | None = None) -> tuple[RefusalCode, str]:
    before = domain.events()
    with pytest.raises(Refusal) as refusal:
        skips(domain, draft, delivery_id=delivery_id)
    assert domain.events() == before
    return refusal.value.code, str(refusal.value)


@pytest.mark.parametrize("named", [True, False])
def test_it_is_out_for_good_and_back_with_its_reviewers(domain: Domain, named: bool) -> None:
    draft, another = domain.ingest(), domain.ingest()
    out, stays = domain.approve(draft).delivery_id, domain.approve(another).delivery_id
    domain.sql("UPDATE send_queue SET held_code = 'spacing', reason = 'It waits.'")
    skips(domain, draft, delivery_id=out if named else None)
    row = delivery(domain, out)
    assert (row.status, row.reason, row.held_code) == ("skipped", "They called.", None)
    assert delivery(domain, stays).status == "queued"
    assert (domain.statuses(draft), domain.view(draft).reason) == (("needs_review", ["skipped"]), "They called.")
    assert domain.rows("SELECT return_reason FROM drafts WHERE id = %s", draft) == [("They called.",)]
    with transaction() as tx:
        line = tx.execute(sa.select(m.Event).where(m.Event.verb == "skip")).one()
    carol = domain.member("U03CAROL").member_id
    assert (line.workspace_id, line.member_id, line.draft_id, line.delivery_id) == (
        domain.workspace_id,
        carol,
        draft,
        out,
    )
    assert (line.from_status, line.to_status) == ("queued", "skipped")


def test_it_needs_a_reason(domain: Domain) -> None:
    waits = queued(domain)
    with pytest.raises(BadInput):
        skips(domain, delivery(domain, waits).draft_id, " ")
    assert delivery(domain, waits).status == "queued"


#: How far a mail has come, and what whoever would skip it is told.
STAGES: tuple[tuple[bool, Outcome | None, tuple[RefusalCode, str]], ...] = (
    (False, None, (RefusalCode.DRAFT_ALREADY_SENDING, NOT_SKIPPED["claimed"][1])),
    (True, None, (RefusalCode.DRAFT_ALREADY_SENDING, NOT_SKIPPED["sending"][1])),
    (True, SENT, (RefusalCode.ALREADY_DECIDED, NOT_SKIPPED["sent"][1])),
    (True, UNKNOWN, (RefusalCode.SEND_OUTCOME_UNKNOWN, NOT_SKIPPED["outcome_unknown"][1])),
    (True, REFUSED, NOT_QUEUED),
)


def test_what_is_not_queued_says_so(domain: Domain) -> None:
    for starts, outcome, told in STAGES:
        draft = domain.ingest()
        domain.approve(draft)
        claimed = domain.claim()
        assert not starts or domain.start(claimed)
        if outcome:
            domain.finish(claimed, outcome)
        assert refused(domain, draft) == told


def test_the_latest_delivery_of_a_draft_says_so(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, REFUSED)
    domain.approve(draft, 2)
    domain.claim()
    assert refused(domain, draft)[0] == RefusalCode.DRAFT_ALREADY_SENDING


def test_what_never_was_queued_or_is_another_delivery_is_not_skipped(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    draft = domain.ingest()
    assert refused(domain, new_id()) == refused(domain, draft) == NOT_QUEUED
    domain.approve(draft)
    assert refused(domain, draft, new_id()) == refused(domain, draft, queued(domain)) == NOT_QUEUED


def test_of_another_workspace_nothing_is_skipped_or_told(domain: Domain) -> None:
    domain.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02')")
    [(other,)] = domain.rows("SELECT id FROM workspaces WHERE slack_team_id = 'T02'")
    draft = domain.ingest()
    with transaction() as tx:
        approve(tx, draft, 1, domain.member())
    for _ in range(2):
        with pytest.raises(Refusal) as refusal, transaction() as tx:
            skip(tx, draft, "Not ours.", Actor(Surface.CLI, other))
        assert (refusal.value.code, str(refusal.value)) == NOT_QUEUED
        assert domain.statuses(draft)[0] == "approved"
        domain.try_claim()
