"""Why an act found nothing to change: who was first, and when; or what stands in its way, in one sentence."""

import pytest
import sqlalchemy as sa

from core.actor import Actor
from core.db import transaction
from core.drafts.conflicts import explain_conflict, update_theirs
from core.errors import Conflict, Refusal, Stale
from core.ids import UUID, new_id
from core.models import Draft
from core.taxonomy import BlockedBy, RefusalCode, Role, Surface
from core.taxonomy import DeliveryStatus as Q
from core.taxonomy import DraftStatus as D
from core.text.phrases import when
from core.text.words import refusals
from core.text.words.refusals import LASTING
from tests.core.drafts.review_parts import ask_changes, row, rules, settings, somebody, take_back
from tests.core.drafts.test_block import MARK
from tests.fixtures.domain import SENT, UNKNOWN, Domain


def why(
    domain: Domain, draft: UUID, seen: int | None = 1, user: str = "U01ALICE", *, approving: bool = False
) -> Refusal:
    with transaction() as tx:
        return explain_conflict(tx, draft, seen, domain.member(user), approving=approving)


def told(refusal: Refusal) -> tuple[RefusalCode, str]:
    return refusal.code, str(refusal)


def test_a_decision_of_somebody_else_says_who_when_and_for_whom(domain: Domain) -> None:
    settings(domain, timezone="Asia/Tokyo")
    somebody(domain, "U05DAVE")
    sent, unknown, claimed, queued, rejected = (domain.ingest() for _ in range(5))
    domain.deliver(sent, SENT)
    domain.deliver(unknown, UNKNOWN)
    domain.approve(claimed, user="U02BOB")
    claim = domain.claim()
    settings(domain, undo_seconds=60)
    domain.approve(queued)
    domain.approve(rejected)
    take_back(rejected)
    domain.reject(rejected, version=2, user="U02BOB")
    approved = "Alice Anderson", D.APPROVED
    cases = {
        sent: (*approved, Q.SENT),
        unknown: (*approved, Q.OUTCOME_UNKNOWN),
        claimed: ("Bob Brown", D.APPROVED, Q.CLAIMED),
        queued: (*approved, Q.QUEUED),
        rejected: ("Bob Brown", D.REJECTED, None),
    }
    for number, (draft, (who, status, delivery)) in enumerate(cases.items(), 1):
        at = row(domain, draft).decided_at
        code, sentence = refusals.DECIDED[status, delivery]
        said = sentence.format(who=who, at=when(at, at, "Asia/Tokyo"), to=f"dana{number}@example.org")
        for user in ("U01ALICE", "U05DAVE"):
            refusal = why(domain, draft, seen=7, user=user)
            assert told(refusal) == (code, said)
            assert isinstance(refusal, Conflict)
            assert (refusal.who, refusal.at) == (who, at)
    domain.start(claim)
    assert why(domain, claimed).code == RefusalCode.DRAFT_ALREADY_SENDING
    with domain.connect(options="-c session_replication_role=replica") as connection:  # as of before names were kept
        connection.execute("UPDATE drafts SET decided_by = NULL WHERE id = %s", (rejected,))
    nameless = why(domain, rejected)
    assert isinstance(nameless, Conflict)
    assert (nameless.who, str(nameless).partition(" at ")[0]) == ("Somebody", "Somebody rejected this")


def test_what_nobody_decided_says_what_stands_in_the_way(domain: Domain) -> None:
    somebody(domain, "U05DAVE")
    open_, expired, asked, written, pending = (domain.ingest() for _ in range(5))
    blocked = domain.ingest(body="Hi {first_name}")
    ask_changes(asked)
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", expired)
    with domain.connect(options="-c session_replication_role=replica") as connection:  # no trigger asks who wants it
        connection.execute("UPDATE drafts SET status = 'pending' WHERE id = %s", (pending,))
    nothing = RefusalCode.NOTHING_TO_DO
    assert told(why(domain, open_)) == (nothing, refusals.NOT_READY)
    assert told(why(domain, open_, seen=None)) == (nothing, refusals.NOT_READY)
    domain.edit(written)
    ask_changes(written, version=2)
    domain.edit(written, version=2)
    assert told(why(domain, written, seen=3)) == (nothing, refusals.NOT_READY)
    assert told(why(domain, pending)) == (nothing, refusals.NOT_READY)
    assert told(why(domain, asked)) == (nothing, refusals.WAITS_FOR_CHANGES)
    assert told(why(domain, expired, seen=7)) == (
        RefusalCode.ALREADY_DECIDED,
        refusals.EXPIRED,
    )
    assert told(why(domain, blocked)) == (
        RefusalCode.BLOCKED,
        f"{refusals.CANNOT_BE_SENT} The text has a placeholder: {{first_name}}.",
    )
    for draft in (open_, blocked, asked):
        stale = why(domain, draft, seen=7)
        assert isinstance(stale, Stale)
        assert told(stale) == (
            RefusalCode.STALE_VERSION,
            refusals.CHANGED_SINCE,
        )
        assert stale.current == 1
    for draft in (open_, blocked, asked, expired, pending):
        assert told(why(domain, draft, seen=7, user="U05DAVE")) == (
            RefusalCode.NOT_A_REVIEWER,
            "Only the reviewers of Autumn launch, and admins, can decide on this. Nothing was changed.",
        )


def test_what_is_blocked_for_whom_it_is_to_says_so_first(domain: Domain) -> None:
    draft = domain.ingest(to={"email": "dana@example.org", "first_name": "Dana"}, body="Hi {first_name}")
    domain.sql(MARK, "do_not_contact")
    sentence = f"{refusals.BLOCKED} {LASTING[BlockedBy.OPTED_OUT]} The text has a placeholder: {{first_name}}."
    assert told(why(domain, draft)) == (RefusalCode.BLOCKED, sentence)


def test_what_a_campaign_asks_of_those_who_approve_matters_to_them_alone(domain: Domain) -> None:
    rules(domain, self_approval=False)
    draft = domain.ingest()
    domain.edit(draft)
    assert why(domain, draft, seen=2).code == RefusalCode.NOTHING_TO_DO
    assert told(why(domain, draft, seen=2, approving=True)) == (
        RefusalCode.OWN_WORK,
        "You wrote the latest text, and in Autumn launch nobody may approve their own. Ask another reviewer.",
    )
    assert why(domain, draft, seen=2, user="U02BOB", approving=True).code == RefusalCode.NOTHING_TO_DO
    with transaction() as tx:
        assert explain_conflict(tx, draft, 2, domain.member()).code == RefusalCode.NOTHING_TO_DO


def test_a_draft_that_is_not_there(domain: Domain) -> None:
    draft = domain.ingest()
    elsewhere = Actor(Surface.SLACK, new_id(), role=Role.OWNER)
    said = (RefusalCode.NOT_FOUND, refusals.NO_SUCH_DRAFT)
    assert told(why(domain, new_id())) == said
    with transaction() as tx:
        assert told(explain_conflict(tx, draft, 1, elsewhere)) == said


def test_an_update_is_of_one_draft_of_theirs_for_which_all_holds(domain: Domain) -> None:
    somebody(domain, "U05DAVE")
    draft, other = domain.ingest(), domain.ingest()
    domain.edit(draft)
    note = {"decision_note": "Seen."}
    with transaction() as tx:
        for which, by in (([sa.false()], domain.member()), ([], domain.member("U05DAVE"))):
            assert update_theirs(tx, draft, by, which, note) is None
        assert update_theirs(tx, draft, domain.member(), [sa.true(), Draft.version == 2], note) == 2
    assert [row(domain, each).decision_note for each in (draft, other)] == ["Seen.", None]


@pytest.mark.parametrize("user", ["U01ALICE", "U03CAROL"])
def test_no_update_reaches_another_workspace(domain: Domain, user: str) -> None:
    draft, member = domain.ingest(), domain.member(user)
    elsewhere = Actor(Surface.SLACK, new_id(), member.member_id, role=member.role)
    with transaction() as tx:
        assert update_theirs(tx, draft, elsewhere, [], {"decision_note": "Seen."}) is None
