"""Which commands may start the embedded servers, and what the others say where none runs."""

from pathlib import Path

import pytest

from bot.local.embedded import EmbeddedError, Servers, ensure_servers, postgres, prepare_environment, redis
from bot.local.embedded import stop_servers as stop


@pytest.mark.parametrize("servers", [Servers.FIND, Servers.START])
def test_in_an_empty_folder_nothing_is_started_or_made(home: Path, servers: Servers) -> None:
    with pytest.raises(EmbeddedError, match=f"nothing is set up in {home}: `signoff up` starts one there"):
        prepare_environment({"SIGNOFF_HOME": str(home)}, servers=servers)
    assert not home.exists()


def test_beside_a_database_of_ones_own_no_redis_is_started(home: Path) -> None:
    env = {"SIGNOFF_HOME": str(home), "DATABASE_URL": "postgresql://db/x"}
    prepare_environment(env)
    assert not home.exists()
    assert env["REDIS_URL"].startswith("unix://"), "not a Redis of somebody else, on some usual port"


def test_what_runs_is_found_and_what_was_stopped_stays_so(home: Path) -> None:
    urls = ensure_servers(home, {})
    found = {"SIGNOFF_HOME": str(home)}
    prepare_environment(found)
    assert {name: found[name] for name in urls} == urls
    stop(home)
    with pytest.raises(EmbeddedError, match=f"the database in {home} is not running: `signoff up` starts it"):
        prepare_environment({"SIGNOFF_HOME": str(home)})
    assert (postgres.server_pid(home), redis.server_pid(home)) == (None, None)
    prepare_environment({"SIGNOFF_HOME": str(home)}, servers=Servers.START)
    assert sorted(stop(home)) == ["PostgreSQL", "Redis"]
