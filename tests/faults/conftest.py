"""A full stack for a whole file of fault tests.

A file says what it needs in `FULL_STACK`, a dictionary for `full_stacks(…)`: processes and environment. At the end of
the file the oracle judges all that happened in it, and the logs of all processes are searched for what must not be in
them (P11).
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from bot.local.embedded import postgres, redis
from core.settings import settings
from tests.faults.oracle import Verdict, judge
from tests.faults.stage import ask, backoff_passes, count
from tests.fixtures.databases import DURABLE, fresh_database, set_up
from tests.fixtures.full_stack import REVIEWERS, FullStack, building
from tests.fixtures.nursery import Nursery
from tests.fixtures.processes import Processes, environment
from tests.fixtures.tally import Tally
from tests.fixtures.waiting import wait_until

#: Words of the drafts that a full stack ingests, and every address in it. `Dana` is on each envelope.
PRIVATE = re.compile(r"Hello number|this is letter|[Ss]econd thoughts|Dana|dana\d|@example\.(?:org|com)")


@pytest.fixture(scope="module")
def servers(session_home: Path, template: str) -> Path:
    """The home of the Postgres and Redis that a file's full stack uses; both run, whoever killed them before."""
    postgres.ensure(session_home, durable=DURABLE)
    redis.ensure(session_home)
    return session_home


Open = Callable[..., AbstractContextManager[FullStack]]


@pytest.fixture(scope="module")
def own_full_stack(
    servers: Path, template: str, tmp_path_factory: pytest.TempPathFactory, nursery: Nursery | None
) -> Open:
    """Opens a full stack for the length of a block: `with own_full_stack(webs=1, **environment) as full_stack:`"""

    @contextmanager
    def opened(**needs: Any) -> Iterator[FullStack]:
        directory = tmp_path_factory.mktemp("full_stack")
        redis_url = redis.ensure(servers)
        with Redis.from_url(redis_url) as client:
            client.flushall()
        with fresh_database(servers, template) as database_url, set_up(database_url, redis_url):
            processes = Processes(directory, environment(database_url, redis_url, directory), nursery)
            with building(processes, directory) as build:
                try:
                    yield build(**needs)
                finally:
                    processes.kill_all()

    return opened


@pytest.fixture(scope="module")
def full_stack(
    request: pytest.FixtureRequest, own_full_stack: Open, servers: Path, tally: Tally
) -> Iterator[FullStack]:
    """The full stack of this file. It is judged at the end, and its logs are read."""
    with own_full_stack(**getattr(request.module, "FULL_STACK", {})) as full_stack:
        yield full_stack
        tally.add(settled(full_stack))
        assert private_words(full_stack, servers) == []


def settled(full_stack: FullStack, *, seconds: float = 60.0) -> Verdict:
    """Wait until nothing is under way any more, and have the oracle judge. Waits before a further try are cut short."""
    try:
        wait_until(lambda: _at_rest(full_stack), seconds=seconds, what="the full stack to come to rest")
    except AssertionError as late:
        raise AssertionError(f"{late}\n{_under_way(full_stack)}\n{full_stack.logs()}") from None
    verdict = verdict_on(full_stack)
    assert verdict.faults == (), "\n".join([*verdict.faults, full_stack.logs()])
    return verdict


def verdict_on(full_stack: FullStack) -> Verdict:
    """What the oracle says at this moment."""
    return judge(
        settings().database_url, full_stack.accepted(), {who: full_stack.slack.messages(who) for who in REVIEWERS}
    )


def _at_rest(full_stack: FullStack) -> bool:
    backoff_passes()
    return not count(
        "SELECT (SELECT count(*) FROM send_queue WHERE status IN ('queued', 'claimed', 'sending'))"
        " + (SELECT count(*) FROM drafts WHERE drawn_revision < revision)"
    )


def _under_way(full_stack: FullStack) -> str:
    """What is not at rest, and who is there to do something about it, for a failing test."""
    processes = [(p.name, p.pid, psutil.Process(p.pid).status()) for p in full_stack.processes.started if p.alive()]
    deliveries = ask(
        "SELECT draft_id, status, tries, held_code, due_at, lease_until, clock_timestamp() FROM send_queue"
        " WHERE status IN ('queued', 'claimed', 'sending')"
    )
    cards = ask(
        "SELECT d.id, d.revision, d.drawn_revision, d.sync_after, c.drawn_revision, c.held_until, c.gone_reason"
        " FROM drafts d LEFT JOIN cards c ON c.draft_id = d.id WHERE d.drawn_revision < d.revision"
    )
    return "\n".join(str([str(value) for value in row]) for row in [*processes, *deliveries, *cards])


def private_words(full_stack: FullStack, home: Path) -> list[str]:
    """Every word in the logs of web, worker, clock, Postgres and Redis that P11 keeps out of them."""
    logs = [running.output() for running in full_stack.processes.started if running.name in ("web", "worker", "clock")]
    assert any("attempt ended" in log for log in logs), "logs that do not tell of the mails prove nothing"
    logs += [(home / name).read_text(errors="replace") for name in ("postgres/postgres.log", "redis/redis.log")]
    return [found for log in logs for found in PRIVATE.findall(log)]
