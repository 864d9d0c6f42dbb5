"""Unknown outcomes: the first mail arrives after all, when a person has already had it sent again (P1, P4)."""

import pytest
from psycopg import errors as pg

from core.db import transaction
from core.errors import Refusal
from core.mail.outcome import Outcome
from core.views.draft import read
from tests.core.delivery.unknown_parts import again, history, last, lost
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow


def test_p1_it_arrived_after_all_before_another_was_claimed(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    domain.finish(first, SENT)
    assert domain.state(draft) == "sent"
    assert last(domain, draft) == ("confirm", "queued", "sent", None)
    assert domain.try_claim() is None
    assert domain.attempts(draft) == [(True, "sent")]
    assert history(domain) == ["sent"]


def test_p1_it_arrived_after_all_while_another_was_connected(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    domain.finish(first, SENT)
    assert last(domain, draft) == ("confirm", "claimed", "sent", None)
    assert not domain.start(second)
    domain.finish(second, BUSY)
    assert domain.state(draft) == "sent"
    assert domain.attempts(draft) == [(True, "sent"), (False, "not_sent")]


@pytest.mark.parametrize("outcome", [REFUSED, BUSY, UNKNOWN])
def test_it_arrived_after_all_while_another_was_being_sent_which_did_not(domain: Domain, outcome: Outcome) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    assert domain.start(second)
    domain.finish(first, SENT)
    assert domain.state(draft) == "sending"
    assert last(domain, draft)[0] == "contradict"
    domain.finish(second, outcome)
    assert domain.state(draft) == "sent"
    assert last(domain, draft) == ("confirm", "sending", "sent", None)
    assert domain.try_claim() is None


def test_both_arrived_and_nobody_can_overlook_it(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    assert domain.start(second)
    domain.finish(second, SENT)
    before = domain.view(draft)
    assert before.overruled is not None
    assert not before.overruled.twice
    domain.finish(first, SENT)
    after = domain.view(draft)
    assert after.overruled is not None
    assert after.overruled.twice
    assert after.revision > before.revision, "no card would be drawn again"
    assert last(domain, draft)[0] == "duplicate"
    domain.finish(first, SENT)
    assert domain.verbs(draft).count("duplicate") == 1


def test_both_arrived_the_first_while_the_second_was_being_sent(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    assert domain.start(second)
    domain.finish(first, SENT)
    domain.finish(second, SENT)
    assert domain.verbs(draft)[-2:] == ["deliver", "duplicate"]
    overruled = domain.view(draft).overruled
    assert overruled is not None
    assert overruled.twice


def test_it_arrived_after_all_when_the_draft_is_back_in_review(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    domain.finish(second, REFUSED)
    version = domain.view(draft).review_round
    domain.finish(first, SENT)
    facts = domain.view(draft)
    assert facts.state == "failed_back"
    assert "It arrived after all" in str(facts.reason)
    assert history(domain) == ["sent"]
    with pytest.raises(Refusal, match="has changed"):
        domain.approve(draft, version)


def test_it_arrived_after_all_when_the_draft_was_approved_anew(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    domain.finish(domain.claim(), REFUSED)
    domain.approve(draft, domain.view(draft).review_round)
    domain.finish(first, SENT)
    assert domain.statuses(draft) == ("needs_review", ["failed", "cancelled"])
    assert "It arrived after all" in str(domain.view(draft).reason)


def test_p4_the_database_lets_no_attempt_start_once_another_arrived(domain: Domain) -> None:
    draft, first = lost(domain, kind="reply")
    again(domain, draft, first)
    domain.finish(domain.claim(), REFUSED)
    domain.approve(draft, domain.view(draft).review_round)
    third = domain.claim()
    domain.finish(first, SENT)
    with pytest.raises(Exception, match="cannot start once another has arrived"):
        domain.start(third)


def test_a_late_refusal_of_an_overruled_attempt_changes_nothing_else(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    domain.finish(first, REFUSED)
    assert domain.statuses(draft) == ("approved", ["queued"])
    assert domain.attempts(draft) == [(True, "not_sent")]
    assert domain.view(draft).overruled is None


def test_p4_an_overruling_is_never_taken_back_and_has_a_name(domain: Domain) -> None:
    draft, first = lost(domain)
    with pytest.raises(pg.CheckViolation):
        domain.sql("UPDATE send_attempts SET overruled_at = now()")
    again(domain, draft, first)
    with pytest.raises(pg.IntegrityConstraintViolation):
        domain.sql("UPDATE send_attempts SET overruled_at = NULL, overruled_by = NULL")
    with transaction() as tx:
        facts = read(tx, draft)
    assert facts is not None


@pytest.mark.parametrize("first_outcome", [SENT, UNKNOWN])
def test_p1_without_a_person_a_second_attempt_still_cannot_start(domain: Domain, first_outcome: Outcome) -> None:
    draft = domain.ingest()
    domain.deliver(draft, first_outcome)
    with pytest.raises(pg.UniqueViolation):
        domain.sql(
            "INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256,"
            " started_at) SELECT gen_random_uuid(), workspace_id, id, draft_id, 'x', '', '', now() FROM send_queue"
            " WHERE draft_id = %s",
            draft,
        )
