"""Ingest: the same key is the same draft, whoever comes first, and it is judged as it arrives."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from core.actor import Actor
from core.db import transaction
from core.drafts.ingest import DraftIn, Ingested
from core.drafts.review import edit
from core.errors import BadInput, KeyTaken
from core.ids import UUID, new_id
from core.models import Campaign, Contact, Draft, DraftVersion, Event, InboundMessage, SequenceInstance
from core.taxonomy import Role, Surface
from tests.core.drafts.ingest_parts import count, fields, only, taken, workspace_id

__all__ = ["workspace_id"]


def test_a_draft_waits_for_review_with_its_text_its_contact_and_its_event(workspace_id: UUID) -> None:
    made = taken(workspace_id, confidence=0.9, to={"title": "Head of branches"})
    assert made.created
    draft, version, contact = only(Draft), only(DraftVersion), only(Contact)
    assert (draft.id, draft.status, draft.version, draft.risk) == (made.draft_id, "needs_review", 1, "low")
    assert (version.subject, version.body, version.edited_by) == ("Hello", "Hi Dana,\nhello.", None)
    assert (contact.email, contact.first_name, draft.contact_id) == ("dana@example.org", "Dana", contact.id)
    with transaction() as tx:
        event = tx.execute(sa.select(Event.to_status, Event.data).where(Event.draft_id == made.draft_id)).one()
    assert (event.to_status, event.data) == ("needs_review", {"version": 1})


def test_the_same_key_again_is_the_same_draft(workspace_id: UUID) -> None:
    first, again = taken(workspace_id), taken(workspace_id)
    assert (again.draft_id, again.created) == (first.draft_id, False)
    assert (count(Draft), count(DraftVersion), count(Contact)) == (1, 1, 1)


@pytest.mark.parametrize(
    "other", [{"subject": "Else"}, {"body": "Else"}, {"to": {"email": "eve@example.org"}}, {"kind": "reply"}]
)
def test_the_same_key_with_other_content_is_refused_and_changes_nothing(
    workspace_id: UUID, other: dict[str, Any]
) -> None:
    taken(workspace_id)
    with pytest.raises(KeyTaken) as refusal:
        taken(workspace_id, **other)
    said = "key: 'one' is already used by a draft with different content. Use a new key for a new draft."
    assert str(refusal.value) == said
    assert (only(DraftVersion).subject, only(Contact).email) == ("Hello", "dana@example.org")


def test_the_same_key_from_eight_threads_at_once_makes_one_draft(workspace_id: UUID) -> None:
    barrier = threading.Barrier(8)
    results: list[Ingested] = []

    def run() -> None:
        barrier.wait(10)
        results.append(taken(workspace_id))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(result.created for result in results) == [False] * 7 + [True]
    assert len({result.draft_id for result in results}) == count(Draft) == 1


def test_a_contact_is_the_same_person_in_any_case_and_keeps_what_is_known(workspace_id: UUID) -> None:
    taken(workspace_id, key="one", to={"title": "Head"})
    taken(workspace_id, key="two", to={"email": "DANA@example.org", "first_name": None, "company": "Example"})
    contact = only(Contact)
    assert (contact.first_name, contact.company) == ("Dana", "Example")
    with transaction() as tx:
        assert set(tx.scalars(sa.select(Draft.risk)).all()) == {"low"}  # name and role are known from before


@pytest.mark.parametrize(
    ("more", "status", "risk"),
    [
        ({"body": "Hi {{ first_name }},"}, "manual_review", "blocked"),
        ({"to": {"email": "no-reply@example.org"}}, "manual_review", "blocked"),
        ({"to": {"email": "info@example.org"}}, "needs_review", "review"),
        ({"to": {"first_name": None}}, "needs_review", "review"),
        ({"to": {"title": None}}, "needs_review", "review"),
        ({"to": {"title": "Head"}, "evidence": []}, "needs_review", "review"),
        ({"to": {"email": "dana@mailinator.com"}}, "manual_review", "blocked"),
        ({"to": {"email": "test@example.org"}}, "manual_review", "blocked"),
    ],
)
def test_what_is_risky_says_so_and_what_is_blocked_needs_a_person_first(
    workspace_id: UUID, more: dict[str, Any], status: str, risk: str
) -> None:
    taken(workspace_id, **more)
    draft = only(Draft)
    assert (draft.status, draft.risk) == (status, risk)
    assert draft.risk_reasons


def test_a_reply_keeps_the_message_that_it_answers(workspace_id: UUID) -> None:
    inbound = {"subject": "Question", "body": "Is it?", "message_id": "<a@example.org>"}
    taken(workspace_id, kind="reply", inbound=inbound)
    message, draft = only(InboundMessage), only(Draft)
    assert draft.inbound_message_id == message.id
    assert (message.subject, message.body, message.message_id) == ("Question", "Is it?", "<a@example.org>")


def test_what_is_low_has_a_name_a_role_and_evidence_if_it_speaks_of_any(workspace_id: UUID) -> None:
    taken(workspace_id, to={"title": "Head"}, evidence=["https://example.org/news"])
    draft = only(Draft)
    assert (draft.risk, draft.risk_reasons, draft.evidence) == ("low", [], ["https://example.org/news"])


def test_an_answer_needs_no_role_and_no_evidence(workspace_id: UUID) -> None:
    taken(workspace_id, kind="reply", evidence=[], inbound={"subject": "Question", "body": "Is it?"})
    assert only(Draft).risk == "low"


def test_a_reply_needs_the_message_that_it_answers(workspace_id: UUID) -> None:
    assert refused(workspace_id, kind="reply") == (
        "inbound: a reply needs the message that it answers, and none from this person is known. "
        "A first mail has the kind `intro`."
    )
    assert (count(Draft), count(Contact)) == (0, 0)


KNOWN = {
    "their status": "UPDATE contacts SET status = 'replied'",
    "a reply by mail": "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at)"
    " SELECT gen_random_uuid(), id, 'replied', 'dana@example.org', now() FROM workspaces",
    "a message": "INSERT INTO inbound_messages (id, workspace_id, contact_id, subject, body)"
    " SELECT gen_random_uuid(), workspace_id, id, 'Question', 'Is it?' FROM contacts",
}


@pytest.mark.parametrize("known", KNOWN)
def test_a_reply_to_somebody_who_is_known_to_have_written_needs_no_message(workspace_id: UUID, known: str) -> None:
    taken(workspace_id, key="before")
    with transaction() as tx:
        tx.execute(sa.text(KNOWN[known]))
    assert taken(workspace_id, key="answer", kind="reply").created


@pytest.mark.parametrize("column", ["status = 'do_not_contact'", "suppressed_by = 'domain'"])
def test_who_must_not_be_written_to_is_blocked_from_the_start(workspace_id: UUID, column: str) -> None:
    taken(workspace_id, key="one")
    with transaction() as tx:
        tx.execute(sa.text(f"UPDATE contacts SET {column}"))
    later = taken(workspace_id, key="two")
    with transaction() as tx:
        found = tx.execute(sa.select(Draft.status, Draft.risk).where(Draft.id == later.draft_id)).one()
    assert tuple(found) == ("manual_review", "blocked")


def test_an_edit_is_judged_by_all_that_the_draft_was_judged_by(workspace_id: UUID) -> None:
    made = taken(workspace_id, to={"title": "Head"}, evidence=[])
    with transaction() as tx:
        edit(tx, made.draft_id, 1, "Hello", "Hi Dana, again.", Actor(Surface.CLI, workspace_id, role=Role.OWNER))
    draft = only(Draft)
    assert (draft.version, draft.risk, draft.risk_reasons) == (2, "review", ["Nothing backs up what the text says."])


# --- LinkedIn, time zone, sequence ---

PROFILE = "https://www.linkedin.com/in/dana-w/"


def test_a_contact_may_have_a_linkedin_page_and_a_time_zone(workspace_id: UUID) -> None:
    taken(workspace_id, to={"linkedin_url": PROFILE, "timezone": "Asia/Tokyo"})
    contact = only(Contact)
    assert (contact.linkedin_url, contact.linkedin_folded, contact.timezone) == (PROFILE, "in/dana-w", "Asia/Tokyo")


def test_what_was_not_known_of_a_contact_is_filled_in_and_what_is_known_stays(workspace_id: UUID) -> None:
    taken(workspace_id, key="one")
    taken(workspace_id, key="two", to={"linkedin_url": PROFILE, "timezone": "Asia/Tokyo"})
    taken(workspace_id, key="three", to={"linkedin_url": "linkedin.com/in/other", "timezone": "UTC"})
    contact = only(Contact)
    assert (contact.linkedin_url, contact.timezone) == (PROFILE, "Asia/Tokyo")


def test_the_steps_of_a_sequence_share_its_run(workspace_id: UUID) -> None:
    for key in ("one", "two"):
        taken(workspace_id, key=key, sequence="welcome of dana")
    run = only(SequenceInstance)
    with transaction() as tx:
        assert set(tx.scalars(sa.select(Draft.sequence_instance_id)).all()) == {run.id}
    assert (run.key, run.contact_id) == ("welcome of dana", only(Contact).id)


def test_a_run_of_a_sequence_has_one_contact(workspace_id: UUID) -> None:
    taken(workspace_id, key="one", sequence="welcome")
    with pytest.raises(BadInput, match="sequence: 'welcome' already belongs to another contact"):
        taken(workspace_id, key="two", sequence="welcome", to={"email": "eve@example.org"})
    assert (count(Draft), count(SequenceInstance)) == (1, 1)


def test_a_campaign_that_is_unknown_or_has_ended_takes_nothing(workspace_id: UUID) -> None:
    said = "campaign: there is no campaign 'nope'. `signoff apply` declares campaigns."
    assert refused(workspace_id, campaign="nope") == said
    with transaction() as tx:
        tx.execute(sa.update(Campaign).values(status="ended"))
    assert refused(workspace_id) == "campaign: 'launch' has ended and takes no more drafts."
    assert count(Draft) == count(Contact) == 0


def test_a_campaign_of_another_workspace_or_a_linkedin_account_takes_nothing(workspace_id: UUID) -> None:
    with pytest.raises(BadInput, match="there is no campaign 'launch'"):
        taken(new_id())
    with transaction() as tx:
        tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        tx.execute(sa.text("UPDATE accounts SET channel = 'linkedin'"))
    said = "campaign: 'launch' has a LinkedIn account: it takes tasks, and no drafts."
    assert refused(workspace_id) == said
    assert count(Draft) == count(Contact) == 0


def refused(workspace_id: UUID, **more: Any) -> str:
    with pytest.raises(BadInput) as bad:
        taken(workspace_id, **more)
    return str(bad.value)


def test_all_that_was_given_stands_in_the_draft(workspace_id: UUID) -> None:
    inbound = {"subject": "Question", "body": "Is it?"}
    given = {"confidence": 0.25, "sequence": "run", "kind": "reply", "inbound": inbound, "body": "See [link]"}
    made = taken(workspace_id, **given)
    draft, campaign = only(Draft), only(Campaign)
    assert (draft.id, draft.workspace_id, draft.key, draft.version) == (made.draft_id, workspace_id, "one", 1)
    assert (draft.campaign_id, draft.contact_id) == (campaign.id, only(Contact).id)
    assert (draft.inbound_message_id, draft.sequence_instance_id) == (
        only(InboundMessage).id,
        only(SequenceInstance).id,
    )
    assert (draft.kind, float(draft.confidence), draft.evidence) == ("reply", 0.25, ["https://example.org/about"])
    assert draft.content_hash == DraftIn.model_validate(fields(**given)).fingerprint()
    reasons = ["The text may have a placeholder: [link]."]
    assert (draft.status, draft.risk, draft.text_risk, draft.blocked_by) == ("needs_review", "review", "review", None)
    assert draft.risk_reasons == reasons
    version = only(DraftVersion)
    assert (version.draft_id, version.version, version.surface) == (made.draft_id, 1, "cli")
    with transaction() as tx:
        told = sa.select(Event.verb, Event.workspace_id, Event.surface, Event.from_status)
        event = tx.execute(told.where(Event.draft_id == made.draft_id)).one()
    assert tuple(event) == ("ingest", workspace_id, "cli", None)


def test_what_a_contact_was_known_by_before_counts(workspace_id: UUID) -> None:
    taken(workspace_id, key="one", to={"title": "Head"})
    with transaction() as tx:
        tx.execute(sa.text("UPDATE contacts SET suppressed_by = 'company'"))
    taken(workspace_id, key="two", to={"first_name": None}, evidence=None)
    with transaction() as tx:
        found = tx.execute(
            sa.select(Draft.status, Draft.risk, Draft.text_risk, Draft.risk_reasons, Draft.blocked_by).where(
                Draft.key == "two"
            )
        ).one()
    assert tuple(found) == ("manual_review", "blocked", "review", ["No evidence is given."], "company")


def test_keys_of_two_workspaces_are_two(workspace_id: UUID) -> None:
    taken(workspace_id)
    with transaction() as tx:
        tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        tx.execute(sa.text("UPDATE drafts SET workspace_id = gen_random_uuid(), content_hash = 'else'"))
    assert taken(workspace_id).created
