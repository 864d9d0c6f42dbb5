"""Tokens of Slack teams: renewed when they rotate, and one that Slack refuses is told once and rests."""

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.settings import settings
from jobs import renew_tokens
from jobs.slack import access
from jobs.slack.client import SlackTrouble, call
from jobs.sync_cards import sync
from tests.bot.slack.install_parts import ERIN, House, house, rows
from tests.fixtures.full_stack import declare as declare_acme

__all__ = ["house"]

# --- tokens that rotate ---


def test_a_token_that_rotates_is_renewed_and_the_old_one_gone(house: House) -> None:
    house.slack.rotate_tokens()
    house.install(ERIN)
    first = house.slack.tokens("T02OTHER")
    renew_tokens.renew_tokens()
    assert house.slack.tokens("T02OTHER") == first, "not before it is due"
    with transaction() as tx:
        tx.execute(sa.text("UPDATE installations SET expires_at = now() + interval '1 hour'"))
    renew_tokens.renew_tokens()
    access.forget()
    newest = house.slack.tokens("T02OTHER")[0]
    assert newest not in first
    assert access.access(team_id="T02OTHER").token == newest
    assert call("users.info", team_id="T02OTHER", user=ERIN)["ok"]


def test_a_renewal_that_slack_refuses_is_told_to_admins_and_not_tried_again_and_again(house: House) -> None:
    house.slack.rotate_tokens()
    house.install(ERIN)
    with transaction() as tx:
        tx.execute(sa.text("UPDATE installations SET expires_at = now() + interval '1 hour'"))
    house.slack.fault("oauth.v2.access", "error", code="invalid_refresh_token", times=5)
    for _ in range(3):
        renew_tokens.renew_tokens()
    assert len(house.slack.faults()) == 1
    assert house.slack.faults()[0]["times"] == 4
    assert rows("SELECT kind FROM alerts") == [("slack_permissions",)]


def test_a_renewal_that_slack_did_not_answer_is_tried_again_soon_and_nobody_is_alarmed(house: House) -> None:
    house.slack.rotate_tokens()
    house.install(ERIN)
    with transaction() as tx:
        tx.execute(sa.text("UPDATE installations SET expires_at = now() + interval '1 hour'"))
    house.slack.fault("oauth.v2.access", "status", status=503)
    renew_tokens.renew_tokens()
    assert rows("SELECT kind FROM alerts") == []
    assert rows("SELECT held_until BETWEEN now() AND now() + interval '2 minutes' FROM installations") == [(True,)]


# --- what Slack refuses ---


def test_a_lost_scope_is_told_to_admins_once_and_the_method_rests(house: House) -> None:
    house.install(ERIN)
    house.slack.set_scopes("chat:write", "T02OTHER")
    for _ in range(5):
        with pytest.raises(SlackTrouble, match="missing_scope"):
            call("users.info", team_id="T02OTHER", user=ERIN)
    assert len([one for one in house.slack.calls("users.info") if one["error"] == "missing_scope"]) == 1
    assert rows("SELECT kind FROM alerts") == [("slack_permissions",)]


def test_a_dead_token_is_tried_once_and_not_by_every_method(house: House) -> None:
    house.install(ERIN)
    house.slack.fault("*", "error", code="invalid_auth", times=10)
    for method in ("users.info", "views.publish", "users.info"):
        with pytest.raises(SlackTrouble, match="invalid_auth"):
            call(method, team_id="T02OTHER", **({"user": ERIN} if method == "users.info" else {"user_id": ERIN}))
    assert [one["error"] for one in house.slack.calls("views.publish")] == []
    house.slack.clear_faults()
    house.install(ERIN)
    assert call("users.info", team_id="T02OTHER", user=ERIN)["ok"], "a new installation is tried at once"


def test_without_any_token_nothing_is_called(house: House) -> None:
    acme = declare_acme("smtp://127.0.0.1:9")[0]
    draft = house.draft(acme)
    before = len(house.slack.calls())
    assert not sync(draft)
    assert len(house.slack.calls()) == before
    assert rows("SELECT sync_after > now() + interval '1 minute' FROM drafts") == [(True,)]


def test_a_token_of_the_environment_serves_who_installed_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = declare_acme("smtp://127.0.0.1:9")[0]
    monkeypatch.setenv("SLACK_BOT_TOKEN", house.slack.addresses()["bot_token"])
    settings.cache_clear()
    house.install(ERIN)
    other = house.declare_other()
    ours, theirs = house.draft(acme), house.draft(other)
    assert sync(ours)
    assert sync(theirs)
    assert access.access(acme).budget == access.BY_ENVIRONMENT
    assert access.access(other).budget == str(other)
