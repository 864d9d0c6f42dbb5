"""What a reviewer does with a card, told as it goes: the right way, and what stands in the way of the wrong ones."""

from typing import Any

import sqlalchemy as sa

from core import models as m
from core.db import transaction
from core.drafts.expire import expire_due
from jobs.ring import ring_cards
from tests.fixtures.full_stack import FullStack, FullStacks
from tests.journeys.reviewer import Reviewer, buttons, menu

DECIDE = {"approve_send", "approve_schedule", "edit_draft", "reject_draft", "open_draft", "more"}


def people(full_stack: FullStack) -> tuple[Reviewer, Reviewer, Reviewer]:
    """Alice and Bob review, Carol is an admin."""
    return Reviewer(full_stack, "U01ALICE"), Reviewer(full_stack, "U02BOB"), Reviewer(full_stack, "U03CAROL")


def declare(table: type[m.Base], **values: Any) -> None:
    """Change a setting of the full stack, as its declaration would."""
    with transaction() as tx:
        tx.execute(sa.update(table).values(**values))


def test_changes_are_asked_for_and_a_new_text_comes_back(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    alice, bob, _ = people(full_stack)
    draft = full_stack.ingest()
    before = bob.card(draft)
    assert buttons(before) == DECIDE

    # Alice wants another text: the draft leaves the queue, and everybody sees why.
    alice.picks(alice.card(draft), "request_changes")
    form = alice.modal("What should change?")
    assert alice.submits(form, note="  ").errors == {
        "note": "Say what should change: the author of the next version reads it."
    }
    assert alice.submits(form, note="Name the <product>, & be shorter.").action == "close"
    asked = bob.sees(draft, "*Changes requested*")
    assert "*Changes requested* by <@U01ALICE>" in str(asked)
    assert "Name the &lt;product&gt;, &amp; be shorter." in str(asked)
    assert buttons(asked) == {"edit_draft", "reject_draft", "open_draft"}

    # Bob approves a card from before: too late, and he is told.
    bob.clicks(before, "approve_send")
    bob.told("Changes were requested")
    assert full_stack.state(draft) == "changes_asked"

    # He writes the new text, and it is back in review; the thread tells all of it.
    bob.clicks(asked, "edit_draft")
    assert bob.submits(bob.modal("Save"), body="Hi Dana,\n\nthis is Signoff.\n\nSam").action == "close"
    assert buttons(alice.sees(draft, "this is Signoff.")) == DECIDE
    thread = alice.thread(draft, "Edited: now version 2")
    assert "Changes requested" in thread
    assert "− this is letter 1." in thread
    assert "+ this is Signoff." in thread
    assert "Tried to approve: refused" in thread
    assert full_stack.accepted() == []


def test_what_can_wait_is_snoozed_and_woken(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    alice, bob, _ = people(full_stack)
    draft = full_stack.ingest()
    stale = bob.card(draft)

    alice.picks(alice.card(draft), "snooze")
    assert alice.submits(alice.modal("Until when?"), until="tomorrow").action == "close"
    resting = bob.sees(draft, "*Snoozed until*")
    assert "09:00> by <@U01ALICE>" in str(resting)
    assert buttons(resting) == DECIDE
    assert [option["text"]["text"] for option in menu(resting)] == [
        "Request changes",
        "End snooze",
        "Assign to …",
    ]

    bob.picks(resting, "wake")
    bob.thread(draft, "Snooze ended")
    bob.no_longer_sees(draft, "*Snoozed until*")

    # The text changed under a form that was still open: nothing is put off.
    bob.picks(stale, "snooze")
    form = bob.modal("Until when?")
    alice.clicks(alice.card(draft), "edit_draft")
    assert alice.submits(alice.modal("Save"), body="Another text.").action == "close"
    assert bob.submits(form, until="hour").action == "update"
    bob.modal("This draft has changed")
    assert "*Snoozed until*" not in str(bob.sees(draft, "Another text."))


def test_a_draft_is_handed_to_somebody_who_can_decide(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    alice, bob, carol = people(full_stack)
    draft = full_stack.ingest()

    alice.picks(alice.card(draft), "assign")
    form = alice.modal("Assign to")
    # Vera only looks on, and Mallory is nobody here: nothing can be theirs to decide.
    [offered] = [block["element"]["options"] for block in form["blocks"] if block["type"] == "input"]
    assert [one["value"] for one in offered] == ["U01ALICE", "U02BOB", "U03CAROL"]
    assert alice.submits(form, member="U02BOB").action == "close"
    carol.sees(draft, "*For* <@U02BOB>")

    # Bob decides; a form that Alice opens on her old card comes too late.
    stale = alice.card(draft)
    bob.clicks(bob.card(draft), "reject_draft")
    assert bob.submits(bob.modal("Why?"), why="in_touch").action == "close"
    alice.picks(stale, "assign")
    assert alice.submits(alice.modal("Assign to"), member="U01ALICE").action == "update"
    alice.modal("Bob Brown rejected this")
    assert "Somebody is already in touch with them." in str(alice.sees(draft, "*Rejected* by <@U02BOB>"))


def test_a_campaign_is_paused_from_a_card_by_an_admin(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    alice, _, carol = people(full_stack)
    first, second = full_stack.ingest(), full_stack.ingest()

    card = carol.card(first)
    offered = [[option["text"]["text"] for option in menu(shown)] for shown in (alice.card(first), card)]
    assert ["Pause this campaign" in labels for labels in offered] == [False, True]
    carol.picks(card, "pause")
    carol.closes(carol.modal("Pause *Autumn launch*?"))
    assert full_stack.state(first) == "needs_review", "closing the window pauses nothing"
    carol.picks(card, "pause")
    assert carol.submits(carol.modal("Pause *Autumn launch*?")).action == "update"
    carol.closes(carol.modal("Paused Autumn launch. No mail is waiting."))

    # What is approved now waits, says so, and can be taken back.
    alice.clicks(alice.card(second), "approve_send")
    waiting = alice.sees(second, "*Approved* by <@U01ALICE>")
    assert "Autumn launch is paused." in str(waiting)
    assert buttons(waiting) == {"undo_approval"}
    assert "Cancel approval" in str(waiting["blocks"])
    alice.clicks(waiting, "undo_approval")
    assert buttons(alice.sees(second, "approve_send")) == DECIDE

    # Paused is paused: a card from before has nothing to pause.
    carol.picks(card, "pause")
    carol.modal("Autumn launch is not active")
    assert full_stack.accepted() == []


def test_an_approval_is_taken_back_before_its_mail_leaves(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    declare(m.Workspace, undo_seconds=60)
    alice, bob, _ = people(full_stack)
    draft = full_stack.ingest()
    stale = bob.card(draft)

    alice.clicks(alice.card(draft), "approve_send")
    leaving = bob.sees(draft, "*Sends* at")
    assert buttons(leaving) == {"undo_approval"}
    assert "Undo" in str(leaving["blocks"])
    bob.clicks(leaving, "undo_approval")
    back = alice.sees(draft, "approve_send")
    assert full_stack.state(draft) == "needs_review"
    alice.thread(draft, "Approval undone")

    # A late click on the card from before approves nothing: it is another round.
    bob.clicks(stale, "approve_send")
    bob.told("has changed")

    # Without a window it leaves at once, and then it is too late.
    declare(m.Workspace, undo_seconds=0)
    alice.clicks(back, "approve_send")
    alice.sees(draft, "*Sent* by <@U01ALICE>")
    bob.clicks(leaving, "undo_approval")
    bob.told("Too late to undo: it was sent.")
    assert len(full_stack.accepted()) == 1


def test_the_next_slot_is_told_before_and_after(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    with transaction() as tx:  # a week with one day, which is not today
        weekday = tx.execute(sa.text("SELECT extract(isodow FROM now() + interval '3 days')::int")).scalar_one()
        tx.execute(sa.update(m.Account).values(weekdays=[weekday]))
    alice, bob, _ = people(full_stack)
    draft = full_stack.ingest(to={"email": "dana@example.org", "first_name": "Dana", "timezone": "Asia/Tokyo"})

    card = alice.sees(draft, "Next slot: <!date^")
    assert "for them (Asia/Tokyo) at" in str(card)
    alice.clicks(card, "approve_schedule")
    waiting = bob.sees(draft, "waits until <!date^")
    slot = str(card).partition("Next slot: <!date^")[2][:10]
    assert f"<!date^{slot}" in str(waiting), "what was said before is what is said after"
    assert "outside business hours" in str(waiting)

    bob.clicks(waiting, "undo_approval")
    assert buttons(alice.sees(draft, "Next slot:")) == DECIDE
    assert full_stack.accepted() == []


def test_two_people_have_to_agree(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    declare(m.Campaign, quorum=2)
    alice, bob, carol = people(full_stack)
    draft = full_stack.ingest()
    assert "*0 of 2:* nobody yet" in str(bob.card(draft))

    alice.clicks(alice.card(draft), "approve_send")
    half = alice.sees(draft, "*1 of 2:* <@U01ALICE>")
    assert buttons(half) == DECIDE
    alice.clicks(half, "approve_send")
    alice.told("You have approved this already")

    bob.clicks(bob.sees(draft, "*1 of 2:* <@U01ALICE>"), "approve_send")
    carol.sees(draft, "*Sent* by <@U02BOB>")
    assert len(full_stack.accepted()) == 1


def test_what_nobody_decided_expires_and_can_be_restored(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    declare(m.Workspace, expire_after_days=1)
    alice, bob, _ = people(full_stack)
    draft = full_stack.ingest()
    stale = bob.card(draft)
    declare(m.Draft, waits_since=sa.text("now() - interval '2 days'"))
    with transaction() as tx:
        expired = expire_due(tx)
    ring_cards(expired)

    over = alice.sees(draft, "*Expired:*")
    assert buttons(over) == {"restore_draft", "open_draft"}
    bob.clicks(stale, "approve_send")
    bob.told("expired")
    alice.clicks(over, "restore_draft")
    assert buttons(bob.sees(draft, "approve_send")) == DECIDE
    bob.clicks(bob.sees(draft, "approve_send"), "approve_send")
    alice.sees(draft, "*Sent* by <@U02BOB>")
    assert "Restored" in alice.thread(draft, "Accepted by the mail server")


def test_the_thread_says_what_the_server_said(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    full_stack.smtp.plan("rcpt", say="550 5.7.1 <no> newsletters & no forwarding")
    alice, bob, _ = people(full_stack)
    draft = full_stack.ingest()
    alice.clicks(alice.card(draft), "approve_send")
    back = bob.sees(draft, "back in review")
    assert buttons(back) == DECIDE
    told = bob.thread(draft, "Came back to review")
    assert "The server said: 550" in told
    assert "&lt;no&gt; newsletters &amp; no forwarding" in told

    bob.clicks(back, "approve_send")
    alice.sees(draft, "*Sent* by <@U02BOB>")
    alice.thread(draft, "The server said: 250")


def test_long_texts_are_read_to_their_ends(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    alice, _, _ = people(full_stack)
    theirs = "".join(f"They say line {n}.\n" for n in range(900))
    ours = "".join(f"We say line {n}.\n" for n in range(900))
    draft = full_stack.ingest(
        kind="reply",
        body=ours,
        inbound={"subject": "A question", "body": theirs, "message_id": "<q@example.org>"},
    )
    card = alice.card(draft)
    assert "They say line 0." in str(card)
    assert "They say line 899." not in str(card)
    assert "We say line 899." not in str(card)

    alice.clicks(card, "read_all")
    view = alice.modal("Page 1 of 2")
    assert full_stack.slack.click_view("U01ALICE", view, "read_page_1").ok
    alice.closes(alice.modal("We say line 899."))
    alice.clicks(card, "read_theirs_0")
    view = alice.modal("They say line 0.")
    assert full_stack.slack.click_view("U01ALICE", view, "read_theirs_1").ok
    alice.modal("They say line 899.")
