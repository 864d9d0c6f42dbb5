"""What comes back of a mail: each kind has its effect, once, and what nobody knows is refused."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core.actor import Actor
from core.db import transaction
from core.errors import DatabaseAway, KeyTaken
from core.intake.feedback import FeedbackIn, IngestedFeedback, NothingLeft, UnknownMessage, ingest_feedback
from core.taxonomy import Surface
from tests.core.intake.feedback_parts import DANA, contacts, history, message_id, sent, tell
from tests.fixtures.domain import REFUSED, SENT, Domain

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "more", "verb", "line", "person"),
    [
        ("bounce", {}, "bounce", "bounced", ("cooling_off", "address", False)),
        ("bounce", {"hard": True}, "bounce", "bounced", ("cooling_off", "address", False)),
        ("bounce", {"hard": False}, "bounce", "bounced", ("cooling_off", None, False)),
        ("complaint", {}, "complain", "sent", ("do_not_contact", "address", False)),
        ("unsubscribe", {}, "unsubscribe", "sent", ("do_not_contact", "address", False)),
        ("reply", {}, "reply", "replied", ("replied", None, False)),
    ],
)
@pytest.mark.parametrize("by", ["message_id", "bare message_id", "draft"])
def test_each_kind_has_its_effect_at_once(
    domain: Domain, kind: str, more: dict[str, Any], verb: str, line: str, person: tuple[Any, ...], by: str
) -> None:
    draft, claimed, message = sent(domain)
    named = {
        "message_id": {"message_id": message},
        "bare message_id": {"message_id": message.strip("<>")},
        "draft": {"draft": "key-1"},
    }
    assert tell(domain, kind, **named[by], **more) == IngestedFeedback(draft, "key-1", created=True, brought_back=[])
    assert (contacts(domain), history(domain, draft)) == ({person}, [line])
    [event] = domain.rows(
        "SELECT draft_id, delivery_id, attempt_id, campaign_id, surface, data FROM message_events WHERE verb = %s", verb
    )
    data = {"hard": more.get("hard", True)} if kind == "bounce" else {}
    assert event == (draft, claimed.delivery_id, claimed.attempt_id, domain.campaign_id, "api", data)
    listed = [("address", "dana1@example.org", kind)] if person[1] else []
    assert domain.rows("SELECT kind, value_folded, reason FROM suppressions") == listed


@pytest.mark.parametrize("kind", ["bounce", "reply", "unsubscribe", "complaint"])
def test_what_came_back_has_the_cards_drawn_again_and_the_same_again_does_not(domain: Domain, kind: str) -> None:
    draft = domain.ingest()
    domain.deliver(draft, SENT)
    domain.sql("UPDATE drafts SET drawn_revision = revision, sync_after = now() + interval '1 hour'")
    tell(domain, kind, draft="key-1", id="evt-1")
    behind = "SELECT drawn_revision < revision AND sync_after <= now() FROM drafts"
    assert domain.rows(behind) == [(True,)]
    domain.sql("UPDATE drafts SET drawn_revision = revision")
    tell(domain, kind, draft="key-1", id="evt-1")
    assert domain.rows("SELECT drawn_revision < revision FROM drafts") == [(False,)]


def test_the_event_holds_nothing_private(domain: Domain) -> None:
    _, _, message = sent(domain, to=DANA)
    key = "reply of dana@example.org"
    tell(domain, "reply", message_id=message, id=key, at="2026-11-19T12:00:00Z")
    assert domain.rows("SELECT data FROM message_events WHERE verb = 'reply'") == [
        ({"at": "2026-11-19T12:00:00+00:00", "key_sha256": hashlib.sha256(key.encode()).hexdigest()},)
    ]


def test_the_event_is_of_the_workspace_of_the_mail_whoever_tells_it(domain: Domain) -> None:
    sent(domain)
    with transaction() as tx:
        told = FeedbackIn(kind="complaint", draft="key-1", hard=None)
        ingest_feedback(tx, domain.workspace_id, told, Actor(Surface.CLI))
    assert domain.rows("SELECT workspace_id FROM message_events WHERE verb = 'complain'") == [(domain.workspace_id,)]


# --- once ---


@pytest.mark.parametrize("more", [{}, {"id": "evt-1"}])
def test_the_same_again_changes_nothing(domain: Domain, more: dict[str, str]) -> None:
    _, _, message = sent(domain)
    told = [tell(domain, "bounce", message_id=message, **more).created for _ in range(3)]
    assert told == [True, False, False]
    assert len(domain.rows("SELECT FROM message_events WHERE verb = 'bounce'")) == 1


@pytest.mark.parametrize("kind", ["complaint", "unsubscribe", "bounce"])
def test_the_same_with_another_id_is_the_same(domain: Domain, kind: str) -> None:
    _, _, message = sent(domain)
    assert tell(domain, kind, message_id=message, id="a").created
    assert not tell(domain, kind, draft="key-1", id="b").created


def test_each_mail_has_its_own(domain: Domain) -> None:
    sent(domain)
    sent(domain)
    for kind in ("unsubscribe", "bounce", "reply"):
        assert [tell(domain, kind, draft=key).created for key in ("key-1", "key-2")] == [True, True]


def test_each_workspace_has_its_own_ids(domain: Domain) -> None:
    sent(domain)
    domain.sql(
        """
        WITH other AS (
            INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Else', 'T02') RETURNING id
        )
        INSERT INTO message_events (id, workspace_id, verb, surface, data)
        SELECT gen_random_uuid(), id, 'reply', 'api', jsonb_build_object('key_sha256', %s::text) FROM other
        """,
        hashlib.sha256(b"evt-1").hexdigest(),
    )
    assert tell(domain, "reply", draft="key-1", id="evt-1").created


def test_replies_are_as_many_as_they_are(domain: Domain) -> None:
    _, _, message = sent(domain)
    assert tell(domain, "reply", message_id=message, id="a").created
    assert tell(domain, "reply", message_id=message, id="b").created
    assert not tell(domain, "reply", message_id=message, id="b").created
    assert not tell(domain, "reply", draft="key-1", id="a").created
    assert domain.rows("SELECT count(*) FROM message_events WHERE verb = 'reply'") == [(2,)]


def test_replies_without_an_id_are_one(domain: Domain) -> None:
    """Nothing tells them apart: a provider that tells one twice would make two of it."""
    _, _, message = sent(domain)
    assert tell(domain, "reply", message_id=message).created
    assert not tell(domain, "reply", message_id=message).created
    assert tell(domain, "reply", message_id=message, id="a").created


def test_nothing_has_come_back_tomorrow(domain: Domain) -> None:
    _, _, message = sent(domain)
    with pytest.raises(ValueError, match="at is in the future"):
        tell(domain, "reply", message_id=message, at=(datetime.now(UTC) + timedelta(minutes=61)).isoformat())
    a_little_ahead = (datetime.now(UTC) + timedelta(minutes=59)).isoformat()
    assert tell(domain, "reply", message_id=message, at=a_little_ahead).created


def test_a_hard_bounce_after_a_soft_one_is_news(domain: Domain) -> None:
    _, _, message = sent(domain)
    assert tell(domain, "bounce", message_id=message, hard=False).created
    assert contacts(domain) == {("cooling_off", None, False)}
    assert tell(domain, "bounce", message_id=message, hard=True).created
    assert contacts(domain) == {("cooling_off", "address", False)}


@pytest.mark.parametrize("other", [("bounce", "key-1"), ("reply", "key-2")])
def test_an_id_stands_for_one_event(domain: Domain, other: tuple[str, str]) -> None:
    sent(domain)
    sent(domain)
    tell(domain, "reply", draft="key-1", id="evt-1")
    with pytest.raises(KeyTaken) as caught:
        tell(domain, other[0], draft=other[1], id="evt-1")
    assert str(caught.value) == "id: this id belongs to another event. Use a new one for a new event."
    assert len(domain.rows("SELECT FROM message_events WHERE verb IN ('reply', 'bounce')")) == 1


def test_told_eight_times_at_once_it_is_one_event(domain: Domain) -> None:
    _, _, message = sent(domain)
    barrier, told = threading.Barrier(8), list[bool]()

    def run() -> None:
        barrier.wait(10)
        told.append(tell(domain, "unsubscribe", message_id=message, id="evt-1").created)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [False] * 7 + [True]


def test_the_database_refuses_a_second_line_for_the_same(domain: Domain) -> None:
    draft, _, _ = sent(domain)
    tell(domain, "reply", draft="key-1")
    again = (
        "INSERT INTO message_events (id, workspace_id, verb, surface, draft_id)"
        " SELECT gen_random_uuid(), workspace_id, 'reply', 'api', id FROM drafts WHERE id = %s"
    )
    with pytest.raises(pg.UniqueViolation):
        domain.sql(again, draft)


# --- unknown, and not sent ---


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"message_id": "<nobody@example.com>"}, "message_id: no mail of this workspace has this Message-ID."),
        ({"draft": "nope"}, "draft: this workspace has no draft with this key."),
    ],
)
def test_a_message_that_nobody_knows_is_refused(domain: Domain, named: dict[str, str], told: str) -> None:
    with pytest.raises(UnknownMessage) as caught:
        tell(domain, "bounce", **named)
    assert str(caught.value) == told
    assert [verb for verb, *_ in domain.events()] == []


def test_a_mail_is_known_by_what_its_server_called_it_unless_two_are_called_so(domain: Domain) -> None:
    accepted = replace(SENT, reply="2.0.0 Ok: queued as 4XyZ17q0pT")
    first = domain.ingest()
    domain.deliver(first, accepted)
    assert tell(domain, "reply", message_id="4XyZ17q0pT").draft_id == first
    domain.deliver(domain.ingest(), accepted)
    with pytest.raises(UnknownMessage) as caught:
        tell(domain, "bounce", message_id="4XyZ17q0pT")
    assert str(caught.value) == ("message_id: more than one mail has this id. Use the mail's own Message-ID, or draft.")


def test_a_message_of_another_workspace_is_unknown(domain: Domain) -> None:
    _, _, message = sent(domain)
    [(other,)] = domain.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Else', 'T02') RETURNING id"
    )
    for named in ({"message_id": message}, {"draft": "key-1"}):
        told = FeedbackIn.model_validate({"kind": "reply", **named})
        with transaction() as tx, pytest.raises(UnknownMessage):
            ingest_feedback(tx, other, told, Actor(Surface.API, other))


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_what_never_left_cannot_have_come_back(domain: Domain, kind: str) -> None:
    refused = domain.ingest()
    domain.deliver(refused, REFUSED)
    domain.ingest()
    for key in ("key-1", "key-2"):
        with pytest.raises(NothingLeft) as caught:
            tell(domain, kind, draft=key)
        assert str(caught.value) == "This draft was not sent, so there can be no feedback on it."


@pytest.mark.parametrize(("kind", "status"), [("reply", "replied"), ("unsubscribe", "do_not_contact")])
def test_who_answers_without_a_mail_of_ours_counts_too(domain: Domain, kind: str, status: str) -> None:
    domain.ingest()
    assert tell(domain, kind, draft="key-1").created
    assert {row[0] for row in contacts(domain)} == {status}
    assert domain.rows("SELECT FROM outreach_history") == []


def test_a_person_may_answer_what_the_server_refused(domain: Domain) -> None:
    """Perhaps it took the mail all the same: the person has replied, and the mail is as it was recorded."""
    refused = domain.ingest()
    assert tell(domain, "reply", message_id=message_id(domain, domain.deliver(refused, REFUSED))).created
    assert ({row[0] for row in contacts(domain)}, history(domain, refused)) == ({"replied"}, [])


def test_it_waits_for_whoever_has_the_mail_in_hand_but_not_for_who_only_names_it(domain: Domain) -> None:
    """Its delivery is locked first: `finish`, which does the same, comes before or after, and never crosses."""
    _, claimed, _ = sent(domain)

    def tell_at_once() -> bool:
        with transaction() as tx:
            tx.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            told = FeedbackIn(kind="unsubscribe", draft="key-1")
            return ingest_feedback(tx, domain.workspace_id, told, Actor(Surface.API, domain.workspace_id)).created

    with domain.connect() as other:
        for strength, waits in (("NO KEY UPDATE", True), ("KEY SHARE", False)):
            with other.transaction():
                other.execute(f"SELECT FROM send_queue WHERE id = %s FOR {strength}", [claimed.delivery_id])
                if waits:
                    with pytest.raises(DatabaseAway):
                        tell_at_once()
                else:
                    assert tell_at_once()


@pytest.mark.parametrize(
    ("told", "named"),
    [("<a@b>", "<a@b>"), (" <a@b> ", "<a@b>"), ("a@b", "<a@b>"), ("0100018f-ab", "0100018f-ab"), ("<ab>", "<ab>")],
)
def test_a_message_id_may_come_without_its_brackets(told: str, named: str) -> None:
    assert FeedbackIn.model_validate({"kind": "reply", "message_id": told}).message_id == named


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"message_id": 5},
        {"message_id": "<a@b>", "draft": "key-1"},
        {"message_id": "non sense"},
        {"message_id": " "},
        {"message_id": "x" * 501},
        {"draft": "key-1", "hard": True, "kind": "reply"},
        {"draft": "key-1", "at": "2026-11-19T12:00:00"},
        {"draft": "key-1", "kind": "applause"},
        {"draft": "key-1", "colour": "blue"},
    ],
)
def test_what_is_told_wrongly_is_not_taken(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="FeedbackIn"):
        FeedbackIn.model_validate({"kind": "bounce", **more})
