"""Block: what becomes known of a person reaches their open drafts in the same transaction, and is lifted with it."""

from typing import Any

import psycopg
import pytest

from core.cards.draft_card import draft_card
from core.cards.home_tab import home_tab
from core.db import transaction
from core.drafts import expire, review
from core.drafts.block import block_refused
from core.drafts.undo import undo
from core.errors import Refusal
from core.ids import UUID
from core.taxonomy import BlockedBy, RefusalCode
from core.text.words.refusals import LASTING
from core.views.leads_for_review import leads_for_review
from tests.core.intake.feedback_parts import tell
from tests.core.views.home_parts import low, offered, seen_by
from tests.fixtures.domain import SENT, Domain

pytestmark = pytest.mark.slow

DANA: dict[str, Any] = {
    "email": "dana@example.org",
    "first_name": "Dana",
    "company": "Example",
    "title": "Head of Sales",
}
MARK = "UPDATE contacts SET status = %s WHERE email_folded = 'dana@example.org'"
SUPPRESS = """
    INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)
    SELECT gen_random_uuid(), id, %s, %s, 'A test.' FROM workspaces
"""
#: How each becomes known past all of our code, how it is lifted, and what it is called.
FACTS = [
    ((MARK, "do_not_contact"), (MARK, "available"), BlockedBy.OPTED_OUT),
    ((MARK, "replied"), (MARK, "available"), BlockedBy.REPLIED),
    ((SUPPRESS, "address", "Dana@Example.org"), ("DELETE FROM suppressions",), BlockedBy.ADDRESS),
    ((SUPPRESS, "domain", "example.org"), ("DELETE FROM suppressions",), BlockedBy.DOMAIN),
    ((SUPPRESS, "company", "EXAMPLE"), ("DELETE FROM suppressions",), BlockedBy.COMPANY),
    (
        ("UPDATE campaigns SET status = 'ended'",),
        ("UPDATE campaigns SET status = 'active'",),
        BlockedBy.ENDED,
    ),
]
each_fact = pytest.mark.parametrize(("known", "lifted", "code"), FACTS, ids=[code for *_, code in FACTS])


def shown(domain: Domain, draft: UUID) -> tuple[str, str | None, tuple[str, ...]]:
    view = domain.view(draft)
    return str(view.state), view.risk, view.risk_reasons


def dana(domain: Domain, **more: Any) -> UUID:
    """A low-risk draft to Dana."""
    return low(domain, **{"to": DANA, **more})


def refused(domain: Domain, draft: UUID, version: int = 1) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        domain.vote(draft, version)
    return refusal.value


@each_fact
def test_an_open_draft_is_blocked_the_moment_it_is_known_and_freed_when_it_is_lifted(
    domain: Domain, known: tuple[str, ...], lifted: tuple[str, ...], code: BlockedBy
) -> None:
    draft = dana(domain)
    assert shown(domain, draft) == ("needs_review", "low", ())
    before = domain.view(draft).revision
    domain.sql(*known)
    assert shown(domain, draft) == ("manual_review", "blocked", (LASTING[code],))
    assert domain.view(draft).revision > before
    assert domain.events(draft)[-1] == ("block", "needs_review", "manual_review", None)
    why = refused(domain, draft)
    assert (why.code, LASTING[code] in str(why)) == (RefusalCode.BLOCKED, True)
    domain.sql(*lifted)
    assert shown(domain, draft) == ("needs_review", "low", ())
    assert domain.events(draft)[-1] == ("unblock", "manual_review", "needs_review", None)
    domain.approve(draft)


@each_fact
def test_what_the_claim_skipped_for_good_is_not_approved_again(
    domain: Domain, known: tuple[str, ...], lifted: tuple[str, ...], code: BlockedBy
) -> None:
    draft = dana(domain)
    domain.approve(draft)
    domain.sql(*known)
    domain.make_due()
    assert domain.try_claim() is None
    assert domain.statuses(draft) == ("manual_review", ["skipped"])
    [(reason,)] = domain.rows("SELECT reason FROM send_queue WHERE draft_id = %s", draft)
    assert reason == (LASTING[code] if code != BlockedBy.ENDED else "Autumn launch is ended.")
    assert shown(domain, draft) == ("manual_review", "blocked", (LASTING[code],))
    seen = domain.view(draft).review_round
    assert refused(domain, draft, seen).code == RefusalCode.BLOCKED
    domain.sql(*lifted)
    assert shown(domain, draft) == ("needs_review", "low", ())


@each_fact
def test_what_no_text_helps_with_offers_no_edit_and_asks_for_no_changes(
    domain: Domain, known: tuple[str, ...], lifted: tuple[str, ...], code: BlockedBy
) -> None:
    draft = dana(domain)

    def shows(words: str) -> tuple[bool, bool]:
        return words in str(draft_card(domain.view(draft), "http://x")), words in str(
            home_tab(seen_by(domain), "http://x")
        )

    assert [shows(words) for words in ("edit_draft", "Request changes", "reject_draft")] == [(True, True)] * 3
    domain.sql(*known)
    assert [shows(words) for words in ("edit_draft", "Request changes")] == [(False, False)] * 2
    assert shows("reject_draft") == (True, True)
    domain.sql(*lifted)
    assert shows("edit_draft") == (True, True)


@each_fact
def test_the_database_refuses_an_approval_whatever_the_draft_says(
    domain: Domain, known: tuple[str, ...], lifted: tuple[str, ...], code: BlockedBy
) -> None:
    draft = dana(domain)
    domain.sql(*known)
    domain.sql("UPDATE drafts SET status = 'needs_review', blocked_by = NULL, risk = 'low' WHERE id = %s", draft)
    why = refused(domain, draft)
    assert (why.code, LASTING[code] in str(why)) == (RefusalCode.BLOCKED, True)
    alice = domain.member().member_id
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=f"not to be written to: {code}"):
        domain.sql(
            "UPDATE drafts SET status = 'approved', decided_by = %s, decided_at = now(), decided_surface = 'web' "
            "WHERE id = %s",
            alice,
            draft,
        )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("unsubscribe", BlockedBy.OPTED_OUT),
        ("complaint", BlockedBy.OPTED_OUT),
        ("bounce", BlockedBy.ADDRESS),
        ("reply", BlockedBy.REPLIED),
    ],
)
def test_what_came_back_of_one_mail_blocks_what_is_open_or_queued_for_that_person(
    domain: Domain, kind: str, code: BlockedBy
) -> None:
    sent, waiting, queued = dana(domain), dana(domain), dana(domain)
    domain.deliver(sent, SENT)
    domain.approve(queued)
    tell(domain, kind, draft="key-1")
    for draft in (waiting, queued):
        assert shown(domain, draft) == ("manual_review", "blocked", (LASTING[code],))
    assert domain.statuses(queued) == ("manual_review", ["skipped"])
    assert domain.verbs(queued)[-2:] == ["return", "block"]


def test_an_answer_to_somebody_who_replied_is_not_blocked_and_one_to_somebody_who_opted_out_is(domain: Domain) -> None:
    answer = dana(domain, kind="reply")
    domain.sql(MARK, "replied")
    assert shown(domain, answer) == ("needs_review", "low", ())
    domain.sql(MARK, "do_not_contact")
    assert shown(domain, answer) == ("manual_review", "blocked", (LASTING[BlockedBy.OPTED_OUT],))


def test_it_reaches_every_contact_of_the_same_person(domain: Domain) -> None:
    profile = {"linkedin_url": "https://www.linkedin.com/in/dana"}
    elsewhere = low(domain, to={**DANA, "email": "d@example.net", **profile})
    dana(domain, to={**DANA, **profile})
    domain.sql(MARK, "do_not_contact")
    assert shown(domain, elsewhere)[0] == "manual_review"


def test_a_new_draft_to_somebody_who_replied_is_blocked_from_the_beginning(domain: Domain) -> None:
    dana(domain)
    domain.sql(MARK, "replied")
    assert shown(domain, dana(domain)) == ("manual_review", "blocked", (LASTING[BlockedBy.REPLIED],))


def test_lists_and_bulk_leave_it_out_and_say_why(domain: Domain) -> None:
    draft, other = dana(domain), low(domain)
    domain.sql(MARK, "do_not_contact")
    assert [one.draft.draft_id for one in offered(domain).offered] == [other]
    with transaction() as tx:
        found = {lead.draft_id: lead for lead in leads_for_review(tx, domain.workspace_id)}
    assert found[draft].risk_reasons == (LASTING[BlockedBy.OPTED_OUT],)


def test_a_text_that_is_blocked_stays_so_when_the_person_is_free(domain: Domain) -> None:
    draft = dana(domain, body="Hi {first_name}")
    domain.sql(MARK, "do_not_contact")
    reason = "The text has a placeholder: {first_name}."
    assert shown(domain, draft)[2] == (LASTING[BlockedBy.OPTED_OUT], reason)
    domain.sql(MARK, "available")
    assert shown(domain, draft) == ("manual_review", "blocked", (reason,))
    domain.edit(draft, body="Hi Dana")
    assert shown(domain, draft) == ("needs_review", "low", ())


def test_what_waits_for_changes_goes_on_waiting(domain: Domain) -> None:
    draft = dana(domain)
    with transaction() as tx:
        review.request_changes(tx, draft, 1, "Shorter.", domain.member())
    domain.sql(MARK, "do_not_contact")
    assert shown(domain, draft) == ("changes_asked", "blocked", (LASTING[BlockedBy.OPTED_OUT],))
    domain.edit(draft)
    assert domain.state(draft) == "manual_review"


def test_what_somebody_was_writing_meanwhile_is_saved_and_stays_blocked(domain: Domain) -> None:
    draft = dana(domain)
    domain.sql(MARK, "replied")
    domain.edit(draft, 1, body="Hi Dana,\n\nas I was saying.")
    assert domain.view(draft).body.endswith("as I was saying.")
    assert shown(domain, draft) == ("manual_review", "blocked", (LASTING[BlockedBy.REPLIED],))


def test_undo_and_restore_bring_back_what_is_blocked_as_blocked(domain: Domain) -> None:
    taken_back, expired = dana(domain), dana(domain)
    domain.approve(taken_back)
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", expired)
    domain.sql(MARK, "do_not_contact")
    with transaction() as tx:
        undo(tx, taken_back, 1, domain.member())
        expire.restore(tx, expired, domain.member())
    assert [shown(domain, draft)[:2] for draft in (taken_back, expired)] == [("manual_review", "blocked")] * 2


def test_one_that_is_lifted_while_another_holds_stays_blocked_for_that(domain: Domain) -> None:
    draft = dana(domain)
    domain.sql(SUPPRESS, "domain", "example.org")
    domain.sql(MARK, "do_not_contact")
    domain.sql("DELETE FROM suppressions")
    assert shown(domain, draft) == ("manual_review", "blocked", (LASTING[BlockedBy.OPTED_OUT],))


def test_a_corrected_entry_frees_whom_it_named_and_blocks_whom_it_names(domain: Domain) -> None:
    draft, other = dana(domain), low(domain, to={**DANA, "email": "kim@example.net"})
    domain.sql(SUPPRESS, "domain", "example.org")
    domain.sql("UPDATE suppressions SET value_folded = 'example.net'")
    assert (domain.state(draft), domain.state(other)) == ("needs_review", "manual_review")


def test_asked_twice_it_says_it_once(domain: Domain) -> None:
    draft = dana(domain)
    domain.sql(MARK, "do_not_contact")
    with transaction() as tx:
        assert block_refused(tx, [draft]) == []
    assert domain.verbs(draft).count("block") == 1
