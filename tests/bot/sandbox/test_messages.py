"""chat.* and conversations.*: driven by slack_sdk over a socket, as strict as Slack."""

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.conftest import Json, card


def code(error: "pytest.ExceptionInfo[SlackApiError]") -> str:
    return str(error.value.response["error"])


def test_posts_to_an_opened_dm_and_shows_it_to_the_member(slack: WebClient, sandbox: SandboxClient) -> None:
    channel = slack.conversations_open(users="U01ALICE")["channel"]["id"]
    posted = slack.chat_postMessage(channel=channel, text="Hello", blocks=card())
    assert posted["channel"] == "D01ALICE"
    assert posted["message"]["bot_id"] == slack.auth_test()["bot_id"]
    (seen,) = sandbox.messages("U01ALICE")
    assert (seen["ts"], seen["text"], seen["edits"], seen["ephemeral"]) == (posted["ts"], "Hello", 0, False)
    assert sandbox.messages("U02BOB") == []


def test_timestamps_differ_and_grow(slack: WebClient) -> None:
    stamps = [slack.chat_postMessage(channel="U01ALICE", text=str(n))["ts"] for n in range(20)]
    assert stamps == sorted(set(stamps))
    assert all(len(ts.partition(".")[2]) == 6 for ts in stamps)


@pytest.mark.parametrize("channel", ["D01ALICE", "C99NOWHERE", "U99NOBODY", "#nowhere", ""])
def test_a_channel_that_is_not_open_is_not_found(slack: WebClient, channel: str) -> None:
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel=channel, text="x")
    assert code(error) == "channel_not_found"


def test_a_closed_dm_takes_no_post_until_it_is_opened_again(slack: WebClient, sandbox: SandboxClient) -> None:
    slack.chat_postMessage(channel="U01ALICE", text="first")
    sandbox.close_dm("U01ALICE")
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="D01ALICE", text="second")
    assert code(error) == "channel_not_found"
    assert "already_open" not in slack.conversations_open(users="U01ALICE").data
    slack.chat_postMessage(channel="D01ALICE", text="third")
    assert [m["text"] for m in sandbox.messages("U01ALICE")] == ["first", "third"]


def test_a_channel_takes_posts_by_id_and_name_until_archived_or_left(slack: WebClient, sandbox: SandboxClient) -> None:
    slack.chat_postMessage(channel="C01REVIEW", text="by id")
    slack.chat_postMessage(channel="#outreach-review", text="by name")
    sandbox.order("channel", {"channel": "C01REVIEW", "has_bot": False})
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="C01REVIEW", text="x")
    assert code(error) == "not_in_channel"
    sandbox.order("channel", {"channel": "C01REVIEW", "archived": True})
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="C01REVIEW", text="x")
    assert code(error) == "is_archived"


def test_update_replaces_blocks_and_keeps_every_version(slack: WebClient, sandbox: SandboxClient) -> None:
    posted = slack.chat_postMessage(channel="U01ALICE", text="one", blocks=card("Approve"))
    slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="two", blocks=card("Again"))
    (seen,) = sandbox.messages("U01ALICE")
    assert (seen["text"], seen["edits"], "edited" in seen) == ("two", 1, False)
    assert [v["text"] for v in sandbox.versions(seen)] == ["one", "two"]


def test_update_with_text_alone_takes_the_blocks_away(slack: WebClient, sandbox: SandboxClient) -> None:
    posted = slack.chat_postMessage(channel="U01ALICE", text="one", blocks=card())
    slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")
    (seen,) = sandbox.messages("U01ALICE")
    assert "blocks" not in seen
    assert "edited" in seen


def test_update_of_another_authors_message_is_refused(slack: WebClient, sandbox: SandboxClient) -> None:
    said = sandbox.say("U01ALICE", "mine")
    with pytest.raises(SlackApiError) as error:
        slack.chat_update(channel="D01ALICE", ts=said["ts"], text="stolen")
    assert code(error) == "cant_update_message"


def test_update_of_a_deleted_an_ephemeral_or_no_message_is_not_found(slack: WebClient, sandbox: SandboxClient) -> None:
    posted = slack.chat_postMessage(channel="U01ALICE", text="one")
    hidden = slack.chat_postEphemeral(channel="D01ALICE", user="U01ALICE", text="only you")["message_ts"]
    sandbox.delete_message({"channel": "D01ALICE", "ts": posted["ts"]})
    for ts in (posted["ts"], hidden, "1.000001"):
        with pytest.raises(SlackApiError) as error:
            slack.chat_update(channel="D01ALICE", ts=ts, text="two")
        assert code(error) == "message_not_found"


def test_ephemeral_is_seen_by_one_member_and_not_in_history(slack: WebClient, sandbox: SandboxClient) -> None:
    slack.chat_postEphemeral(channel="C01REVIEW", user="U01ALICE", text="only you")
    assert [m["ephemeral"] for m in sandbox.messages("U01ALICE", "C01REVIEW")] == [True]
    assert sandbox.messages("U02BOB", "C01REVIEW") == []
    assert slack.conversations_history(channel="C01REVIEW")["messages"] == []
    slack.conversations_open(users="U01ALICE")
    with pytest.raises(SlackApiError) as error:
        slack.chat_postEphemeral(channel="D01ALICE", user="U02BOB", text="x")
    assert code(error) == "user_not_in_channel"


def test_history_is_newest_first_in_pages_with_metadata_only_when_asked(slack: WebClient) -> None:
    metadata = {"event_type": "signoff_card", "event_payload": {"draft": "d1"}}
    for n in range(5):
        slack.chat_postMessage(channel="U01ALICE", text=str(n), metadata=metadata)
    first = slack.conversations_history(channel="D01ALICE", limit=3)
    assert [m["text"] for m in first["messages"]] == ["4", "3", "2"]
    assert first["has_more"]
    assert "metadata" not in first["messages"][0]
    rest = slack.conversations_history(
        channel="D01ALICE",
        limit=3,
        cursor=first["response_metadata"]["next_cursor"],
        include_all_metadata=True,
    )
    assert [m["text"] for m in rest["messages"]] == ["1", "0"]
    assert rest["messages"][0]["metadata"] == metadata


def test_history_between_two_timestamps_counts_the_ends_only_when_inclusive(slack: WebClient) -> None:
    stamps = [slack.chat_postMessage(channel="U01ALICE", text=str(n))["ts"] for n in range(4)]
    between = slack.conversations_history(channel="D01ALICE", oldest=stamps[0], latest=stamps[3])
    assert [m["text"] for m in between["messages"]] == ["2", "1"]
    exact = slack.conversations_history(channel="D01ALICE", oldest=stamps[2], latest=stamps[2], inclusive=True)
    assert [m["text"] for m in exact["messages"]] == ["2"]


def test_bad_blocks_are_named_with_their_place(slack: WebClient) -> None:
    bad: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="U01ALICE", text="x", blocks=bad)
    assert code(error) == "invalid_blocks"
    assert error.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


@pytest.mark.parametrize(
    ("text", "blocks", "expected"),
    [
        ("", None, "no_text"),
        ("", [{"type": "divider"}], "no_text"),
        ("x" * 40_001, None, "msg_too_long"),
        ("x", [{"type": "divider"}] * 51, "invalid_blocks"),
        ("x", [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5, "msg_blocks_too_long"),
        ("x", "not json", "invalid_blocks_format"),
    ],
)
def test_a_message_that_slack_would_refuse_is_refused(
    slack: WebClient, text: str, blocks: list[Json] | str | None, expected: str
) -> None:
    with pytest.raises(SlackApiError) as error:
        slack.api_call("chat.postMessage", json={"channel": "U01ALICE", "text": text, "blocks": blocks})
    assert code(error) == expected


def test_an_update_takes_4000_characters_of_text_and_no_more(slack: WebClient) -> None:
    posted = slack.chat_postMessage(channel="U01ALICE", text="one")
    slack.chat_update(channel="D01ALICE", ts=posted["ts"], text="x" * 4000)
    with pytest.raises(SlackApiError) as error:
        slack.chat_update(channel="D01ALICE", ts=posted["ts"], text="x" * 4001)
    assert code(error) == "msg_too_long"


def test_a_form_is_read_like_json(sandbox: SandboxClient, addresses: Json) -> None:
    fields = {"token": addresses["bot_token"], "channel": "U01ALICE", "text": "x", "blocks": '[{"type": "divider"}]'}
    answer = httpx.post(f"{addresses['api_url']}chat.postMessage", data=fields).json()
    assert answer["ok"]
    assert sandbox.messages("U01ALICE")[0]["blocks"][0]["type"] == "divider"


def test_json_without_a_charset_is_warned_about(sandbox: SandboxClient, addresses: Json) -> None:
    headers = {"Authorization": f"Bearer {addresses['bot_token']}", "Content-Type": "application/json"}
    answer = httpx.post(f"{addresses['api_url']}auth.test", content="{}", headers=headers).json()
    assert (answer["ok"], answer["warning"]) == (True, "missing_charset")
