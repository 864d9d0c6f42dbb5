"""The embedded PostgreSQL: one of them whoever asks, durable, private, and back after any death."""

import multiprocessing
import os
import pwd
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.local.embedded import EmbeddedError, postgres
from bot.local.embedded.owner import OUTSIDE, SYSTEM_USER
from bot.local.embedded.processes import is_program
from tests.fixtures.databases import remove_home
from tests.fixtures.waiting import wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the settings that a deployment has, whatever the session's own was told."""
    home = tmp_path_factory.mktemp("own")
    yield postgres.ensure(home)
    remove_home(home)


def ask(url: str, question: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return str(row[0])


def test_data_outlives_a_stop(home: Path) -> None:
    url = postgres.ensure(home)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert postgres.stop(home)
    assert postgres.server_pid(home) is None
    assert not postgres.stop(home)
    assert ask(postgres.ensure(home), "SELECT n FROM kept") == "7"


def test_many_processes_at_once_get_one_server(home: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        urls = set(pool.map(postgres.ensure, [home] * 4))
    assert len(urls) == 1
    assert (home / "postgres" / "postgres.log").read_text().count("starting PostgreSQL") == 1


def test_a_commit_survives_a_kill_of_the_whole_server(home: Path) -> None:
    url = postgres.ensure(home)
    for round_number in range(3):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            kill_postmaster(home)  # with this session still open: it stays behind for a moment
        url = postgres.ensure(home)
        assert ask(url, "SELECT count(*) FROM kept") == str(round_number + 1)


def test_a_pid_file_whose_number_lives_on_elsewhere_is_no_obstacle(home: Path) -> None:
    postgres.ensure(home)
    kill_postmaster(home)
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    assert ask(postgres.ensure(home), "SELECT 1") == "1"


def test_a_creation_that_was_killed_half_way_is_begun_anew(home: Path) -> None:
    postgres.ensure(home)
    postgres.stop(home)
    data = home / "postgres" / "data"
    data.rename(data.with_name("data.new"))
    (data.with_name("data.new") / "PG_VERSION").unlink()
    assert ask(postgres.ensure(home), "SELECT 1") == "1"


def test_data_of_another_major_version_is_refused_in_a_sentence(home: Path) -> None:
    postgres.ensure(home)
    postgres.stop(home)
    version = home / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 17, this Signoff brings 18"):
        postgres.ensure(home)
    version.write_text("18\n")


def test_a_server_that_does_not_start_says_why(home: Path) -> None:
    postgres.ensure(home)
    postgres.stop(home)
    conf = home / "postgres" / "data" / "postgresql.conf"
    kept = conf.read_text()
    conf.write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedError, match=r"contains errors .*postgres\.log"):
        postgres.ensure(home)
    conf.write_text(kept)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("timezone", "UTC"),
    ],
)
def test_it_is_durable_private_and_the_same_everywhere(own_server: str, setting: str, value: str) -> None:
    assert ask(own_server, f"SHOW {setting}") == value


def test_letters_of_all_languages_are_letters_whatever_the_locale(own_server: str) -> None:
    assert ask(own_server, "SELECT lower('ÄÉЖ')") == "äéж"
    assert ask(own_server, "SELECT datlocale FROM pg_database WHERE datname = current_database()") == "C.UTF-8"


def test_what_a_statement_failed_on_stays_out_of_the_log(home: Path) -> None:
    url = postgres.ensure(home)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (email text UNIQUE)")
        connection.execute("INSERT INTO people VALUES ('dana@example.org')")
        with pytest.raises(psycopg.Error, match=r"dana@example\.org"):
            connection.execute("INSERT INTO people VALUES (lower('DANA@example.org')::int::text)")
    assert "dana" not in (home / "postgres" / "postgres.log").read_text()


def test_nobody_else_can_enter_data_or_socket(home: Path) -> None:
    url = postgres.ensure(home)
    owner = os.geteuid() or pwd.getpwnam(SYSTEM_USER).pw_uid
    run = Path(url.partition("host=")[2])
    for directory in (home / "postgres", home / "postgres" / "data", run):
        info = directory.stat()
        assert stat.S_IMODE(info.st_mode) == 0o700
        assert info.st_uid == owner


def test_a_path_too_long_for_a_socket_works_all_the_same(base: Path) -> None:
    home = base / ("long " * 10) / ("and, with 'odd' characters" * 4)
    try:
        url = postgres.ensure(home)
        run = Path(url.partition("host=")[2])
        assert ask(url, "SELECT 1") == "1"
        assert run.parent == Path("/tmp").resolve()
        assert stat.S_IMODE(run.stat().st_mode) == 0o700
        assert postgres.ensure(home) == url
    finally:
        postgres.stop(home)
        run.rmdir()


@as_root
def test_root_in_a_closed_directory_finds_its_data_elsewhere_and_opens_nothing(base: Path, home: Path) -> None:
    base.chmod(0o700)
    url = postgres.ensure(home)
    place = (home / "postgres").readlink()
    assert place.parent == OUTSIDE
    assert stat.S_IMODE(base.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert ask(url, "SELECT 1") == "1"
    assert postgres.ensure(home) == url


@as_root
def test_root_in_an_open_directory_keeps_data_in_the_home(home: Path) -> None:
    postgres.ensure(home)
    assert not (home / "postgres").is_symlink()
    pid = postgres.server_pid(home)
    assert Path(f"/proc/{pid}").stat().st_uid == pwd.getpwnam(SYSTEM_USER).pw_uid


@as_root
def test_root_in_the_home_of_somebody_else_runs_it_as_them(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    assert ask(postgres.ensure(home), "SELECT 1") == "1"
    assert (home / "postgres").stat().st_uid == nobody.pw_uid


def test_an_id_that_was_reused_is_not_taken_for_the_server() -> None:
    assert is_program(os.getpid(), "python") or is_program(os.getpid(), "pytest")
    assert not is_program(os.getpid(), "postgres")


@pytest.mark.parametrize("gone", [FileNotFoundError, ProcessLookupError])
def test_one_that_ends_while_it_is_looked_at_is_not_running(
    monkeypatch: pytest.MonkeyPatch, gone: type[OSError]
) -> None:
    def read_text(_path: Path, **_how: str) -> str:
        raise gone

    monkeypatch.setattr(Path, "read_text", read_text)
    assert not is_program(os.getpid(), "python")


def kill_postmaster(home: Path) -> None:
    pid = postgres.server_pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: postgres.server_pid(home) is None, what="the death of PostgreSQL")
