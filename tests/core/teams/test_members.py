"""What we know of members in Slack: the latest word counts, in whatever order words come in."""

from datetime import UTC, datetime, timedelta

import pytest

from core.db import transaction
from core.teams.members import remember_back, remember_gone, remember_seen, to_ask_about
from tests.core.reviewers.routing_parts import ALICE, id_of
from tests.fixtures.domain import Domain


def is_active(domain: Domain) -> bool:
    return domain.rows("SELECT active FROM members WHERE slack_user_id = %s", ALICE) == [(True,)]


def asked(domain: Domain) -> datetime | None:
    with transaction() as tx:
        return to_ask_about(tx, id_of(domain, ALICE))


def gone(domain: Domain) -> None:
    with transaction() as tx:
        remember_gone(tx, id_of(domain, ALICE))


def test_slack_is_asked_about_a_member_once_in_some_minutes(domain: Domain) -> None:
    first = asked(domain)
    assert first is not None
    with transaction() as tx:
        remember_seen(tx, id_of(domain, ALICE), first)
    assert asked(domain) is None


def test_an_answer_from_before_a_deactivation_revives_nobody(domain: Domain) -> None:
    before = asked(domain)
    gone(domain)
    with transaction() as tx:
        remember_seen(tx, id_of(domain, ALICE), before)
    assert not is_active(domain)


@pytest.mark.parametrize(("hours", "back"), [(1, True), (-1, False)], ids=["after", "before"])
def test_who_is_back_after_a_deactivation_is_there_again(domain: Domain, hours: int, back: bool) -> None:
    gone(domain)
    with transaction() as tx:
        remember_back(tx, "T01TEST", ALICE, datetime.now(UTC) + timedelta(hours=hours))
    assert is_active(domain) is back


def test_news_of_whom_another_team_has_concerns_nobody_here(domain: Domain) -> None:
    gone(domain)
    with transaction() as tx:
        remember_back(tx, "T02OTHER", ALICE, datetime.now(UTC) + timedelta(hours=1))
    assert not is_active(domain)


def test_every_word_of_an_active_member_is_not_written_down(domain: Domain) -> None:
    """Slack tells of each change of a profile, a status line too."""
    with transaction() as tx:
        remember_back(tx, "T01TEST", ALICE, datetime.now(UTC))
    assert domain.rows("SELECT checked_at FROM members WHERE slack_user_id = %s", ALICE) == [(None,)]
