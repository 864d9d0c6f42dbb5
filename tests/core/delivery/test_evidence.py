"""Evidence: closes an attempt, once, and never sends anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.db import transaction
from core.delivery import Claimed
from core.delivery.evidence import Evidence, Recorded, record
from core.drafts.review import approve
from core.errors import BadInput
from core.ids import new_id
from core.taxonomy import EvidenceKind, Reason, Says, Timing
from core.text.words.outcomes import REASONS
from tests.core.delivery.unknown_parts import again, history, lost
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN, Domain

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REPLAY = Evidence(EvidenceKind.PROVIDER_REPLAY, Says.ARRIVED, AT, "200")
FOLDER = Evidence(EvidenceKind.SENT_FOLDER, Says.ARRIVED, AT)
REPORT = Evidence(EvidenceKind.DELIVERY_REPORT, Says.REFUSED, AT, "5.1.1")


def tell(claimed: Claimed, evidence: Evidence) -> Recorded:
    with transaction() as tx:
        return record(tx, claimed.attempt_id, evidence)


@pytest.mark.parametrize(
    "evidence",
    [REPLAY, replace(REPLAY, code=None), replace(FOLDER, code="INBOX"), replace(FOLDER, kind=EvidenceKind.PERSON)],
)
def test_what_arrived_is_sent(domain: Domain, evidence: Evidence) -> None:
    draft, claimed = lost(domain)
    assert tell(claimed, evidence) == Recorded.CLOSED
    assert domain.state(draft) == "sent"
    assert domain.events(draft)[-1][:3] == ("confirm", "outcome_unknown", "sent")
    assert domain.rows(
        "SELECT surface, data->>'evidence', data->>'evidence_code' FROM message_events WHERE verb = 'confirm'"
    ) == [("provider", evidence.kind, evidence.code)]
    named = "id 200" if evidence == REPLAY else None
    assert domain.rows("SELECT phase, reason, reply FROM send_attempts") == [("dot", "evidence", named)]
    assert history(domain) == ["sent"]


def test_p1_what_arrived_against_the_record_is_not_tried_again(domain: Domain) -> None:
    """A server that took it, and said that it had not: its next try would be the second mail."""
    draft, another = domain.ingest(), domain.ingest()
    with transaction() as tx:
        approve(tx, another, 1, domain.member(), Timing.NEXT_SLOT)
    claimed = domain.deliver(draft, BUSY)
    assert tell(claimed, FOLDER) == Recorded.CONTRADICTED
    assert domain.statuses(draft) == ("needs_review", ["cancelled"])
    assert domain.view(draft).reason == "It arrived after all, with an earlier attempt: do not send it again."
    assert domain.events(draft)[-3:] == [
        ("contradict", None, None, None),
        ("cancel", "queued", "cancelled", None),
        ("return", "approved", "needs_review", None),
    ]
    assert domain.statuses(another) == ("approved", ["queued"])


def test_what_was_refused_is_back_in_review_and_in_no_queue(domain: Domain) -> None:
    draft, claimed = lost(domain)
    assert tell(claimed, REPORT) == Recorded.CLOSED
    assert domain.statuses(draft) == ("needs_review", ["failed"])
    assert domain.view(draft).reason == REASONS[Reason.EVIDENCE]
    assert domain.rows("SELECT outcome, reply FROM send_attempts") == [("not_sent", None)]
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
    assert domain.view(draft).revision == revision + 1
    others = [replace(REPORT, code="5.1.2"), replace(REPORT, at=AT + timedelta(hours=1))]
    for other in [*others, replace(REPORT, kind=EvidenceKind.PROVIDER_REPLAY), *others]:
        assert tell(claimed, other) == Recorded.CONTRADICTED
    assert domain.rows(
        "SELECT data->>'says', data->>'recorded', data->>'evidence', data->>'evidence_code' FROM message_events"
        " WHERE verb = 'contradict' ORDER BY id"
    ) == [
        ("refused", "sent", "delivery_report", "5.1.1"),
        ("refused", "sent", "delivery_report", "5.1.2"),
        ("refused", "sent", "delivery_report", "5.1.1"),
        ("refused", "sent", "provider_replay", "5.1.1"),
    ]


def test_what_arrived_against_the_record_and_was_sent_since_arrived_twice(domain: Domain) -> None:
    draft = domain.ingest()
    first = domain.deliver(draft, BUSY)
    domain.make_due()
    second = domain.claim()
    assert domain.start(second)
    domain.finish(second, SENT)
    assert tell(first, FOLDER) == Recorded.CONTRADICTED
    assert domain.rows("SELECT attempt_id, data->>'arrived' FROM message_events WHERE verb = 'duplicate'") == [
        (first.attempt_id, "2")
    ]


def test_the_same_said_of_two_attempts_is_two_events(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    domain.finish(first, REFUSED)
    second = domain.claim()
    domain.finish(second, REFUSED)
    for claimed in (first, second):
        assert tell(claimed, FOLDER) == Recorded.CONTRADICTED
    assert domain.verbs(draft).count("contradict") == 2


def test_a_mail_that_arrived_against_the_record_is_not_approved_by_an_old_click(domain: Domain) -> None:
    draft, claimed = lost(domain)
    tell(claimed, REPORT)
    round_before = domain.view(draft).review_round
    assert tell(claimed, FOLDER) == Recorded.CONTRADICTED
    facts = domain.view(draft)
    assert facts.review_round == round_before + 1
    assert facts.reason == "It arrived after all, with an earlier attempt: do not send it again."


def test_a_mail_that_nobody_would_send_again_is_left_alone(domain: Domain) -> None:
    draft, claimed = lost(domain)
    tell(claimed, REPORT)
    domain.reject(draft, domain.view(draft).review_round)
    before = domain.view(draft)
    assert tell(claimed, FOLDER) == Recorded.CONTRADICTED
    after = domain.view(draft)
    assert after == replace(before, revision=before.revision + 1, as_of=after.as_of)


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


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        *(
            ((kind, Says.REFUSED, AT), "says", "Only a provider or a delivery report can say that a mail was refused.")
            for kind in (EvidenceKind.SENT_FOLDER, EvidenceKind.PERSON)  # not found is no evidence
        ),
        *(
            (
                (EvidenceKind.DELIVERY_REPORT, Says.REFUSED, AT, code),  # P11: it holds no text
                "code",
                "The code of evidence is one short word without spaces.",
            )
            for code in ("", "two words", "dana@example.org", "x" * 65)
        ),
        (
            (EvidenceKind.SENT_FOLDER, Says.ARRIVED, AT.replace(tzinfo=None)),
            "at",
            "The time of evidence needs a time zone.",
        ),
    ],
)
def test_what_cannot_be_said(given: Any, field: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        Evidence(*given)
    assert (refused.value.field, str(refused.value)) == (field, sentence)


@pytest.mark.parametrize("code", [None, "x" * 64, "5.1.1", "A_b:c-9"])
def test_what_can_be_said(code: str | None) -> None:
    for kind in (EvidenceKind.DELIVERY_REPORT, EvidenceKind.PROVIDER_REPLAY):
        assert Evidence(kind, Says.REFUSED, AT, code).code == code


def test_an_attempt_that_never_was_is_bad_input(database: str) -> None:
    with transaction() as tx, pytest.raises(BadInput) as refused:
        record(tx, new_id(), REPLAY)
    assert (refused.value.field, str(refused.value)) == ("attempt_id", "There is no such attempt.")
