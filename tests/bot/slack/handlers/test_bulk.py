"""Bulk approval in Slack: a list that says exactly what, and what became of each; each act right and wrong."""

import json
from typing import Any

import pytest

from bot.sandbox.client import Json, button
from bot.slack.handlers import bulk as handler
from core.ids import UUID
from tests.core.views.home_parts import low
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack
from tests.fixtures.waiting import wait_until


def opened(domain_with_slack: DomainWithSlack, member: str = ALICE) -> Json:
    """The list, opened from the member's Home."""
    domain_with_slack.slack.open_home(member)
    assert domain_with_slack.slack.click_home(member, "bulk_low_risk").ok
    return domain_with_slack.modal(member, "approved when you submit")


def listed(view: Json) -> list[str]:
    """`draft_id:version` of every box."""
    forms = [block["element"] for block in view["blocks"] if block["type"] == "input"]
    return [option["value"] for form in forms for option in form["options"]]


def seen(*drafts: UUID, version: int = 1) -> list[str]:
    return [f"{draft}:{version}" for draft in drafts]


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
    assert "all low-risk among the 13 that wait for you" in str(view["blocks"])
    first = view["blocks"][1]["element"]["options"][0]
    assert first["text"]["text"] == "Hello number 1"
    assert first["description"]["text"] == "dana1@example.org · Dana · Autumn launch"
    said = outcome(domain_with_slack.slack.submit(ALICE, view))
    assert "*12 approved.*" in said
    assert "Hello number 12 · dana12@example.org" in said
    assert [domain_with_slack.statuses(draft) for draft in drafts] == [("approved", ["queued"])] * 12
    assert domain_with_slack.statuses(closer) == ("needs_review", [])
    wait_until(lambda: domain_with_slack.rings() == {"deliver": 1, "cards": 12}, what="the rings")
    domain_with_slack.quiet()
    assert "1 draft waits for you" in json.dumps(domain_with_slack.slack.home(ALICE))


def test_what_is_unticked_stays(domain_with_slack: DomainWithSlack) -> None:
    stays, goes = low(domain_with_slack), low(domain_with_slack)
    view = opened(domain_with_slack)
    said = outcome(domain_with_slack.slack.submit(ALICE, view, {"choices_0": seen(goes)}))
    assert "*1 approved.*" in said
    assert domain_with_slack.statuses(stays) == ("needs_review", [])
    assert domain_with_slack.statuses(goes) == ("approved", ["queued"])


def test_nothing_ticked_is_asked_again(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack) for _ in range(11)]
    result = domain_with_slack.slack.submit(ALICE, opened(domain_with_slack), {"choices_0": [], "choices_1": []})
    assert "Nothing is ticked" in result.errors["choices_0"]
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["needs_review"] * 11


def test_p3_the_result_says_what_was_taken_what_changed_and_what_was_done(domain_with_slack: DomainWithSlack) -> None:
    taken, changed, asleep, fine = (low(domain_with_slack) for _ in range(4))
    view = opened(domain_with_slack)
    domain_with_slack.approve(taken, user=BOB)
    domain_with_slack.edit(changed, user=BOB)
    domain_with_slack.sql("UPDATE drafts SET snoozed_until = now() + interval '1 hour' WHERE id = %s", asleep)
    said = outcome(domain_with_slack.slack.submit(ALICE, view))
    assert "*1 approved, 1 already taken, 2 changed since.*" in said
    assert "Bob Brown approved this at" in said
    assert "This draft has changed since" in said
    assert [domain_with_slack.statuses(draft)[0] for draft in (taken, changed, asleep, fine)] == [
        "approved",
        "needs_review",
        "needs_review",
        "approved",
    ]


def test_twenty_at_first_and_up_to_a_hundred_on_demand(domain_with_slack: DomainWithSlack) -> None:
    drafts = [low(domain_with_slack) for _ in range(105)]
    view = opened(domain_with_slack)
    assert listed(view) == seen(*drafts[:20])
    more = button(view, "bulk_more")
    assert more is not None
    assert more["text"]["text"] == "List 100"
    assert domain_with_slack.slack.click_view(ALICE, view, "bulk_more").ok
    view = domain_with_slack.modal(ALICE, "These 100 drafts are approved")
    assert listed(view) == seen(*drafts[:100])
    assert button(view, "bulk_more") is None
    said = outcome(domain_with_slack.slack.submit(ALICE, view))
    ((approved,),) = domain_with_slack.rows("SELECT count(*) FROM drafts WHERE status = 'approved'")
    assert f"*{approved} approved" in said
    assert approved == 100 or f"{100 - approved} not done yet" in said, "a busy machine may need a second click"


def test_p6_what_there_was_no_time_for_is_not_promised_and_can_be_submitted_again(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [low(domain_with_slack) for _ in range(3)]
    view = opened(domain_with_slack)
    monkeypatch.setattr(handler, "BEFORE_ACK", 0.0)
    result = domain_with_slack.slack.submit(ALICE, view)
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
        said = outcome(domain_with_slack.slack.submit(ALICE, view))
    assert "*1 approved, 2 not done yet.*" in said
    assert [domain_with_slack.statuses(draft)[0] for draft in drafts] == ["approved", "needs_review", "needs_review"]


def test_nothing_to_approve_is_said(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    domain_with_slack.slack.open_home(ALICE)
    domain_with_slack.approve(draft, user=BOB)
    domain_with_slack.ingest()
    assert domain_with_slack.slack.click_home(ALICE, "bulk_low_risk").ok
    view = domain_with_slack.modal(ALICE, "No low-risk draft waits for you. 1 draft waits for a closer look.")
    assert view.get("submit") is None


def test_by_command_for_whoever_may(domain_with_slack: DomainWithSlack) -> None:
    draft = low(domain_with_slack)
    assert domain_with_slack.slack.command(CAROL, "/outreach approve-low-risk").ok
    view = domain_with_slack.modal(CAROL, "approved when you submit")
    assert listed(view) == seen(draft)
    assert "*1 approved.*" in outcome(domain_with_slack.slack.submit(CAROL, view))
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
    said = outcome(domain_with_slack.slack.submit(ALICE, view))
    assert "*0 approved, 1 failed.*" in said
    assert "This needs the role reviewer" in said
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "role_too_low")


def test_one_approval_of_two(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET quorum = 2")
    draft = low(domain_with_slack)
    said = outcome(domain_with_slack.slack.submit(ALICE, opened(domain_with_slack)))
    assert "1 approved by you, others are asked too" in said
    assert "1 of 2 approvals." in said
    assert "*1 approved.*" in outcome(domain_with_slack.slack.submit(BOB, opened(domain_with_slack, BOB)))
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])


def test_what_people_wrote_is_shown_letter_by_letter(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack, subject="<!channel> & *friends* " + "x" * 200)
    said = outcome(domain_with_slack.slack.submit(ALICE, opened(domain_with_slack)))
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
    assert listed(domain_with_slack.modal(ALICE, "approved when you submit")) == seen(draft)
