"""The verbs of review, and the rows that they leave behind: all of them, as they stand there."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.actor import Actor
from core.db import transaction
from core.drafts import review
from core.drafts.review import Approved
from core.errors import BadInput, Refusal, Stale
from core.ids import UUID
from core.taxonomy import RefusalCode, Role, Surface, Timing
from tests.core.drafts.review_parts import ask_changes, row, settings
from tests.fixtures.domain import REFUSED, Domain


def decision(domain: Domain, draft: UUID) -> tuple[Any, ...]:
    stands = row(domain, draft)
    return stands.status, stands.decided_by, stands.decided_surface, stands.decision_note, stands.decided_at is not None


def last_event(domain: Domain, draft: UUID) -> tuple[Any, ...]:
    """Verb, from, to, who, surface, delivery and data of the latest event."""
    return domain.rows(
        "SELECT verb, from_status, to_status, member_id, surface, delivery_id, data FROM message_events"
        " WHERE draft_id = %s ORDER BY id DESC LIMIT 1",
        draft,
    )[0]


@pytest.mark.parametrize("timing", Timing)
def test_an_approval_queues_one_delivery_of_its_text(domain: Domain, timing: Timing) -> None:
    settings(domain, undo_seconds=30)
    draft, bob = domain.ingest(), domain.member("U02BOB")
    domain.edit(draft)
    domain.sql("UPDATE drafts SET return_reason = 'Then.', decision_note = 'Then.' WHERE id = %s", draft)
    with transaction() as tx:
        made = review.approve(tx, draft, 2, bob, timing)
    assert isinstance(made, Approved)
    assert made == Approved(draft, made.delivery_id, domain.account_id)
    assert decision(domain, draft) == ("approved", bob.member_id, "slack", None, True)
    assert row(domain, draft).return_reason is None
    [queued] = domain.rows(
        "SELECT id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id, timing, status,"
        " due_at - created_at FROM send_queue"
    )
    assert queued == (
        *(made.delivery_id, domain.workspace_id, draft, 2, domain.campaign_id, domain.account_id),
        *(row(domain, draft).contact_id, timing, "queued", timedelta(seconds=30)),
    )
    assert last_event(domain, draft) == (
        *("approve", "needs_review", "approved", bob.member_id, "slack", made.delivery_id),
        {"version": 2, "timing": timing},
    )


def test_by_default_it_leaves_at_the_earliest(domain: Domain) -> None:
    domain.approve(domain.ingest())
    assert domain.rows("SELECT timing FROM send_queue") == [("earliest",)]


def test_a_rejection_keeps_its_reason_as_one_line(domain: Domain) -> None:
    draft, alice = domain.ingest(), domain.member()
    domain.reject(draft, reason=" Not\nnow. ")
    assert decision(domain, draft) == ("rejected", alice.member_id, "slack", "Not now.", True)
    data = {"version": 1}
    assert last_event(domain, draft) == ("reject", "needs_review", "rejected", alice.member_id, "slack", None, data)


def test_a_request_for_changes_keeps_who_asked(domain: Domain) -> None:
    draft, bob = domain.ingest(body="Hi {first_name}"), domain.member("U02BOB")
    domain.sql("UPDATE drafts SET escalated_at = now() WHERE id = %s", draft)
    before = row(domain, draft)
    ask_changes(draft, user="U02BOB")
    stands = row(domain, draft)
    assert (stands.status, stands.change_note, stands.change_asked_by) == ("pending", "Shorter, please.", bob.member_id)
    assert (stands.escalated_at, stands.waits_since > before.waits_since) == (None, True)
    assert last_event(domain, draft) == (
        *("request_changes", "manual_review", "pending", bob.member_id, "slack", None),
        {"version": 1},
    )


@pytest.mark.parametrize(
    ("given", "field"), [({"subject": " "}, "subject"), ({"subject": "a\nb"}, "subject"), ({"body": "\r\n"}, "body")]
)
def test_a_text_that_cannot_be_sent_is_not_saved(domain: Domain, given: dict[str, str], field: str) -> None:
    draft = domain.ingest()
    with pytest.raises(BadInput) as bad:
        domain.edit(draft, **given)
    assert (bad.value.field, row(domain, draft).version) == (field, 1)


def test_an_edit_is_saved_clean_under_its_writers_name(domain: Domain) -> None:
    draft, bob = domain.ingest(), domain.member("U02BOB")
    domain.sql("UPDATE drafts SET confidence = 0.9, return_reason = 'Then.', escalated_at = now() WHERE id = %s", draft)
    before = row(domain, draft)
    assert domain.edit(draft, user="U02BOB", subject=" Else ", body="One.\r\nTwo.") == 2
    saved = domain.rows(
        "SELECT subject, body, edited_by, surface FROM draft_versions WHERE draft_id = %s AND version = 2", draft
    )
    assert saved == [("Else", "One.\nTwo.", bob.member_id, "slack")]
    stands = row(domain, draft)
    assert (stands.confidence, stands.return_reason, stands.escalated_at) == (None, None, None)
    assert stands.waits_since > before.waits_since
    data = {"version": 2}
    assert last_event(domain, draft) == ("edit", "needs_review", "needs_review", bob.member_id, "slack", None, data)


def test_a_text_is_assessed_anew_as_it_is_saved(domain: Domain) -> None:
    domain.ingest(to={"email": "info@example.org"})
    draft = domain.ingest(to={"email": "dana@example.org", "first_name": "Dana", "title": "Head"})

    def risk() -> tuple[Any, ...]:
        stands = row(domain, draft)
        return stands.status, stands.risk, stands.text_risk, stands.risk_reasons, stands.blocked_by

    assert risk() == ("needs_review", "low", "low", [], None)
    domain.edit(draft, 1, body="See {first_name}")
    sentence = "The text has a placeholder: {first_name}."
    assert risk() == ("manual_review", "blocked", "blocked", [sentence], None)
    assert domain.events(draft)[-1] == ("edit", "needs_review", "manual_review", None)
    domain.edit(draft, 2, body="See [link]")
    assert risk() == ("needs_review", "review", "review", ["The text may have a placeholder: [link]."], None)
    domain.edit(draft, 3, body="Hello.")
    assert risk() == ("needs_review", "low", "low", [], None)


def test_the_same_text_is_assessed_anew_too_without_a_trace_where_nothing_moves(domain: Domain) -> None:
    domain.ingest()
    draft = domain.ingest(to={"email": "dana@example.org", "first_name": "Dana", "title": "Head"})
    text = {"subject": domain.view(draft).subject, "body": domain.view(draft).body}
    domain.sql(
        "UPDATE drafts SET risk = 'review', text_risk = 'review', risk_reasons = '{Then.}', confidence = 0.9,"
        " return_reason = 'Then.' WHERE id = %s",
        draft,
    )
    before = row(domain, draft)
    assert domain.edit(draft, **text) == 1
    stands = row(domain, draft)
    assert (stands.risk, stands.text_risk, stands.risk_reasons) == ("low", "low", [])
    assert (float(stands.confidence), stands.return_reason, stands.review_round) == (0.9, "Then.", 1)
    assert (stands.waits_since, domain.verbs(draft)) == (before.waits_since, ["ingest"])
    domain.sql(
        "UPDATE drafts SET status = 'manual_review', risk = 'blocked', text_risk = 'blocked', escalated_at = now()"
        " WHERE id = %s",
        draft,
    )
    assert domain.edit(draft, **text) == 1
    stands = row(domain, draft)
    assert (stands.status, stands.review_round, stands.version, stands.escalated_at) == ("needs_review", 2, 1, None)
    assert stands.waits_since > before.waits_since
    assert last_event(domain, draft)[-1] == {"version": 1, "same_text": True}


def test_a_text_that_was_rewritten_meanwhile_is_not_replaced(domain: Domain) -> None:
    draft = domain.ingest()
    domain.edit(draft, user="U02BOB")
    acts: tuple[Callable[[UUID, int], object], ...] = (domain.edit, domain.reject)
    for act in acts:
        with pytest.raises(Stale) as stale:
            act(draft, 1)
        assert stale.value.current == 2
    assert domain.verbs(draft) == ["ingest", "edit"]


@pytest.mark.parametrize("changed", ["subject", "body"])
def test_either_part_of_a_text_makes_a_version(domain: Domain, changed: str) -> None:
    draft = domain.ingest()
    text = {"subject": domain.view(draft).subject, "body": domain.view(draft).body}
    assert domain.edit(draft, **text | {changed: "Else."}) == 2


def test_no_act_reaches_a_draft_through_another(domain: Domain) -> None:
    draft, other = domain.ingest(), domain.ingest()
    before = row(domain, other)
    domain.edit(draft)
    ask_changes(draft, version=2)
    domain.reject(draft, version=2)
    assert row(domain, other) == before


def test_a_decision_has_a_name(domain: Domain) -> None:
    draft = domain.ingest()
    operator = Actor(Surface.CLI, domain.workspace_id, name="The operator", role=Role.OWNER)
    for act in (
        lambda tx: review.approve(tx, draft, 1, operator),
        lambda tx: review.reject(tx, draft, 1, "No.", operator),
        lambda tx: review.request_changes(tx, draft, 1, "Shorter.", operator),
    ):
        with pytest.raises(Refusal) as refusal, transaction() as tx:
            act(tx)
        said = (RefusalCode.NOT_A_REVIEWER, "Only members can decide on drafts.")
        assert (refusal.value.code, str(refusal.value)) == said


def test_what_comes_back_waits_under_its_reason_in_a_round_of_its_own(domain: Domain) -> None:
    draft, other, open_ = domain.ingest(), domain.ingest(), domain.ingest()
    domain.sql("UPDATE drafts SET escalated_at = now()")
    before = row(domain, draft)
    domain.deliver(draft, REFUSED)
    domain.approve(other)
    stands = row(domain, draft)
    assert (stands.status, stands.version, stands.review_round) == ("needs_review", 1, 2)
    assert (stands.decided_by, stands.decided_at, stands.decided_surface) == (None, None, None)
    assert (stands.return_reason is not None, stands.escalated_at) == (True, None)
    assert stands.waits_since > before.waits_since
    assert domain.statuses(other)[0] == "approved"
    assert last_event(domain, draft) == ("return", "approved", "needs_review", None, "job", None, {})
    assert domain.rows("SELECT workspace_id FROM message_events WHERE verb = 'return'") == [(domain.workspace_id,)]
    with transaction() as tx:
        review.bring_back(tx, draft, "Again.")
        review.bring_back(tx, open_, "Again.")
    assert [row(domain, each).review_round for each in (draft, open_)] == [2, 1]
    assert row(domain, open_).return_reason is None
    assert domain.verbs(draft).count("return") == 1
