"""Secrets that nobody set."""

import os
import stat
from pathlib import Path

from bot.local.embedded import Servers, prepare_environment, stop_servers
from bot.local.embedded.secrets import ensure_secrets


def test_a_secret_stays_the_same_and_others_are_added(tmp_path: Path) -> None:
    first = ensure_secrets(tmp_path, ["SECRET_KEY"])
    more = ensure_secrets(tmp_path, ["OTHER", "SECRET_KEY"])
    assert len(first["SECRET_KEY"]) == 64
    assert more["SECRET_KEY"] == first["SECRET_KEY"] != more["OTHER"]


def test_only_their_owner_can_read_them(tmp_path: Path) -> None:
    ensure_secrets(tmp_path, ["SECRET_KEY"])
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_no_key_is_made_up_for_a_database_of_ones_own(home: Path) -> None:
    env = {"SIGNOFF_HOME": str(home), "DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r"}
    assert prepare_environment(env) == home
    assert "SECRET_KEY" not in env


def test_a_command_finds_servers_and_key_in_its_environment(home: Path) -> None:
    env = {"SIGNOFF_HOME": str(home)}
    prepare_environment(env, servers=Servers.MAKE)
    assert sorted(env) == ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SIGNOFF_HOME"]
    assert sorted(stop_servers(home)) == ["PostgreSQL", "Redis"]


def test_a_home_is_made_for_its_owner_alone(home: Path) -> None:
    ensure_secrets(home, ["SECRET_KEY"])
    assert stat.S_IMODE(home.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)
