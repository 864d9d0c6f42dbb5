"""What we know of members in Slack: the latest word counts, in whatever order words come in."""

from datetime import UTC, datetime, timedelta

import pytest

from core.db import transaction
from core.teams.members import remember_back, remember_gone, remember_seen, to_ask_about
from tests.core.reviewers.routing_parts import ALICE, id_of
from tests.fixtures.desk import Desk


def is_active(desk: Desk) -> bool:
    return desk.rows("SELECT active FROM members WHERE slack_user_id = %s", ALICE) == [(True,)]


def asked(desk: Desk) -> datetime | None:
    with transaction() as tx:
        return to_ask_about(tx, id_of(desk, ALICE))


def gone(desk: Desk) -> None:
    with transaction() as tx:
        remember_gone(tx, id_of(desk, ALICE))


def test_slack_is_asked_about_a_member_once_in_some_minutes(desk: Desk) -> None:
    first = asked(desk)
    assert first is not None
    with transaction() as tx:
        remember_seen(tx, id_of(desk, ALICE), first)
    assert asked(desk) is None


def test_an_answer_from_before_a_deactivation_revives_nobody(desk: Desk) -> None:
    before = asked(desk)
    gone(desk)
    with transaction() as tx:
        remember_seen(tx, id_of(desk, ALICE), before)
    assert not is_active(desk)


@pytest.mark.parametrize(("hours", "back"), [(1, True), (-1, False)], ids=["after", "before"])
def test_who_is_back_after_a_deactivation_is_there_again(desk: Desk, hours: int, back: bool) -> None:
    gone(desk)
    with transaction() as tx:
        remember_back(tx, "T01TEST", ALICE, datetime.now(UTC) + timedelta(hours=hours))
    assert is_active(desk) is back


def test_news_of_whom_another_team_has_concerns_nobody_here(desk: Desk) -> None:
    gone(desk)
    with transaction() as tx:
        remember_back(tx, "T02OTHER", ALICE, datetime.now(UTC) + timedelta(hours=1))
    assert not is_active(desk)


def test_every_word_of_an_active_member_is_not_written_down(desk: Desk) -> None:
    """Slack tells of each change of a profile, a status line too."""
    with transaction() as tx:
        remember_back(tx, "T01TEST", ALICE, datetime.now(UTC))
    assert desk.rows("SELECT checked_at FROM members WHERE slack_user_id = %s", ALICE) == [(None,)]
