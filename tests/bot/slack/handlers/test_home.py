"""App Home: what waits, what was decided, and what a click there does; and what it says to those who may not."""

import json
from typing import Any

import pytest

from bot.sandbox.client import Json
from core.ids import UUID
from tests.fixtures.domain import SENT, UNKNOWN
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack
from tests.fixtures.waiting import wait_until

ROLE = {"to": {"email": "dana@example.org", "first_name": "Dana", "company": "Example", "title": "Head of Sales"}}


def low(domain_with_slack: DomainWithSlack, **more: Any) -> UUID:
    """A new low-risk draft: its contact has a name and a role."""
    number = domain_with_slack.drafts + 1
    to = {"email": f"dana{number}@example.org", "first_name": "Dana", "company": "Example", "title": "Head of Sales"}
    return domain_with_slack.ingest(to=to, **more)


def says(view: Json) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def home(domain_with_slack: DomainWithSlack, member: str, words: str = "") -> Json:
    """The member's Home, once it says this."""
    found: Json = wait_until(
        lambda: (view := domain_with_slack.slack.home(member)) and words in says(view) and view,
        what=f"a Home with {words!r}; there is {domain_with_slack.slack.home(member)}",
    )
    return found


def rows(view: Json) -> list[str]:
    """The drafts that a Home shows, by id, in their order."""
    ids = [str(block.get("block_id", "")) for block in view["blocks"]]
    return [id_.removeprefix("draft:") for id_ in ids if id_.startswith("draft:")]


def buttons(view: Json, draft: UUID) -> set[str]:
    (block,) = [block for block in view["blocks"] if str(block.get("block_id", "")).startswith(f"decide:{draft}:")]
    return {element["action_id"] for element in block["elements"]}


def test_it_shows_what_waits_in_the_order_of_review(domain_with_slack: DomainWithSlack) -> None:
    closer, sure, unsure = (
        domain_with_slack.ingest(),
        low(domain_with_slack, confidence=0.9),
        low(domain_with_slack, confidence=0.4),
    )
    view = domain_with_slack.slack.open_home(ALICE)
    assert "3 drafts wait for you" in says(view)
    assert rows(view) == [str(sure), str(unsure), str(closer)]
    approvals = {"approve_send", "approve_schedule"}
    assert buttons(view, sure) == {*approvals, "read_all", "edit_draft", "reject_draft", "open_draft", "more"}


def test_approve_in_place_is_the_same_act_as_on_the_card(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    view = domain_with_slack.slack.open_home(ALICE)
    assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])
    assert domain_with_slack.verbs(draft) == ["ingest", "approve"]
    after = home(domain_with_slack, ALICE, "Nothing waits for you")
    assert after["hash"] != view["hash"]
    assert "*Decided today*\\n1" in says(after)
    assert wait_until(lambda: domain_with_slack.rings() == {"deliver": 1, "cards": 1}, what="the rings")


@pytest.mark.parametrize("field", ["campaign", "risk"])
def test_a_filter_is_remembered_and_can_be_taken_off(domain_with_slack: DomainWithSlack, field: str) -> None:
    low_risk, closer = low(domain_with_slack), domain_with_slack.ingest()
    domain_with_slack.slack.open_home(ALICE)
    choice = str(domain_with_slack.campaign_id) if field == "campaign" else "review"
    assert domain_with_slack.slack.click_home(ALICE, f"home_{field}", option=choice).ok
    view = home(domain_with_slack, ALICE, f"choose:{choice if field == 'campaign' else 'all:review'}")
    expected = [low_risk, closer] if field == "campaign" else [closer]
    assert rows(view) == [str(draft) for draft in expected]
    assert rows(domain_with_slack.slack.open_home(ALICE)) == [str(draft) for draft in expected]
    assert domain_with_slack.slack.click_home(ALICE, f"home_{field}", option="all").ok
    assert rows(home(domain_with_slack, ALICE, "choose:all:all")) == [str(low_risk), str(closer)]


def test_p8_a_row_promises_what_the_gates_know(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.sql("UPDATE accounts SET status = 'paused', paused_reason = 'On holiday.'")
    blocks = domain_with_slack.slack.open_home(ALICE)["blocks"]
    assert ":double_vertical_bar: If approved, it waits: The account sam@example.com is paused: On holiday." in str(
        blocks
    )
    (row,) = [block for block in blocks if block.get("block_id", "").startswith(f"decide:held:{draft}:")]
    assert [one["action_id"] for one in row["elements"] if one.get("style") == "primary"] == ["approve_schedule"]


def test_a_filter_that_leaves_nothing_is_kind_and_has_a_way_out(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.click_home(ALICE, "home_risk", option="blocked")
    home(domain_with_slack, ALICE, "No draft matches these filters; 1 other waits.")
    assert domain_with_slack.slack.click_home(ALICE, "home_all").ok
    assert "Hello number 1" in says(home(domain_with_slack, ALICE, "choose:all:all"))


def test_pages_are_turned(domain_with_slack: DomainWithSlack) -> None:
    drafts = [str(low(domain_with_slack)) for _ in range(10)]
    view = domain_with_slack.slack.open_home(ALICE)
    assert rows(view) == drafts[:8]
    assert "Page 1 of 2" in says(view)
    assert domain_with_slack.slack.click_home(ALICE, "home_page_1").ok
    assert rows(home(domain_with_slack, ALICE, "Page 2 of 2")) == drafts[8:]
    for draft in drafts[8:]:
        assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
    assert rows(home(domain_with_slack, ALICE, "8 drafts wait")) == drafts[:8], (
        "a page that is empty by now is the last one"
    )


def test_p3_a_stale_click_approves_nothing_and_the_home_says_why(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.edit(draft, user=BOB, subject="Another subject")
    assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
    view = home(domain_with_slack, ALICE, "This draft has changed since")
    assert "Another subject: This draft has changed" in says(view)
    assert f"{draft}:2" in says(view)
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "stale_version")


def test_whoever_comes_second_is_told_in_the_home_who_was_first(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.approve(draft, user=BOB)
    assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
    view = home(domain_with_slack, ALICE, "Hello number 1: Bob Brown approved this at")
    assert rows(view) == []
    assert domain_with_slack.verbs(draft).count("approve") == 1


def test_a_note_goes_with_the_next_click(domain_with_slack: DomainWithSlack) -> None:
    draft, other = low(domain_with_slack), low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.approve(draft, user=BOB)
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    home(domain_with_slack, ALICE, "Bob Brown approved this")
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{other}:1")
    assert "Bob Brown" not in says(home(domain_with_slack, ALICE, "Nothing waits"))


def test_an_approval_can_be_taken_back_there(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE workspaces SET undo_seconds = 60")
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    home(domain_with_slack, ALICE, "Sends at")
    assert domain_with_slack.slack.click_home(ALICE, "undo_approval").ok
    view = home(domain_with_slack, ALICE, "Approval undone: Hello number 1")
    assert rows(view) == [str(draft)]
    assert domain_with_slack.statuses(draft) == ("needs_review", ["cancelled"])


def places(view: Json) -> list[str]:
    """The drafts whose rows a Home shows, decided or not, from top to bottom."""
    ids = [str(block.get("block_id", "")) for block in view["blocks"]]
    return [id_.partition(":")[2] for id_ in ids if id_.startswith(("draft:", "decided:"))]


def test_a_second_click_in_the_same_spot_hits_no_other_draft(domain_with_slack: DomainWithSlack) -> None:
    """What was decided stays where it was, without those buttons; so do the rows under it, whoever decided what."""
    first, second, third, fourth = drafts = [low(domain_with_slack) for _ in range(4)]
    before = places(domain_with_slack.slack.open_home(ALICE))
    assert before == [str(draft) for draft in drafts]
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{first}:1")
    view = home(domain_with_slack, ALICE, f"*Approved* by <@{ALICE}>")
    assert places(view) == before
    assert rows(view) == before[1:]
    domain_with_slack.approve(second, user=BOB)
    urgent = low(domain_with_slack, confidence=0.99)
    domain_with_slack.slack.click_home(ALICE, "approve_schedule", value=f"{third}:1")
    view = home(domain_with_slack, ALICE, f"*Approved* by <@{BOB}>")
    assert places(view) == [*before, str(urgent)], "what is more urgent than all of them comes last, too"
    assert rows(view) == [str(fourth), str(urgent)]
    assert places(domain_with_slack.slack.open_home(ALICE)) == [str(urgent), str(fourth)], "opened, it is listed anew"


def test_the_last_row_of_the_last_page_stays_too(domain_with_slack: DomainWithSlack) -> None:
    drafts = [str(low(domain_with_slack)) for _ in range(9)]
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.click_home(ALICE, "home_page_1")
    home(domain_with_slack, ALICE, "Page 2 of 2")
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{drafts[8]}:1")
    view = home(domain_with_slack, ALICE, "8 drafts wait")
    assert places(view)[0] == drafts[8], "and no other draft stands where it stood"
    assert rows(view) == drafts[:8]


def test_rows_that_keep_their_places_leave_room_for_others(domain_with_slack: DomainWithSlack) -> None:
    """A page goes on until it is twice as long as at first; what waits then is a click away."""
    drafts = [str(low(domain_with_slack)) for _ in range(18)]
    domain_with_slack.slack.open_home(ALICE)
    for at, draft in enumerate(drafts[:16], 1):
        assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
        view = home(domain_with_slack, ALICE, f"{18 - at} drafts wait")
        assert places(view) == drafts[: min(8 + at, 16)]
    assert rows(view) == []
    assert "Show more" in says(view)
    assert domain_with_slack.slack.click_home(ALICE, "home_page_0").ok
    assert wait_until(lambda: places(domain_with_slack.slack.home(ALICE) or {}) == drafts[16:], what="the next two")


@pytest.mark.parametrize("act", ["reject", "snooze", "endorse", "assign", "request changes"])
def test_whatever_was_decided_keeps_its_place_and_says_what(domain_with_slack: DomainWithSlack, act: str) -> None:
    draft, other = low(domain_with_slack), low(domain_with_slack)
    if act == "endorse":
        domain_with_slack.sql("UPDATE campaigns SET quorum = 2")
    domain_with_slack.slack.open_home(ALICE)
    said = {
        "reject": f"*Rejected* by <@{ALICE}>",
        "snooze": "*Snoozed until*",
        "endorse": "Now with other reviewers.",
        "assign": f"*For* <@{BOB}>",
        "request changes": f"*Changes requested* by <@{ALICE}>",
    }[act]
    if act == "endorse":
        domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    elif act == "reject":
        domain_with_slack.slack.click_home(ALICE, "reject_draft", value=f"{draft}:1")
        domain_with_slack.slack.submit(ALICE, domain_with_slack.modal(ALICE, "never sent"), {"reason": "Not now."})
    else:
        domain_with_slack.slack.click_home(ALICE, "more", option=f"{act.replace(' ', '_')}:{draft}:1")
        words = {"snooze": "Snooze", "assign": "Assign", "request changes": "changes"}[act]
        typed = {"assign": {"member": BOB}, "request changes": {"note": "Shorter."}}.get(act, {})
        assert domain_with_slack.slack.submit(ALICE, domain_with_slack.modal(ALICE, words), typed).ok
    view = home(domain_with_slack, ALICE, said)
    assert places(view) == [str(draft), str(other)]
    assert rows(view) == [str(other)]


def test_too_late_to_take_it_back(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE workspaces SET undo_seconds = 60")
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    home(domain_with_slack, ALICE, "Sends at")
    domain_with_slack.make_due()
    domain_with_slack.claim()
    domain_with_slack.slack.click_home(ALICE, "undo_approval")
    assert "undo_approval" not in says(home(domain_with_slack, ALICE, "Too late to undo"))
    assert domain_with_slack.statuses(draft) == ("approved", ["claimed"])


def test_one_approval_of_two_is_told(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET quorum = 2")
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1")
    assert rows(home(domain_with_slack, ALICE, "1 of 2 approvals: Hello number 1")) == []
    assert f"1 of 2: <@{ALICE}>" in says(domain_with_slack.slack.open_home(BOB))


def test_reading_editing_and_rejecting_work_from_there(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    assert domain_with_slack.slack.click_home(ALICE, "read_all").ok
    domain_with_slack.slack.close_view(ALICE, domain_with_slack.modal(ALICE, "this is letter 1"))
    assert domain_with_slack.slack.click_home(ALICE, "reject_draft").ok
    assert domain_with_slack.slack.submit(
        ALICE, domain_with_slack.modal(ALICE, "never sent"), {"reason": "Not now."}
    ).ok
    assert domain_with_slack.state(draft) == "rejected"
    home(domain_with_slack, ALICE, "Nothing waits for you")


def test_what_is_put_off_there_leaves_the_queue_at_once(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    assert domain_with_slack.slack.click_home(ALICE, "more", option=f"snooze:{draft}:1").ok
    assert domain_with_slack.slack.submit(ALICE, domain_with_slack.modal(ALICE, "Snooze")).ok
    home(domain_with_slack, ALICE, "1 is snoozed and comes back by itself.")


def test_a_viewer_has_a_link_to_every_new_draft(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack), low(domain_with_slack)]
    said = says(domain_with_slack.slack.open_home(VERA))
    places = [said.index(f"/drafts/{draft}|") for draft in reversed(drafts)]
    assert places == sorted(places), "the newest first"
    assert "The latest drafts" not in says(domain_with_slack.slack.open_home(BOB))


def test_a_viewer_looks_on(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    view = domain_with_slack.slack.open_home(VERA)
    assert "You are a viewer" in says(view)
    assert rows(view) == []
    assert "approve_send" not in says(view)
    assert rows(domain_with_slack.slack.open_home(ALICE)) == [str(draft)]


def test_p10_a_click_of_somebody_whose_role_is_too_low_by_now_is_refused_and_noted(
    domain_with_slack: DomainWithSlack,
) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.sql("UPDATE members SET role = 'viewer' WHERE slack_user_id = %s", ALICE)
    assert domain_with_slack.slack.click_home(ALICE, "approve_send", value=f"{draft}:1").ok
    home(domain_with_slack, ALICE, "This needs the role reviewer or above; yours is viewer.")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "role_too_low")


def test_a_stranger_gets_a_plain_sentence(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("DELETE FROM campaign_reviewers")
    domain_with_slack.sql("UPDATE members SET active = false WHERE slack_user_id = %s", ALICE)
    assert "You are not a member of this workspace" in says(domain_with_slack.slack.open_home(ALICE))
    assert domain_with_slack.rows("SELECT 1 FROM homes") == []


def test_all_done_is_said_kindly_and_what_is_snoozed_is_counted(domain_with_slack: DomainWithSlack) -> None:
    assert "All done. New drafts appear here by themselves." in says(domain_with_slack.slack.open_home(ALICE))
    draft = low(domain_with_slack)
    domain_with_slack.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour'")
    assert "1 is snoozed and comes back by itself." in says(domain_with_slack.slack.open_home(ALICE))
    assert domain_with_slack.state(draft) == "needs_review"


def test_admins_see_what_is_in_trouble_and_others_do_not(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.deliver(low(domain_with_slack), UNKNOWN)
    domain_with_slack.pause()
    view = domain_with_slack.slack.open_home(CAROL)
    assert "*1 mail* with an unknown outcome" in says(view)
    assert "*Autumn launch* is paused" in says(view)
    assert "Accounts and campaigns" not in says(domain_with_slack.slack.open_home(ALICE))


def test_the_day_is_ones_own(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.deliver(low(domain_with_slack), SENT)
    assert "*Sent today*\\n1" in says(domain_with_slack.slack.open_home(ALICE))
    assert "*Sent today*\\n0" in says(domain_with_slack.slack.open_home(BOB))


def test_opening_another_tab_is_none_of_our_business(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.slack.event("app_home_opened", ALICE, tab="messages")
    domain_with_slack.quiet()
    assert domain_with_slack.slack.home(ALICE) is None


@pytest.mark.parametrize(
    ("action", "value"),
    [("approve_send", "nonsense"), ("home_page_1", "99999999"), ("undo_approval", "x:1"), ("bulk_low_risk", "no")],
)
def test_a_button_that_carries_nothing_of_ours_does_nothing(
    domain_with_slack: DomainWithSlack, action: str, value: str
) -> None:
    drafts = [low(domain_with_slack) for _ in range(9)]
    domain_with_slack.sql("UPDATE workspaces SET undo_seconds = 60")
    domain_with_slack.approve(low(domain_with_slack))
    domain_with_slack.slack.open_home(ALICE)
    assert domain_with_slack.slack.click_home(ALICE, action, value=value).ok
    domain_with_slack.quiet()
    assert [domain_with_slack.statuses(draft) for draft in drafts] == [("needs_review", [])] * 9
