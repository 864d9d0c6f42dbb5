"""On a server whose own language is Turkish, where lower('I') is not i, people are the same ones as anywhere."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.local.embedded.owner import postgres_directory
from core.db import transaction
from core.installation.schema import migrate
from core.intake.feedback import FeedbackIn, ingest_feedback
from core.verify import verify
from tests.fixtures.databases import set_up
from tests.fixtures.domain import Domain, domain_on

pytestmark = pytest.mark.slow

#: The servers that Signoff brings are made without ICU; Debian's are made with it.
SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
needs_icu = pytest.mark.skipif(not SERVERS, reason="no PostgreSQL with ICU here: install Debian's package `postgresql`")


@pytest.fixture(scope="module")
def turkish_url() -> Iterator[str]:
    """A migrated database of a server that was made with --icu-locale=tr-TR."""
    with tempfile.TemporaryDirectory(prefix="signoff-turkish-") as name:
        home = Path(name)
        home.chmod(0o711)
        place, owner = postgres_directory(home)
        data, programs = place / "data", SERVERS[0]
        options = ["--auth=trust", "--username=signoff", "--encoding=UTF8", "--locale=C.UTF-8"]
        made = owner.run(
            programs / "initdb", *options, "--locale-provider=icu", "--icu-locale=tr-TR", "--no-sync", "-D", data
        )
        assert made.returncode == 0, made.stdout
        server = f"-k {data} -c listen_addresses='' -c fsync=off"
        started = owner.run(programs / "pg_ctl", "start", "-w", "-s", "-D", data, "-l", place / "log", "-o", server)
        assert started.returncode == 0, started.stdout
        try:
            url = f"postgresql://signoff@/postgres?host={data}"
            migrate(url)
            yield url
        finally:
            owner.run(programs / "pg_ctl", "stop", "-m", "immediate", "-s", "-D", data)


@pytest.fixture
def turkish(turkish_url: str, redis_url: str) -> Iterator[Domain]:
    with set_up(turkish_url, redis_url):
        yield domain_on(turkish_url)


@needs_icu
def test_who_unsubscribes_there_is_not_written_to_and_every_rule_holds(turkish: Domain) -> None:
    with psycopg.connect(turkish.url) as connection:
        assert connection.execute("SELECT lower('I') = 'i'").fetchone() == (False,), "this server is not Turkish"
    first = turkish.ingest(to={"email": "INA@example.org"})
    turkish.ingest(key="again", to={"email": "ina@example.org"})
    assert turkish.rows("SELECT email_folded FROM contacts") == [("ina@example.org",)]
    told = FeedbackIn.model_validate({"kind": "unsubscribe", "draft": "key-1"})
    with transaction() as tx:
        ingest_feedback(tx, turkish.workspace_id, told, turkish.member())
    assert turkish.rows("SELECT value_folded FROM suppressions") == [("ina@example.org",)]
    assert turkish.rows("SELECT suppressed_by FROM contacts") == [("address",)]
    assert first is not None
    assert [finding.rule.name for finding in verify() if not finding.held] == []
