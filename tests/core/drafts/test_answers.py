"""A message of theirs has one answer that is open or was sent; the second is refused by the name of the first."""

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import errors as pg

from core.actor import Actor
from core.db import transaction
from core.drafts.answers import InboundIn, Writer, answered_by_another, keep_message
from core.drafts.expire import restore
from core.drafts.ingest import DraftIn, ingest
from core.errors import KeyTaken, Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode, Surface, Verb
from tests.core.delivery.claim_parts import waits_for_a_lock
from tests.core.drafts.review_parts import ask_changes, does, settings, take_back
from tests.fixtures.domain import REFUSED, SENT, Domain
from tests.fixtures.waiting import wait_until

DANA = {"email": "dana@example.org", "first_name": "Dana"}
ASKED = {"subject": "Prices?", "body": "What does it cost?", "message_id": "<one@example.org>"}
NAMELESS = {"subject": "Prices?", "body": "What does it cost?", "received_at": "2026-07-01T09:00:00Z"}


def answer(domain: Domain, inbound: dict[str, Any] = ASKED, **more: Any) -> UUID:
    return domain.ingest(**{"to": DANA, "kind": "reply", "inbound": inbound} | more)


def refuses(domain: Domain, inbound: dict[str, Any] = ASKED) -> None:
    with pytest.raises(KeyTaken) as taken:
        answer(domain, inbound)
    assert str(taken.value) == (
        "inbound: draft 'key-1' already answers this message, and a message gets one answer. "
        "Send a new version of that draft, or have it rejected first."
    )


@pytest.mark.parametrize("inbound", [ASKED, NAMELESS], ids=["by its Message-ID", "by what it says"])
def test_p1_the_second_answer_is_refused_by_name(domain: Domain, inbound: dict[str, Any]) -> None:
    answer(domain, inbound)
    refuses(domain, inbound)
    assert domain.rows("SELECT count(*) FROM drafts") == [(1,)]
    assert domain.rows("SELECT count(*) FROM inbound_messages") == [(1,)]


def test_also_in_other_words_of_the_same_message(domain: Domain) -> None:
    answer(domain)
    refuses(domain, ASKED | {"subject": "Re: Prices?"})


def test_the_same_draft_again_is_the_same(domain: Domain) -> None:
    draft = answer(domain, key="key-1", subject="S", body="B")
    domain.drafts = 0
    assert answer(domain, key="key-1", subject="S", body="B") == draft


@pytest.mark.parametrize("state", ["approved", "undone", "changes asked", "sent", "failed"])
def test_it_holds_in_whatever_state_the_first_one_is(domain: Domain, state: str) -> None:
    settings(domain, undo_seconds=60 if state == "undone" else 0)
    draft = answer(domain)
    if state in ("sent", "failed"):
        domain.deliver(draft, SENT if state == "sent" else REFUSED)
    elif state == "changes asked":
        ask_changes(draft)
    else:
        domain.approve(draft)
    if state == "undone":
        take_back(draft)
    refuses(domain)


def test_what_was_rejected_leaves_room_for_another(domain: Domain) -> None:
    domain.reject(answer(domain))
    assert domain.statuses(answer(domain))[0] == "needs_review"


def test_another_message_of_the_same_person_has_an_answer_of_its_own(domain: Domain) -> None:
    answer(domain)
    answer(domain, ASKED | {"message_id": "<two@example.org>"})
    answer(domain, NAMELESS)
    answer(domain, NAMELESS | {"received_at": "2026-07-02T09:00:00Z"})


def test_what_has_expired_is_not_restored_beside_another(domain: Domain) -> None:
    draft = answer(domain)
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", draft)
    answer(domain)
    with pytest.raises(Refusal) as refusal:
        does("U01ALICE", Verb.RESTORE, lambda tx, by: restore(tx, draft, by), draft)
    said = "The draft key-2 now answers the same message, and a message gets one answer. Reject one of the two."
    assert (refusal.value.code, str(refusal.value)) == (RefusalCode.ALREADY_ANSWERED, said)
    assert domain.statuses(draft)[0] == "expired"


def test_whether_another_answers_the_same_message(domain: Domain) -> None:
    draft, alone = answer(domain), domain.ingest()
    with transaction() as tx:
        assert answered_by_another(tx, draft) is None
        assert answered_by_another(tx, alone) is None
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", draft)
    other = answer(domain)
    for status, refused in (("needs_review", True), ("expired", False)):
        domain.sql("UPDATE drafts SET status = %s WHERE id = %s", status, other)
        with transaction() as tx:
            assert (answered_by_another(tx, draft) is not None) == refused


def test_their_message_is_kept_as_it_came(domain: Domain) -> None:
    answer(domain, {**ASKED, "received_at": "2026-07-01T11:00:00+02:00", "references": "<a@b> <c@d>"})
    [kept] = domain.rows(
        "SELECT i.workspace_id, i.contact_id = d.contact_id, i.message_id, i.identity, i.subject, i.body,"
        " i.received_at, i.reference_ids FROM inbound_messages i JOIN drafts d ON d.inbound_message_id = i.id"
    )
    assert kept == (
        *(domain.workspace_id, True, "<one@example.org>", "<one@example.org>", "Prices?", "What does it cost?"),
        *(datetime(2026, 7, 1, 9, tzinfo=UTC), ["<a@b>", "<c@d>"]),
    )


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as host:
        host.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("inbound", "said"),
    [
        (NAMELESS, "dana@example.org\n2026-07-01T09:00:00.000000+00:00\nPrices?\nWhat does it cost?"),
        (NAMELESS | {"received_at": None}, "dana@example.org\n\nPrices?\nWhat does it cost?"),
        (
            NAMELESS | {"received_at": "2026-07-01T11:00:00.5+02:00"},
            "dana@example.org\n2026-07-01T09:00:00.500000+00:00\nPrices?\nWhat does it cost?",
        ),
    ],
)
def test_a_message_without_an_id_is_known_by_whose_when_and_what_it_is(
    domain: Domain, in_tokyo: None, inbound: dict[str, Any], said: str
) -> None:
    """Kept with the message: another way to write it, or a host elsewhere, would take the same one for another."""
    answer(domain, inbound, to=DANA | {"email": "Dana@Example.org"})
    digest = hashlib.sha256(said.encode()).hexdigest()
    assert domain.rows("SELECT message_id, identity FROM inbound_messages") == [(None, f"sha256:{digest}")]


def test_a_message_that_was_known_otherwise_is_the_same_by_its_id(domain: Domain) -> None:
    answer(domain)
    domain.sql("UPDATE inbound_messages SET identity = 'sha256:of-before'")
    refuses(domain)


def test_the_same_draft_at_the_same_moment_is_no_second_answer(domain: Domain) -> None:
    """Whoever ingests it twice at once, and waits for the other here."""
    draft = answer(domain)
    [(message, contact)] = domain.rows("SELECT id, contact_id FROM inbound_messages")
    with transaction() as tx:
        mine = Writer(domain.workspace_id, contact, "dana@example.org", "key-1")
        assert keep_message(tx, mine, InboundIn.model_validate(ASKED)) == message
    assert domain.rows("SELECT id FROM drafts") == [(draft,)]


def test_of_several_the_first_is_named(domain: Domain) -> None:
    """As an older Signoff kept them, which knew one message under two identities."""
    answer(domain)
    domain.sql("UPDATE inbound_messages SET identity = 'sha256:of-before', message_id = NULL")
    answer(domain)
    domain.sql("UPDATE inbound_messages SET message_id = '<one@example.org>'")
    domain.sql("UPDATE drafts SET revision = revision + 1 WHERE key = 'key-1'")
    refuses(domain)


def test_the_same_message_elsewhere_is_another(domain: Domain) -> None:
    answer(domain)
    [(elsewhere,)] = domain.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'O', 'T02O') RETURNING id"
    )
    with domain.connect(options="-c session_replication_role=replica") as connection:
        connection.execute("UPDATE inbound_messages SET workspace_id = %s", (elsewhere,))
        connection.execute("UPDATE drafts SET key = 'theirs', workspace_id = %s", (elsewhere,))
    domain.drafts = 0
    answer(domain)
    assert domain.rows("SELECT count(DISTINCT workspace_id), count(*) FROM inbound_messages") == [(2, 2)]


def test_two_answers_at_once_are_one_and_the_other_is_refused_by_name(domain: Domain) -> None:
    domain.ingest(to=DANA, key="before")
    domain.drafts = 0

    def second() -> str:
        with pytest.raises(KeyTaken) as taken, transaction() as tx:
            keep_message(
                tx, Writer(domain.workspace_id, contact, "dana@example.org", "key-2"), InboundIn.model_validate(ASKED)
            )
        return str(taken.value)

    [(contact,)] = domain.rows("SELECT id FROM contacts")
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            line = {"key": "key-1", "campaign": "launch", "to": DANA, "kind": "reply", "inbound": ASKED}
            draft = DraftIn.model_validate({**line, "subject": "S", "body": "B"})
            ingest(tx, domain.workspace_id, draft, Actor(Surface.API, domain.workspace_id))
            asked = pool.submit(second)
            wait_until(lambda: asked.done() or waits_for_a_lock(domain))
        assert "draft 'key-1' already answers this message" in asked.result()


def test_p4_the_database_refuses_a_second_answer(domain: Domain) -> None:
    answer(domain)
    other = domain.ingest(to=DANA)
    with pytest.raises(pg.IntegrityError, match="uq_drafts_one_answer"):
        domain.sql("UPDATE drafts SET inbound_message_id = (SELECT id FROM inbound_messages) WHERE id = %s", other)
