"""What comes back of a mail: each kind has its effect, once, and what nobody knows is refused."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import errors as pg

from core.actor import Actor
from core.db import transaction
from core.errors import KeyTaken
from core.intake.feedback import FeedbackIn, IngestedFeedback, NothingLeft, UnknownMessage, ingest_feedback
from core.taxonomy import Surface
from tests.core.intake.feedback_parts import DANA, contacts, history, sent, tell
from tests.fixtures.domain import REFUSED, Domain

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
    [event] = domain.rows("SELECT draft_id, delivery_id, attempt_id, surface FROM message_events WHERE verb = %s", verb)
    assert event == (draft, claimed.delivery_id, claimed.attempt_id, "api")


def test_the_event_holds_nothing_private(domain: Domain) -> None:
    _, _, message = sent(domain, to=DANA)
    tell(domain, "reply", message_id=message, id="reply of dana@example.org", at="2026-11-19T12:00:00Z")
    [(data,)] = domain.rows("SELECT data::text FROM message_events WHERE verb = 'reply'")
    assert "2026-11-19T12:00:00+00:00" in data
    assert "dana" not in data


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
        tell(domain, "reply", message_id=message, at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    a_little_ahead = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
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
    with pytest.raises(KeyTaken):
        tell(domain, other[0], draft=other[1], id="evt-1")
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


@pytest.mark.parametrize("named", [{"message_id": "<nobody@example.com>"}, {"draft": "nope"}])
def test_a_message_that_nobody_knows_is_refused(domain: Domain, named: dict[str, str]) -> None:
    with pytest.raises(UnknownMessage):
        tell(domain, "bounce", **named)
    assert [verb for verb, *_ in domain.events()] == []


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
        with pytest.raises(NothingLeft):
            tell(domain, kind, draft=key)


@pytest.mark.parametrize(("kind", "status"), [("reply", "replied"), ("unsubscribe", "do_not_contact")])
def test_who_answers_without_a_mail_of_ours_counts_too(domain: Domain, kind: str, status: str) -> None:
    domain.ingest()
    assert tell(domain, kind, draft="key-1").created
    assert {row[0] for row in contacts(domain)} == {status}
    assert domain.rows("SELECT FROM outreach_history") == []


@pytest.mark.parametrize(
    "more",
    [
        {},
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
