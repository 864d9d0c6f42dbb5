"""Cards and modals of any draft: within every limit of Slack's, all of the text, and no markup that a person wrote."""

import html
import re
import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.campaigns.pausing import CampaignStatusChange
from core.cards import act_forms, edit_form, modals
from core.cards.draft_card import draft_card
from core.cards.letter import PREVIEW, WHOLE_BODY
from core.cards.limits.lint import lint_message, lint_view
from core.cards.mrkdwn import cut, length, pieces, unescape
from core.cards.read_all import read_all, read_theirs
from core.cards.reason_form import REJECT
from core.cards.unknown_card import send_again_form
from core.delivery.closed_hours import ClosedHours
from core.delivery.next_slot import NextSlot, SendNow
from core.delivery.unknown import Unknown
from core.drafts.state import EDITABLE, OPEN
from core.errors import BadInput
from core.ids import new_id
from core.taxonomy import FEEDBACK_VERBS, DraftState, Phase
from core.text.clean import (
    BODY_LIMIT,
    NOTE_LIMIT,
    REASON_LIMIT,
    SUBJECT_LIMIT,
    clean_body,
    clean_note,
    clean_reason,
    clean_subject,
    count_unseen,
)
from core.views.came_back import CameBack
from core.views.draft import DraftView, Inbound, OverruledAttempt
from tests.fixtures.cases import cases

PAGE = "https://signoff.example.com/drafts/0192f0c1-0000-7000-8000-000000000000"
WHEN = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)

#: What people paste: other scripts, emoji in all their forms, right to left, markup, pings, and very much of it.
PIECES = st.sampled_from(
    [
        *(
            "Hello, world. ",
            "नमस्ते ",
            "こんにちは",
            "שלום עולם ",
            "\u202eevil\u202c ",
            "مرحبا ",
            "👩‍👩‍👧‍👦",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "e\u0301" * 3,
        ),
        *("<!channel>", "<!here|x>", "<@U01ALICE>", "<https://evil.example|bank>", "*bold* _it_ ~no~ `code`", "&amp;"),
        *(
            "<!date^1^{date}|x>",
            ":smile:",
            "> quoted\n",
            "```\nblock\n```",
            "&&&&&&&&",
            "<<<<>>>>",
            "\n\n\n",
            "\t",
            " " * 40,
        ),
        *("https://example.com/a_b_c?x=1&y=2 ", "dana@example.org ", "x" * 200, "w " * 200),
    ]
)
TEXT = st.text(max_size=60) | PIECES


def long_text(most: int) -> st.SearchStrategy[str]:
    """Short, long and very long texts, of pieces that are repeated."""
    return st.builds(
        lambda parts, times: ("".join(parts) * times)[:most],
        st.lists(TEXT, min_size=1, max_size=8),
        st.sampled_from([1, 1, 1, 5, 50, 2_000, 100_000]),
    )


def cleaned(text: str, clean: Any, instead: str) -> str:
    try:
        return str(clean(text))
    except BadInput:
        return instead


SUBJECTS = long_text(SUBJECT_LIMIT).map(lambda text: cleaned(text, clean_subject, "Subject"))
BODIES = long_text(BODY_LIMIT).map(lambda text: cleaned(text, clean_body, "Body."))
NOTES = long_text(REASON_LIMIT).map(lambda text: cleaned(text, clean_reason, "No."))
CHANGES = long_text(NOTE_LIMIT).map(lambda text: cleaned(text, clean_note, "Shorter."))
NAMES = st.builds(lambda text: "".join(c for c in text if c.isprintable())[:200].strip(), long_text(200))
ADDRESSES = st.sampled_from(
    ["dana@example.org", "&" * 64 + "@" + ".".join(["x" * 60] * 4), "δοκιμή@παράδειγμα.gr", "a+<b>&c@example.org"]
)
USERS = st.sampled_from(["U01ALICE", "U02BOB", "W0ABC"])


UNKNOWNS = st.builds(
    Unknown,
    st.integers(1, 2**31 - 1),
    st.builds(new_id),
    st.sampled_from(Phase),
    st.none() | st.sampled_from(["mail.example.com", "x" * 250 + ".example"]),
    st.just(WHEN),
    st.sampled_from(["<0192@example.com>", f"<{'x' * 200}@example.com>"]),
    st.sampled_from([WHEN, WHEN.replace(year=2036)]),
)

CAME_BACK = st.builds(
    CameBack, st.sampled_from(FEEDBACK_VERBS), st.integers(1, 10**6), st.just(WHEN), st.booleans(), st.booleans()
)

SLOT_TIMES = st.none() | st.sampled_from([WHEN, WHEN.replace(year=2036)])
WHYS = st.none() | st.text(string.ascii_letters + " <>&", max_size=1_500)
SEND_NOW = st.builds(
    SendNow,
    SLOT_TIMES,
    WHYS,
    st.booleans(),
    st.none()
    | st.builds(ClosedHours, st.none() | st.just("sam@example.com"), st.just(WHEN), SLOT_TIMES, st.just("UTC")),
)
SLOTS = st.builds(NextSlot, SLOT_TIMES, WHYS, st.integers(0, 100), st.booleans(), st.none() | SEND_NOW)


@st.composite
def draft_views(draw: st.DrawFn) -> DraftView:
    """A draft as the database might have it, in any state."""
    state = draw(st.sampled_from(DraftState))
    edited = draw(st.none() | USERS)
    return DraftView(
        draft_id=new_id(),
        workspace_id=new_id(),
        revision=draw(st.integers(1, 2**40)),
        version=draw(st.integers(1, 2**31 - 1)),
        review_round=draw(st.integers(1, 2**31 - 1)),
        state=state,
        kind=draw(st.sampled_from(["intro", "follow_up", "reply"])),
        campaign=draw(NAMES) or "Launch",
        timezone="Europe/London",
        risk=draw(st.sampled_from([None, "low", "review", "blocked"])),
        risk_reasons=tuple(draw(st.lists(st.sampled_from(["A role mailbox, not a person.", "x" * 80]), max_size=3))),
        evidence=tuple(draw(st.lists(NAMES.map(lambda name: name or "https://example.org/about"), max_size=5))),
        confidence=draw(st.none() | st.floats(0, 1)),
        from_name=draw(NAMES) or "Sam",
        from_address=draw(ADDRESSES),
        to_name=" ".join(filter(None, (draw(NAMES), draw(NAMES)))),
        to_address=draw(ADDRESSES),
        company=draw(st.none() | NAMES),
        subject=draw(SUBJECTS),
        body=draw(BODIES),
        inbound=draw(st.none() | st.builds(Inbound, SUBJECTS, BODIES)),
        reviewers=tuple(draw(st.lists(USERS, max_size=40))),
        decided_by=draw(st.none() | USERS),
        decided_at=WHEN,
        decision_note=draw(NOTES),
        edited_by=edited,
        edited_at=WHEN if edited else None,
        reason=draw(st.none() | st.text(string.ascii_letters + " <>&", max_size=1_500)),
        due_at=draw(st.none() | st.just(WHEN)),
        ended_at=WHEN,
        unknown=draw(UNKNOWNS) if state == DraftState.OUTCOME_UNKNOWN else None,
        overruled=draw(st.none() | st.builds(OverruledAttempt, USERS, st.just(WHEN), st.booleans(), st.booleans())),
        came_back=tuple(
            sorted(draw(st.lists(CAME_BACK, max_size=4, unique_by=lambda one: one.verb)), key=lambda one: one.verb)
        ),
        as_of=WHEN,
        to_timezone=draw(st.sampled_from([None, "", "Asia/Tokyo", "America/New_York", "<!channel>", "../etc", "x\0"])),
        quorum=draw(st.integers(1, 5)),
        endorsed_by=tuple(draw(st.lists(USERS, max_size=5))),
        assigned_to=draw(st.none() | USERS),
        snoozed_until=draw(st.none() | st.just(WHEN)),
        snoozed_by=draw(st.none() | USERS),
        change_note=draw(st.none() | CHANGES),
        change_asked_by=draw(st.none() | USERS),
        change_asked_at=WHEN,
        can_undo=draw(st.booleans()),
        undo_until=draw(st.none() | st.just(WHEN)),
        campaign_active=draw(st.booleans()),
        next_slot=draw(st.none() | SLOTS),
    )


def texts(value: Any, kind: str) -> list[str]:
    """All texts of this kind in a payload, in order."""
    found = []
    if isinstance(value, dict):
        if value.get("type") == kind and isinstance(value.get("text"), str):
            found.append(value["text"])
        for inner in value.values():
            found += texts(inner, kind)
    elif isinstance(value, list):
        for inner in value:
            found += texts(inner, kind)
    return found


def body_shown(blocks: list[Any]) -> str:
    """The body as the card or a page of it shows it: the sections in plain text, as Slack decodes them."""
    return "".join(
        html.unescape(block["text"]["text"])
        for block in blocks
        if block["type"] == "section"
        and block.get("text", {}).get("type") == "plain_text"
        and "block_id" not in block  # envelope, note and the message that is answered have one
    )


def with_read_all(card: dict[str, Any]) -> bool:
    return any(block.get("accessory", {}).get("action_id") == "read_all" for block in card["blocks"])


#: What Slack reads as markup: only mentions of members, times, and links to our own page are ours.
MARKUP = re.compile(r"<[^>]*>?")
OURS = re.compile(
    r"<@[UW][A-Z0-9]+>|<!date\^\d+\^(\{date_short_pretty\}, )?\{time(_secs)?\}\|[\w :]+>"
    r"|<" + re.escape(PAGE) + r"\|(History|its Message-ID|the page)>"
)


def foreign_markup(text: str) -> list[str]:
    return [found for found in MARKUP.findall(text) if not OURS.fullmatch(found)]


ABSURD = "<&>" * 66


@example(
    DraftView(
        *(
            new_id(),
            new_id(),
            1,
            1,
            DraftState.NEEDS_REVIEW,
            "intro",
            ABSURD,
            "Europe/London",
            "review",
            (ABSURD,),
            0.5,
        ),
        *(ABSURD, "&" * 64 + "@example.com", f"{ABSURD} {ABSURD}", "&" * 64 + "@example.com", ABSURD, "&" * 250),
        *("&" * 5_999, Inbound("<" * 250, "<" * 100_000), ("U01ALICE",) * 40, None, None, None, None, None, None),
        *(None, None),
    )
)
@cases(150)
@given(draft_views())
def test_no_card_breaks_a_limit_or_lets_markup_through(draft: DraftView) -> None:
    card = draft_card(draft, PAGE)
    assert lint_message(card) == []
    assert lint_message(card | {"ts": "1.2"}) == [], "chat.update is stricter"
    assert card["text"].strip()
    for text in [*texts(card["blocks"], "mrkdwn"), card["text"]]:
        assert foreign_markup(text) == []
    buttons = {element.get("action_id") for block in card["blocks"] for element in block.get("elements", [])}
    assert ("approve_send" in buttons) == (draft.state in OPEN and draft.state != DraftState.MANUAL_REVIEW)
    assert ("reject_draft" in buttons) == (draft.state in OPEN | {DraftState.CHANGES_ASKED})
    assert ("more" in buttons) == (draft.state in OPEN)
    beside = {block.get("accessory", {}).get("action_id") for block in card["blocks"]}
    assert ("undo_approval" in beside) == (draft.can_undo and draft.state in {DraftState.SENDING, DraftState.WAITING})
    assert ("restore_draft" in beside) == (draft.state == DraftState.EXPIRED)


@cases(150)
@given(draft_views())
def test_a_card_shows_all_of_the_text_or_offers_it(draft: DraftView) -> None:
    """P3: what cannot be read on the card is one click away, and the card says that there is more."""
    card = draft_card(draft, PAGE)
    shown = body_shown(card["blocks"])
    if with_read_all(card):
        beginning = shown.removesuffix("…")
        assert draft.body.startswith(beginning) or squeezed(draft.body).startswith(squeezed(beginning))
        assert length(shown) <= PREVIEW + 1
    else:
        assert squeezed(shown) == squeezed(draft.body)
    if length(draft.body) > WHOLE_BODY:
        assert with_read_all(card)


@cases(60)
@given(draft_views())
def test_a_card_says_when_something_in_its_text_cannot_be_seen(draft: DraftView) -> None:
    hidden = count_unseen(draft.subject, draft.body)
    assert ("invisible character" in str(draft_card(draft, PAGE)["blocks"])) == (hidden > 0)


@cases(60)
@given(draft_views())
def test_each_button_tells_a_screen_reader_which_draft_it_is_about(draft: DraftView) -> None:
    for block in draft_card(draft, PAGE)["blocks"]:
        for element in [*block.get("elements", []), block.get("accessory", {})]:
            if element.get("type") == "button":
                label = f"{unescape(element['text']['text'])}: {draft.subject}"
                assert element["accessibility_label"] == cut(label, 75)


def squeezed(text: str) -> str:
    """Without white space: pieces of nothing else are left out, as Slack shows nothing for them."""
    return "".join(text.split())


@cases(80)
@given(draft_views())
def test_read_all_shows_every_character_in_order(draft: DraftView) -> None:
    read, page = "", 0
    while True:
        view = read_all(draft, page)
        assert lint_view(view) == []
        assert foreign_markup(" ".join(texts(view, "mrkdwn"))) == []
        read += body_shown(view["blocks"])
        if f"read_page_{page + 1}" not in str(view["blocks"][-1]):
            break
        page += 1
    assert squeezed(read) == squeezed(draft.body)
    assert read_all(draft, page + 1000) == read_all(draft, page), "past the end is the end"
    assert read_all(draft, -1) == read_all(draft, 0)


@cases(300)
@given(BODIES)
def test_the_parts_of_a_text_are_the_text(body: str) -> None:
    parts = edit_form.parts(body)
    if len(parts) <= edit_form.MOST_PARTS:
        assert edit_form.whole_body(parts) == body
        assert all(len(part) <= modals.FIELD_LIMIT for part in parts)


@cases(60)
@given(draft_views(), SUBJECTS, BODIES, st.text(max_size=5_000), st.sampled_from([0, 1, 100, 101, 250]))
def test_no_modal_breaks_a_limit_or_lets_markup_through(
    draft: DraftView, subject: str, body: str, sentence: str, people: int
) -> None:
    what = f"{draft.draft_id}:{draft.review_round}"
    for view in (
        modals.loading("Edit draft"),
        modals.notice("Edit draft", sentence or "-"),
        modals.kept("Edit draft", sentence or "-", body),
        edit_form.edit(draft),
        edit_form.edit_form(what, subject, body[:1_000]),
        edit_form.conflict(draft, subject, body[:1_000]),
        REJECT.view(what),
        send_again_form(draft, what),
        act_forms.changes_form(what),
        act_forms.snooze_form(what, {"hour": "For an hour"}),
        act_forms.assign_form(what, [(f"U{number}", sentence or "A") for number in range(people)]),
        act_forms.pause_form(draft),
        act_forms.paused(CampaignStatusChange(draft.campaign, 3, None, 2, 1)),
        read_theirs(draft, 0),
    ):
        assert lint_view(view) == []
        assert foreign_markup(" ".join(texts(view, "mrkdwn"))) == []


@cases(80)
@given(draft_views())
def test_the_editor_holds_the_whole_text_or_none_of_it(draft: DraftView) -> None:
    """Half a text in the field would be saved as half a mail."""
    filled = _fields(edit_form.edit(draft))
    if filled:
        texts = [filled[name] for name in filled if name.startswith("body")]
        assert filled["subject"] == draft.subject
        assert edit_form.whole_body(texts) == draft.body
    else:
        assert draft.state not in EDITABLE or len(edit_form.parts(draft.body)) > edit_form.MOST_PARTS


@cases(40)
@given(draft_views(), SUBJECTS, BODIES)
def test_of_two_texts_neither_is_lost(draft: DraftView, subject: str, body: str) -> None:
    """What its reader typed stands in the fields, and what the other wrote above them, or on the card."""
    mine = body[:5_000]
    view = edit_form.conflict(draft, subject, mine)
    filled = _fields(view)
    assert filled["subject"] == subject
    theirs = body_shown(view["blocks"])
    assert squeezed(draft.body).startswith(squeezed(theirs))
    assert squeezed(theirs) == squeezed(draft.body) or "The rest of their version" in str(view)


def _fields(view: dict[str, Any]) -> dict[str, str]:
    """What the text fields of a form begin with."""
    return {
        block["block_id"]: block["element"].get("initial_value", "")
        for block in view["blocks"]
        if block["type"] == "input" and block["element"]["type"] == "plain_text_input"
    }


@cases(300)
@given(long_text(20_000), st.integers(10, 3_000))
def test_pieces_are_the_text_and_none_is_too_long(text: str, limit: int) -> None:
    found = pieces(text, limit)
    assert "".join(found) == text
    assert all(0 < length(piece) <= limit for piece in found)


@cases(300)
@given(long_text(5_000), st.integers(1, 3_000))
def test_a_cut_text_says_so_and_fits(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert length(shown) <= limit
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@pytest.mark.parametrize("state", DraftState)
def test_every_state_has_its_words(state: DraftState) -> None:
    whole = DraftView(
        *(
            new_id(),
            new_id(),
            1,
            3,
            state,
            "intro",
            "Launch",
            "Europe/London",
            "low",
            ("Why.",),
            None,
            "Sam",
            "s@x.org",
        ),
        *("Dana", "d@x.org", None, "Hello", "Hi Dana", None, ("U01ALICE",), "U01ALICE", WHEN, "No.", None, None),
        *("The reason.", None, WHEN),
    )
    card = draft_card(whole, PAGE)
    assert card["text"].startswith(
        {
            DraftState.PENDING: "Draft in preparation,",
            DraftState.CHANGES_ASKED: "Changes requested,",
            DraftState.NEEDS_REVIEW: "Draft to review,",
            DraftState.FAILED_BACK: "Could not be sent, back in review,",
            DraftState.MANUAL_REVIEW: "Draft to fix,",
            DraftState.SENDING: "Sending,",
            DraftState.WAITING: "Approved, waiting,",
            DraftState.SENT: "Sent,",
            DraftState.BOUNCED: "Bounced,",
            DraftState.ANSWERED: "Answered,",
            DraftState.UNSUBSCRIBED: "Unsubscribed,",
            DraftState.REPORTED: "Reported as spam,",
            DraftState.OUTCOME_UNKNOWN: "Outcome unknown,",
            DraftState.REJECTED: "Rejected,",
            DraftState.EXPIRED: "Expired,",
            DraftState.SKIPPED: "Skipped,",
        }[state]
    )
    without = replace(whole, decided_by=None, decided_at=None, ended_at=None, reason=None, decision_note=None)
    assert lint_message(draft_card(without, PAGE)) == []
