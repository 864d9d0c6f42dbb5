"""The log of starts: two places keep the last ones, and neither, torn or away, keeps mail back."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from core.ids import UUID, new_id
from core.installation.restored import Mark
from jobs import breaker, start_log
from jobs.deliver import deliver_next
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.jobs.restore_parts import Arrived, approved, arrived, forget_file, forget_redis, redis_of_this_test

__all__ = ["arrived"]


@pytest.mark.parametrize("lose", [forget_redis, forget_file])
def test_each_place_keeps_the_last_starts_whatever_their_numbers(database: str, lose: Callable[[], None]) -> None:
    started = [Mark(number, new_id()) for number in (*range(1, 70), 12)]
    for mark in started:
        start_log.note(mark.number, mark.attempt_id)
    assert start_log.marks() == started[-1 : -start_log.KEPT - 1 : -1]
    lose()
    assert start_log.marks() == started[-1 : -start_log.KEPT - 1 : -1]


def test_what_the_file_keeps_is_less_than_a_page(database: str) -> None:
    for number in range(start_log.KEPT + 3):
        start_log.note(number, new_id())
    assert start_log.place().stat().st_size == start_log.KEPT * start_log.LINE < 4096


@pytest.mark.parametrize("line", [b"", b"nonsense", b"0000000000000000005", b"\xff" * 57, b"x" * 500])
def test_a_torn_place_says_nothing_and_is_written_anew(database: str, line: bytes) -> None:
    start_log.place().write_bytes(line)
    with redis_of_this_test() as client:
        client.set(start_log.KEY, line)
    assert start_log.marks() == []
    attempt = new_id()
    start_log.note(3, attempt)
    assert start_log._from_redis() == start_log._from_file() == [f"{3:019d} {attempt}".encode()]


def test_a_redis_that_is_away_is_left_alone_for_a_while(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []

    def refuse() -> redis.Redis:
        asked.append(1)
        raise redis.ConnectionError

    monkeypatch.setattr(breaker, "redis_client", refuse)
    monkeypatch.setattr(start_log, "_redis", breaker.Breaker("attempts"))
    attempt = new_id()
    start_log.note(4, attempt)
    assert start_log.marks() == [Mark(4, attempt)]
    assert asked == [1]


def test_whoever_stands_still_with_the_file_in_hand_holds_nobody_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_log, "PATIENCE", 0.02)
    before, meanwhile = new_id(), new_id()
    start_log.note(3, before)
    with start_log.place().open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        start_log.note(4, meanwhile)
        assert start_log.marks() == [Mark(4, meanwhile), Mark(3, before)], "from Redis"
        assert start_log._from_file() == []
    assert start_log._from_file() == [f"{3:019d} {before}".encode()]


def test_a_home_that_cannot_be_written_keeps_no_mail_back(
    domain_with_slack: DomainWithSlack, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_log, "place", lambda: Path("/dev/null/attempts"))
    approved(domain_with_slack, 1)
    assert deliver_next(domain_with_slack.account_id)
    assert arrived() == 1
    assert len(start_log.marks()) == 1


def test_it_is_written_down_once_it_has_started_and_before_data(
    domain_with_slack: DomainWithSlack, mailbox: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(domain_with_slack, 1)
    found: list[tuple[bool, int]] = []
    note = start_log.note

    def noted(number: int, attempt_id: UUID) -> None:
        ((started,),) = domain_with_slack.rows(
            "SELECT started_at IS NOT NULL FROM send_attempts WHERE id = %s", attempt_id
        )
        found.append((started, len(mailbox.accepted())))
        note(number, attempt_id)

    before = len(mailbox.accepted())
    monkeypatch.setattr(start_log, "note", noted)
    assert deliver_next(domain_with_slack.account_id)
    assert found == [(True, before)]
    assert [(mark.number, mark.attempt_id) for mark in start_log.marks()] == domain_with_slack.rows(
        "SELECT number, id FROM send_attempts"
    )


def test_what_did_not_start_is_not_written_down(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(domain_with_slack, 1)
    monkeypatch.setattr("core.delivery.start", lambda *_: False)
    assert deliver_next(domain_with_slack.account_id)
    assert start_log.marks() == []
