"""The budgets of Slack's methods: by the same rules in Redis and in one process, without a real second of waiting."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import redis

from core.settings import settings
from jobs.slack import budget, methods
from jobs.slack.bucket import LONGEST, Backoff
from jobs.slack.budget import Priority, close, let_through, open_again, shut, take
from jobs.slack.methods import METHODS, TIER_2, TIER_3, TIER_4, Rate

pytestmark = pytest.mark.slow

WORKSPACE = "a-workspace"
Pass = Callable[[float], None]


@pytest.fixture(params=["redis", "process"])
def later(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pass]:
    """Budgets that begin full; call it to let seconds pass in them."""
    shared = request.param == "redis"
    url = request.getfixturevalue("redis_url") if shared else "redis://127.0.0.1:9/0"
    monkeypatch.setenv("REDIS_URL", url)
    settings.cache_clear()
    budget.forget()
    yield _pass_in_redis(url) if shared else _pass_in_process(monkeypatch)
    settings.cache_clear()
    budget.forget()


def _pass_in_redis(url: str) -> Pass:
    """Every time that stands in a bucket moves back: to Redis it is as if so much time had passed."""

    def later(seconds: float) -> None:
        with redis.Redis.from_url(url, decode_responses=True) as client:
            for key in client.keys("signoff:slack:*"):
                for field, value in client.hgetall(key).items():
                    if field in ("at", "closed") or field.startswith("turn:"):
                        client.hset(key, field, float(value) - seconds)

    return later


def _pass_in_process(monkeypatch: pytest.MonkeyPatch) -> Pass:
    passed = [0.0]
    real = time.monotonic
    monkeypatch.setattr("jobs.slack.bucket.time.monotonic", lambda: real() + passed[0])

    def later(seconds: float) -> None:
        passed[0] += seconds

    return later


def calls(method: str, priority: Priority = Priority.DECISION, channel: str | None = None, most: int = 200) -> int:
    """How many such calls may leave now, one after the other."""
    return next((count for count in range(most) if take(WORKSPACE, method, channel, priority)), most)


def filled(rate: Rate, since: float) -> range:
    """How many calls a bucket that was full at `since` (of the monotonic clock) may have let go by now."""
    return range(rate.burst, rate.burst + int((time.monotonic() - since) * rate.per_second) + 1)


@pytest.mark.usefixtures("later")
def test_a_burst_may_leave_and_no_more() -> None:
    assert calls("chat.update") == TIER_3.burst
    wait = take(WORKSPACE, "chat.update", "D1", Priority.DECISION)
    assert wait is not None
    assert wait.code == "ratelimited"
    assert 0 < wait.seconds <= 2 / TIER_3.per_second + 0.1


@pytest.mark.parametrize(("method", "published"), [("chat.update", 50), ("views.publish", 100), ("bots.info", 20)])
def test_a_minute_never_holds_more_than_slack_publishes(later: Pass, method: str, published: int) -> None:
    """However Slack counts a minute: from its first call on, and from any call on."""
    began = time.monotonic()
    made = [0.0] * calls(method)
    for second in range(1, 181):
        later(1)
        made += [second + time.monotonic() - began] * calls(method)  # what really passes fills the budget, too
    for start in made:
        assert sum(start <= at < start + 60 for at in made) <= published
    assert len(made) > 1.5 * published, "and the budget is used"


def test_a_channel_gets_about_a_message_a_second(later: Pass) -> None:
    assert calls("chat.postMessage", channel="D1") == 3
    assert calls("chat.postMessage", channel="D2") == 3, "another channel has its own"
    later(1)
    assert calls("chat.postMessage", channel="D1") == 1
    later(2)
    assert calls("chat.postMessage", channel="D1") == 2


@pytest.mark.usefixtures("later")
def test_many_channels_share_the_budget_of_the_workspace() -> None:
    began = time.monotonic()
    posted = sum(take(WORKSPACE, "chat.postMessage", f"D{n}", Priority.DECISION) is None for n in range(100))
    assert posted in filled(methods.POSTS, began)


@pytest.mark.usefixtures("later")
def test_a_call_that_one_bucket_refuses_takes_from_none() -> None:
    began = time.monotonic()
    posted = calls("chat.postMessage", channel="D1")
    refused = sum(take(WORKSPACE, "chat.postMessage", "D1", Priority.DECISION) is not None for _ in range(50))
    assert refused > 40, "a few may leave, as time goes by"
    posted += 50 - refused
    posted += sum(calls("chat.postMessage", channel=f"D{n}") for n in range(2, 60))
    assert posted in filled(methods.POSTS, began)


@pytest.mark.usefixtures("later")
def test_a_full_channel_says_that_others_may_have_room() -> None:
    calls("chat.postMessage", channel="D1")
    wait = take(WORKSPACE, "chat.postMessage", "D1", Priority.DECISION)
    assert wait is not None
    assert wait.last_alone
    for number in range(2, 60):
        calls("chat.postMessage", channel=f"D{number}")
    # A post or two may leave, as time goes by.
    tries = (take(WORKSPACE, "chat.postMessage", f"D{n}", Priority.DECISION) for n in range(99, 300))
    wait = next(found for found in tries if found)
    assert not wait.last_alone


def test_a_factor_makes_all_budgets_faster(later: Pass, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_RATE", "2")
    settings.cache_clear()
    assert calls("chat.postMessage", channel="D1") == 3
    later(1)
    assert calls("chat.postMessage", channel="D1") == 2


@pytest.mark.usefixtures("later")
def test_a_factor_of_nothing_leaves_it_to_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_RATE", "0")
    settings.cache_clear()
    assert calls("chat.postMessage", channel="D1", most=500) == 500
    close(WORKSPACE, "chat.postMessage", "D1", 20)
    assert take(WORKSPACE, "chat.postMessage", "D1", Priority.DECISION), "a real 429 counts all the same"


@pytest.mark.usefixtures("later")
def test_methods_and_workspaces_have_budgets_of_their_own() -> None:
    assert calls("chat.update") == TIER_3.burst
    assert calls("views.publish") == TIER_4.burst
    assert take("another-workspace", "chat.update", None, Priority.DIGEST) is None


def test_lower_classes_leave_a_reserve_to_the_higher(later: Pass) -> None:
    assert calls("chat.update", Priority.DIGEST) == 7
    assert calls("chat.update", Priority.CARD) == 4
    assert calls("chat.update", Priority.DECISION) == 4
    later(2)
    assert take(WORKSPACE, "chat.update", None, Priority.CARD), "what comes in goes to decisions first"
    assert take(WORKSPACE, "chat.update", None, Priority.DECISION) is None


def test_decisions_never_wait_behind_cards(later: Pass) -> None:
    """A flood of cards asks all the time; a decision every two seconds is within the rate, and always passes."""
    for _ in range(60):
        for _ in range(40):
            take(WORKSPACE, "chat.update", "D1", Priority.CARD)
        assert take(WORKSPACE, "chat.update", "D1", Priority.DECISION) is None
        later(2)


def test_who_is_refused_is_told_a_turn_of_their_own(later: Pass) -> None:
    calls("chat.update")
    waits = [take(WORKSPACE, "chat.update", "D1", Priority.DECISION) for _ in range(10)]
    turns = sorted(wait.seconds for wait in waits if wait)
    assert len(turns) == 10
    apart = [second - first for first, second in pairwise(turns)]
    assert min(apart) > 0.9 / TIER_3.per_second
    # And whoever comes at their turn finds a token.
    at = 0.0
    for turn in turns:
        later(turn - at)
        at = turn
        assert take(WORKSPACE, "chat.update", "D1", Priority.DECISION) is None


@pytest.mark.usefixtures("later")
def test_nobody_is_sent_away_for_long() -> None:
    calls("chat.update")
    for _ in range(300):
        wait = take(WORKSPACE, "chat.update", "D1", Priority.CARD)
        assert wait is not None
        assert wait.seconds <= LONGEST + 1


def test_a_429_closes_the_bucket_for_everybody_until_then(later: Pass) -> None:
    close(WORKSPACE, "chat.update", "D1", 20)
    for priority in Priority:
        wait = take(WORKSPACE, "chat.update", "D2", priority)
        assert wait is not None
        assert 19 < wait.seconds <= 20
    close(WORKSPACE, "chat.update", "D1", 5)
    wait = take(WORKSPACE, "chat.update", None, Priority.DECISION)
    assert wait is not None
    assert wait.seconds > 19, "a later end is not moved forward"
    assert take(WORKSPACE, "views.publish", None, Priority.DECISION) is None, "another method goes on"
    later(22)
    assert take(WORKSPACE, "chat.update", None, Priority.DECISION) is None
    assert calls("chat.update") <= 2, "and begins slowly"


@pytest.mark.usefixtures("later")
def test_a_closed_workspace_makes_no_call_and_says_why() -> None:
    close(WORKSPACE, None, None, 60, "invalid_auth")
    for method in METHODS:
        wait = take(WORKSPACE, method, "D1", Priority.DECISION)
        assert wait is not None
        assert wait.code == "invalid_auth"
    assert take("another-workspace", "chat.update", "D1", Priority.CARD) is None
    open_again(WORKSPACE)
    assert take(WORKSPACE, "chat.update", "D1", Priority.CARD) is None


def test_a_window_is_never_kept_back_and_asks_no_redis(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "_ask", lambda *_: pytest.fail("a round trip while a trigger runs out"))
    assert calls("views.open", most=500) == 500


def test_workers_share_one_budget(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads with nothing in common but Redis take as many tokens as there are."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    settings.cache_clear()
    budget.forget()
    taken: list[bool] = []

    def worker() -> None:
        taken.extend(take(WORKSPACE, "chat.update", f"D{n}", Priority.DECISION) is None for n in range(10))

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(taken) == 80
    assert TIER_3.burst <= sum(taken) <= TIER_3.burst + 2, "two more if that took seconds"
    settings.cache_clear()


def test_p5_a_redis_that_hangs_costs_a_call_a_quarter_of_a_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        settings.cache_clear()
        budget.forget()
        began = time.monotonic()
        assert calls("chat.update") >= TIER_3.burst
        assert time.monotonic() - began < 1.5
    settings.cache_clear()
    budget.forget()


def test_every_burst_leaves_room_for_the_lowest_class() -> None:
    """A class whose share leaves less than one call of a full bucket would never have its turn."""
    rates: list[Rate] = [TIER_2, *(method.rate for method in METHODS.values())]
    rates += [method.per_channel for method in METHODS.values() if method.per_channel]
    for rate in rates:
        assert rate.burst * (1 - max(budget.LEAVES.values())) >= 1


# --- what was refused, and would be again ---

STRICT, LENIENT = Backoff(5.0, 60.0), Backoff(5.0, 60.0, lenient=True)


def refused(backoff: Backoff = STRICT, place: str | None = "D1") -> float:
    return shut(WORKSPACE, "chat.update", place, backoff, "restricted_action")


def is_open(place: str | None = "D1", method: str = "chat.update") -> bool:
    return take(WORKSPACE, method, place, Priority.DECISION) is None


def test_what_is_refused_in_a_row_is_left_alone_for_ever_longer(later: Pass) -> None:
    for wait in (5, 10, 20, 40, 60, 60):
        assert refused() == wait
        assert not is_open()
        later(wait + 0.5)
        assert is_open()


def test_it_is_left_alone_there_and_nowhere_else(later: Pass) -> None:
    refused()
    assert is_open("D2")
    assert is_open(method="chat.postMessage")
    wait = take(WORKSPACE, "chat.update", "D1", Priority.DECISION)
    assert wait is not None
    assert (wait.code, wait.last_alone) == ("restricted_action", True)


def test_refusals_that_meet_at_one_moment_count_once(later: Pass) -> None:
    assert [refused() <= 5 for _ in range(8)] == [True] * 8
    later(5.5)
    assert refused() == 10


def test_a_refusal_long_after_begins_anew(later: Pass) -> None:
    refused()
    later(5 + 2 * 5 + 61)
    assert refused() == 5


def test_the_first_of_a_row_may_be_let_be(later: Pass) -> None:
    assert refused(LENIENT) == 5
    assert is_open()
    assert refused(LENIENT) == 10
    assert not is_open()


def test_one_that_is_let_through_ends_the_row(later: Pass) -> None:
    refused()
    later(5.5)
    let_through(WORKSPACE, "chat.update", "D1")
    assert refused() == 5


def test_a_new_token_opens_what_its_workspace_and_methods_were_refused(later: Pass) -> None:
    shut(WORKSPACE, None, None, STRICT, "token_revoked")
    refused(place=None)
    assert not is_open()
    open_again(WORKSPACE)
    assert is_open()
