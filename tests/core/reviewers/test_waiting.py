"""What waits for a member: whose it is, and what each row says."""

from dataclasses import replace

import pytest

from core.db import transaction
from core.delivery.next_slot import SendNow
from core.ids import UUID, new_id
from core.reviewers.waiting import PREVIEW, WaitingDraft, rows_of
from core.text.words.refusals import LASTING
from tests.core.drafts.review_parts import row, rules, somebody
from tests.core.intake.feedback_parts import second_campaign
from tests.core.reviewers.queue_parts import ALICE, BOB, CAROL, OTTO, VERA, elsewhere, give, ids, queue
from tests.core.views.home_parts import low, shut
from tests.fixtures.domain import SENT, Domain

pytestmark = pytest.mark.slow


def sends_now(domain: Domain) -> list[SendNow | None]:
    """What an approval of each draft on Alice's page would give."""
    return [one.send_now for one in queue(domain).drafts]


# --- whose ---


def test_a_reviewer_sees_theirs_and_nobodys_an_admin_all_and_who_looks_on_nothing(domain: Domain) -> None:
    somebody(domain, OTTO)
    nobodys, bobs, ottos = low(domain), low(domain), low(domain)
    second_campaign(domain)
    anybodys = low(domain, campaign="winter")
    give(domain, bobs, BOB)
    give(domain, ottos, OTTO)
    for user, seen, own, counts in (
        (ALICE, [nobodys, anybodys], [], [1, 1]),
        (BOB, [nobodys, bobs, anybodys], [bobs], [2, 1]),
        (CAROL, [nobodys, bobs, ottos, anybodys], [], [3, 1]),
        (OTTO, [ottos, anybodys], [ottos], [1, 1]),
        (VERA, [], [], []),
    ):
        found = queue(domain, user)
        assert (ids(found), found.total, found.low_risk) == (seen, len(seen), len(seen))
        assert [draft.draft_id for draft in found.drafts if draft.assigned] == own
        assert [count.waiting for count in found.campaigns] == counts


# --- what a row says ---


def test_all_of_a_row(domain: Domain) -> None:
    names = {"first_name": "Dana", "last_name": "Doe", "company": "Example", "title": "Head of Sales"}
    draft = low(domain, to={"email": "dana@example.org", **names})
    text = ("word " * 100).strip()
    domain.edit(draft, user=BOB, body=text)
    give(domain, draft, ALICE)
    domain.sql("UPDATE drafts SET confidence = 0.5, return_reason = 'Their server was away.'")
    (shown,) = queue(domain).drafts
    assert shown.send_now is not None
    assert (shown.send_now.why, shown.send_now.closed) == (None, None)
    assert (replace(shown, send_now=None),) == (
        WaitingDraft(
            draft_id=draft,
            review_round=2,
            status="needs_review",
            kind="intro",
            campaign="Autumn launch",
            risk="low",
            risk_reasons=(),
            confidence=0.5,
            waits_since=row(domain, draft).waits_since,
            assigned=True,
            edited_by=BOB,
            quorum=1,
            endorsed_by=(),
            barred=None,
            returned="Came back: Their server was away.",
            to_name="Dana Doe",
            to_address="dana@example.org",
            company="Example",
            subject="Another subject",
            preview=text[:PREVIEW],
            length=499,
        ),
    )
    assert PREVIEW == 400


def test_why_they_may_not_approve_it(domain: Domain) -> None:
    rules(domain, self_approval=False, admins_above_risk="low")
    own, others, fine, risky, own_risky = low(domain), low(domain), low(domain), domain.ingest(), domain.ingest()
    domain.edit(own, user=ALICE)
    domain.edit(others, user=BOB)
    domain.edit(own_risky, user=ALICE)
    wrote = "You wrote this text: another reviewer has to approve it."
    admins = "An admin has to approve this: its risk is above what reviewers may approve here."
    found = queue(domain)
    assert ids(found) == [own, others, fine, risky, own_risky]
    assert [draft.barred for draft in found.drafts] == [wrote, None, None, admins, wrote]
    assert found.low_risk == 2
    assert [draft.barred for draft in queue(domain, CAROL).drafts] == [None] * 5


def test_who_endorsed_it_in_its_present_round_and_still_may_the_first_one_first(domain: Domain) -> None:
    rules(domain, quorum=3)
    draft, other = low(domain), low(domain)
    domain.vote(draft, user=BOB)
    domain.vote(draft, user=ALICE)
    domain.vote(other, user=ALICE)

    def endorsed() -> list[tuple[UUID, int, tuple[str, ...]]]:
        return [(one.draft_id, one.quorum, one.endorsed_by) for one in queue(domain, CAROL).drafts]

    assert endorsed() == [(draft, 3, (BOB, ALICE)), (other, 3, (ALICE,))]
    assert ids(queue(domain, ALICE)) == []
    assert ids(queue(domain, BOB)) == [other]
    domain.sql("UPDATE members SET active = false WHERE slack_user_id = %s", BOB)
    assert endorsed() == [(draft, 3, (ALICE,)), (other, 3, (ALICE,))]
    domain.edit(draft, user=CAROL)
    assert endorsed() == [(draft, 3, ()), (other, 3, (ALICE,))]
    assert ids(queue(domain, ALICE)) == [draft]


def test_what_no_mail_passes_says_so_instead_of_the_doubts_about_its_text(domain: Domain) -> None:
    domain.ingest(evidence=[])
    domain.sql("UPDATE contacts SET status = 'do_not_contact'")
    (draft,) = queue(domain).drafts
    assert (draft.status, draft.risk, draft.risk_reasons) == ("manual_review", "blocked", (LASTING["opted_out"],))
    assert draft.blocked


def test_what_no_mail_passes_and_no_text_is_left_of_says_both(domain: Domain) -> None:
    domain.ingest(body="Hi {{first_name}}")
    assert not queue(domain).drafts[0].blocked, "another text may leave"
    ((doubt,),) = [draft.risk_reasons for draft in queue(domain).drafts]
    domain.sql("UPDATE contacts SET status = 'do_not_contact'")
    assert [draft.risk_reasons for draft in queue(domain).drafts] == [(LASTING["opted_out"], doubt)]


def test_rows_stand_in_the_order_asked_for_and_are_of_ones_own_workspace(domain: Domain) -> None:
    theirs = low(domain)
    here = elsewhere(domain)
    first, second, third = (low(here, body=f"Hi Dana,\n\nthe text of {number}.\n\nSam") for number in range(3))
    by = here.member(ALICE)
    with transaction() as tx:
        rows = rows_of(tx, by, [second, theirs, new_id(), first, third])
        assert [row.draft_id for row in rows] == [second, first, third]
        assert [row.preview.split()[5] for row in rows] == ["1.", "0.", "2."], "each with its own text"
        assert rows_of(tx, by, [theirs]) == rows_of(tx, by, []) == ()


def test_whose_hours_are_over(domain: Domain) -> None:
    draft = low(domain)
    assert [now and now.closed for now in sends_now(domain)] == [None]
    shut(domain)
    ((now),) = sends_now(domain)
    assert now is not None
    assert now.closed is not None
    assert now.closed.address == "sam@example.com"
    assert ids(queue(domain)) == [draft], "it waits all the same"


def test_p8_what_would_wait_if_it_were_approved(domain: Domain) -> None:
    """Sixty days, of one of two; a pause, of both. What cannot be approved promises nothing."""
    sent, again, other = low(domain), low(domain, to={"email": "dana1@example.org", "first_name": "Dana"}), low(domain)
    domain.ingest(body="Hi {{first_name}}")
    domain.deliver(sent, SENT)
    said = {one.draft_id: one.send_now.why if one.send_now else "-" for one in queue(domain).drafts}
    blocked = next(draft_id for draft_id in said if draft_id not in (again, other))
    sixty = said[again] or ""
    assert sixty.startswith("This person was written to on ")
    assert said == {again: sixty, other: None, blocked: "-"}
    domain.sql("UPDATE accounts SET status = 'paused', paused_reason = 'On holiday.'")
    assert {now.why for now in sends_now(domain) if now} == {
        "The account sam@example.com is paused: On holiday.",
    }
