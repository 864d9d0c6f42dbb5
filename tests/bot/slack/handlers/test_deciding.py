"""Approve & send: by the right person, of the right version, once; and everybody else is told why not."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from bot.sandbox.signing import SignedRequest, signed
from core.ids import new_id
from core.settings import settings
from tests.fixtures.desk import SENT
from tests.fixtures.office import ALICE, BOB, CAROL, VERA, Office, live_buttons
from tests.fixtures.town import REVIEWERS
from tests.fixtures.waiting import wait_until


def redressed(office: Office, click: SignedRequest, **changes: Any) -> SignedRequest:
    """The same click with other things in its payload, signed anew."""
    payload = json.loads(parse_qs(click.body)["payload"][0]) | changes
    secret = settings().slack_signing_secret.get_secret_value()
    return signed(secret, office.door, urlencode({"payload": json.dumps(payload)}), click.headers["Content-Type"])


def by(office: Office, click: SignedRequest, user: str, team: str = "T01TEST") -> SignedRequest:
    return redressed(office, click, user={"id": user, "team_id": team}, team={"id": team, "domain": "x"})


@pytest.mark.parametrize(("action", "timing"), [("approve_send", "earliest"), ("approve_schedule", "next_slot")])
def test_a_click_approves_and_rings(office: Office, action: str, timing: str) -> None:
    draft = office.shown()
    result = office.slack.click(ALICE, office.card(ALICE, draft), action)
    assert result.ok
    assert office.statuses(draft) == ("approved", ["queued"])
    assert office.rows("SELECT timing, due_at <= now() FROM send_queue") == [(timing, True)]
    assert wait_until(lambda: office.rings() == {"deliver": 1, "cards": 1} and True, what="the rings")
    assert office.told(ALICE) == []
    office.sync(draft)
    assert f"*Sending …* · approved by <@{ALICE}>" in str(office.card(BOB, draft)["blocks"])


@pytest.mark.parametrize("user", REVIEWERS)
def test_reviewers_and_above_may(office: Office, user: str) -> None:
    draft = office.shown()
    assert office.slack.click(user, office.card(user, draft), "approve_send").ok
    ((decided,),) = office.rows("SELECT m.slack_user_id FROM drafts d JOIN members m ON m.id = d.decided_by")
    assert decided == user


def test_a_viewer_is_refused_told_and_noted(office: Office) -> None:
    draft = office.shown()
    click = office.slack.signed_click(ALICE, office.card(ALICE, draft), "approve_send")
    assert office.posts(by(office, click, VERA)).status_code == 200
    office.wait_told(ALICE, "This needs the role reviewer or above; yours is viewer.")  # the url is of Alice's DM
    assert office.statuses(draft) == ("needs_review", [])
    assert office.events(draft)[-1] == ("refuse", None, None, "role_too_low")


@pytest.mark.parametrize("who", ["a stranger", "a member who left", "somebody of no workspace"])
def test_whoever_is_no_member_is_refused_told_and_noted(office: Office, who: str) -> None:
    draft = office.shown()
    click = office.slack.signed_click(ALICE, office.card(ALICE, draft), "approve_send")
    if who == "a member who left":
        office.sql("UPDATE members SET active = false WHERE slack_user_id = %s", ALICE)
    else:
        click = by(office, click, "U99STRANGER", "T01TEST" if who == "a stranger" else "T99OTHER")
    assert office.posts(click).status_code == 200
    office.wait_told(ALICE, "You are not a member of this workspace in Signoff.")
    assert office.statuses(draft) == ("needs_review", [])
    assert [code for *_, code in office.events()][-1] == "unknown_member"


def test_another_workspaces_draft_and_one_that_never_was_get_the_same_sentence(office: Office) -> None:
    draft = office.shown()
    card = office.card(ALICE, draft)
    ((other,),) = office.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER') RETURNING id"
    )
    office.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " VALUES (gen_random_uuid(), %s, 'U05OSKAR', 'Oskar', 'owner')",
        other,
    )
    foreign = by(office, office.slack.signed_click(ALICE, card, "approve_send"), "U05OSKAR", "T02OTHER")
    assert office.posts(foreign).status_code == 200
    said = office.wait_told(ALICE, "There is no such draft")
    unknown = office.slack.signed_click(BOB, office.card(BOB, draft), "approve_send", value=f"{new_id()}:1")
    assert office.posts(unknown).status_code == 200
    assert office.wait_told(BOB, "There is no such draft") == said
    assert office.statuses(draft) == ("needs_review", [])
    assert office.verbs(draft) == ["ingest"], "nothing of it is noted in somebody else's history"


def test_p3_a_stale_click_sends_nothing_and_shows_the_new_text(office: Office) -> None:
    draft = office.shown()
    card = office.card(ALICE, draft)
    office.edit(draft, user=BOB, body="The new text.")
    assert office.slack.click(ALICE, card, "approve_send").ok
    office.wait_told(ALICE, "This draft has changed since your card was drawn.")
    assert office.statuses(draft) == ("needs_review", [])
    assert office.events(draft)[-1] == ("refuse", None, None, "stale_version")
    wait_until(lambda: office.rings()["cards"] >= 1, what="the ring")
    office.sync(draft)
    assert "The new text." in str(office.card(ALICE, draft)["blocks"])


def test_whoever_comes_second_is_told_who_was_first_and_when(office: Office) -> None:
    draft = office.shown()
    cards = {member: office.card(member, draft) for member in REVIEWERS}
    assert office.slack.click(ALICE, cards[ALICE], "approve_send").ok
    ((at,),) = office.rows("SELECT to_char(decided_at AT TIME ZONE 'Europe/London', 'HH24:MI') FROM drafts")
    assert office.slack.click(BOB, cards[BOB], "approve_send").ok
    office.wait_told(BOB, f"Alice Anderson approved this at {at}; it is on its way.")
    claimed = office.claim()
    office.slack.click(CAROL, cards[CAROL], "approve_send")
    office.wait_told(CAROL, f"Alice Anderson approved this at {at}; it is already being sent.")
    office.start(claimed)
    office.finish(claimed, SENT)
    office.slack.click(BOB, cards[BOB], "approve_send")
    office.wait_told(BOB, f"Alice Anderson approved this at {at}, and it was sent.")
    assert [code for verb, *_, code in office.events(draft) if verb == "refuse"] == [
        "draft_already_sending",
        "draft_already_sending",
        "already_decided",
    ]
    assert office.verbs(draft).count("approve") == 1


def test_p1_twenty_clicks_at_once_are_one_approval(office: Office) -> None:
    draft = office.shown()
    clicks = [
        office.slack.signed_click(member, office.card(member, draft), "approve_send")
        for member in REVIEWERS
        for _ in range(7)
    ]
    with ThreadPoolExecutor(20) as pool:
        statuses = [answer.status_code for answer in pool.map(office.posts, clicks)]
    assert statuses == [200] * 21
    assert office.statuses(draft) == ("approved", ["queued"])
    verbs = office.verbs(draft)
    assert (verbs.count("approve"), verbs.count("refuse")) == (1, 20)


def test_one_payload_that_slack_sends_twice_is_one_approval(office: Office) -> None:
    draft = office.shown()
    click = office.slack.signed_click(ALICE, office.card(ALICE, draft), "approve_send")
    assert [office.posts(click, **{"X-Slack-Retry-Num": str(n)}).status_code for n in range(3)] == [200] * 3
    assert office.statuses(draft) == ("approved", ["queued"])


def test_p9_a_card_that_lied_is_drawn_again_when_it_is_clicked(office: Office) -> None:
    """Its row says that it is true; the click shows that it is not."""
    draft = office.shown()
    stale = office.card(ALICE, draft)
    office.approve(draft, user=BOB)
    office.sql("UPDATE cards SET drawn_revision = 99")
    office.sql("UPDATE drafts SET drawn_revision = 99")
    assert office.slack.click(ALICE, stale, "approve_send").ok
    office.wait_told(ALICE, "Bob Brown approved this")
    wait_until(lambda: office.rings()["cards"], what="the ring")
    office.sync(draft)
    assert "*Sending …*" in str(office.card(ALICE, draft)["blocks"])
    assert live_buttons(office.card(ALICE, draft)) == set()


def test_p9_a_click_on_a_card_that_we_have_no_row_for_adopts_it(office: Office) -> None:
    draft = office.shown()
    cards = {member: office.card(member, draft) for member in REVIEWERS}
    office.sql("DELETE FROM cards")
    assert office.slack.click(ALICE, cards[ALICE], "approve_send").ok
    wait_until(lambda: office.rows("SELECT ts FROM cards"), what="the card to be adopted")
    assert office.rows("SELECT place, channel, ts FROM cards") == [
        ("stray", cards[ALICE]["channel"], cards[ALICE]["ts"])
    ]
    office.sync(draft)
    assert "*Sending …*" in str(office.card(ALICE, draft)["blocks"])


def test_p9_an_adopted_card_takes_the_place_of_the_one_that_was_lost(office: Office) -> None:
    draft = office.shown()
    card = office.card(ALICE, draft)
    office.sql("UPDATE cards SET ts = NULL, drawn_revision = 0")
    assert office.slack.click(ALICE, card, "approve_send").ok
    wait_until(lambda: office.rows("SELECT 1 FROM cards WHERE ts = %s", card["ts"]), what="the card to be adopted")
    assert office.rows("SELECT place FROM cards WHERE ts = %s", card["ts"]) == [("dm",)]


@pytest.mark.parametrize("value", ["", "nonsense", "1:1", ":", "{}:x", "{}:-1", "{}:99999999999", "{}", "{}:0"])
def test_a_button_that_carries_nothing_of_ours_does_nothing(office: Office, value: str) -> None:
    draft = office.shown()
    card = office.card(ALICE, draft)
    assert office.slack.click(ALICE, card, "approve_send", value=value.format(draft)).ok
    wait_until(lambda: office.told(ALICE), what="Alice to be told")
    assert office.statuses(draft) == ("needs_review", [])


def test_the_link_button_asks_for_nothing(office: Office) -> None:
    draft = office.shown()
    assert office.slack.click(ALICE, office.card(ALICE, draft), "open_draft").ok
    assert office.verbs(draft) == ["ingest"]
    assert office.told(ALICE) == []


def test_a_blocked_draft_cannot_be_approved_by_an_old_button(office: Office) -> None:
    draft = office.shown()
    card = office.card(ALICE, draft)
    office.edit(draft, body="Hi {{first_name}}")
    office.slack.click(ALICE, card, "approve_send", value=f"{draft}:2")
    office.wait_told(ALICE, "A placeholder of the template was not filled in.")
    assert office.statuses(draft) == ("manual_review", [])
    assert office.events(draft)[-1][3] == "blocked"
