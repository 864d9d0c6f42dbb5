"""The app in Slack teams: by OAuth, many of them, sealed, renewed by one at a time, and gone when Slack says so."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from core.db import transaction
from core.errors import Refusal
from core.ids import UUID
from core.notices import alarms
from core.secrets import StillSealed
from core.settings import settings
from core.teams import installations
from core.teams import tokens as slack_tokens
from core.teams.installations import Granted, Held
from core.teams.tokens import Renewal, Tokens
from tests.core.reviewers.routing_parts import BOB, ensure, id_of
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

GRANTED = Granted(
    team_id="T02OTHER",
    team_name="Other Ltd",
    bot_user_id="U0BOT",
    scopes=("users:read", "chat:write"),
    tokens=Tokens("xoxb-first"),
    user_id="U09ERIN",
    user_name="Erin Ebert",
    timezone="Europe/Berlin",
    state_sha256="state-1",
)
ROTATING = Tokens("xoxe.xoxb-1", "xoxe-1", 43_200)


def install(**more: Any) -> UUID:
    with transaction() as tx:
        return installations.install(tx, replace(GRANTED, **more)).workspace_id


def held(**chosen: Any) -> Held | None:
    with transaction() as tx:
        return installations.held(tx, **chosen)


def revoke(at: datetime | None = None, team: str = "T02OTHER", bots: tuple[str, ...] = ()) -> UUID | None:
    with transaction() as tx:
        return installations.revoke(tx, team, "app_uninstalled", at or datetime.now(UTC), bots)


def hold() -> Renewal | None:
    with transaction() as tx:
        return slack_tokens.hold_renewal(tx)


def keep(renewal: Renewal, tokens: Tokens) -> bool:
    with transaction() as tx:
        return slack_tokens.renewed(tx, renewal, tokens)


def test_a_new_team_becomes_a_workspace_with_its_installer_as_owner(domain: Domain) -> None:
    workspace = install()
    assert domain.rows("SELECT name, timezone, undo_seconds, open_cards FROM workspaces WHERE id = %s", workspace) == [
        ("Other Ltd", "Europe/Berlin", 5, 10)
    ]
    members = "SELECT slack_user_id, name, role FROM members WHERE workspace_id = %s"
    assert domain.rows(members, workspace) == [("U09ERIN", "Erin Ebert", "owner")]
    ((event, *_),) = domain.rows("SELECT verb FROM message_events WHERE workspace_id = %s", workspace)
    assert event == "install"


def test_in_a_known_workspace_the_installer_gets_no_role(domain: Domain) -> None:
    members = domain.rows("SELECT slack_user_id, role FROM members ORDER BY 1")
    for number, user in enumerate(("U04VERA", "U09ERIN")):
        assert install(team_id="T01TEST", user_id=user, state_sha256=f"state-{number}") == domain.workspace_id
    assert domain.rows("SELECT slack_user_id, role FROM members ORDER BY 1") == members
    assert domain.rows("SELECT name FROM workspaces") == [("Acme",)]


def test_each_team_has_a_token_of_its_own(domain: Domain) -> None:
    first = install(team_id="T01TEST", tokens=Tokens("xoxb-acme"))
    second = install(state_sha256="state-2", tokens=Tokens("xoxb-other"))
    for workspace, team, token in ((first, "T01TEST", "xoxb-acme"), (second, "T02OTHER", "xoxb-other")):
        for found in (held(workspace_id=workspace), held(team_id=team)):
            assert found is not None
            assert (found.workspace_id, found.token) == (workspace, token)
    assert held() is None, "two, and none was named"
    assert held(team_id="T03NOBODY") is None


def test_the_only_installation_need_not_be_named(domain: Domain) -> None:
    assert held() is None
    install()
    found = held()
    assert found is not None
    assert found.token == "xoxb-first"


def test_no_token_stands_in_the_database_in_plain(domain: Domain) -> None:
    install(tokens=ROTATING)
    (row,) = domain.rows("SELECT installations::text FROM installations")
    assert "xoxb" not in row[0]
    assert "xoxe" not in row[0]
    assert "xoxb" not in repr((GRANTED, ROTATING, held(), hold()))
    assert "xoxe" not in repr((GRANTED, ROTATING, held(), hold()))


@pytest.mark.parametrize("column", ["bot_token", "refresh_token"])
def test_p4_the_database_refuses_a_token_in_plain(domain: Domain, column: str) -> None:
    install(tokens=ROTATING)
    with pytest.raises(psycopg.errors.CheckViolation, match="tokens_are_sealed"):
        domain.sql(f"UPDATE installations SET {column} = 'xoxb-plain'")


def test_a_sealed_token_opens_in_no_other_team_and_under_no_other_key(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(team_id="T01TEST", tokens=Tokens("xoxb-acme"))
    install(state_sha256="state-2")
    stolen = "(SELECT bot_token FROM installations WHERE slack_team_id = 'T01TEST')"
    domain.sql(f"UPDATE installations SET bot_token = {stolen} WHERE slack_team_id = 'T02OTHER'")
    with pytest.raises(StillSealed, match="Install the app again at /slack/install"):
        held(team_id="T02OTHER")
    monkeypatch.setenv("SECRET_KEY", "quite another one, of 32 characters or more")
    settings.cache_clear()
    with pytest.raises(StillSealed, match="another SECRET_KEY"):
        held(team_id="T01TEST")


def test_a_round_trip_is_good_once(domain: Domain) -> None:
    install()
    for again in ({}, {"team_id": "T01TEST"}):
        with pytest.raises(Refusal, match="done already"):
            install(**again)
    assert domain.rows("SELECT slack_team_id FROM installations") == [("T02OTHER",)]
    assert held(team_id="T01TEST") is None


def test_an_uninstalled_app_has_no_token_left_and_its_workspace_stays(domain: Domain) -> None:
    workspace = install(tokens=ROTATING)
    assert revoke() == workspace
    assert domain.rows("SELECT bot_token, refresh_token, reason FROM installations") == [
        (None, None, "app_uninstalled")
    ]
    found = held(workspace_id=workspace)
    assert found is not None
    assert not found.token
    verbs = [
        row[0] for row in domain.rows("SELECT verb FROM message_events WHERE workspace_id = %s ORDER BY id", workspace)
    ]
    assert verbs == ["install", "uninstall"]
    assert revoke() is None, "told twice, it is one event"
    assert hold() is None


def test_news_of_an_older_installation_says_nothing_about_the_new_one(domain: Domain) -> None:
    install()
    before = datetime.now(UTC) - timedelta(minutes=5)
    assert revoke(at=before) is None
    found = held()
    assert found is not None
    assert found.token


def test_the_tokens_of_others_are_not_ours(domain: Domain) -> None:
    """`tokens_revoked` names whose: people's, and bots'."""
    workspace = install()
    assert revoke(bots=("U0ANOTHER",)) is None
    assert revoke(bots=("U0ANOTHER", "U0BOT")) == workspace


def test_a_team_that_we_do_not_know_cannot_uninstall(domain: Domain) -> None:
    assert revoke(team="T03NOBODY") is None
    assert revoke(team="T01TEST") is None, "it goes by SLACK_BOT_TOKEN"


def test_installed_again_what_waited_goes_on(domain: Domain) -> None:
    install(team_id="T01TEST")
    draft = domain.ingest()
    domain.sql("UPDATE drafts SET sync_after = now() + interval '1 hour'")
    revoke(team="T01TEST")
    install(team_id="T01TEST", state_sha256="state-2", tokens=Tokens("xoxb-second"))
    found = held(team_id="T01TEST")
    assert found is not None
    assert found.token == "xoxb-second"
    assert domain.rows("SELECT sync_after <= now() FROM drafts WHERE id = %s", draft) == [(True,)]
    assert domain.rows("SELECT revoked_at, reason FROM installations") == [(None, None)]


def test_many_who_install_the_same_team_at_once_make_one(domain: Domain) -> None:
    def one(number: int) -> UUID:
        return install(state_sha256=f"state-{number}", user_id=f"U0{number}", tokens=Tokens(f"xoxb-{number}"))

    with ThreadPoolExecutor(6) as together:
        assert len(set(together.map(one, range(6)))) == 1
    assert domain.rows("SELECT count(*) FROM installations") == [(1,)]
    assert domain.rows("SELECT count(*) FROM members WHERE role = 'owner'") == [(1,)]


# --- rotation ---


def test_a_token_is_renewed_by_one_at_a_time_and_only_when_it_is_due(domain: Domain) -> None:
    install(tokens=ROTATING)
    assert hold() is None, "it holds for ten hours more"
    domain.sql("UPDATE installations SET expires_at = now() + interval '1 hour'")
    renewals: list[Renewal | None] = []
    threads = [threading.Thread(target=lambda: renewals.append(hold())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    (renewal,) = [one for one in renewals if one]
    assert renewal.unsealed() == "xoxe-1"
    assert keep(renewal, Tokens("xoxe.xoxb-2", "xoxe-2", 43_200))
    found = held()
    assert found is not None
    assert found.token == "xoxe.xoxb-2"
    assert hold() is None


def test_one_who_died_with_a_renewal_in_hand_is_followed_by_another(domain: Domain) -> None:
    install(tokens=ROTATING)
    domain.sql("UPDATE installations SET expires_at = now() + interval '1 hour'")
    first = hold()
    assert first is not None
    assert hold() is None
    domain.sql("UPDATE installations SET held_until = held_until - interval '1 hour'")
    second = hold()
    assert second is not None
    assert not keep(first, Tokens("xoxe.xoxb-late", "xoxe-late", 43_200)), "the late one is not kept"
    assert keep(second, Tokens("xoxe.xoxb-2", "xoxe-2", 43_200))


def test_a_renewal_does_not_bring_back_what_was_uninstalled_meanwhile(domain: Domain) -> None:
    install(tokens=ROTATING)
    domain.sql("UPDATE installations SET expires_at = now()")
    renewal = hold()
    assert renewal is not None
    revoke()
    assert not keep(renewal, Tokens("xoxe.xoxb-2", "xoxe-2", 43_200))
    found = held()
    assert found is not None
    assert not found.token


def test_a_renewal_that_failed_is_put_off(domain: Domain) -> None:
    install(tokens=ROTATING)
    domain.sql("UPDATE installations SET expires_at = now()")
    renewal = hold()
    assert renewal is not None
    with transaction() as tx:
        slack_tokens.put_off(tx, renewal, 600)
    assert domain.rows("SELECT held_until > now() + interval '9 minutes' FROM installations") == [(True,)]
    assert hold() is None


def test_whom_slack_did_not_know_before_gets_the_open_drafts_after_all(domain: Domain) -> None:
    draft, decided = domain.ingest(), domain.ingest()
    ensure(domain, draft)
    ensure(domain, decided)
    domain.reject(decided)
    domain.sql("UPDATE cards SET gone_reason = 'user_not_found'")
    domain.sql("UPDATE cards SET gone_reason = 'member_deactivated' WHERE member_id = %s", id_of(domain, BOB))
    domain.sql("UPDATE drafts SET drawn_revision = revision, sync_after = now() + interval '5 minutes'")
    install(team_id="T01TEST")
    gone = "SELECT count(*) FILTER (WHERE gone_reason IS NULL), count(*) FROM cards WHERE draft_id = %s"
    assert domain.rows(gone, draft) == [(2, 3)], "all but who was deactivated"
    assert domain.rows(gone, decided) == [(0, 3)]
    assert domain.rows("SELECT id FROM drafts WHERE drawn_revision < revision AND sync_after <= now()") == [(draft,)]


def test_a_dead_token_of_the_environment_is_no_matter_of_teams_with_their_own(domain: Domain) -> None:
    install()
    with transaction() as tx:
        alarms.slack_refused(tx, None, "invalid_auth")
    assert domain.rows("SELECT DISTINCT workspace_id FROM alerts") == [(domain.workspace_id,)]
