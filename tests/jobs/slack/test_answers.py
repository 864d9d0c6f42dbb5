"""Answers that are no answer, to every method that we call: never an exception of another kind, never a guess."""

from typing import Any

import pytest

from core.cards import modals
from jobs.slack import answers
from jobs.slack.client import SlackTrouble, call
from jobs.tell_admins import tell_admins
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack
from tests.fixtures.full_stack import REVIEWERS

GARBLED: dict[str, dict[str, Any]] = {
    "a list": {"body": "[]"},
    "a word": {"body": '"x"'},
    "null": {"body": "null"},
    "a number": {"body": "7"},
    "nothing but ok": {"body": '{"ok": true}'},
    "ok in words": {"body": '{"ok": "true", "channel": "C1", "ts": "1.2", "view": {"id": "V1"}}'},
    "other shapes": {"body": '{"ok": true, "ts": 7, "channel": null, "view": [], "user": "x", "messages": {}}'},
    "empty words": {"body": '{"ok": true, "ts": "", "channel": {"id": ""}, "view": {"id": ""}, "user": 1}'},
    "a page": {"body": "<html>Dana's 502</html>", "content_type": "text/html"},
    "not UTF-8": {"body": '{"ok": true, "ts": "\xff"}'},
    "no such charset": {"body": '{"ok": true}', "content_type": "application/json; charset=klingon"},
    "empty": {"body": ""},
    "half of it": {"body": '{"ok": true, "ch'},
    "cut short": {"body": '{"ok": true, "ts": "1.2", "channel": "C1"}', "cut": True},
    "compressed": {"body": '{"ok": true}', "content_type": "application/gzip"},
    "deep": {"body": "[" * 100_000},
}
CALLS: dict[str, dict[str, Any]] = {
    "chat.postMessage": {"channel": "C01REVIEW", "text": "Hello"},
    "conversations.open": {"users": ALICE},
    "conversations.history": {"channel": "D01ALICE"},
    "conversations.replies": {"channel": "D01ALICE", "ts": "1.2"},
    "users.info": {"user": ALICE},
    "views.open": {"trigger_id": "1.2.x", "view": modals.loading("Edit")},
}


@pytest.mark.parametrize("method", CALLS)
def test_it_is_trouble_that_may_have_been_done_and_nothing_else(
    domain_with_slack: DomainWithSlack, method: str
) -> None:
    """The sandbox refuses some of these calls; what it answers is garbled all the same."""
    for name, garbled in GARBLED.items():
        domain_with_slack.slack.fault(method, "garble", **garbled)
        with pytest.raises(SlackTrouble) as trouble:
            call(method, **CALLS[method])
        assert trouble.value.code == "no_answer", name
        assert trouble.value.maybe_done
        domain_with_slack.let_calls_rest()


def test_a_card_whose_answer_is_none_is_one_card_and_says_no_none(domain_with_slack: DomainWithSlack) -> None:
    for name, garbled in GARBLED.items():
        draft = domain_with_slack.ingest()
        domain_with_slack.slack.fault("chat.postMessage", "garble", times=len(REVIEWERS), **garbled)
        assert not domain_with_slack.sync(draft), name
        known = "SELECT count(*) FROM cards WHERE draft_id = %s AND (ts IS NOT NULL OR channel IS NOT NULL)"
        assert domain_with_slack.rows(known, draft) == [(0,)], name
        domain_with_slack.let_calls_rest()
        assert domain_with_slack.sync(draft), name
        assert [len(domain_with_slack.cards(member, draft)) for member in REVIEWERS] == [1] * len(REVIEWERS), name
        domain_with_slack.reject(draft)  # makes room


@pytest.mark.parametrize("name", ["a list", "nothing but ok", "a page", "not UTF-8", "cut short"])
def test_a_window_whose_answer_is_none_is_no_500_to_the_click(domain_with_slack: DomainWithSlack, name: str) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.slack.fault("views.open", "garble", **GARBLED[name])
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "edit_draft").ok
    domain_with_slack.wait_told(ALICE, "Slack did not open the window in time.")


def test_one_alert_that_fails_does_not_end_the_run_of_the_others(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of Slack's doing, and of ours."""
    domain_with_slack.sql("UPDATE members SET role = 'owner'")
    domain_with_slack.sql(
        "INSERT INTO alerts (id, workspace_id, member_id, sentence, kind, try_after)"
        " SELECT gen_random_uuid(), workspace_id, id, 'Read this.', 'queue_stuck', now() FROM members"
    )
    domain_with_slack.sql("UPDATE alerts SET kind = 'slack_permissions'")
    domain_with_slack.slack.fault("chat.postMessage", "garble", body="[]")
    domain_with_slack.slack.fault("chat.postMessage", "error", code="restricted_action")
    told_before = domain_with_slack.rows("SELECT count(*) FROM alerts")
    tell_admins()
    ((waiting,),) = domain_with_slack.rows(
        "SELECT count(*) FROM alerts WHERE told_at IS NULL AND sentence = 'Read this.'"
    )
    assert told_before[0][0] > 2
    assert waiting == 2, "those two, and nobody else"
    domain_with_slack.let_calls_rest()
    domain_with_slack.sql("UPDATE alerts SET try_after = now()")
    tell_admins()
    for member in (ALICE, BOB, CAROL):
        assert sum("Read this." in one["text"] for one in domain_with_slack.slack.messages(member)) == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("30", 30.0),
        ("0.5", 0.5),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("9e9", 3600.0),
    ],
)
def test_how_long_to_wait_is_believed_where_it_makes_sense(said: str, seconds: float | None) -> None:
    assert answers.retry_after({"retry-After": said}) == seconds


@pytest.mark.parametrize("said", [{}, {"Retry-After": "soon"}])
def test_a_429_that_does_not_say_how_long_is_waited_for(said: dict[str, str]) -> None:
    assert answers.refused(429, said, None).retry_after == answers.AFTER_429
    assert answers.refused(200, said, {"ok": False, "error": "rate_limited"}).retry_after == answers.AFTER_429


def test_a_page_in_place_of_an_answer_is_not_quoted() -> None:
    assert answers.refused(502, {}, {"ok": False, "error": "a page: <p>dana@example.org"}).code == "unreachable"
    assert answers.refused(403, {}, {"ok": False, "error": "a page: <p>dana@example.org"}).code == "no_answer"
