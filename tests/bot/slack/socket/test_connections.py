"""Socket Mode: what comes through the socket is recorded before it is acked, and a lost socket loses nothing."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.slack import dispatch
from bot.slack.socket import connection, connections
from bot.slack.socket.connections import Switchboard
from core.errors import SignoffError
from core.settings import settings
from tests.bot.slack.test_away import FORGOTTEN, database_away
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, DomainWithSlack
from tests.fixtures.processes import Processes
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.filterwarnings(FORGOTTEN)


class Running:
    """A switchboard on a thread of the test."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.board = Switchboard(self.stopping)
        self.ended_with: Exception | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.board.run()
        except SignoffError as error:
            self.ended_with = error

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def wired(domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> Iterator[DomainWithSlack]:
    """The workspace without a public URL: Slack reaches it by the socket alone."""
    monkeypatch.setenv("SLACK_APP_TOKEN", domain_with_slack.slack.addresses()["app_token"])
    settings.cache_clear()
    domain_with_slack.slack.point_at("http://127.0.0.1:9/slack/events")
    running = Running()
    wait_until(lambda: domain_with_slack.slack.sockets() == 1, what="the line to Slack")
    yield domain_with_slack
    running.stop()


def test_a_click_through_the_socket_is_an_approval(wired: DomainWithSlack) -> None:
    draft = wired.shown()
    clicked = wired.slack.click(ALICE, wired.card(ALICE, draft), "approve_send")
    assert (clicked.status, clicked.failure) == (200, None)
    assert wired.state(draft) != "needs_review"
    wait_until(lambda: wired.rings()["cards"], what="the ring, after the ack")


def test_p6_the_ack_leaves_after_the_commit(wired: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = wired.shown()
    seen: list[str] = []
    ack = connection.Line.ack

    def acking(self: connection.Line, envelope_id: str, payload: Any = None) -> bool:
        seen.append(wired.statuses(draft)[0])
        return ack(self, envelope_id, payload)

    monkeypatch.setattr(connection.Line, "ack", acking)
    wired.slack.click(ALICE, wired.card(ALICE, draft), "approve_send")
    assert seen == ["approved"]


def test_p6_without_a_database_there_is_no_ack(wired: DomainWithSlack) -> None:
    draft = wired.shown()
    card = wired.card(ALICE, draft)
    with database_away(wired):
        clicked = wired.slack.click(ALICE, card, "approve_send")
        assert clicked.failure is not None
    assert wired.state(draft) == "needs_review"
    assert wired.slack.click(ALICE, card, "approve_send").failure is None


def test_a_modal_opens_and_its_answer_comes_with_the_ack(wired: DomainWithSlack) -> None:
    draft = wired.shown()
    wired.slack.click(ALICE, wired.card(ALICE, draft), "edit_draft")
    view = wired.modal(ALICE, "letter")
    wrong = wired.slack.submit(ALICE, view, {"subject": "two\nlines" * 100})
    assert wrong.action in ("errors", "update")
    done = wired.slack.submit(ALICE, view, {"subject": "Another subject"})
    assert done.action == "close"
    assert wired.view(draft).subject == "Another subject"


def test_an_answer_of_many_kilobytes_arrives_whole(wired: DomainWithSlack) -> None:
    """Two edit at once: the second gets all of their own text back, in the ack."""
    draft = wired.shown()
    wired.slack.click(ALICE, wired.card(ALICE, draft), "edit_draft")
    view = wired.modal(ALICE, "letter")
    wired.edit(draft, user=BOB)
    long = "A sentence that somebody typed with care. " * 60
    kept = wired.slack.submit(ALICE, view, {"body": long})
    assert kept.action == "update"
    assert long[:2000] in str(wired.slack.views(ALICE)[-1])


def test_a_command_is_answered_with_the_ack(wired: DomainWithSlack) -> None:
    assert wired.slack.command(CAROL, "/outreach pause launch").status == 200
    assert wired.rows("SELECT status FROM campaigns") == [("paused",)]
    assert any("Paused" in said for said in wired.told(CAROL))


def test_events_come_through_the_socket_too(wired: DomainWithSlack) -> None:
    wired.slack.deactivate(BOB)
    wired.slack.event("user_change", BOB)
    assert wired.rows("SELECT slack_user_id FROM members WHERE NOT active") == [(BOB,)]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
def test_when_slack_ends_a_line_another_is_open_already(wired: DomainWithSlack, reason: str) -> None:
    draft = wired.shown()
    wired.slack.disconnect(reason)
    at_least = 2 if reason == "warning" else 1
    wait_until(lambda: wired.slack.sockets() >= at_least, what="the next line")
    assert wired.slack.click(ALICE, wired.card(ALICE, draft), "approve_send").failure is None
    assert wired.state(draft) != "needs_review"


def test_many_clicks_at_once_approve_once(wired: DomainWithSlack) -> None:
    draft = wired.shown()
    cards = [(member, wired.card(member, draft)) for member in (ALICE, BOB, CAROL)]
    threads = [threading.Thread(target=wired.slack.click, args=(*one, "approve_send")) for one in cards * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [verb for verb in wired.verbs(draft) if verb == "approve"] == ["approve"]


def test_what_is_at_hand_is_finished_when_told_to_stop(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", domain_with_slack.slack.addresses()["app_token"])
    settings.cache_clear()
    running = Running()
    wait_until(lambda: domain_with_slack.slack.sockets() == 1, what="the line to Slack")
    draft = domain_with_slack.shown()
    begun, may_go_on = threading.Event(), threading.Event()
    real = dispatch.dispatch

    def slow(*arguments: Any) -> Any:
        begun.set()
        may_go_on.wait(20)
        return real(*arguments)

    monkeypatch.setattr(connections, "dispatch", slow)
    answers: list[Any] = []
    card = domain_with_slack.card(ALICE, draft)
    clicking = threading.Thread(
        target=lambda: answers.append(domain_with_slack.slack.click(ALICE, card, "approve_send"))
    )
    clicking.start()
    assert begun.wait(10)
    running.stopping.set()
    may_go_on.set()
    running.stop()
    clicking.join(20)
    assert answers[0].failure is None
    assert domain_with_slack.statuses(draft)[0] == "approved"


def test_an_outage_of_slack_is_waited_out(domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", domain_with_slack.slack.addresses()["app_token"])
    settings.cache_clear()
    domain_with_slack.slack.fault("apps.connections.open", "status", times=2, status=503)
    running = Running()
    wait_until(lambda: domain_with_slack.slack.sockets() == 1, what="the line to Slack")
    running.stop()


@pytest.mark.parametrize("token", ["xapp-of-somebody-else"])
def test_a_token_that_slack_does_not_know_ends_it_with_a_sentence(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", token)
    settings.cache_clear()
    running = Running()
    running.thread.join(20)
    assert "SLACK_APP_TOKEN: invalid_auth" in str(running.ended_with)


def test_socket_mode_switched_off_ends_it_with_a_sentence(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_APP_TOKEN", domain_with_slack.slack.addresses()["app_token"])
    settings.cache_clear()
    running = Running()
    wait_until(lambda: domain_with_slack.slack.sockets() == 1, what="the line to Slack")
    domain_with_slack.slack.disconnect("link_disabled")
    running.thread.join(20)
    assert "switched off" in str(running.ended_with)


# --- the command ---


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "SLACK_APP_TOKEN is not set"), ("xoxb-1", "begins with xapp-"), ("xapp-wrong", "invalid_auth")],
)
def test_the_command_says_what_is_missing(
    domain_with_slack: DomainWithSlack, processes: Processes, token: str, words: str
) -> None:
    api_url = domain_with_slack.slack.addresses()["api_url"]
    process = processes.start("socket", SLACK_APP_TOKEN=token, SLACK_API_URL=api_url)
    assert process.process.wait(30) == 1
    assert process.output().startswith("signoff: ") or "signoff: " in process.output().splitlines()[-1]
    assert words in process.output()


def test_the_command_serves_clicks_and_ends_in_order(domain_with_slack: DomainWithSlack, processes: Processes) -> None:
    addresses = domain_with_slack.slack.addresses()
    process = processes.start(
        "socket",
        DATABASE_URL=domain_with_slack.url,
        SLACK_APP_TOKEN=addresses["app_token"],
        SLACK_BOT_TOKEN=addresses["bot_token"],
        SLACK_API_URL=addresses["api_url"],
    )
    wait_until(lambda: domain_with_slack.slack.sockets() == 1, seconds=30, what="the line to Slack")
    draft = domain_with_slack.shown()
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send").failure is None
    assert domain_with_slack.statuses(draft)[0] == "approved"
    assert process.stop() == 0
    assert addresses["app_token"] not in process.output()
