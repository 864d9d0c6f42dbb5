"""Bulk approval in Slack: a list that says exactly what, and what became of each; each act right and wrong."""

import json
import re
from typing import Any

import pytest

from bot.sandbox.client import Json, button
from bot.slack.handlers import bulk as handler
from core.cards import bulk_modal
from core.ids import UUID
from core.reviewers.low_risk import MOST
from core.text.words.refusals import NO_APPROVAL
from tests.core.views.home_parts import low
from tests.fixtures.domain import SENT
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack
from tests.fixtures.waiting import wait_until


def opened(domain_with_slack: DomainWithSlack, member: str = ALICE) -> Json:
    """The list, opened from the member's Home."""
    domain_with_slack.slack.open_home(member)
    assert domain_with_slack.slack.click_home(member, "bulk_low_risk").ok
    return domain_with_slack.modal(member, "Tick the ones to approve")


def boxes(view: Json) -> dict[str, str]:
    """The value of every box, and the block that holds it."""
    rows = [block for block in view["blocks"] if block.get("accessory", {}).get("action_id") == "bulk_tick"]
    return {row["accessory"]["options"][0]["value"]: row["block_id"] for row in rows}


def listed(view: Json) -> list[str]:
    """`draft_id:version` of every box."""
    return list(boxes(view))


def ticks(view: Json, *values: str) -> Json:
    """What the boxes hold when these are ticked, and no other."""
    return {block: {"bulk_tick": [value] if value in values else []} for value, block in boxes(view).items()}


def every(view: Json) -> Json:
    """All of them ticked."""
    return ticks(view, *boxes(view))


def ticked(view: Json) -> list[str]:
    """The boxes that the list draws ticked."""
    return [
        row["accessory"]["options"][0]["value"]
        for row in view["blocks"]
        if "initial_options" in row.get("accessory", {})
    ]


def submit_label(view: Json) -> str:
    return str(view["submit"]["text"])


def seen(*drafts: UUID, version: int = 1) -> list[str]:
    return [f"{draft}:{version}" for draft in drafts]


def show_more(domain_with_slack: DomainWithSlack, view: Json, values: Json, words: str) -> Json:
    assert domain_with_slack.slack.click_view(ALICE, view, "bulk_more", values=values).ok
    return domain_with_slack.modal(ALICE, words)


def outcome(result: Any) -> str:
    """What the ack puts in the list's place."""
    assert result.ok
    answer = json.loads(result.body)
    assert answer["response_action"] == "update"
    return json.dumps(answer["view"]["blocks"], ensure_ascii=False)


def test_it_lists_exactly_what_will_be_approved_and_approves_exactly_that(domain_with_slack: DomainWithSlack) -> None:
    drafts, closer = [low(domain_with_slack) for _ in range(12)], domain_with_slack.ingest()
    view = opened(domain_with_slack)
    assert listed(view) == seen(*drafts)
    assert "*12 low-risk drafts* among the 13 that wait for you" in str(view["blocks"])
    (first,) = [block for block in view["blocks"] if block["block_id"] == f"pick:{seen(drafts[0])[0]}:0"]
    subject, about, *beginning = first["text"]["text"].splitlines()
    assert (subject, about) == ("Hello number 1", "dana1@example.org · Dana · Autumn launch")
    assert beginning == ["Hi Dana,", "this is letter 1.", "Sam"]
    assert (ticked(view), submit_label(view)) == ([], "Approve")
    said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    assert "*12 approved.*" in said
    assert "Hello number 12 · dana12@example.org" in said
    assert [domain_with_slack.statuses(draft) for draft in drafts] == [("approved", ["queued"])] * 12
    assert domain_with_slack.statuses(closer) == ("needs_review", [])
    wait_until(lambda: domain_with_slack.rings() == {"deliver": 1, "cards": 12}, what="the rings")
    domain_with_slack.quiet()
    assert "1 draft waits for you" in json.dumps(domain_with_slack.slack.home(ALICE))


def test_what_is_not_ticked_stays(domain_with_slack: DomainWithSlack) -> None:
    stays, goes = low(domain_with_slack), low(domain_with_slack)
    view = opened(domain_with_slack)
    said = outcome(domain_with_slack.slack.submit(ALICE, view, ticks(view, *seen(goes))))
    assert "*1 approved.*" in said
    assert domain_with_slack.statuses(stays) == ("needs_review", [])
    assert domain_with_slack.statuses(goes) == ("approved", ["queued"])


def test_nothing_is_ticked_until_somebody_ticks_it(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack) for _ in range(11)]
    view = opened(domain_with_slack)
    said = outcome(domain_with_slack.slack.submit(ALICE, view))
    assert "Nothing is ticked" in said
    assert "Approved at" not in said
    again = domain_with_slack.modal(ALICE, "Nothing is ticked")
    assert listed(again) == seen(*drafts)
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["needs_review"] * 11
    assert outcome(domain_with_slack.slack.submit(ALICE, again)).count("Nothing is ticked.") == 1


@pytest.mark.parametrize("click", ["bulk_tick", "bulk_all"])
def test_that_nothing_is_ticked_is_not_said_any_more_once_something_is(
    domain_with_slack: DomainWithSlack, click: str
) -> None:
    draft = low(domain_with_slack)
    outcome(domain_with_slack.slack.submit(ALICE, opened(domain_with_slack)))
    view = domain_with_slack.modal(ALICE, "Nothing is ticked")
    (value,) = seen(draft)
    box = {"block_id": boxes(view)[value], "option": [value]} if click == "bulk_tick" else {}
    assert domain_with_slack.slack.click_view(ALICE, view, click, **box).ok
    wait_until(lambda: submit_label(domain_with_slack.modal(ALICE)) == "Approve 1", what="the count")
    assert "Nothing is ticked" not in str(domain_with_slack.modal(ALICE))


@pytest.mark.parametrize(
    ("timing", "leaves"),
    [("earliest", "to leave as soon as no rule holds it"), ("next_slot", "for the next free slots, within business")],
)
def test_the_result_says_when_it_was_and_when_they_are_to_leave(
    domain_with_slack: DomainWithSlack, timing: str, leaves: str
) -> None:
    low(domain_with_slack)
    view = opened(domain_with_slack)
    said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view) | {"when": timing}))
    assert re.search(rf"Approved at <!date\^\d+\^{{time}}\|\d\d:\d\d> {leaves}", said)


def test_of_one_campaign_it_does_not_say_that_nothing_else_waits(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.ingest()
    click = domain_with_slack.slack
    assert click.command(ALICE, "/outreach approve-low-risk launch").ok
    domain_with_slack.modal(ALICE, "among the 2 that wait for you in Autumn launch.")
    domain_with_slack.reject(draft)
    assert click.command(ALICE, "/outreach approve-low-risk launch").ok
    domain_with_slack.modal(ALICE, "No low-risk draft waits for you in Autumn launch. 1 draft needs a look.")


def test_tick_all_is_one_click_and_the_button_says_how_many(domain_with_slack: DomainWithSlack) -> None:
    first, second = low(domain_with_slack), low(domain_with_slack)
    view = opened(domain_with_slack)
    assert domain_with_slack.slack.click_view(ALICE, view, "bulk_all").ok
    wait_until(lambda: submit_label(domain_with_slack.modal(ALICE)) == "Approve 2", what="the count")
    view = domain_with_slack.modal(ALICE)
    assert ticked(view) == seen(first, second)
    untick = {"block_id": boxes(view)[seen(first)[0]], "option": [], "values": every(view)}
    assert domain_with_slack.slack.click_view(ALICE, view, "bulk_tick", **untick).ok
    wait_until(lambda: submit_label(domain_with_slack.modal(ALICE)) == "Approve 1", what="the count")
    assert ticked(domain_with_slack.modal(ALICE)) == seen(second)
    assert boxes(domain_with_slack.modal(ALICE)) == boxes(view), "or Slack would forget what was ticked meanwhile"
    assert domain_with_slack.slack.click_view(ALICE, view, "bulk_none", values=every(view)).ok
    wait_until(lambda: submit_label(domain_with_slack.modal(ALICE)) == "Approve", what="the count")
    assert ticked(domain_with_slack.modal(ALICE)) == []


def test_a_late_redraw_does_not_take_back_a_later_one() -> None:
    assert handler._is_latest("V1", "1700000002.000000")
    assert not handler._is_latest("V1", "1700000001.000000")
    assert handler._is_latest("V2", "1700000001.000000")
    assert handler._is_latest("V1", "1700000003.000000")


def test_a_text_begins_in_the_list_and_all_of_it_is_a_click_away(domain_with_slack: DomainWithSlack) -> None:
    body = "\n\n".join(["Hi Dana,", *(f"Sentence {number}." for number in range(9)), "Sam"])
    draft = low(domain_with_slack, body=body)
    (row,) = [block for block in opened(domain_with_slack)["blocks"] if str(draft) in block["block_id"]]
    assert row["text"]["text"].endswith("Hi Dana,\nSentence 0.\nSentence 1.\nSentence 2.\nSentence 3. …")
    assert f"/drafts/{draft}|Read all>" in row["fields"][0]["text"]


def test_p8_what_would_wait_says_so_before_it_is_ticked(domain_with_slack: DomainWithSlack) -> None:
    ann, bea = ({"email": f"{who}@example.org", "first_name": "Dana", "title": "CEO"} for who in ("ann", "bea"))
    sent, again, other = (low(domain_with_slack, to=who) for who in (ann, ann, bea))
    domain_with_slack.deliver(sent, SENT)
    rows = {block["block_id"]: block for block in opened(domain_with_slack)["blocks"]}
    said = {draft: rows[name].get("fields", []) for draft in (again, other) for name in rows if str(draft) in name}
    assert said[other] == []
    (held,) = said[again]
    assert held["text"].startswith(":hourglass: Cannot leave before <!date^")
    assert "This person was written to on" in held["text"]


def test_p3_the_result_says_what_was_taken_what_changed_and_what_was_done(domain_with_slack: DomainWithSlack) -> None:
    taken, changed, asleep, fine = (low(domain_with_slack) for _ in range(4))
    view = opened(domain_with_slack)
    domain_with_slack.approve(taken, user=BOB)
    domain_with_slack.edit(changed, user=BOB)
    domain_with_slack.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", asleep)
    said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    assert "*1 approved, 1 already decided, 2 changed since.*" in said
    assert "Bob Brown approved this at" in said
    assert "This draft has changed since" in said
    assert [domain_with_slack.statuses(draft)[0] for draft in (taken, changed, asleep, fine)] == [
        "approved",
        "needs_review",
        "needs_review",
        "approved",
    ]


def test_twenty_at_first_and_more_on_demand(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack) for _ in range(MOST + 5)]
    view = opened(domain_with_slack)
    assert listed(view) == seen(*drafts[:20])
    more = button(view, "bulk_more")
    assert more is not None
    assert more["text"]["text"] == f"List {MOST}"
    view = show_more(domain_with_slack, view, {}, f"{MOST} of {MOST + 5} low-risk drafts")
    assert listed(view) == seen(*drafts[:MOST])
    assert ticked(view) == []
    assert button(view, "bulk_more") is None
    said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    ((approved,),) = domain_with_slack.rows("SELECT count(*) FROM drafts WHERE status = 'approved'")
    assert f"*{approved} approved" in said
    assert approved == MOST or f"{MOST - approved} not done yet" in said, "a busy machine may need a second click"


def test_what_was_unticked_stays_so_when_more_are_listed(domain_with_slack: DomainWithSlack) -> None:
    """Two of twenty were unticked; "List 25" ticks neither them nor what it adds."""
    drafts = [low(domain_with_slack) for _ in range(25)]
    view = opened(domain_with_slack)
    wanted = seen(*drafts[2:20])
    view = show_more(domain_with_slack, view, ticks(view, *wanted), "*25 low-risk drafts*")
    assert ticked(view) == wanted
    assert submit_label(view) == "Approve 18"
    outcome(domain_with_slack.slack.submit(ALICE, view))
    statuses = [domain_with_slack.statuses(draft)[0] for draft in drafts]
    assert statuses == ["needs_review"] * 2 + ["approved"] * 18 + ["needs_review"] * 5


def test_all_of_it_can_be_undone_at_once(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack) for _ in range(3)]
    view = opened(domain_with_slack)
    outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    result = domain_with_slack.modal(ALICE, "3 approved")
    way_back = button(result, "bulk_undo")
    assert way_back is not None
    assert way_back["text"]["text"] == "Undo all 3"
    domain_with_slack.make_due()
    leaving = domain_with_slack.claim().draft_id
    assert domain_with_slack.slack.click_view(ALICE, result, "bulk_undo").ok
    domain_with_slack.modal(ALICE, "2 approvals undone.")
    domain_with_slack.modal(ALICE, "• 1: Too late to undo: it is being sent.")
    stands = {draft: domain_with_slack.statuses(draft)[0] for draft in drafts}
    assert stands == {draft: "approved" if draft == leaving else "needs_review" for draft in drafts}
    told = str(bulk_modal.undone(0, [NO_APPROVAL, NO_APPROVAL]))
    assert ":leftwards_arrow_with_hook: 2 are not approved any more.'" in told, "after a double click"
    assert "*Nothing was undone.*" in str(bulk_modal.undone(0, ["It was sent."]))


def approve_all(domain_with_slack: DomainWithSlack, member: str = ALICE) -> str:
    """Open the list, tick all of it, submit."""
    view = opened(domain_with_slack, member)
    return outcome(domain_with_slack.slack.submit(member, view, every(view)))


def at_night(domain_with_slack: DomainWithSlack) -> None:
    """It is outside of the account's hours now: it only opens on another day."""
    domain_with_slack.sql(
        "UPDATE accounts SET weekdays ="
        " ARRAY[extract(isodow FROM (now() AT TIME ZONE timezone) + interval '3 days')::int]"
    )


def timings(domain_with_slack: DomainWithSlack) -> list[str]:
    return [timing for (timing,) in domain_with_slack.rows("SELECT timing FROM send_queue ORDER BY id")]


def test_on_a_sunday_night_they_leave_at_the_next_slot_unless_somebody_says_now(
    domain_with_slack: DomainWithSlack,
) -> None:
    for _ in range(2):
        low(domain_with_slack)
    at_night(domain_with_slack)
    view = opened(domain_with_slack)
    assert "Now (outside business hours for 2)" in str(view)
    first, second = boxes(view)
    outcome(domain_with_slack.slack.submit(ALICE, view, ticks(view, first)))
    assert timings(domain_with_slack) == ["next_slot"]
    view = opened(domain_with_slack)
    outcome(domain_with_slack.slack.submit(ALICE, view, ticks(view, second) | {"when": {"when": "earliest"}}))
    assert timings(domain_with_slack) == ["next_slot", "earliest"]


def test_a_list_of_the_afternoon_sends_nothing_at_night_unasked(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.sql(
        "UPDATE accounts SET opens = '00:00', closes = '23:59:59', weekdays = '{1,2,3,4,5,6,7}', country = NULL"
    )
    view = opened(domain_with_slack)
    assert "outside business hours" not in str(view)
    at_night(domain_with_slack)
    said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    assert "It is outside business hours now" in said
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    outcome(domain_with_slack.slack.submit(ALICE, domain_with_slack.modal(ALICE, "Not done yet")))
    assert timings(domain_with_slack) == ["next_slot"], "the second click of two is no answer"


def test_a_list_that_told_of_one_does_not_send_another_at_night_unasked(domain_with_slack: DomainWithSlack) -> None:
    """Hours of one recipient were over when it was listed; of the other they end while it is read."""
    early, late = low(domain_with_slack), low(domain_with_slack)
    domain_with_slack.sql("UPDATE campaigns SET recipient_hours = true")
    domain_with_slack.sql(
        "UPDATE accounts SET opens = '09:00', closes = '18:00', weekdays = '{1,2,3,4,5,6,7}', country = NULL"
    )
    zone = "(SELECT name FROM pg_timezone_names WHERE name LIKE 'Etc/GMT%%' AND"
    zone += " extract(hour FROM now() AT TIME ZONE name) = %s ORDER BY name LIMIT 1)"
    of_draft = "WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)"
    domain_with_slack.sql(f"UPDATE contacts SET timezone = {zone} {of_draft}", 21, early)
    domain_with_slack.sql(f"UPDATE contacts SET timezone = {zone} {of_draft}", 12, late)
    view = opened(domain_with_slack)
    assert "Now (outside business hours for 1)" in str(view)
    assert str(view).count(" · outside business hours") == 1
    domain_with_slack.sql(f"UPDATE contacts SET timezone = {zone} {of_draft}", 21, late)
    outcome(domain_with_slack.slack.submit(ALICE, view, every(view) | {"when": {"when": "earliest"}}))
    assert [domain_with_slack.statuses(draft)[0] for draft in (early, late)] == ["approved", "needs_review"]
    again = domain_with_slack.modal(ALICE, "Now (outside business hours for 1)")
    assert str(again).count(" · outside business hours") == 1


def test_whoever_was_asked_may_have_them_sent_now(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack)
    view = opened(domain_with_slack)
    at_night(domain_with_slack)
    outcome(domain_with_slack.slack.submit(ALICE, view, every(view) | {"when": {"when": "earliest"}}))
    again = domain_with_slack.modal(ALICE, "Now (outside business hours for 1)")
    outcome(domain_with_slack.slack.submit(ALICE, again, {"when_again": {"when_again": "earliest"}}))
    assert timings(domain_with_slack) == ["earliest"]


def test_p6_what_there_was_no_time_for_is_not_promised_and_can_be_submitted_again(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [low(domain_with_slack) for _ in range(3)]
    view = opened(domain_with_slack)
    monkeypatch.setattr(handler, "BEFORE_ACK", 0.0)
    result = domain_with_slack.slack.submit(ALICE, view, every(view))
    assert "*0 approved, 3 not done yet.*" in outcome(result)
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["needs_review"] * 3
    monkeypatch.undo()
    again = domain_with_slack.modal(ALICE, "Not done yet")
    assert listed(again) == seen(*drafts)
    assert "*3 approved.*" in outcome(domain_with_slack.slack.submit(ALICE, again))
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["approved"] * 3


def test_it_is_acked_in_time_however_slow_the_database_is(domain_with_slack: DomainWithSlack) -> None:
    """A lock that somebody holds for long: the click's deadline cuts it, and the answer says what is so."""
    drafts = [low(domain_with_slack) for _ in range(3)]
    view = opened(domain_with_slack)
    with domain_with_slack.connect() as connection, connection.transaction():
        connection.execute("SELECT FROM drafts WHERE id = %s FOR UPDATE", [drafts[1]])
        said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    assert "*1 approved, 2 not done yet.*" in said
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["approved", "needs_review", "needs_review"]


def test_nothing_to_approve_is_said(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.approve(draft, user=BOB)
    domain_with_slack.ingest()
    assert domain_with_slack.slack.click_home(ALICE, "bulk_low_risk").ok
    view = domain_with_slack.modal(ALICE, "No low-risk draft waits for you. 1 draft needs a look.")
    assert view.get("submit") is None


def test_by_command_for_whoever_may(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    assert domain_with_slack.slack.command(CAROL, "/outreach approve-low-risk").ok
    view = domain_with_slack.modal(CAROL, "Tick the ones to approve")
    assert listed(view) == seen(draft)
    assert "*1 approved.*" in outcome(domain_with_slack.slack.submit(CAROL, view, every(view)))
    ((decided,),) = domain_with_slack.rows("SELECT m.slack_user_id FROM drafts d JOIN members m ON m.id = d.decided_by")
    assert decided == CAROL


def test_p10_a_viewer_is_refused_in_the_window_and_it_is_noted(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack)
    domain_with_slack.slack.command(VERA, "/outreach approve-low-risk")
    wait_until(
        lambda: ("refuse", None, None, "role_too_low") in domain_with_slack.events(), what="the refusal to be noted"
    )


def test_p10_a_role_that_was_taken_away_meanwhile(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    view = opened(domain_with_slack)
    domain_with_slack.sql("UPDATE members SET role = 'viewer' WHERE slack_user_id = %s", ALICE)
    said = outcome(domain_with_slack.slack.submit(ALICE, view, every(view)))
    assert "*0 approved, 1 failed.*" in said
    assert "This needs the role reviewer" in said
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "role_too_low")


def test_one_approval_of_two(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET quorum = 2")
    draft = low(domain_with_slack)
    said = approve_all(domain_with_slack)
    assert "1 approved by you, more approvals needed" in said
    assert "1 of 2 approvals." in said
    assert "*1 approved.*" in approve_all(domain_with_slack, BOB)
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])


def test_what_people_wrote_is_shown_letter_by_letter(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack, subject="<!channel> & *friends* " + "x" * 200)
    said = approve_all(domain_with_slack)
    assert "&lt;!channel&gt; &amp; *friends*" in said
    assert "<!channel>" not in said
    assert "&amp;amp;" not in said


def test_a_window_that_slack_did_not_open_is_told_in_the_home(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.fault("views.open", "error", code="expired_trigger_id")
    assert domain_with_slack.slack.click_home(ALICE, "bulk_low_risk").ok
    wait_until(
        lambda: "did not open the window in time" in json.dumps(domain_with_slack.slack.home(ALICE)),
        what="the Home to say so",
    )


def test_a_filter_of_the_home_is_a_filter_of_the_list(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.click_home(ALICE, "home_campaign", option=str(domain_with_slack.campaign_id))
    wait_until(
        lambda: f"choose:{domain_with_slack.campaign_id}" in json.dumps(domain_with_slack.slack.home(ALICE)),
        what="the choice",
    )
    assert domain_with_slack.slack.click_home(ALICE, "bulk_low_risk").ok
    assert listed(domain_with_slack.modal(ALICE, "Tick the ones to approve")) == seen(draft)
