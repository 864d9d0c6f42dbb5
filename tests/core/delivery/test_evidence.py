"""Evidence: closes an attempt, once, and never sends anything."""

from datetime import UTC, datetime

import pytest

from core.db import transaction
from core.delivery import Claimed
from core.delivery.evidence import Evidence, Recorded, record
from core.errors import BadInput
from core.ids import new_id
from core.taxonomy import EvidenceKind, Says
from tests.core.delivery.unknown_parts import again, history, lost
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REPLAY = Evidence(EvidenceKind.PROVIDER_REPLAY, Says.ARRIVED, AT, "200")
FOLDER = Evidence(EvidenceKind.SENT_FOLDER, Says.ARRIVED, AT)
REPORT = Evidence(EvidenceKind.DELIVERY_REPORT, Says.REFUSED, AT, "5.1.1")


def tell(claimed: Claimed, evidence: Evidence) -> Recorded:
    with transaction() as tx:
        return record(tx, claimed.attempt_id, evidence)


@pytest.mark.parametrize("evidence", [REPLAY, FOLDER, Evidence(EvidenceKind.PERSON, Says.ARRIVED, AT)])
def test_what_arrived_is_sent(domain: Domain, evidence: Evidence) -> None:
    draft, claimed = lost(domain)
    assert tell(claimed, evidence) == Recorded.CLOSED
    assert domain.state(draft) == "sent"
    assert domain.events(draft)[-1][:3] == ("confirm", "outcome_unknown", "sent")
    assert domain.rows(
        "SELECT surface, data->>'evidence', data->>'evidence_code' FROM message_events WHERE verb = 'confirm'"
    ) == [("provider", evidence.kind, evidence.code)]
    assert history(domain) == ["sent"]


def test_what_was_refused_is_back_in_review_and_in_no_queue(domain: Domain) -> None:
    draft, claimed = lost(domain)
    assert tell(claimed, REPORT) == Recorded.CLOSED
    assert domain.statuses(draft) == ("needs_review", ["failed"])
    assert "refused after the server had taken it" in str(domain.view(draft).reason)
    assert domain.events(draft)[-2][:3] == ("fail", "outcome_unknown", "failed")
    assert history(domain) == ["failed"]
    assert domain.try_claim() is None


@pytest.mark.parametrize("evidence", [FOLDER, REPORT])
def test_the_same_evidence_twice_changes_nothing_more(domain: Domain, evidence: Evidence) -> None:
    draft, claimed = lost(domain)
    tell(claimed, evidence)
    before = domain.events(draft)
    assert tell(claimed, evidence) == Recorded.KNOWN
    assert domain.events(draft) == before


def test_the_first_word_stands_and_the_other_is_an_event_once(domain: Domain) -> None:
    draft, claimed = lost(domain)
    tell(claimed, FOLDER)
    revision = domain.view(draft).revision
    for _ in range(2):
        assert tell(claimed, REPORT) == Recorded.CONTRADICTED
    assert domain.state(draft) == "sent"
    assert domain.verbs(draft).count("contradict") == 1
    assert domain.view(draft).revision > revision
    assert domain.rows("SELECT data->>'says', data->>'recorded' FROM message_events WHERE verb = 'contradict'") == [
        ("refused", "sent")
    ]


def test_a_mail_that_arrived_against_the_record_is_not_approved_by_an_old_click(domain: Domain) -> None:
    draft, claimed = lost(domain)
    tell(claimed, REPORT)
    round_before = domain.view(draft).review_round
    assert tell(claimed, FOLDER) == Recorded.CONTRADICTED
    facts = domain.view(draft)
    assert facts.review_round == round_before + 1
    assert "It arrived after all" in str(facts.reason)


def test_late_evidence_of_a_known_outcome_is_quiet_when_it_agrees(domain: Domain) -> None:
    sent, refused = domain.ingest(), domain.ingest()
    assert tell(domain.deliver(sent, SENT), REPLAY) == Recorded.KNOWN
    assert tell(domain.deliver(refused, REFUSED), REPORT) == Recorded.KNOWN
    assert "contradict" not in domain.verbs(sent) + domain.verbs(refused)


def test_an_attempt_under_way_says_itself_what_becomes_of_it(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    assert domain.start(claimed)
    assert tell(claimed, REPLAY) == Recorded.KNOWN
    assert domain.state(draft) == "sending"
    domain.finish(claimed, UNKNOWN)
    assert tell(claimed, REPLAY) == Recorded.CLOSED
    assert domain.state(draft) == "sent"


def test_evidence_for_an_overruled_attempt_keeps_the_next_from_leaving(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    assert tell(first, REPLAY) == Recorded.CLOSED
    assert not domain.start(second)
    assert domain.state(draft) == "sent"


def test_not_found_is_no_evidence() -> None:
    for kind in (EvidenceKind.SENT_FOLDER, EvidenceKind.PERSON):
        with pytest.raises(BadInput, match="Only a provider"):
            Evidence(kind, Says.REFUSED, AT)


@pytest.mark.parametrize("code", ["", "two words", "dana@example.org", "x" * 65])
def test_p11_a_code_holds_no_text(code: str) -> None:
    with pytest.raises(BadInput):
        Evidence(EvidenceKind.DELIVERY_REPORT, Says.REFUSED, AT, code)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(BadInput):
        Evidence(EvidenceKind.SENT_FOLDER, Says.ARRIVED, AT.replace(tzinfo=None))


def test_an_attempt_that_never_was_is_bad_input(database: str) -> None:
    with transaction() as tx, pytest.raises(BadInput, match="no such attempt"):
        record(tx, new_id(), REPLAY)
