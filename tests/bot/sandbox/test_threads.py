"""Threads: replies stand under their message, and nowhere else."""

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.sandbox.client import SandboxClient
from tests.bot.sandbox.conftest import AppUnderTest, Json, card


@pytest.fixture
def posted(slack: WebClient, sandbox: SandboxClient) -> Json:
    slack.chat_postMessage(channel="U01ALICE", text="A card", blocks=card())
    return sandbox.messages("U01ALICE")[0]


def reply(slack: WebClient, posted: Json, text: str, **more: object) -> str:
    answer = slack.chat_postMessage(channel=posted["channel"], thread_ts=posted["ts"], text=text, **more)  # type: ignore[arg-type]  # passed on as it is
    return str(answer["ts"])


def test_a_reply_stands_in_its_thread_and_not_in_the_channel(
    slack: WebClient, sandbox: SandboxClient, posted: Json
) -> None:
    ts = reply(slack, posted, "Edited by Bob")
    said = sandbox.say("U01ALICE", "Thanks", thread_ts=posted["ts"])
    under = sandbox.thread(posted["channel"], posted["ts"])
    assert [(m["ts"], m["text"], m["thread_ts"]) for m in under] == [
        (ts, "Edited by Bob", posted["ts"]),
        (said["ts"], "Thanks", posted["ts"]),
    ]
    assert [m["text"] for m in sandbox.messages("U01ALICE")] == ["A card"]
    (listed,) = slack.conversations_history(channel=posted["channel"])["messages"]
    assert (listed["reply_count"], listed["reply_users_count"], listed["latest_reply"]) == (2, 2, said["ts"])
    assert (listed["ts"], listed["thread_ts"]) == (posted["ts"], posted["ts"])


def test_replies_come_oldest_first_in_pages_after_their_parent(slack: WebClient, posted: Json) -> None:
    stamps = [reply(slack, posted, str(n)) for n in range(4)]
    pages = slack.conversations_replies(channel=posted["channel"], ts=posted["ts"], limit=2)
    assert [[m["text"] for m in page["messages"]] for page in pages] == [["A card", "0"], ["1", "2"], ["3"]]
    later = slack.conversations_replies(channel=posted["channel"], ts=posted["ts"], oldest=stamps[1])
    assert [m["text"] for m in later["messages"]] == ["A card", "2", "3"]
    exact = slack.conversations_replies(channel=posted["channel"], ts=posted["ts"], oldest=stamps[3], inclusive=True)
    assert [m["text"] for m in exact["messages"]] == ["A card", "3"]


def test_a_message_without_replies_is_a_thread_of_one(slack: WebClient, posted: Json) -> None:
    (only,) = slack.conversations_replies(channel=posted["channel"], ts=posted["ts"])["messages"]
    assert (only["ts"], "reply_count" in only) == (posted["ts"], False)


def test_metadata_of_replies_is_told_when_asked_for(slack: WebClient, posted: Json) -> None:
    metadata = {"event_type": "signoff_history", "event_payload": {"shows": 3}}
    reply(slack, posted, "x", metadata=metadata)
    where = {"channel": posted["channel"], "ts": posted["ts"]}
    assert "metadata" not in slack.conversations_replies(**where)["messages"][1]
    assert slack.conversations_replies(**where, include_all_metadata=True)["messages"][1]["metadata"] == metadata


def test_a_reply_is_updated_and_deleted_like_any_message(
    slack: WebClient, sandbox: SandboxClient, posted: Json
) -> None:
    ts = reply(slack, posted, "one")
    slack.chat_update(channel=posted["channel"], ts=ts, text="two")
    (seen,) = sandbox.thread(posted["channel"], posted["ts"])
    assert (seen["text"], seen["edits"], seen["thread_ts"]) == ("two", 1, posted["ts"])
    slack.chat_delete(channel=posted["channel"], ts=ts)
    assert sandbox.thread(posted["channel"], posted["ts"]) == []
    assert "reply_count" not in slack.conversations_history(channel=posted["channel"])["messages"][0]


@pytest.mark.parametrize(
    ("thread_ts", "code"),
    [("1700000000.000001", "thread_not_found"), ("yesterday", "invalid_thread_ts"), ("0", "invalid_thread_ts")],
)
def test_a_thread_that_is_not_there_takes_no_reply(
    slack: WebClient, sandbox: SandboxClient, posted: Json, thread_ts: str, code: str
) -> None:
    for method, more in (("chat.postMessage", {}), ("chat.postEphemeral", {"user": "U01ALICE"})):
        ask = {"channel": posted["channel"], "thread_ts": thread_ts, "text": "x", **more}
        with pytest.raises(SlackApiError) as error:
            slack.api_call(method, json=ask)
        assert error.value.response["error"] == code
    assert len(sandbox.messages("U01ALICE")) == 1


def test_replies_of_nothing_are_not_found(slack: WebClient, posted: Json) -> None:
    for ts in ("1.000001", ""):
        with pytest.raises(SlackApiError, match="thread_not_found"):
            slack.conversations_replies(channel=posted["channel"], ts=ts)
    with pytest.raises(SlackApiError, match="channel_not_found"):
        slack.conversations_replies(channel="C99", ts=posted["ts"])


def test_a_reply_and_a_hidden_message_start_no_thread(slack: WebClient, posted: Json) -> None:
    hidden = slack.chat_postEphemeral(channel=posted["channel"], user="U01ALICE", text="x")["message_ts"]
    for ts in (reply(slack, posted, "x"), hidden):
        with pytest.raises(SlackApiError, match="cannot_reply_to_message"):
            slack.chat_postMessage(channel=posted["channel"], thread_ts=ts, text="x")


def test_a_deleted_message_takes_its_empty_thread_along_and_leaves_a_tombstone_over_a_full_one(
    slack: WebClient, sandbox: SandboxClient, posted: Json
) -> None:
    other = slack.chat_postMessage(channel=posted["channel"], text="Another")["ts"]
    reply(slack, posted, "kept")
    for ts in (other, posted["ts"]):
        sandbox.delete_message({"channel": posted["channel"], "ts": ts})
    with pytest.raises(SlackApiError, match="thread_not_found"):
        slack.chat_postMessage(channel=posted["channel"], thread_ts=other, text="x")
    reply(slack, posted, "still")
    (stone,) = slack.conversations_history(channel=posted["channel"])["messages"]
    assert (stone["subtype"], stone["reply_count"]) == ("tombstone", 2)
    with pytest.raises(SlackApiError, match="message_not_found"):
        slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="x")


def test_a_click_in_a_thread_names_the_thread_and_its_answer_can_stay_there(
    slack: WebClient, sandbox: SandboxClient, app: AppUnderTest, posted: Json
) -> None:
    reply(slack, posted, "Undo?", blocks=card("Undo"))
    (under,) = sandbox.thread(posted["channel"], posted["ts"])
    sandbox.click("U01ALICE", under, "approve_send")
    payload = app.payload()
    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == posted["ts"]
    WebhookClient(payload["response_url"]).send_dict({"text": "Undone", "thread_ts": posted["ts"]})
    assert [m["text"] for m in sandbox.thread(posted["channel"], posted["ts"])] == ["Undo?"]
    seen = sandbox.thread(posted["channel"], posted["ts"], "U01ALICE")
    assert [(m["text"], m["ephemeral"]) for m in seen] == [("Undo?", False), ("Undone", True)]


def test_a_permalink_leads_to_the_message_on_the_page(slack: WebClient, sandbox: SandboxClient, posted: Json) -> None:
    link = slack.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])["permalink"]
    assert link == f"{sandbox.url}/archives/{posted['channel']}/p{posted['ts'].replace('.', '')}"
    with pytest.raises(SlackApiError, match="message_not_found"):
        slack.chat_getPermalink(channel=posted["channel"], message_ts="1.000001")
