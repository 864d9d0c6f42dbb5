"""What an author may do afterwards: ask how a draft stands, and send the next text where it is wanted."""

import pytest

from core.actor import Actor
from core.db import transaction
from core.drafts.author import DraftStatusReport, TextIn, Written, find_by_key, latest, read_status, write_version
from core.errors import Refusal
from core.ids import UUID, new_id
from core.taxonomy import RefusalCode, Surface
from tests.core.drafts.review_parts import ask_changes, row, settings, take_back
from tests.fixtures.domain import SENT, Domain

FIRST = {"subject": "Hello number 1", "body": "Hi Dana,\n\nthis is letter 1.\n\nSam"}
SECOND = {"subject": "Hello again", "body": "Hi Dana, a second text."}


def sends(domain: Domain, draft: UUID, text: dict[str, str]) -> Written:
    with transaction() as tx:
        return write_version(tx, draft, TextIn.model_validate(text), Actor(Surface.API, domain.workspace_id))


def refused(domain: Domain, draft: UUID, text: dict[str, str] = SECOND) -> tuple[RefusalCode, str]:
    with pytest.raises(Refusal) as refusal:
        sends(domain, draft, text)
    return refusal.value.code, str(refusal.value)


def texts(domain: Domain, draft: UUID) -> list[tuple[int, str, str]]:
    return domain.rows("SELECT version, body, surface FROM draft_versions WHERE draft_id = %s ORDER BY version", draft)


def test_a_draft_is_found_by_its_key_in_its_own_workspace(domain: Domain) -> None:
    draft, _other = domain.ingest(), domain.ingest()
    with transaction() as tx:
        assert find_by_key(tx, domain.workspace_id, "key-1") == draft
        assert find_by_key(tx, domain.workspace_id, "key-3") is None
        assert find_by_key(tx, new_id(), "key-1") is None
        assert find_by_key(tx, domain.workspace_id, "key-1\x00") is None, "the database could not be asked this"


def test_how_it_stands_and_what_was_asked_for_while_that_waits(domain: Domain) -> None:
    draft, _other = domain.ingest(), domain.ingest()

    def told() -> DraftStatusReport | None:
        with transaction() as tx:
            return read_status(tx, domain.workspace_id, draft)

    assert told() == DraftStatusReport(draft, "key-1", "needs_review", 1, None, None)
    ask_changes(draft, user="U02BOB")
    assert told() == DraftStatusReport(draft, "key-1", "pending", 1, "Shorter, please.", "Bob Brown")
    sends(domain, draft, SECOND)
    assert told() == DraftStatusReport(draft, "key-1", "needs_review", 2, None, None)
    with transaction() as tx:
        assert read_status(tx, new_id(), draft) is None
        assert read_status(tx, domain.workspace_id, new_id()) is None


def test_the_text_that_was_asked_for_is_the_next_version_by_the_author(domain: Domain) -> None:
    draft = domain.ingest()
    ask_changes(draft)
    assert sends(domain, draft, SECOND) == Written(2, created=True)
    assert texts(domain, draft) == [(1, FIRST["body"], "api"), (2, SECOND["body"], "api")]
    assert domain.view(draft).subject == SECOND["subject"]
    assert domain.events(draft)[-1] == ("edit", "pending", "needs_review", None)


def test_the_same_text_again_changes_nothing_also_later(domain: Domain) -> None:
    draft = domain.ingest()
    assert sends(domain, draft, FIRST) == Written(1, created=False)
    assert sends(domain, draft, SECOND) == Written(2, created=True)
    for given in (SECOND, FIRST):
        assert sends(domain, draft, given) == Written(2, created=False)
    domain.approve(draft, version=2)
    assert sends(domain, draft, SECOND) == Written(2, created=False), "a late retry hears that it was taken"


def test_either_part_makes_another_text_and_so_does_another_draft(domain: Domain) -> None:
    draft, other = domain.ingest(), domain.ingest()
    assert sends(domain, draft, FIRST | {"subject": "Else"}).version == 2
    assert sends(domain, draft, FIRST | {"body": "Else."}).version == 3
    assert sends(domain, other, FIRST | {"body": "Else."}) == Written(2, created=True)


def test_a_text_that_was_given_before_is_no_answer_to_a_request(domain: Domain) -> None:
    draft = domain.ingest()
    ask_changes(draft)
    said = (RefusalCode.NOTHING_TO_DO, "This is the same text as before: changes were requested, so send a new one.")
    assert refused(domain, draft, FIRST) == said
    assert row(domain, draft).status == "pending"


@pytest.mark.parametrize("status", ["approved", "rejected", "expired"])
def test_what_is_decided_or_has_expired_takes_no_new_version(domain: Domain, status: str) -> None:
    draft = domain.ingest()
    if status == "expired":
        domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", draft)
    else:
        {"approved": domain.approve, "rejected": domain.reject}[status](draft)
    said = f"This draft is {status}, so it cannot get a new version."
    assert refused(domain, draft) == (RefusalCode.ALREADY_DECIDED, said)
    assert len(texts(domain, draft)) == 1


def test_what_a_person_wrote_is_replaced_only_where_somebody_asks_for_it(domain: Domain) -> None:
    draft, other = domain.ingest(), domain.ingest()
    domain.edit(draft, user="U02BOB", **SECOND)
    sends(domain, other, SECOND)
    assert sends(domain, other, {**SECOND, "body": "A third."}) == Written(3, created=True), "that edit is of another"
    said = "Bob Brown has edited this draft: a new version would replace that edit."
    assert refused(domain, draft, {"subject": "Third", "body": "A third text."}) == (RefusalCode.STALE_VERSION, said)
    assert refused(domain, draft, SECOND) == (RefusalCode.STALE_VERSION, said), "Bob's words are not the author's"
    ask_changes(draft, version=2)
    assert sends(domain, draft, SECOND | {"subject": "Third"}) == Written(3, created=True)
    assert sends(domain, draft, SECOND | {"subject": "Fourth"}) == Written(4, created=True), "the last hand is theirs"


def test_a_draft_of_another_workspace_or_none_is_not_there(domain: Domain) -> None:
    draft = domain.ingest()
    elsewhere = Actor(Surface.API, new_id())
    for which, by in ((draft, elsewhere), (new_id(), Actor(Surface.API, domain.workspace_id))):
        with pytest.raises(Refusal) as refusal, transaction() as tx:
            write_version(tx, which, TextIn.model_validate(SECOND), by)
        assert (refusal.value.code, str(refusal.value)) == (RefusalCode.NOT_FOUND, "There is no such draft.")
    assert len(texts(domain, draft)) == 1


def test_its_latest_delivery(domain: Domain) -> None:
    settings(domain, undo_seconds=60)
    draft, other = domain.ingest(), domain.ingest()

    def told() -> tuple[object, ...] | None:
        with transaction() as tx:
            return latest(tx, draft)

    assert told() is None
    domain.approve(draft)
    take_back(draft)
    domain.deliver(other, SENT)
    times = "SELECT status, due_at, changed_at FROM send_queue WHERE draft_id = %s AND status = %s"
    assert told() == domain.rows(times, draft, "cancelled")[0]
    domain.approve(draft, version=2)
    assert told() == domain.rows(times, draft, "queued")[0]
