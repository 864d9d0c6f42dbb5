"""What waits for a member: whose it is, in which order and on which page, how it is counted, and what each row says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.actor import Actor
from core.db import transaction
from core.delivery.next_slot import SendNow
from core.drafts.snooze import snooze
from core.ids import UUID, new_id
from core.reviewers import waiting
from core.reviewers.waiting import PAGE, PREVIEW, CampaignCount, Queue, QueueFilter, WaitingDraft, queue_of
from core.taxonomy import DraftState, Surface, Verb
from core.text.words.refusals import LASTING
from tests.core.drafts.review_parts import ask_changes, does, member_id, row, rules, somebody
from tests.core.intake.feedback_parts import second_campaign
from tests.core.views.home_parts import low, shut
from tests.fixtures.domain import SENT, Domain, domain_on

pytestmark = pytest.mark.slow

ALICE, BOB, CAROL, VERA, OTTO = "U01ALICE", "U02BOB", "U03CAROL", "U04VERA", "U05OTTO"
NOTHING = Queue(drafts=(), total=0, low_risk=0, everything=0, snoozed=0, campaigns=())


def queue(domain: Domain, user: str = ALICE, per_page: int = PAGE, kept: list[UUID] | None = None, **to: Any) -> Queue:
    return queue_as(domain.member(user), per_page, kept, **to)


def queue_as(by: Actor, per_page: int = PAGE, kept: list[UUID] | None = None, **chosen: Any) -> Queue:
    with transaction() as tx:
        return queue_of(tx, by, QueueFilter(**chosen), per_page, kept)


def sends_now(domain: Domain) -> list[SendNow | None]:
    """What an approval of each draft on Alice's page would give."""
    return [one.send_now for one in queue(domain).drafts]


def ids(found: Queue) -> list[UUID]:
    return [draft.draft_id for draft in found.drafts]


def give(domain: Domain, draft: UUID, user: str) -> None:
    domain.sql("UPDATE drafts SET assigned_to = %s WHERE id = %s", member_id(domain, user), draft)


def put_off(draft: UUID) -> datetime:
    until = datetime.now(UTC) + timedelta(hours=1)
    does(CAROL, Verb.SNOOZE, lambda tx, by: snooze(tx, draft, 1, until, by), draft)
    return until


def winter_of(domain: Domain) -> UUID:
    """A second campaign, of which nobody is named a reviewer."""
    second_campaign(domain)
    found: UUID = domain.rows("SELECT id FROM campaigns WHERE slug = 'winter'")[0][0]
    return found


def elsewhere(domain: Domain) -> Domain:
    """Another workspace, with people of the same Slack ids: from here on theirs are the acts."""
    domain.sql("UPDATE workspaces SET slack_team_id = 'T02OTHER'")
    return domain_on(domain.url)


# --- which, and in what order ---


def test_low_risk_the_surest_and_the_oldest_first_and_nothing_that_sleeps_or_is_decided(domain: Domain) -> None:
    blocked, closer = domain.ingest(body="Hi {{first_name}}"), domain.ingest()
    old, young, unsure, sure = low(domain), low(domain), low(domain, confidence=0.4), low(domain, confidence=0.9)
    asleep, decided, rejected = low(domain), low(domain), low(domain)
    put_off(asleep)
    domain.approve(decided)
    domain.reject(rejected)
    found = queue(domain)
    assert ids(found) == [sure, unsure, old, young, closer, blocked]
    assert [draft.risk for draft in found.drafts] == ["low"] * 4 + ["review", "blocked"]
    assert (found.total, found.everything, found.low_risk, found.snoozed) == (6, 6, 4, 1)


def test_pages(domain: Domain) -> None:
    drafts = [low(domain) for _ in range(9)]
    for per_page, asked, begin, end, page, pages in (
        (4, 0, 0, 4, 0, 3),
        (4, 1, 4, 8, 1, 3),
        (4, 2, 8, 9, 2, 3),
        (4, 3, 8, 9, 2, 3),
        (4, -1, 0, 4, 0, 3),
        (3, 2, 6, 9, 2, 3),
        (3, 3, 6, 9, 2, 3),
        (9, 1, 0, 9, 0, 1),
    ):
        found = queue(domain, per_page=per_page, page=asked)
        assert (ids(found), found.page, found.pages, found.total) == (drafts[begin:end], page, pages, 9)
    assert ids(queue(domain)) == drafts[:8], "eight on a page of Home"
    assert not queue(domain).hides_some


def test_nothing_is_one_empty_page(domain: Domain) -> None:
    assert queue(domain, page=3) == queue(domain, kept=[]) == NOTHING


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


def test_nothing_waits_for_who_is_no_member(domain: Domain) -> None:
    low(domain)
    assert queue_as(Actor(Surface.API, domain.workspace_id)) == NOTHING


def test_another_workspace_is_another_world(domain: Domain) -> None:
    there, to_change, asleep = low(domain), low(domain), low(domain)
    ask_changes(to_change)
    put_off(asleep)
    here = elsewhere(domain)
    assert queue(here, CAROL) == NOTHING
    draft = low(here)
    for user in (ALICE, CAROL):
        found = queue(here, user, kept=[there, draft])
        assert (ids(found), found.everything, found.snoozed, found.to_change) == ([draft], 1, 0, 0)
        assert found.campaigns == (CampaignCount(here.campaign_id, "Autumn launch", 1),)
        assert queue(here, user, campaign_id=domain.campaign_id).total == 0


# --- what is counted, and chosen ---


def test_a_choice_narrows_the_list_and_its_count_and_no_other_count(domain: Domain) -> None:
    winter = winter_of(domain)
    first, second, closer = low(domain), low(domain), domain.ingest()
    cold = low(domain, campaign="winter")
    put_off(low(domain))
    put_off(low(domain, campaign="winter"))
    for chosen, seen, low_risk in (
        ({}, [first, second, cold, closer], 3),
        ({"campaign_id": domain.campaign_id}, [first, second, closer], 2),
        ({"campaign_id": winter}, [cold], 1),
        ({"risk": "low"}, [first, second, cold], 3),
        ({"risk": "review"}, [closer], 0),
        ({"risk": "blocked"}, [], 0),
        ({"campaign_id": domain.campaign_id, "risk": "low"}, [first, second], 2),
        ({"campaign_id": winter, "risk": "review"}, [], 0),
    ):
        found = queue(domain, **chosen)
        assert (ids(found), found.total, found.low_risk) == (seen, len(seen), low_risk)
        assert (found.everything, found.snoozed) == (4, 2)
        assert found.campaigns == (
            CampaignCount(domain.campaign_id, "Autumn launch", 3),
            CampaignCount(winter, "Winter", 1),
        )


def test_the_campaign_in_which_most_waits_comes_first_then_by_name(domain: Domain) -> None:
    winter = winter_of(domain)
    low(domain)
    low(domain, campaign="winter")
    for name, order in (("Aardvark", [winter, domain.campaign_id]), ("Zebra", [domain.campaign_id, winter])):
        domain.sql("UPDATE campaigns SET name = %s WHERE id = %s", name, winter)
        assert [count.campaign_id for count in queue(domain).campaigns] == order
    low(domain, campaign="winter")
    assert queue(domain).campaigns == (
        CampaignCount(winter, "Zebra", 2),
        CampaignCount(domain.campaign_id, "Autumn launch", 1),
    )


def test_what_waits_for_changes_is_counted_for_whose_it_is(domain: Domain) -> None:
    somebody(domain, OTTO)
    nobodys, bobs, waits = low(domain), low(domain), low(domain)
    give(domain, bobs, BOB)
    ask_changes(nobodys)
    ask_changes(bobs)
    for user, seen, to_change in ((ALICE, [waits], 1), (BOB, [waits], 2), (CAROL, [waits], 2), (OTTO, [], 0)):
        found = queue(domain, user)
        assert (ids(found), found.to_change) == (seen, to_change)


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


# --- rows that keep their places ---


def test_what_was_decided_keeps_its_place_and_the_page_follows_as_far_as_there_is_room(domain: Domain) -> None:
    decided, first, second, third = (low(domain) for _ in range(4))
    domain.approve(decided)
    found = queue(domain, per_page=2, kept=[decided])
    assert (ids(found), found.total, found.hides_some) == ([decided, first, second], 3, False)
    became, *others = [draft.became for draft in found.drafts]
    assert became is not None
    assert (became.state, became.who) == (DraftState.WAITING, ALICE)
    assert others == [None, None]
    kept = queue(domain, per_page=2, kept=[second, decided, third])
    assert (ids(kept), kept.hides_some) == ([second, decided, third], False), "in the order given, and the page is full"
    assert ids(queue(domain, per_page=2, kept=[])) == [first, second]
    assert ids(queue(domain, per_page=2, kept=[first])) == [first, second], "none twice"
    assert ids(queue(domain, per_page=2, kept=[new_id(), third])) == [third, first]


def test_what_is_snoozed_endorsed_or_handed_on_keeps_its_place_and_takes_none_of_the_page(domain: Domain) -> None:
    rules(domain, quorum=2)
    asleep, endorsed, handed, first, second = (low(domain) for _ in range(5))
    until = put_off(asleep)
    domain.vote(endorsed)
    give(domain, handed, BOB)
    found = queue(domain, per_page=1, kept=[asleep, endorsed, handed])
    assert (ids(found), found.hides_some) == ([asleep, endorsed, handed, first], False)
    became = [draft.became for draft in found.drafts]
    rests = [one and (one.snoozed_until, one.assigned_to) for one in became]
    assert rests == [(until, None), (None, None), (None, BOB), None]
    assert second not in ids(found)


def test_beside_many_rows_that_keep_their_places_some_have_no_room(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert waiting.MOST_ROWS == 16
    monkeypatch.setattr(waiting, "MOST_ROWS", 3)
    gone = [low(domain) for _ in range(3)]
    first, second = low(domain), low(domain)
    for draft in gone:
        domain.reject(draft)
    for kept, seen, hides_some in (
        (gone[:1], [gone[0], first, second], False),
        (gone[:2], [gone[0], gone[1], first], True),
        (gone, gone, True),
        ([*gone, second], [*gone, second], True),
        ([*gone, first, second], [*gone, first, second], False),
    ):
        found = queue(domain, per_page=2, kept=kept)
        assert (ids(found), found.hides_some) == (seen, hides_some)
    domain.reject(second)
    assert not queue(domain, per_page=2, kept=gone[:2]).hides_some, "the one that waits has room"
