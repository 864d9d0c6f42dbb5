"""Everything through a connection pooler: Debian's PgBouncer between all processes and Postgres, in each of its modes.

In transaction mode a session is somebody else's after each transaction; in session mode one that stands still is kept
alive. `options` is refused by PgBouncer, or (its usual remedy) dropped in silence.
"""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from redis import Redis

from bot.cli import run
from bot.local.embedded import redis
from core.db import SERVER_LIMITS, meet_database, transaction
from core.errors import SignoffError
from tests.faults.conftest import private_words, settled
from tests.faults.test_clocks import leader
from tests.fixtures.databases import fresh_database, set_up
from tests.fixtures.full_stack import FullStack, building
from tests.fixtures.nursery import Nursery
from tests.fixtures.pooler import needs_pgbouncer, pooler
from tests.fixtures.processes import Processes, environment
from tests.fixtures.tally import Tally

pytestmark = [pytest.mark.faults, needs_pgbouncer]

#: Fewer connections to the server than there are to the pooler: whoever relies on a session meets somebody else's.
FEW = {"default_pool_size": "6"}
MODES = {
    "session": ("session", {"default_pool_size": "80", "ignore_startup_parameters": "options"}),
    "transaction": ("transaction", FEW),
}
INGESTS, AT_ONCE = 45, 5


@pytest.fixture(scope="module", params=MODES)
def full_stack(
    request: pytest.FixtureRequest,
    servers: Path,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    nursery: Nursery | None,
    tally: Tally,
) -> Iterator[FullStack]:
    """A full stack behind a pooler in this mode; judged at the end as every other."""
    mode, more = MODES[request.param]
    directory = tmp_path_factory.mktemp("full_stack")
    redis_url = redis.ensure(servers)
    with Redis.from_url(redis_url) as client:
        client.flushall()
    with (
        fresh_database(servers, template) as direct,
        pooler(direct, mode, **more) as url,
        set_up(url, redis_url),
    ):
        processes = Processes(directory, environment(url, redis_url, directory), nursery)
        with building(processes, directory) as build:
            try:
                full_stack = build(webs=1, workers=1, clocks=3)
                yield full_stack
                tally.add(settled(full_stack))
                assert private_words(full_stack, servers) == []
            finally:
                processes.kill_all()


def test_limits_hold_in_every_transaction(full_stack: FullStack) -> None:
    question = sa.text("SELECT name, setting::int FROM pg_settings WHERE name = ANY(:names)")
    for _ in range(3):
        with transaction() as tx:
            assert dict(tx.execute(question, {"names": list(SERVER_LIMITS)}).all()) == SERVER_LIMITS  # type: ignore[arg-type]


def test_many_at_once_are_taken_in_and_sent(full_stack: FullStack, tally: Tally) -> None:
    """More transactions of one shape than it takes until a statement is prepared, on few connections to the server."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        drafts = list(pool.map(lambda _: full_stack.ingest(), range(INGESTS)))
    assert len(set(drafts)) == INGESTS
    card = full_stack.card("U01ALICE", drafts[0])
    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    full_stack.approve_directly(*drafts[1:6])
    verdict = settled(full_stack)
    assert verdict.sent == 6
    assert httpx.get(f"{full_stack.webs[0][1]}/readyz", trust_env=False).json()["postgres"] == "ok"


def test_a_clock_that_stands_still_is_replaced_and_knows_it(full_stack: FullStack, tally: Tally) -> None:
    draft = full_stack.ingest()
    settled(full_stack)
    first = leader(full_stack)
    first.signal(signal.SIGSTOP)
    tally.stops += 1
    full_stack.approve_directly(draft)
    full_stack.wait_for(draft, "sent", seconds=30)
    leader(full_stack, other_than=first)
    first.signal(signal.SIGCONT)
    first.wait_for_line("another clock leads")
    settled(full_stack)


def test_a_clock_that_is_killed_is_replaced(full_stack: FullStack, tally: Tally) -> None:
    draft = full_stack.ingest()
    settled(full_stack)
    first = leader(full_stack)
    first.kill()
    tally.kills += 1
    full_stack.approve_directly(draft)
    full_stack.wait_for(draft, "sent", seconds=30)
    leader(full_stack, other_than=first)


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_a_database_is_migrated_through_it_by_one_at_a_time(
    mode: str, embedded_home: Path, redis_url: str, tmp_path: Path, nursery: Nursery | None
) -> None:
    with fresh_database(embedded_home, "template1") as direct, pooler(direct, mode) as url:
        processes = Processes(tmp_path, environment(url, redis_url, tmp_path), nursery)
        together = [processes.start("migrate") for _ in range(3)]
        assert [one.process.wait(60) for one in together] == [0, 0, 0], [one.output() for one in together]


@pytest.mark.parametrize("said", [{}, {"ignore_startup_parameters": "options"}], ids=["refused", "dropped"])
def test_what_a_pooler_does_not_carry_is_refused_at_the_start(
    said: dict[str, str], database_url: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `search_path` that is lost in silence would be another database."""
    with pooler(database_url, "transaction", **said) as url:
        with set_up(f"{url}?options=-csearch_path%3Dsignoff", redis_url):
            with pytest.raises(SignoffError, match="PgBouncer"):
                meet_database()
            assert run(["clock"]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_no_statement_is_prepared_behind_it(database_url: str, redis_url: str) -> None:
    def prepared() -> int:
        for _ in range(10):
            with transaction() as tx:
                found = tx.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements"))
        return int(found or 0)

    with set_up(database_url, redis_url):
        assert prepared() > 0, "and where there is none it is, which is what makes a claim cheap"
    with set_up(f"{database_url}&pgbouncer=true", redis_url):
        assert prepared() == 0
    for mode in ("session", "transaction"):
        with pooler(database_url, mode) as url, set_up(url, redis_url):
            assert prepared() == 0
