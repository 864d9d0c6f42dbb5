"""Approve & send: by the right person, of the right version, once; and everybody else is told why not."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from bot.sandbox.signing import SignedRequest, signed
from core.ids import new_id
from core.settings import settings
from tests.fixtures.domain import SENT
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack, live_buttons
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until


def redressed(domain_with_slack: DomainWithSlack, click: SignedRequest, **changes: Any) -> SignedRequest:
    """The same click with other things in its payload, signed anew."""
    payload = json.loads(parse_qs(click.body)["payload"][0]) | changes
    secret = settings().slack_signing_secret.get_secret_value()
    return signed(
        secret, domain_with_slack.door, urlencode({"payload": json.dumps(payload)}), click.headers["Content-Type"]
    )


def by(domain_with_slack: DomainWithSlack, click: SignedRequest, user: str, team: str = "T01TEST") -> SignedRequest:
    return redressed(domain_with_slack, click, user={"id": user, "team_id": team}, team={"id": team, "domain": "x"})


@pytest.mark.parametrize(("action", "timing"), [("approve_send", "earliest"), ("approve_schedule", "next_slot")])
def test_a_click_approves_and_rings(domain_with_slack: DomainWithSlack, action: str, timing: str) -> None:
    draft = domain_with_slack.shown()
    result = domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), action)
    assert result.ok
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])
    assert domain_with_slack.rows("SELECT timing, due_at <= now() FROM send_queue") == [(timing, True)]
    assert wait_until(lambda: domain_with_slack.rings() == {"deliver": 1, "cards": 1} and True, what="the rings")
    assert domain_with_slack.told(ALICE) == []
    domain_with_slack.sync(draft)
    assert f"*Sending …* · approved by <@{ALICE}>" in str(domain_with_slack.card(BOB, draft)["blocks"])


@pytest.mark.parametrize("user", REVIEWERS)
def test_reviewers_and_above_may(domain_with_slack: DomainWithSlack, user: str) -> None:
    draft = domain_with_slack.shown()
    assert domain_with_slack.slack.click(user, domain_with_slack.card(user, draft), "approve_send").ok
    ((decided,),) = domain_with_slack.rows("SELECT m.slack_user_id FROM drafts d JOIN members m ON m.id = d.decided_by")
    assert decided == user


def test_a_viewer_is_refused_told_and_noted(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    click = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    assert domain_with_slack.posts(by(domain_with_slack, click, VERA)).status_code == 200
    domain_with_slack.wait_told(
        ALICE, "This needs the role reviewer or above; yours is viewer."
    )  # the url is of Alice's DM
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "role_too_low")


@pytest.mark.parametrize("who", ["a stranger", "a member who left", "somebody of no workspace"])
def test_whoever_is_no_member_is_refused_told_and_noted(domain_with_slack: DomainWithSlack, who: str) -> None:
    draft = domain_with_slack.shown()
    click = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    if who == "a member who left":
        domain_with_slack.sql("UPDATE members SET active = false WHERE slack_user_id = %s", ALICE)
    else:
        click = by(domain_with_slack, click, "U99STRANGER", "T01TEST" if who == "a stranger" else "T99OTHER")
    assert domain_with_slack.posts(click).status_code == 200
    domain_with_slack.wait_told(ALICE, "You are not a member of this workspace in Signoff.")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert [code for *_, code in domain_with_slack.events()][-1] == "unknown_member"


def test_another_workspaces_draft_and_one_that_never_was_get_the_same_sentence(
    domain_with_slack: DomainWithSlack,
) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    ((other,),) = domain_with_slack.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER') RETURNING id"
    )
    domain_with_slack.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " VALUES (gen_random_uuid(), %s, 'U05OSKAR', 'Oskar', 'owner')",
        other,
    )
    foreign = by(
        domain_with_slack, domain_with_slack.slack.signed_click(ALICE, card, "approve_send"), "U05OSKAR", "T02OTHER"
    )
    assert domain_with_slack.posts(foreign).status_code == 200
    said = domain_with_slack.wait_told(ALICE, "There is no such draft")
    unknown = domain_with_slack.slack.signed_click(
        BOB, domain_with_slack.card(BOB, draft), "approve_send", value=f"{new_id()}:1"
    )
    assert domain_with_slack.posts(unknown).status_code == 200
    assert domain_with_slack.wait_told(BOB, "There is no such draft") == said
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.verbs(draft) == ["ingest"], "nothing of it is noted in somebody else's history"


def test_p3_a_stale_click_sends_nothing_and_shows_the_new_text(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    domain_with_slack.edit(draft, user=BOB, body="The new text.")
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok
    domain_with_slack.wait_told(ALICE, "This draft has changed since you saw it.")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.events(draft)[-1] == ("refuse", None, None, "stale_version")
    wait_until(lambda: domain_with_slack.rings()["cards"] >= 1, what="the ring")
    domain_with_slack.sync(draft)
    assert "The new text." in str(domain_with_slack.card(ALICE, draft)["blocks"])


def test_whoever_comes_second_is_told_who_was_first_and_when(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    cards = {member: domain_with_slack.card(member, draft) for member in REVIEWERS}
    assert domain_with_slack.slack.click(ALICE, cards[ALICE], "approve_send").ok
    ((at, to),) = domain_with_slack.rows(
        "SELECT to_char(d.decided_at AT TIME ZONE 'Europe/London', 'HH24:MI'), c.email "
        "FROM drafts d JOIN contacts c ON c.id = d.contact_id"
    )
    assert domain_with_slack.slack.click(BOB, cards[BOB], "approve_send").ok
    domain_with_slack.wait_told(BOB, f"Alice Anderson approved this at {at}, for {to}; it has not been sent yet.")
    claimed = domain_with_slack.claim()
    domain_with_slack.slack.click(CAROL, cards[CAROL], "approve_send")
    domain_with_slack.wait_told(CAROL, f"Alice Anderson approved this at {at}, for {to}; it is already being sent.")
    domain_with_slack.start(claimed)
    domain_with_slack.finish(claimed, SENT)
    domain_with_slack.slack.click(BOB, cards[BOB], "approve_send")
    domain_with_slack.wait_told(BOB, f"Alice Anderson approved this at {at}, for {to}, and it was sent.")
    assert [code for verb, *_, code in domain_with_slack.events(draft) if verb == "refuse"] == [
        "already_decided",
        "draft_already_sending",
        "already_decided",
    ]
    assert domain_with_slack.verbs(draft).count("approve") == 1


def test_p1_twenty_clicks_at_once_are_one_approval(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    clicks = [
        domain_with_slack.slack.signed_click(member, domain_with_slack.card(member, draft), "approve_send")
        for member in REVIEWERS
        for _ in range(7)
    ]
    with ThreadPoolExecutor(20) as pool:
        statuses = [answer.status_code for answer in pool.map(domain_with_slack.posts, clicks)]
    assert statuses == [200] * 21
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])
    verbs = domain_with_slack.verbs(draft)
    assert (verbs.count("approve"), verbs.count("refuse")) == (1, 20)


def test_one_payload_that_slack_sends_twice_is_one_approval(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    click = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    assert [domain_with_slack.posts(click, **{"X-Slack-Retry-Num": str(n)}).status_code for n in range(3)] == [200] * 3
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])


def test_p9_a_card_that_lied_is_drawn_again_when_it_is_clicked(domain_with_slack: DomainWithSlack) -> None:
    """Its row says that it is true; the click shows that it is not."""
    draft = domain_with_slack.shown()
    stale = domain_with_slack.card(ALICE, draft)
    domain_with_slack.approve(draft, user=BOB)
    domain_with_slack.sql("UPDATE cards SET drawn_revision = 99")
    domain_with_slack.sql("UPDATE drafts SET drawn_revision = 99")
    assert domain_with_slack.slack.click(ALICE, stale, "approve_send").ok
    domain_with_slack.wait_told(ALICE, "Bob Brown approved this")
    wait_until(lambda: domain_with_slack.rings()["cards"], what="the ring")
    domain_with_slack.sync(draft)
    assert "*Sending …*" in str(domain_with_slack.card(ALICE, draft)["blocks"])
    assert live_buttons(domain_with_slack.card(ALICE, draft)) == set()


def test_p9_a_click_on_a_card_that_we_have_no_row_for_adopts_it(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    cards = {member: domain_with_slack.card(member, draft) for member in REVIEWERS}
    domain_with_slack.sql("DELETE FROM cards")
    assert domain_with_slack.slack.click(ALICE, cards[ALICE], "approve_send").ok
    wait_until(lambda: domain_with_slack.rows("SELECT ts FROM cards"), what="the card to be adopted")
    assert domain_with_slack.rows("SELECT place, channel, ts FROM cards") == [
        ("stray", cards[ALICE]["channel"], cards[ALICE]["ts"])
    ]
    domain_with_slack.sync(draft)
    assert "*Sending …*" in str(domain_with_slack.card(ALICE, draft)["blocks"])


def test_p9_an_adopted_card_takes_the_place_of_the_one_that_was_lost(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    domain_with_slack.sql("UPDATE cards SET ts = NULL, drawn_revision = 0")
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok
    wait_until(
        lambda: domain_with_slack.rows("SELECT 1 FROM cards WHERE ts = %s", card["ts"]), what="the card to be adopted"
    )
    assert domain_with_slack.rows("SELECT place FROM cards WHERE ts = %s", card["ts"]) == [("dm",)]


@pytest.mark.parametrize("value", ["", "nonsense", "1:1", ":", "{}:x", "{}:-1", "{}:99999999999", "{}", "{}:0"])
def test_a_button_that_carries_nothing_of_ours_does_nothing(domain_with_slack: DomainWithSlack, value: str) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    assert domain_with_slack.slack.click(ALICE, card, "approve_send", value=value.format(draft)).ok
    wait_until(lambda: domain_with_slack.told(ALICE), what="Alice to be told")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


def test_the_link_button_asks_for_nothing(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "open_draft").ok
    assert domain_with_slack.verbs(draft) == ["ingest"]
    assert domain_with_slack.told(ALICE) == []


def test_a_blocked_draft_cannot_be_approved_by_an_old_button(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    domain_with_slack.edit(draft, body="Hi {{first_name}}")
    domain_with_slack.slack.click(ALICE, card, "approve_send", value=f"{draft}:2")
    domain_with_slack.wait_told(ALICE, "The text has a placeholder: {{first_name}}.")
    assert domain_with_slack.statuses(draft) == ("manual_review", [])
    assert domain_with_slack.events(draft)[-1][3] == "blocked"


# --- what is asked first ---


def close_now(domain_with_slack: DomainWithSlack) -> None:
    """It is outside of the account's hours now: it only opens on another day."""
    domain_with_slack.sql(
        "UPDATE accounts SET weekdays ="
        " ARRAY[extract(isodow FROM (now() AT TIME ZONE timezone) + interval '3 days')::int]"
    )


def timings(domain_with_slack: DomainWithSlack) -> list[str]:
    return [timing for (timing,) in domain_with_slack.rows("SELECT timing FROM send_queue ORDER BY id")]


def decide_row(card: Any) -> tuple[str, list[tuple[str, str | None]]]:
    """The row's name, and what stands in it: the acts in their order, each with its style."""
    (row,) = [block for block in card["blocks"] if block["block_id"].startswith("decide")]
    return row["block_id"], [(element["action_id"], element.get("style")) for element in row["elements"]]


def test_on_a_sunday_night_the_card_says_so_and_the_next_slot_is_green(
    domain_with_slack: DomainWithSlack,
) -> None:
    close_now(domain_with_slack)
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    (promise,) = [block for block in card["blocks"] if block["block_id"] == "promise"]
    assert ":crescent_moon: Until <!date^" in str(promise)
    assert "it would be sent outside business hours for sam@example.com. *Approve & send* sends it anyway" in str(
        promise
    )
    name, row = decide_row(card)
    assert row[:2] == [("approve_send", None), ("approve_schedule", "primary")]
    assert re.fullmatch(r"decide:closed-(\d+|never)", name)
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok
    assert timings(domain_with_slack) == ["earliest"], "they were told, and meant it"


def test_a_card_that_said_it_waits_asks_when_nothing_holds_it_any_more(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE campaigns SET status = 'paused'")
    draft, other = domain_with_slack.shown(), domain_with_slack.shown()
    card, second = domain_with_slack.card(ALICE, draft), domain_with_slack.card(ALICE, other)
    assert "If approved, it waits" in str(card)
    assert domain_with_slack.slack.click(ALICE, second, "approve_send").ok
    assert timings(domain_with_slack) == ["earliest"], "it waits, as the card said"
    domain_with_slack.sql("UPDATE campaigns SET status = 'active'")
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok
    view = domain_with_slack.modal(ALICE, "would be sent at once")
    assert "Hello number 1 · dana1@example.org" in str(view)
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


def test_a_card_of_the_afternoon_asks_at_night(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    close_now(domain_with_slack)
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok
    view = domain_with_slack.modal(ALICE, "outside business hours")
    assert "Hello number 1 · dana1@example.org" in str(view)
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.verbs(draft) == ["ingest"]
    assert domain_with_slack.slack.submit(ALICE, view).ok
    assert timings(domain_with_slack) == ["next_slot"]


def test_whoever_is_asked_may_have_it_sent_now(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    close_now(domain_with_slack)
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok
    view = domain_with_slack.modal(ALICE, "outside business hours")
    assert domain_with_slack.slack.submit(ALICE, view, {"when": "earliest"}).ok
    assert timings(domain_with_slack) == ["earliest"]


def test_the_recipients_hours_are_said_where_they_count(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.sql("UPDATE campaigns SET recipient_hours = true")
    domain_with_slack.sql("UPDATE accounts SET opens = '09:00', closes = '18:00', weekdays = '{1,2,3,4,5,6,7}'")
    # in one of these two zones it is night, whatever the hour of the test
    domain_with_slack.sql(
        "UPDATE contacts SET timezone = CASE WHEN extract(hour FROM now() AT TIME ZONE 'Etc/GMT-12') BETWEEN 9 AND 17"
        " THEN 'Etc/GMT' ELSE 'Etc/GMT-12' END"
    )
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send").ok
    domain_with_slack.modal(ALICE, "for the recipient, outside business hours")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


def test_a_second_click_after_an_undo_asks(domain_with_slack: DomainWithSlack) -> None:
    """Undo, and 0.8 s later a click on what has taken its place."""
    domain_with_slack.sql("UPDATE workspaces SET undo_seconds = 60")
    draft = domain_with_slack.shown()
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send").ok
    domain_with_slack.sync(draft)
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "undo_approval").ok
    domain_with_slack.sync(draft)
    again = domain_with_slack.card(ALICE, draft)
    for action in ("approve_send", "approve_schedule"):
        assert domain_with_slack.slack.click(ALICE, again, action).ok
        view = domain_with_slack.modal(ALICE, "You undid this approval a moment ago.")
        assert domain_with_slack.statuses(draft) == ("needs_review", ["cancelled"])
    assert domain_with_slack.slack.click(BOB, domain_with_slack.card(BOB, draft), "approve_send").ok
    assert domain_with_slack.statuses(draft) == ("approved", ["cancelled", "queued"]), "Bob undid nothing"
    assert "Bob Brown approved this" in str(domain_with_slack.slack.submit(ALICE, view).body)


def test_a_second_click_after_a_restore_asks(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.sql("UPDATE drafts SET status = 'expired', revision = revision + 1")
    domain_with_slack.sync(draft)
    expired = domain_with_slack.card(ALICE, draft)
    assert [block["block_id"] for block in expired["blocks"] if "restore_draft" in str(block)] == ["state"]
    assert domain_with_slack.slack.click(ALICE, expired, "restore_draft").ok
    domain_with_slack.sync(draft)
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send").ok
    domain_with_slack.modal(ALICE, "You restored this a moment ago.")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


def test_no_button_of_opposite_meaning_takes_the_place_of_another(domain_with_slack: DomainWithSlack) -> None:
    """The way back stands beside the state, the way forth in the row at the end: neither is where the other was."""
    domain_with_slack.sql("UPDATE workspaces SET undo_seconds = 60")
    draft = domain_with_slack.shown()
    before = domain_with_slack.card(ALICE, draft)
    assert domain_with_slack.slack.click(ALICE, before, "approve_send").ok
    domain_with_slack.sync(draft)
    after = domain_with_slack.card(ALICE, draft)
    places = [
        {block["block_id"] for block in card["blocks"] if block.get("elements") or block.get("accessory")}
        for card in (before, after)
    ]
    assert "decide" in places[0]
    assert places[1] - {"small_print", "about"} == {"state"}
    assert live_buttons(after) == set()
    (state,) = [block for block in after["blocks"] if block["block_id"] == "state"]
    assert state["accessory"]["action_id"] == "undo_approval"
