"""Slack's rate limits: off until asked for, then kept, and everything counted."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import Mistake, SandboxClient
from bot.sandbox.rates import METHODS, Rates
from tests.bot.sandbox.conftest import Json


@pytest.fixture
def limited(sandbox: SandboxClient) -> Iterator[SandboxClient]:
    sandbox.limit_rates()
    yield sandbox
    sandbox.limit_rates(on=False)


def refused_after(error: "pytest.ExceptionInfo[SlackApiError]") -> int:
    response = error.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    return int(response.headers["Retry-After"])


def rows(sandbox: SandboxClient) -> list[Json]:
    return [{k: row[k] for k in ("method", "channel", "calls", "refused")} for row in sandbox.rates()["counts"]]


def test_a_burst_into_one_channel_is_refused_and_another_channel_is_free(
    slack: WebClient, limited: SandboxClient
) -> None:
    for n in range(4):
        slack.chat_postMessage(channel="U01ALICE", text=str(n))
    with pytest.raises(SlackApiError) as error:
        slack.chat_postMessage(channel="D01ALICE", text="one too many")
    assert refused_after(error) == 1
    slack.chat_postMessage(channel="U02BOB", text="x")
    assert len(limited.messages("U01ALICE")) == 4
    assert rows(limited) == [
        {"method": "chat.postMessage", "channel": "D01ALICE", "calls": 5, "refused": 1},
        {"method": "chat.postMessage", "channel": "D02BOB", "calls": 1, "refused": 0},
    ]
    assert limited.rates()["refused"] == 1
    limited.advance(1)
    slack.chat_postMessage(channel="U01ALICE", text="a second later")


def test_a_tier_counts_by_method_for_all_channels(slack: WebClient, limited: SandboxClient) -> None:
    most = METHODS["views.publish"].calls
    home = {"type": "home", "blocks": []}
    for n in range(most):
        slack.views_publish(user_id=("U01ALICE", "U02BOB")[n % 2], view=home)
    with pytest.raises(SlackApiError) as error:
        slack.views_publish(user_id="U03CAROL", view=home)
    assert 50 < refused_after(error) <= 60
    slack.users_info(user="U01ALICE")
    limited.advance(60)
    slack.views_publish(user_id="U03CAROL", view=home)


def test_nothing_is_refused_until_it_is_asked_for(slack: WebClient, sandbox: SandboxClient) -> None:
    for n in range(20):
        slack.chat_postMessage(channel="U01ALICE", text=str(n))
    told = sandbox.rates()
    assert (told["on"], told["refused"], told["counts"][0]["calls"]) == (False, 0, 20)


def test_an_app_that_keeps_to_one_post_a_second_is_never_refused() -> None:
    rates = Rates(on=True)
    assert [rates.take("T", "chat.postMessage", "D", float(second)) for second in range(300)] == [None] * 300


def test_an_app_that_does_not_wait_gets_what_is_allowed_and_no_more() -> None:
    rates = Rates(on=True)
    passed = [moment for moment in range(6000) if rates.take("T", "chat.postMessage", "D", moment / 10) is None]
    assert 590 <= len(passed) <= 640, "ten minutes"
    busiest = max(sum(start <= at < start + 600 for at in passed) for start in range(0, 5400, 100))
    assert busiest <= 63, "in any minute"


def test_retry_after_is_enough() -> None:
    rates = Rates(on=True)
    now = 0.0
    for _ in range(500):
        while (wait := rates.take("T", "chat.update", "D", now)) is not None:
            now += wait
            assert rates.take("T", "chat.update", "D", now) is None
    assert now > 60 * 8 - 1


def test_another_workspace_and_a_scale_have_limits_of_their_own() -> None:
    rates = Rates(on=True, scale=2.0)
    assert [rates.take("T1", "users.list", "", 0.0) for _ in range(22)] == [None] * 22
    assert rates.take("T1", "users.list", "", 0.0) == 30
    assert rates.take("T2", "users.list", "", 0.0) is None


@pytest.mark.parametrize("ask", [{"on": True, "scale": 0}, {"on": True, "scale": "fast"}, {"scale": 2}])
def test_a_nonsense_limit_is_refused(sandbox: SandboxClient, ask: Json) -> None:
    with pytest.raises(Mistake):
        sandbox.order("rates", ask)
    assert sandbox.rates()["on"] is False
