"""Health: from what came back of the mail that left; too little says nothing; a sudden rise pauses, and admins hear."""

from typing import Any

import pytest
import sqlalchemy as sa

from core.accounts import health, pausing
from core.accounts.deliverability import AccountHealth, Window, all_health
from core.accounts.health import accounts_to_score, refresh_score, score, sudden_rise
from core.actor import slack_user
from core.db import transaction
from core.ids import new_id
from tests.core.delivery.claim_parts import back_dated
from tests.core.intake.feedback_parts import second_campaign
from tests.fixtures.domain import Domain

NONE = Window(0, 0, 0)


def mails(domain: Domain, count: int, *, days: float = 1, bounced: int = 0, soft: int = 0, complained: int = 0) -> None:
    """Let `count` mails have left `days` ago, of which the first ones bounced, and the last ones were complained of."""
    with domain.connect() as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers: the past was not watched by them
        connection.execute(
            """
            WITH numbered AS (SELECT n, gen_random_uuid() AS draft, gen_random_uuid() AS delivery
                              FROM generate_series(1, %(count)s) n),
            somebody AS (SELECT * FROM contacts ORDER BY id LIMIT 1),
            drafted AS (
                INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, decided_at)
                SELECT draft, %(workspace)s, draft::text, '', %(campaign)s, somebody.id, 'approved', now()
                FROM numbered, somebody
            ),
            queued AS (
                INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id,
                                        contact_id, status, attempt_id)
                SELECT delivery, %(workspace)s, draft, 1, %(campaign)s, %(account)s, somebody.id, 'sent', delivery
                FROM numbered, somebody
            ),
            told AS (
                INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, delivery_id, data)
                SELECT gen_random_uuid(), %(workspace)s, CASE WHEN n <= %(bounced)s THEN 'bounce' ELSE 'complain' END,
                       'api', draft, delivery,
                       CASE WHEN n <= %(soft)s THEN '{"hard": false}' WHEN n <= %(bounced)s THEN '{"hard": true}'
                            ELSE '{}' END::jsonb
                FROM numbered WHERE n <= %(bounced)s OR n > %(count)s - %(complained)s
            )
            INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at, delivery_id, account_id)
            SELECT gen_random_uuid(), %(workspace)s, CASE WHEN n <= %(bounced)s THEN 'bounced' ELSE 'sent' END,
                   'dana@example.org', now() - make_interval(secs => %(days)s * 86400), delivery, %(account)s
            FROM numbered
            """,
            {
                "count": count,
                "workspace": domain.workspace_id,
                "campaign": domain.campaign_id,
                "account": domain.account_id,
                "days": days,
                "bounced": bounced + soft,
                "soft": soft,
                "complained": complained,
            },
        )


@pytest.fixture
def watched(domain: Domain) -> Domain:
    """A domain with one contact, to whom `mails` are."""
    domain.ingest()
    return domain


def now(domain: Domain) -> AccountHealth:
    with transaction() as tx:
        [found] = all_health(tx, domain.workspace_id)
    return found


def checked(domain: Domain) -> AccountHealth:
    with transaction() as tx:
        refresh_score(tx, domain.account_id)
    return now(domain)


def alerts(domain: Domain) -> list[tuple[Any, ...]]:
    return domain.rows(
        "SELECT m.slack_user_id, a.sentence FROM alerts a JOIN members m ON m.id = a.member_id ORDER BY m.slack_user_id"
    )


# --- the rules, pure ---


@pytest.mark.parametrize(
    ("week", "month", "value"),
    [
        (NONE, NONE, None),
        (Window(19, 19, 19), Window(19, 19, 19), None),
        (Window(20, 0, 0), Window(20, 0, 0), 100),
        (NONE, Window(20, 0, 0), 100),
        (Window(100, 5, 0), Window(1000, 5, 0), 70),
        (Window(100, 0, 0), Window(1000, 50, 0), 70),
        (Window(100, 12, 0), Window(100, 12, 0), 28),
        (Window(1000, 0, 1), Window(1000, 0, 1), 80),
        (Window(1000, 0, 3), Window(1000, 0, 3), 40),
        (Window(1000, 20, 3), Window(1000, 20, 3), 28),
        (Window(1000, 500, 500), Window(1000, 500, 500), 0),
    ],
)
def test_the_score_takes_points_for_the_worse_of_the_two_windows(
    week: Window, month: Window, value: int | None
) -> None:
    assert score(week, month).value == value


@pytest.mark.parametrize("sent", [20, 50, 100, 299, 300, 1000])
def test_one_case_alone_blocks_nobody(sent: int) -> None:
    for window in (Window(sent, 1, 0), Window(sent, 0, 1)):
        value = score(window, window).value
        assert value is not None
        assert value >= 30
        assert sudden_rise(window) is None


def test_a_score_explains_itself() -> None:
    assert score(Window(120, 3, 1), Window(200, 3, 1)).reasons == (
        "In the last 7 days 3 of 120 mails bounced (2.5%), and 1 was reported as spam (0.83%).",
        "In the last 30 days 3 of 200 mails bounced (1.5%), and 1 was reported as spam (0.50%).",
        health.HOW_IT_IS_COUNTED,
    )
    assert score(NONE, Window(1, 1, 1)).reasons == (
        "Not enough data: 1 mail in the last 30 days, and a score needs 20.",
    )


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Window(49, 49, 49), None),
        (Window(50, 2, 0), None),
        (Window(50, 3, 0), "3 of 50 mails of the last 7 days bounced (6.0%)."),
        (Window(100, 5, 0), "5 of 100 mails of the last 7 days bounced (5.0%)."),
        (Window(100, 4, 1), None),
        (Window(700, 0, 2), None),
        (Window(500, 0, 2), "2 of 500 mails of the last 7 days were reported as spam (0.4%)."),
        (Window(1000, 0, 3), "3 of 1000 mails of the last 7 days were reported as spam (0.3%)."),
    ],
)
def test_a_sudden_rise_has_enough_mails_more_than_one_case_and_a_rate(window: Window, said: str | None) -> None:
    assert sudden_rise(window) == said


# --- what is counted ---


def test_what_left_is_counted_by_the_day_it_left(watched: Domain) -> None:
    mails(watched, 10, days=6.9, bounced=2, complained=1)
    mails(watched, 20, days=7.1, bounced=1)
    mails(watched, 40, days=29.9, complained=2)
    mails(watched, 80, days=30.1, bounced=80)
    found = now(watched)
    assert (found.week, found.month) == (Window(10, 2, 1), Window(70, 3, 3))
    assert found.week.bounce_rate == 0.2
    assert watched.rows("SELECT bounce_rate_7, complaint_rate_7 FROM account_health") == [(0.2, 0.1)]


def test_soft_bounces_failures_and_what_may_not_have_left_do_not_count(watched: Domain) -> None:
    mails(watched, 10, soft=3)
    watched.sql("UPDATE outreach_history SET status = 'unknown' WHERE id = (SELECT id FROM outreach_history LIMIT 1)")
    watched.sql(
        "UPDATE outreach_history SET status = 'failed' WHERE id ="
        " (SELECT id FROM outreach_history WHERE status = 'sent' LIMIT 1)"
    )
    assert now(watched).week.sent >= 8
    assert now(watched).week.bounced == 0


def test_each_account_has_its_own_health(watched: Domain) -> None:
    second_campaign(watched)
    mails(watched, 30, bounced=1)
    with transaction() as tx:
        found = {each.address: each.week for each in all_health(tx, watched.workspace_id)}
    assert found == {"sam@example.com": Window(30, 1, 0), "kim@example.com": NONE}


# --- the score is kept, and the gate obeys it ---


def test_the_score_is_kept_with_its_reasons(watched: Domain) -> None:
    mails(watched, 100, days=10, bounced=2, complained=1)
    found = checked(watched)
    assert (found.score, found.is_paused) == (21, False)
    assert "2 of 100 mails bounced (2.0%)" in found.reasons[0]
    assert watched.rows("SELECT spam_rate, health_at IS NOT NULL FROM accounts") == [(0.01, True)]


def test_too_little_is_no_score_and_passes_the_gate(watched: Domain) -> None:
    mails(watched, 19, bounced=19, complained=0)
    found = checked(watched)
    assert found.score is None
    assert found.reasons[0].startswith("Not enough data: 19 mails")
    draft = watched.ingest()
    watched.approve(draft)
    assert watched.claim().draft_id == draft


def test_a_sick_account_sends_nothing_until_its_health_is_back(watched: Domain) -> None:
    mails(watched, 100, days=10, bounced=20)
    assert checked(watched).score == 0
    draft = watched.ingest()
    watched.approve(draft)
    assert watched.try_claim() is None
    assert watched.view(draft).reason == "The health of sam@example.com is 0; below 30 nothing is sent."
    assert watched.rows("SELECT next_send_at FROM accounts") == [(None,)]
    back_dated(watched, "30 days")
    assert checked(watched).score is None
    assert watched.rows("SELECT next_send_at <= now() FROM accounts") == [(True,)]
    assert watched.claim().draft_id == draft


def test_check_says_when_cards_must_follow(watched: Domain) -> None:
    def changed() -> bool:
        with transaction() as tx:
            return refresh_score(tx, watched.account_id)

    assert not changed()
    mails(watched, 100, days=10, bounced=20)
    assert [changed(), changed()] == [True, False]
    back_dated(watched, "30 days")
    assert [changed(), changed()] == [True, False]


@pytest.mark.parametrize("gone", ["account", "figures", "both"])
def test_an_account_that_is_gone_is_not_scored(watched: Domain, monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    """Its row is locked and its mails are counted by two statements: whichever finds nothing, nothing is written."""
    mails(watched, 60, days=2, bounced=6)
    figures = now(watched)
    monkeypatch.setattr(health, "health_of", lambda tx, account_id: figures if gone == "account" else None)
    with transaction() as tx:
        assert not refresh_score(tx, watched.account_id if gone == "figures" else new_id())
    assert watched.rows("SELECT health_at, status FROM accounts") == [(None, "active")]


def test_accounts_are_checked_when_their_score_is_old(watched: Domain) -> None:
    def due() -> int:
        with transaction() as tx:
            return len(accounts_to_score(tx))

    assert due() == 1
    checked(watched)
    assert due() == 0
    watched.sql("UPDATE accounts SET health_at = now() - interval '1 hour'")
    assert due() == 1


# --- a sudden rise ---


def test_a_sudden_rise_pauses_the_account_with_an_event_and_an_alert_for_each_admin(watched: Domain) -> None:
    mails(watched, 60, days=2, bounced=6)
    watched.sql("UPDATE members SET role = 'owner' WHERE slack_user_id = 'U02BOB'")
    found = checked(watched)
    why = "6 of 60 mails of the last 7 days bounced (10.0%)."
    assert (found.is_paused, found.paused_reason) == (True, why)
    [(moved_from, moved_to, data)] = watched.rows(
        "SELECT from_status, to_status, data FROM message_events WHERE verb = 'pause'"
    )
    assert (moved_from, moved_to, data["id"]) == ("active", "paused", str(watched.account_id))
    assert alerts(watched) == [("U02BOB", why), ("U03CAROL", why)]
    assert len(alerts(watched)) == 2
    checked(watched)
    assert len(alerts(watched)) == 2, "an account that is paused already is no news"


def test_complaints_pause_too(watched: Domain) -> None:
    mails(watched, 400, days=2, complained=2)
    found = checked(watched)
    assert (found.is_paused, found.score) == (True, 0)
    assert found.paused_reason == "2 of 400 mails of the last 7 days were reported as spam (0.5%)."


def test_what_an_admin_saw_when_they_resumed_is_not_held_against_it_again(watched: Domain) -> None:
    mails(watched, 60, days=2, bounced=6)
    assert checked(watched).is_paused
    with transaction() as tx:
        pausing.resume(tx, watched.account_id, slack_user(tx, "T01TEST", "U03CAROL"))
    found = checked(watched)
    assert (found.is_paused, found.watched, found.week) == (False, NONE, Window(60, 6, 0))
    mails(watched, 60, days=-0.001, bounced=3)
    assert checked(watched).is_paused
    assert len(alerts(watched)) == 2


def test_nobody_to_tell_is_no_reason_not_to_pause(watched: Domain) -> None:
    watched.sql("UPDATE members SET active = false")
    mails(watched, 60, bounced=6)
    assert checked(watched).is_paused
    assert alerts(watched) == []


def test_a_claim_that_waits_for_the_account_meets_the_pause(watched: Domain) -> None:
    """The check holds the account's row: whoever claims next finds it paused."""
    draft = watched.ingest()
    watched.approve(draft)
    mails(watched, 60, bounced=6)
    with transaction() as tx:
        refresh_score(tx, watched.account_id)
        locked = watched.rows("SELECT id FROM accounts FOR NO KEY UPDATE SKIP LOCKED")
    assert locked == []
    assert watched.try_claim() is None
    assert watched.statuses(draft)[1] == ["queued"]
    with transaction() as tx:
        assert tx.scalar(sa.text("SELECT held_code FROM send_queue WHERE status = 'queued'")) == "account_not_active"
