"""The Home tab: published, opened, clicked, and never overwritten by what is older than it looks."""

import json
import threading

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import Mistake, SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card, modal
from tests.bot.sandbox.test_elements import MENUS, STANDING, options
from tests.fixtures.waiting import wait_until


def home(*blocks: Json, **more: str) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}


def event(app: AppUnderTest) -> Json:
    found: Json = json.loads(app.got[-1][1])["event"]
    return found


def test_home_is_published_and_its_buttons_work(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    slack.views_publish(user_id="U01ALICE", view=home(*card(), private_metadata="page 1"))
    view = sandbox.home("U01ALICE")
    assert view is not None
    assert sandbox.click_home("U01ALICE", "approve_send").ok
    payload = app.payload()
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert (payload["view"]["type"], payload["view"]["private_metadata"]) == ("home", "page 1")
    assert payload["actions"][0]["value"] == "d1:1"
    assert "response_url" not in payload
    assert "channel" not in payload
    with pytest.raises(SlackApiError, match="user_not_found"):
        slack.views_publish(user_id="U99", view=home())


def test_a_menu_of_the_home_carries_the_choice_and_the_state(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    slack.views_publish(user_id="U01ALICE", view=home(*MENUS))
    sandbox.click_home("U01ALICE", "campaign", option="winter")
    payload = app.payload()
    assert payload["actions"][0]["selected_option"] == options("winter")[0]
    chosen = {"campaign": {"type": "static_select", "selected_option": options("winter")[0]}}
    assert payload["view"]["state"]["values"] == {"menus": STANDING | chosen}
    sandbox.click_home("U01ALICE", "go", value="other")
    assert app.payload()["actions"][0]["value"] == "other"


def test_each_member_has_a_home_of_their_own(slack: WebClient, sandbox: SandboxClient) -> None:
    slack.views_publish(user_id="U01ALICE", view=home(callback_id="for Alice"))
    assert sandbox.home("U02BOB") is None
    with pytest.raises(Mistake, match="no_home"):
        sandbox.click_home("U02BOB", "approve_send")
    slack.views_publish(user_id="U02BOB", view=home(callback_id="for Bob"))
    found = sandbox.home("U01ALICE")
    assert found is not None
    assert found["callback_id"] == "for Alice"


def test_publishing_over_a_newer_home_is_a_hash_conflict(slack: WebClient, sandbox: SandboxClient) -> None:
    first = slack.views_publish(user_id="U01ALICE", view=home(callback_id="1"))["view"]
    second = slack.views_publish(user_id="U01ALICE", view=home(callback_id="2"), hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        slack.views_publish(user_id="U01ALICE", view=home(callback_id="3"), hash=first["hash"])
    standing = sandbox.home("U01ALICE")
    assert standing is not None
    assert (standing["callback_id"], standing["hash"]) == ("2", second["hash"])


def test_opening_the_home_is_told_with_the_view_that_stands_there(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    with pytest.raises(Mistake, match="no_home"):
        sandbox.open_home("U01ALICE", seconds=0)
    assert (event(app)["tab"], event(app)["user"], "view" in event(app)) == ("home", "U01ALICE", False)
    published = slack.views_publish(user_id="U01ALICE", view=home(callback_id="1"))["view"]
    sandbox.open_home("U01ALICE", seconds=0)
    assert (event(app)["view"]["id"], event(app)["view"]["hash"]) == (published["id"], published["hash"])
    sandbox.event("app_home_opened", "U01ALICE", tab="messages")
    assert (event(app)["tab"], "view" in event(app)) == ("messages", False)


def test_open_home_waits_for_the_home_that_the_app_puts_up_in_answer(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest
) -> None:
    slack.views_publish(user_id="U01ALICE", view=home(callback_id="old"))

    def answer() -> None:
        wait_until(lambda: app.got, what="the event")
        slack.views_publish(user_id="U01ALICE", view=home(callback_id="new"))

    thread = threading.Thread(target=answer)
    thread.start()
    assert sandbox.open_home("U01ALICE")["callback_id"] == "new"
    thread.join()


def test_a_modal_opens_from_the_home(slack: WebClient, sandbox: SandboxClient, app: AppUnderTest) -> None:
    slack.views_publish(user_id="U01ALICE", view=home(*card()))
    sandbox.click_home("U01ALICE", "approve_send")
    view = slack.views_open(trigger_id=app.payload()["trigger_id"], view=modal())["view"]
    assert sandbox.submit("U01ALICE", view, {"body": "From Home"}).action == "close"
    assert app.payload()["view"]["state"]["values"]["body"]["body"]["value"] == "From Home"


@pytest.mark.parametrize("view", [modal(), {"type": "home"}, home(*[{"type": "divider"}] * 101), "home", None])
def test_what_is_no_home_is_refused(slack: WebClient, sandbox: SandboxClient, view: Json) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        slack.api_call("views.publish", json={"user_id": "U01ALICE", "view": view})
    assert sandbox.home("U01ALICE") is None


def test_faults_meet_the_home_too(slack: WebClient, sandbox: SandboxClient) -> None:
    sandbox.fault("views.publish", "ratelimited", retry_after=3)
    with pytest.raises(SlackApiError) as error:
        slack.views_publish(user_id="U01ALICE", view=home())
    assert error.value.response.headers["Retry-After"] == "3"
