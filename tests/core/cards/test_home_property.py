"""Homes and bulk modals of any queue: within every limit of Slack's, and no markup that a person wrote."""

import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.payload import ticked_boxes
from core.cards import bulk_modal, bulk_row
from core.cards.bulk_modal import ListState
from core.cards.bulk_row import ListedDraft
from core.cards.home_tab import fingerprint, home_tab, stranger_tab
from core.cards.limits.lint import lint_view
from core.cards.mrkdwn import cut
from core.drafts.became import Became
from core.ids import new_id
from core.reviewers.bulk import BulkResult
from core.reviewers.low_risk import MOST, DraftAtVersion, LowRisk, LowRiskDraft
from core.reviewers.review_queue import MOST_ROWS, CampaignCount, Queue, QueueFilter
from core.reviewers.waiting import PREVIEW, WaitingDraft
from core.taxonomy import BulkOutcome, DraftState, DraftStatus, Risk, Role, Timing, TroubleKind
from core.views.day import Day, RecentApproval
from core.views.home import LATEST, HomeView, LatestDraft
from core.views.trouble import Trouble
from tests.core.cards.test_cards_property import (
    ADDRESSES,
    BODIES,
    NAMES,
    NOTES,
    SEND_NOW,
    SUBJECTS,
    USERS,
    WHEN,
    foreign_markup,
    texts,
)
from tests.fixtures.cases import cases

URL = "https://signoff.example.com"
MANY = st.sampled_from([0, 1, 2, 20, 5_000, 10**7])
SENTENCES = st.none() | st.text(string.ascii_letters + " <>&*_`", max_size=1_500) | NOTES


BECAME = st.builds(
    Became,
    st.sampled_from(DraftState),
    st.none() | USERS,
    st.booleans(),
    st.none() | st.sampled_from([WHEN, WHEN.replace(year=2099)]),
    st.none() | st.just(WHEN),
    st.none() | USERS,
)


@st.composite
def waiting(draw: st.DrawFn) -> WaitingDraft:
    """One draft that waits, of any text."""
    body = draw(BODIES)
    return WaitingDraft(
        draft_id=new_id(),
        review_round=draw(st.integers(1, 2**31 - 1)),
        status=draw(st.sampled_from([DraftStatus.NEEDS_REVIEW, DraftStatus.MANUAL_REVIEW])),
        kind="intro",
        campaign=draw(NAMES) or "Launch",
        risk=draw(st.none() | st.sampled_from(Risk)),
        risk_reasons=tuple(draw(st.lists(st.sampled_from(["A role mailbox.", "x" * 80]), max_size=9))),
        confidence=draw(st.none() | st.floats(0, 1)),
        waits_since=WHEN,
        assigned=draw(st.booleans()),
        edited_by=draw(st.none() | USERS),
        quorum=draw(st.integers(1, 5)),
        endorsed_by=tuple(draw(st.lists(USERS, max_size=5))),
        barred=draw(st.none() | st.just("An admin approves this one.")),
        returned=draw(SENTENCES),
        to_name=" ".join(filter(None, (draw(NAMES), draw(NAMES)))),
        to_address=draw(ADDRESSES),
        company=draw(st.none() | NAMES),
        subject=draw(SUBJECTS),
        preview=body[:PREVIEW],
        length=len(body),
        blocked=draw(st.booleans()),
        send_now=draw(st.none() | SEND_NOW),
        became=draw(st.none() | BECAME),
    )


@st.composite
def homes(draw: st.DrawFn) -> HomeView:
    """What a Home may be made from."""
    drafts = tuple(draw(st.lists(waiting(), max_size=MOST_ROWS)))
    count = st.builds(CampaignCount, st.builds(new_id), NAMES.filter(bool), MANY)
    campaigns = tuple(draw(st.lists(count, max_size=3))) * draw(st.sampled_from([1, 1, 60]))
    campaigns = tuple(CampaignCount(new_id(), campaign.name, campaign.waiting) for campaign in campaigns)
    picked = [None, new_id(), *(campaign.campaign_id for campaign in campaigns[:1] + campaigns[-1:])]
    pages = draw(st.sampled_from([1, 2, 3, 10_000]))
    troubles = st.builds(Trouble, st.sampled_from(TroubleKind), NAMES, SENTENCES, MANY, st.just(WHEN))
    return HomeView(
        role=draw(st.sampled_from(Role)),
        timezone="Europe/London",
        chosen=QueueFilter(draw(st.sampled_from(picked)), draw(st.none() | st.sampled_from(Risk))),
        queue=Queue(
            drafts=drafts,
            total=len(drafts) and draw(st.integers(len(drafts), 10**6)),
            low_risk=draw(MANY),
            everything=draw(MANY),
            snoozed=draw(MANY),
            campaigns=campaigns,
            page=draw(st.integers(0, pages - 1)),
            pages=pages,
            to_change=draw(MANY),
            hides_some=draw(st.booleans()),
        ),
        day=draw(st.builds(Day, MANY, MANY, MANY, MANY)),
        note=draw(SENTENCES),
        latest=tuple(draw(st.lists(st.builds(LatestDraft, st.builds(new_id), SUBJECTS, NAMES), max_size=LATEST))),
        recent_approvals=tuple(
            draw(
                st.lists(
                    st.builds(RecentApproval, st.builds(new_id), st.integers(1, 9), st.just(WHEN), SUBJECTS), max_size=3
                )
            )
        ),
        troubles=draw(st.none() | st.lists(troubles, max_size=30).map(tuple)),
    )


@cases(150)
@given(homes())
def test_no_home_breaks_a_limit_or_lets_markup_through(home: HomeView) -> None:
    view = home_tab(home, URL)
    assert lint_view(view) == []
    found = foreign_markup(" ".join(texts(view, "mrkdwn")))
    links = [f"<{URL}/drafts/{draft.draft_id}|" for draft in home.latest]
    assert len(found) == len(links)
    assert all(one.startswith(ours) and one.count("|") == 1 for one, ours in zip(found, links, strict=True))


@cases(100)
@given(homes())
def test_every_draft_of_the_page_is_there_with_the_version_that_is_shown(home: HomeView) -> None:
    """P3: a button approves what its reader saw."""
    view = home_tab(home, URL)
    values = [
        element.get("value")
        for block in view["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == "approve_send"
    ]
    live = [d for d in home.queue.drafts if d.became is None]
    may = [d for d in live if d.status == DraftStatus.NEEDS_REVIEW and d.barred is None]
    assert values == [f"{draft.draft_id}:{draft.review_round}" for draft in may]


@cases(60)
@given(homes())
def test_the_same_facts_are_the_same_picture(home: HomeView) -> None:
    """What has not changed is not published again."""
    assert fingerprint(home_tab(home, URL)) == fingerprint(home_tab(home, URL))


def test_a_stranger_is_told_in_a_plain_sentence() -> None:
    assert lint_view(stranger_tab()) == []
    assert "You are not a member" in str(stranger_tab())


# --- bulk ---


def choices() -> st.SearchStrategy[DraftAtVersion]:
    return st.builds(DraftAtVersion, st.builds(new_id), st.integers(1, 2**31 - 1))


@st.composite
def found(draw: st.DrawFn) -> LowRisk:
    few = draw(st.lists(st.builds(LowRiskDraft, choices(), NAMES, SUBJECTS, NAMES, ADDRESSES, BODIES), max_size=12))
    many = (few * draw(st.sampled_from([1, 1, 100])))[:MOST]
    offered = tuple(replace(one, draft=DraftAtVersion(new_id(), one.draft.version)) for one in many)
    ids = [one.draft.draft_id for one in offered]
    sends = {draft_id: draw(SEND_NOW) for draft_id in ids[: draw(st.integers(0, 3))]}
    campaign = draw(st.none() | NAMES)
    return LowRisk(draw(MANY), max(len(offered), draw(MANY)), offered, sends, "UTC", campaign)


def submitted(view: dict[str, Any]) -> dict[str, Any]:
    """The view as Slack hands it back, with what is drawn ticked."""
    rows = [block for block in view["blocks"] if bulk_row.box_of(block)]
    state = {
        row["block_id"]: {
            bulk_row.TICK: {"type": "checkboxes", "selected_options": row["accessory"].get("initial_options", [])}
        }
        for row in rows
    }
    return {**view, "state": {"values": state}}


def without_links(view: dict[str, Any], found: LowRisk) -> str:
    links = [f"<{URL}/drafts/{one.draft.draft_id}|Read all>" for one in found.offered]
    return " ".join(text for text in texts(view, "mrkdwn") if text not in links)


def ticked(view: dict[str, Any]) -> list[str]:
    return [value for value, *_ in ticked_boxes(submitted(view))]


@cases(150)
@given(found(), st.data())
def test_a_list_says_exactly_what_will_be_approved(found: LowRisk, data: st.DataObject) -> None:
    values = [bulk_row.value_of_draft(one.draft) for one in found.offered]
    wanted = [value for value in values if data.draw(st.booleans())]
    view = bulk_modal.offer(found, ListState(MOST, str(new_id())), URL, wanted)
    assert lint_view(view) == []
    assert foreign_markup(without_links(view, found)) == []
    assert ticked(view) == wanted
    if not values:
        return
    assert ticked(bulk_modal.tick_all(view, on=True)) == values
    assert ticked(bulk_modal.tick_all(view, on=False)) == []
    assert lint_view(bulk_modal.tick_all(view, on=True)) == []
    subjects = [bulk_row.words_of(block)[0] for block in view["blocks"] if bulk_row.box_of(block)]
    assert subjects == [cut(one.subject, 200) for one in found.offered]


@cases(150)
@given(found(), st.lists(st.sampled_from(BulkOutcome), min_size=1, max_size=20), SENTENCES, st.sampled_from(Timing))
def test_no_outcome_breaks_a_limit_and_what_is_left_can_be_submitted_again(
    found: LowRisk, outcome: list[BulkOutcome], reason: str | None, timing: Timing
) -> None:
    offered = bulk_modal.offer(found, ListState(MOST), URL)
    lines = [ListedDraft(one.draft, one.subject, one.to_address) for one in found.offered]
    results = [(BulkResult(line.draft, outcome[at % len(outcome)], reason), line) for at, line in enumerate(lines)]
    view = bulk_modal.outcome(results, offered, timing, datetime.now(UTC))
    assert lint_view(view) == []
    assert foreign_markup(without_links(view, found)) == []
    left = [result.draft for result, _ in results if result.outcome == BulkOutcome.LEFT]
    assert ticked(view) == [bulk_row.value_of_draft(draft) for draft in left]
    assert ("submit" in view) == bool(left)
    approved = tuple(result.draft for result, _ in results if result.outcome == BulkOutcome.APPROVED)
    assert ListState.read(view["private_metadata"]).approved == approved
    assert ("bulk_undo" in str(view)) == bool(approved)


def test_every_kind_of_trouble_has_its_words() -> None:
    for kind in TroubleKind:
        home = HomeView(
            Role.ADMIN,
            "UTC",
            QueueFilter(),
            Queue((), 0, 0, 0, 0, ()),
            Day(),
            troubles=(Trouble(kind, "it", "Why.", 2),),
        )
        assert lint_view(home_tab(home, URL)) == []


def test_ticks_are_read_with_suspicion() -> None:
    odd: list[Any] = [
        None,
        1,
        "x",
        [],
        {},
        {"values": []},
        {"values": {"choices_0": {"choices_0": {"selected_options": 7}}}},
    ]
    for state in odd:
        assert ticked_boxes({"state": state, "blocks": [{"block_id": "choices_0"}, None, 3]}) == []
    assert ticked_boxes({"state": {}, "blocks": "no"}) == []
