"""Databases with a queue of a given length, filled by SQL in bulk, and processes that claim from them.

The rows go in past all triggers, as a restored dump does, and are what the triggers would have made of them. Every
contact was written to ninety days ago; an account that is full has used its limit of today and rests until tomorrow.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from core.installation.schema import migrate
from tests.bench.ground import BODY, Ground
from tests.fixtures.processes import ROOT


@dataclass(frozen=True)
class World:
    """How much waits: deliveries that are due behind accounts that may send, and behind accounts that are full."""

    queued: int
    accounts: int
    blocked: int = 0
    full: int = 0

    @property
    def name(self) -> str:
        accounts = f"{self.accounts:,} account{'s' if self.accounts > 1 else ''}"
        behind = f", {self.blocked:,} behind {self.full:,} full ones" if self.blocked else ""
        return f"{self.queued:,} queued, {accounts}{behind}"


@dataclass
class Claimers:
    """Processes on one world that claim when they are told to."""

    world: World
    url: str
    processes: list["subprocess.Popen[str]"] = field(default_factory=list)

    def claim(self, kind: str, count: int, workers: int) -> list[list[float]]:
        """`count` claims of a kind by the first so many workers at once: the seconds of each claim, by worker."""
        share = -(-count // workers)
        for process in self.processes[:workers]:
            assert process.stdin is not None
            process.stdin.write(f"{kind} {share}\n")
            process.stdin.flush()
        return [json.loads(_answer(process)) for process in self.processes[:workers]]

    def top_up(self) -> None:
        """As many queued as in the beginning, where so few wait that claims make a difference."""
        if self.world.queued > TOP_UP:
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(_LEFT).fetchone()
            assert row is not None
            fill(connection, self.world.queued - int(str(row[0])))
            connection.execute("TRUNCATE bare_queue")
            connection.execute(_COPY)


#: A queue up to this long is filled up again before each measurement.
TOP_UP = 10_000


@contextmanager
def worlds(ground: Ground, sizes: tuple[World, ...], workers: int) -> Iterator[list[Claimers]]:
    """A database for each world, with so many claimers on it, ready. All are removed at the end."""
    with psycopg.connect(ground.database_url, autocommit=True) as server, ExitStack() as stack:
        template = f"{server.info.dbname}_world"
        _create(server, template, "template1", stack)
        migrate(_url(ground, template))
        there = []
        for number, world in enumerate(sizes):
            name = f"{template}_{number}"
            _create(server, name, template, stack)
            _make(_url(ground, name), world)
            claimers = Claimers(world, _url(ground, name))
            there.append(claimers)
            for worker in range(workers):
                claimers.processes.append(_start(ground, claimers.url, worker, workers, stack))
        for claimers in there:
            for process in claimers.processes:
                assert _answer(process) == "ready"
        yield there


@contextmanager
def made(ground: Ground, world: World) -> Iterator[str]:
    """A database with one world, for others than claimers; its URL."""
    with psycopg.connect(ground.database_url, autocommit=True) as server, ExitStack() as stack:
        name = f"{server.info.dbname}_alone"
        _create(server, name, "template1", stack)
        migrate(_url(ground, name))
        _make(_url(ground, name), world)
        yield _url(ground, name)


def _start(ground: Ground, url: str, worker: int, workers: int, stack: ExitStack) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.claimer", str(worker), str(workers)],
        cwd=ROOT,
        env=ground.processes.env | {"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    return process


def _answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def _url(ground: Ground, name: str) -> str:
    with psycopg.connect(ground.database_url) as connection:
        return ground.database_url.replace(f"/{connection.info.dbname}?", f"/{name}?")


def _create(server: "psycopg.Connection[tuple[object, ...]]", name: str, template: str, stack: ExitStack) -> None:
    server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    stack.callback(server.execute, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _make(url: str, world: World) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _WORLD:
            connection.execute(statement, {"accounts": world.accounts, "full": world.full})
        fill(connection, world.queued)
        if world.blocked:
            fill(connection, world.blocked, full=True)
        for statement in _BARE:
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def fill(connection: "psycopg.Connection[tuple[object, ...]]", count: int, *, full: bool = False) -> None:
    """`count` more deliveries that are due, shared out over the accounts that are full, or over those that are not."""
    with connection.transaction():
        for statement in _WAITING:
            connection.execute(statement, {"count": count, "full": full, "body": BODY})


_WORLD = (
    "INSERT INTO workspaces (id, name, slack_team_id) VALUES (uuidv7(), 'Bench', 'T01BENCH')",
    "INSERT INTO offers (id, workspace_id, slug) SELECT uuidv7(), id, 'bench' FROM workspaces",
    # No account may send as much as a bench does: here the limit is far away, and still counted to.
    "ALTER TABLE accounts DROP CONSTRAINT ck_accounts_emails_a_day",
    """
    INSERT INTO accounts (id, workspace_id, address, name, smtp_url, timezone, spacing_min_minutes,
        spacing_max_minutes, daily_limit_emails, counted_on, counted_emails, next_send_at)
    SELECT uuidv7(), w.id, 'sam-' || n || '@example.com', 'Sam Hill', 'smtp://127.0.0.1:1', 'UTC', 0, 0,
        CASE WHEN n <= %(accounts)s THEN 1000000 ELSE 100 END, current_date,
        CASE WHEN n <= %(accounts)s THEN 0 ELSE 100 END,
        CASE WHEN n <= %(accounts)s THEN now() ELSE current_date + 1 END
    FROM workspaces w, generate_series(1, %(accounts)s + %(full)s) n ORDER BY n
    """,
    """
    INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name)
    SELECT uuidv7(), a.workspace_id, o.id, a.id, a.id::text, 'Bench' FROM accounts a, offers o
    """,
)

#: What waits, with all that belongs to it.
_WAITING = (
    "SET LOCAL session_replication_role = replica",
    """
    CREATE TEMP TABLE waiting ON COMMIT DROP AS
    SELECT n, uuidv7() AS contact_id, uuidv7() AS draft_id, a.*
    FROM generate_series(1, %(count)s) n
    JOIN (
        SELECT a.id AS account_id, a.workspace_id, c.id AS campaign_id, c.offer_id,
            row_number() OVER (ORDER BY a.id) AS place
        FROM accounts a JOIN campaigns c ON c.account_id = a.id
        WHERE (a.counted_emails >= a.daily_limit_emails) = %(full)s
    ) a ON a.place = 1 + n %% (
        SELECT count(*) FROM accounts WHERE (counted_emails >= daily_limit_emails) = %(full)s
    )
    """,
    """
    INSERT INTO contacts (id, workspace_id, offer_id, email, email_folded, first_name, company, last_contacted_at)
    SELECT contact_id, workspace_id, offer_id, 'dana-' || contact_id || '@example.org',
        'dana-' || contact_id || '@example.org', 'Dana', 'Example', now() - interval '90 days'
    FROM waiting ORDER BY n
    """,
    """
    INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at)
    SELECT uuidv7(), workspace_id, 'sent', 'dana-' || contact_id || '@example.org', now() - interval '90 days'
    FROM waiting ORDER BY n
    """,
    """
    INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, risk, decided_at,
        decided_surface, drawn_revision, revision)
    SELECT draft_id, workspace_id, draft_id::text, '', campaign_id, contact_id, 'approved', 'low', now(), 'slack', 2, 2
    FROM waiting ORDER BY n
    """,
    """
    INSERT INTO draft_versions (draft_id, version, subject, body, surface)
    SELECT draft_id, 1, 'Hello from the bench', %(body)s, 'api' FROM waiting ORDER BY n
    """,
    """
    INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id, priority,
        due_at)
    SELECT uuidv7(), workspace_id, draft_id, 1, campaign_id, account_id, contact_id, 20,
        now() - interval '1 day' + n * interval '1 millisecond'
    FROM waiting ORDER BY n
    """,
)

#: What is left of the deliveries behind accounts that may send.
_LEFT = """
SELECT count(*) FROM send_queue q JOIN accounts a ON a.id = q.account_id
WHERE q.status = 'queued' AND a.counted_emails < a.daily_limit_emails
"""
_COPY = "INSERT INTO bare_queue SELECT * FROM send_queue WHERE status = 'queued'"

#: The queue once more, as a table that has nothing but the index of its head: no triggers, no keys of others.
_BARE = (
    "CREATE TABLE bare_queue (LIKE send_queue INCLUDING DEFAULTS)",
    _COPY,
    "ALTER TABLE bare_queue ADD PRIMARY KEY (id)",
    "CREATE INDEX bare_queue_head ON bare_queue (account_id, priority, due_at) WHERE status = 'queued'",
)
