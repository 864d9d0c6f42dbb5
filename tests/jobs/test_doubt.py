"""A post is in doubt from the moment that it leaves until Slack has said yes or no, and no longer."""

from typing import Any

import pytest

from core import alerts
from core.alerts import Notice
from core.db import transaction
from core.ids import new_id
from core.settings import settings
from core.taxonomy import AlertKind
from jobs import draw
from jobs.slack import find
from jobs.slack.client import SlackTrouble, call
from jobs.tell_admins import tell_admins
from tests.fixtures.domain_with_slack import ALICE, BOB, DomainWithSlack
from tests.fixtures.full_stack import REVIEWERS


def looked_up(domain_with_slack: DomainWithSlack) -> int:
    """How often Slack was asked for what was said before."""
    calls = domain_with_slack.slack.calls()
    return sum(one["method"] in ("conversations.history", "conversations.replies") for one in calls)


def in_doubt(domain_with_slack: DomainWithSlack) -> int:
    ((count,),) = domain_with_slack.rows("SELECT count(*) FROM cards WHERE ts IS NULL AND tried_at IS NOT NULL")
    return int(count)


def test_without_a_fault_nothing_is_looked_up(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the budget sends a card away: what has not left has not arrived."""
    monkeypatch.setenv("SLACK_RATE", "1")
    settings.cache_clear()
    drafts = [domain_with_slack.ingest() for _ in range(8)]
    drawn = [domain_with_slack.sync(draft) for draft in drafts]
    assert not all(drawn), "a channel takes three at once"
    assert in_doubt(domain_with_slack) == 0
    monkeypatch.setenv("SLACK_RATE", "1000")
    settings.cache_clear()
    domain_with_slack.let_calls_rest()
    assert all(domain_with_slack.sync(draft) for draft in drafts)
    assert looked_up(domain_with_slack) == 0


@pytest.mark.parametrize("code", ["restricted_action", "msg_too_long", "a_code_of_tomorrow", "ratelimited"])
def test_a_refusal_leaves_no_doubt(domain_with_slack: DomainWithSlack, code: str) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "error", code=code, times=len(REVIEWERS))
    assert not domain_with_slack.sync(draft)
    assert in_doubt(domain_with_slack) == 0
    domain_with_slack.slack.clear_faults()
    domain_with_slack.let_calls_rest()
    assert domain_with_slack.sync(draft)
    assert looked_up(domain_with_slack) == 0


@pytest.mark.parametrize("code", ["internal_error", "fatal_error"])
def test_an_error_of_slacks_own_does(domain_with_slack: DomainWithSlack, code: str) -> None:
    """ "It's possible some aspect of the operation succeeded before the error was raised." """
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault(
        "chat.postMessage", "garble", times=len(REVIEWERS), body=f'{{"ok": false, "error": "{code}"}}'
    )
    assert not domain_with_slack.sync(draft)
    assert in_doubt(domain_with_slack) == len(REVIEWERS)
    assert domain_with_slack.sync(draft)
    assert [len(domain_with_slack.cards(member, draft)) for member in REVIEWERS] == [1] * len(REVIEWERS)


def test_a_refusal_after_a_search_settles_what_was_in_doubt_before(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "status", status=500, times=len(REVIEWERS))  # it did not arrive
    assert not domain_with_slack.sync(draft)
    domain_with_slack.slack.fault("chat.postMessage", "error", code="restricted_action", times=len(REVIEWERS))
    assert not domain_with_slack.sync(draft)
    assert (looked_up(domain_with_slack), in_doubt(domain_with_slack)) == (len(REVIEWERS), 0)
    domain_with_slack.let_calls_rest()
    assert domain_with_slack.sync(draft)
    assert looked_up(domain_with_slack) == len(REVIEWERS)


def test_nothing_older_than_the_attempt_is_looked_through(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    leave = call

    def noted(method: str, **arguments: Any) -> dict[str, Any]:
        if method == "conversations.history":
            asked.append(arguments)
        return leave(method, **arguments)

    monkeypatch.setattr(draw, "call", noted)
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "drop")
    assert not domain_with_slack.sync(draft)
    ((tried,),) = domain_with_slack.rows("SELECT tried_at FROM cards WHERE ts IS NULL")
    assert domain_with_slack.sync(draft)
    (one,) = asked
    assert float(one["oldest"]) == pytest.approx((tried - find.CLOCKS_DIFFER).timestamp(), abs=0.001)


def post_more(domain_with_slack: DomainWithSlack, channel: str, count: int = 16) -> None:
    for number in range(count):
        call("chat.postMessage", channel=channel, text=f"Newer message {number}")


def test_a_lost_card_is_found_though_a_page_holds_fifteen_and_sixteen_are_newer(
    domain_with_slack: DomainWithSlack,
) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "drop", times=len(REVIEWERS))
    assert not domain_with_slack.sync(draft)
    for member in REVIEWERS:
        post_more(domain_with_slack, domain_with_slack.cards(member, draft)[0]["channel"])
    domain_with_slack.slack.order("rates", {"on": False, "unlisted": True})
    assert domain_with_slack.sync(draft)
    assert [len(domain_with_slack.cards(member, draft)) for member in REVIEWERS] == [1] * len(REVIEWERS)
    assert looked_up(domain_with_slack) == 2 * len(REVIEWERS), "two pages of each"


def test_with_one_page_a_minute_the_search_goes_on_where_it_was(domain_with_slack: DomainWithSlack) -> None:
    """At a sandbox where a minute is a tenth of a second."""
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "drop", times=len(REVIEWERS))
    assert not domain_with_slack.sync(draft)
    for member in REVIEWERS:
        post_more(domain_with_slack, domain_with_slack.cards(member, draft)[0]["channel"])
    domain_with_slack.slack.order("rates", {"on": True, "scale": 600.0, "unlisted": True})
    refused = 0
    for _ in range(40):
        if domain_with_slack.sync(draft):
            break
        refused += 1
        domain_with_slack.let_calls_rest()
    assert [len(domain_with_slack.cards(member, draft)) for member in REVIEWERS] == [1] * len(REVIEWERS)
    pages = [one for one in domain_with_slack.slack.calls("conversations.history") if one["ok"]]
    assert (len(pages), refused > 0) == (2 * len(REVIEWERS), True)


def test_a_thread_has_the_same_shape(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.edit(draft, user=BOB, body="Quite another text.")
    domain_with_slack.slack.fault("chat.postMessage", "error", code="internal_error_of_tomorrow", times=len(REVIEWERS))
    assert not domain_with_slack.sync(draft)
    domain_with_slack.let_calls_rest()
    assert domain_with_slack.sync(draft)
    assert looked_up(domain_with_slack) == 0
    card = domain_with_slack.card(ALICE, draft)
    assert len(domain_with_slack.slack.thread(card["channel"], card["ts"])) == 1


def test_an_alert_has_the_same_shape(domain_with_slack: DomainWithSlack) -> None:
    ((workspace, member),) = domain_with_slack.rows(
        "SELECT workspace_id, id FROM members WHERE slack_user_id = %s", ALICE
    )
    with transaction() as tx:
        alerts.tell_members(tx, workspace, [member], Notice(AlertKind.SLACK_PERMISSIONS, "Read this."))

    def again() -> None:
        domain_with_slack.let_calls_rest()
        domain_with_slack.sql("UPDATE alerts SET try_after = now()")
        tell_admins()

    domain_with_slack.slack.fault("chat.postMessage", "error", code="msg_too_long")
    again()
    domain_with_slack.slack.fault("chat.postMessage", "ratelimited")
    again()
    assert domain_with_slack.rows("SELECT tried_at, told_at FROM alerts") == [(None, None)]
    domain_with_slack.slack.fault("chat.postMessage", "drop")
    again()
    assert looked_up(domain_with_slack) == 0
    ((channel,),) = domain_with_slack.rows("SELECT dm_channel FROM members WHERE id = %s", member)
    post_more(domain_with_slack, channel)
    domain_with_slack.slack.order("rates", {"on": False, "unlisted": True})
    again()
    assert looked_up(domain_with_slack) == 2
    told = [one for one in domain_with_slack.slack.messages(ALICE) if "Read this." in one["text"]]
    assert len(told) == 1
    assert domain_with_slack.rows("SELECT told_at IS NOT NULL FROM alerts") == [(True,)]


def test_a_search_that_has_not_ended_is_no_reason_to_post() -> None:
    endless = {"messages": [], "response_metadata": {"next_cursor": "more"}}
    lost = find.Lost(new_id(), "D1", None, lambda _: False)
    with pytest.raises(SlackTrouble) as trouble:
        find.find(lambda *_, **__: endless, lost)
    assert (trouble.value.code, trouble.value.here_alone) == ("ratelimited", True)
    assert find.find(lambda *_, **more: {"messages": []} if more.get("cursor") == "more" else endless, lost) is None


def test_what_took_longer_than_its_drawing_lock_does_not_leave(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else may be posting the same."""
    leave = call

    def slow(method: str, **arguments: Any) -> dict[str, Any]:
        if method == "conversations.open":
            domain_with_slack.sql("UPDATE cards SET held_until = now() - interval '1 second'")
        return leave(method, **arguments)

    monkeypatch.setattr(draw, "call", slow)
    draft = domain_with_slack.ingest()
    assert not domain_with_slack.sync(draft)
    assert domain_with_slack.slack.calls("chat.postMessage") == []
    assert domain_with_slack.sync(draft)
    assert [len(domain_with_slack.cards(member, draft)) for member in REVIEWERS] == [1] * len(REVIEWERS)


def test_a_channel_that_may_not_be_read_is_written_to_and_not_asked_again_and_again(
    domain_with_slack: DomainWithSlack,
) -> None:
    domain_with_slack.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    draft = domain_with_slack.ingest()
    domain_with_slack.slack.fault("chat.postMessage", "status", channel="C01REVIEW", status=500)
    assert not domain_with_slack.sync(draft)
    domain_with_slack.slack.fault("conversations.history", "error", code="not_in_channel", channel="C01REVIEW")
    assert domain_with_slack.sync(draft)
    assert len(domain_with_slack.slack.messages(ALICE, "C01REVIEW")) == 1
    assert looked_up(domain_with_slack) == 1
