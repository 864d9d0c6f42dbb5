"""The kill switch: one row, obeyed by the claim, and by mail that is connected already (P7, P12)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from bot.cli import run
from core.accounts import pausing
from core.actor import SIGNOFF, Actor
from core.db import transaction
from core.errors import Refusal
from core.installation import kill_switch
from core.taxonomy import Role, StoppedBy, Surface
from tests.core.delivery.unknown_parts import alarm
from tests.fixtures.domain import SENT, Domain
from tests.fixtures.waiting import wait_until


def stop(domain: Domain, reason: str = "An audit.") -> None:
    with transaction() as tx:
        kill_switch.stop(tx, reason, domain.member("U03CAROL"))


def allow(domain: Domain) -> None:
    with transaction() as tx:
        kill_switch.allow(tx, domain.member("U03CAROL"))


def test_p12_nothing_is_claimed_while_sending_is_stopped(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    stop(domain)
    assert alarm(domain, "signoff_sending_stopped") == 1
    assert domain.try_claim() is None
    assert domain.state(draft) == "waiting"
    assert domain.view(draft).reason == "All sending is stopped: An audit."
    allow(domain)
    claimed = domain.claim()
    assert domain.start(claimed)
    domain.finish(claimed, SENT)
    assert domain.state(draft) == "sent"


def test_p7_mail_that_is_connected_is_held_back(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    stop(domain)
    assert not domain.start(claimed)
    assert domain.attempts(draft) == [(False, None)]


def test_a_stop_and_its_end_are_events_with_their_author(domain: Domain) -> None:
    stop(domain)
    allow(domain)
    assert domain.rows(
        "SELECT verb, m.slack_user_id FROM message_events e JOIN members m ON m.id = e.member_id"
        " WHERE verb IN ('stop_sending', 'allow_sending') ORDER BY e.id"
    ) == [("stop_sending", "U03CAROL"), ("allow_sending", "U03CAROL")]


def test_a_stop_and_its_end_are_told_in_slack_as_a_pause_is(domain: Domain) -> None:
    """To reviewers, channels and admins, in every workspace, each once; whoever did it knows."""
    domain.sql("UPDATE campaigns SET slack_channel = 'C01'")
    stop(domain)
    told = domain.rows(
        "SELECT coalesce(m.slack_user_id, a.channel), sentence FROM alerts a LEFT JOIN members m ON m.id = a.member_id"
        " WHERE a.kind = 'campaign_switched' ORDER BY 1"
    )
    sentence = "Carol Chen stopped all sending: An audit. Approved mail waits; drafts can still be reviewed."
    assert told == [(who, sentence) for who in ("C01", "U01ALICE", "U02BOB")]
    domain.sql("DELETE FROM alerts")
    domain.sql("UPDATE campaigns SET slack_channel = NULL")
    domain.sql("DELETE FROM campaign_reviewers")
    with transaction() as tx:
        kill_switch.allow(tx, Actor(Surface.CLI, name="The operator", role=Role.OWNER))
    assert domain.rows("SELECT sentence, m.slack_user_id FROM alerts a JOIN members m ON m.id = a.member_id") == [
        ("The operator started sending again. Approved mail can be sent again.", "U03CAROL")
    ], "an admin, who reviews nothing"


def test_what_the_guard_against_a_restored_database_stopped_is_told_in_its_words(domain: Domain) -> None:
    with transaction() as tx:
        kill_switch.stop(tx, "It was restored.", SIGNOFF, StoppedBy.RESTORE)
    assert set(domain.rows("SELECT sentence FROM alerts")) == {("All sending is stopped: It was restored.",)}


def test_a_refused_stop_is_told_to_nobody(domain: Domain) -> None:
    stop(domain)
    domain.sql("DELETE FROM alerts")
    with pytest.raises(Refusal):
        stop(domain, "Another.")
    assert domain.rows("SELECT 1 FROM alerts") == []


def test_each_is_refused_where_it_changes_nothing(domain: Domain) -> None:
    with pytest.raises(Refusal, match="not stopped"):
        allow(domain)
    stop(domain)
    with pytest.raises(Refusal, match="already stopped: An audit"):
        stop(domain, "Another.")


def test_a_person_does_not_lift_what_the_restore_guard_stopped(domain: Domain) -> None:
    with transaction() as tx:
        kill_switch.stop(tx, "Restored.", domain.member("U03CAROL"), StoppedBy.RESTORE)
    with pytest.raises(Refusal):
        allow(domain)


def test_the_cards_of_what_waits_are_drawn_again(domain: Domain) -> None:
    for act in (stop, allow):
        domain.sql("UPDATE campaigns SET shown_status = status")
        act(domain)
        assert domain.rows("SELECT shown_status <> status FROM campaigns") == [(True,)]


def test_the_command_line(domain: Domain, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: str, code: int = 0) -> str:
        assert run(["installation", *arguments]) == code
        told = capsys.readouterr()
        return told.err if code else told.out

    assert said("status") == "Sending is on.\n"
    assert "--reason" in said("stop", code=2)
    assert "Stopped: nothing is sent." in said("stop", "--reason", "An audit.")
    assert "An audit." in said("status")
    assert "already stopped" in said("stop", "--reason", "Again.", code=1)
    assert "Started: mail is sent again." in said("start", "--yes")
    assert "not stopped" in said("start", "--yes", code=1)
    assert "nothing to confirm" in said("confirm", "--yes", code=1)
    verbs = [verb for verb, *_ in domain.events()]
    assert verbs == ["stop_sending", "refuse", "allow_sending", "refuse"]


def test_a_start_is_asked_about(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(domain)
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO("n\n"))
    assert run(["installation", "start"]) != 0
    with transaction() as tx:
        assert kill_switch.stopped(tx) is not None


@contextmanager
def steady_starts(domain: Domain, many: int) -> Iterator[list[int]]:
    """Workers that hold what `start` holds, one beginning before the other ends; how many have passed, as it grows."""
    passed, stopping = [0], threading.Event()

    def work() -> None:
        with domain.connect() as worker:
            while not stopping.is_set():
                with worker.transaction():
                    worker.execute("SELECT FROM campaigns, accounts, installation FOR SHARE")
                    worker.execute("SELECT pg_sleep(0.02)")
                passed[0] += 1

    with ThreadPoolExecutor(many) as pool:
        working = [pool.submit(work) for _ in range(many)]
        try:
            wait_until(lambda: passed[0] > 2 * many)
            yield passed
        finally:
            stopping.set()
        for each in working:
            each.result()


def pause_account(domain: Domain) -> None:
    with transaction() as tx:
        pausing.pause(tx, domain.account_id, "An audit.", domain.member("U03CAROL"))


@pytest.mark.parametrize("act", [stop, Domain.pause, pause_account])
def test_p7_no_number_of_mails_that_start_keeps_a_stop_waiting(domain: Domain, act: Callable[[Domain], object]) -> None:
    """Those that are passing pass, and no more: the rest stand behind it."""
    many, done = 24, list[int]()
    with steady_starts(domain, many) as passed, ThreadPoolExecutor(1) as pool:
        acting = pool.submit(lambda: (act(domain), done.append(passed[0])))
        wait_until(lambda: done or domain.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        before = passed[0]
        acting.result()
        assert done[0] - before <= 5 * many, "mail went on starting while it waited"


def test_a_claim_does_not_wait_for_a_stop_that_waits(domain: Domain) -> None:
    domain.approve(domain.ingest())
    with domain.connect() as passing, ThreadPoolExecutor(1) as pool:
        passing.execute("BEGIN")
        passing.execute("SELECT FROM installation FOR SHARE")
        stopping = pool.submit(stop, domain)
        wait_until(lambda: domain.rows("SELECT 1 FROM pg_locks WHERE mode = 'ExclusiveLock' AND NOT granted"))
        assert domain.claim()
        passing.execute("COMMIT")
        stopping.result()
