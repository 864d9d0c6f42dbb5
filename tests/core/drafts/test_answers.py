"""A message of theirs has one answer that is open or was sent; the second is refused by the name of the first."""

from typing import Any

import pytest
from psycopg import errors as pg

from core.drafts.expire import restore
from core.errors import KeyTaken, Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode, Verb
from tests.core.drafts.review_parts import ask_changes, does, settings, take_back
from tests.fixtures.domain import REFUSED, SENT, Domain

DANA = {"email": "dana@example.org", "first_name": "Dana"}
ASKED = {"subject": "Prices?", "body": "What does it cost?", "message_id": "<one@example.org>"}
NAMELESS = {"subject": "Prices?", "body": "What does it cost?", "received_at": "2026-07-01T09:00:00Z"}


def answer(domain: Domain, inbound: dict[str, Any] = ASKED, **more: Any) -> UUID:
    return domain.ingest(**{"to": DANA, "kind": "reply", "inbound": inbound} | more)


def refuses(domain: Domain, inbound: dict[str, Any] = ASKED) -> None:
    with pytest.raises(KeyTaken, match=r"^inbound: draft 'key-1' already answers this message"):
        answer(domain, inbound)


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
    with pytest.raises(Refusal, match="The draft key-2 now answers the same message") as refusal:
        does("U01ALICE", Verb.RESTORE, lambda tx, by: restore(tx, draft, by), draft)
    assert refusal.value.code == RefusalCode.ALREADY_ANSWERED
    assert domain.statuses(draft)[0] == "expired"


def test_p4_the_database_refuses_a_second_answer(domain: Domain) -> None:
    answer(domain)
    other = domain.ingest(to=DANA)
    with pytest.raises(pg.IntegrityError, match="uq_drafts_one_answer"):
        domain.sql("UPDATE drafts SET inbound_message_id = (SELECT id FROM inbound_messages) WHERE id = %s", other)
