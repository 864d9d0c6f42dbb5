"""What a bench stands on: PostgreSQL (fsync and synchronous_commit on), Redis, real processes, and drafts to click."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from bot.local.embedded import postgres, redis
from core.db import engine
from core.ids import UUID, new_id
from core.installation.schema import migrate
from core.settings import settings
from tests.fixtures.databases import SECRET_KEY, remove_home
from tests.fixtures.full_stack import MEMBERS, REVIEWERS, SECRETS, declare
from tests.fixtures.processes import Processes, Running, free_port

#: The Slack ids and DMs of the campaign's reviewers; the first of them does all the clicking.
DMS = {user: f"D{user[1:]}" for user in MEMBERS}
CLICKER = REVIEWERS[0]
#: Drafts that are there from the start, so that no plan is made for empty tables.
ROWS = 2_000


@dataclass
class Ground:
    """Servers, the processes on them, and one declared workspace."""

    processes: Processes
    database_url: str
    redis_url: str
    workspace_id: UUID
    account_id: UUID
    campaign_id: UUID

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.database_url, autocommit=True)

    def start_web(self, slack_url: str) -> tuple[str, int]:
        """A `signoff web` process; host and port, once it answers."""
        port = free_port()
        running = self.processes.start("web", **environment(slack_url), PORT=str(port))
        running.wait_for_url(f"http://127.0.0.1:{port}/healthz", seconds=60)
        return "127.0.0.1", port

    def start_peer(self, module: str, slack_url: str) -> tuple[str, int]:
        """A server of the bench's own, in a process like that of `signoff web`."""
        port = free_port()
        running = self.processes.start_module(module, str(port), **environment(slack_url))
        running.wait_for_url(f"http://127.0.0.1:{port}/healthz", seconds=60)
        return "127.0.0.1", port

    def start(self, command: str, slack_url: str) -> Running:
        """A `signoff worker` or `signoff clock`."""
        return self.processes.start(command, **environment(slack_url))


def environment(slack_url: str) -> dict[str, str]:
    """No client id: Bolt would take it for an app that many workspaces install, and look each click's team up."""
    secrets = {name: SECRETS[name] for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")}
    return secrets | {"SLACK_API_URL": f"{slack_url}/api/", "PUBLIC_URL": "http://127.0.0.1:8080", "SLACK_RATE": "0"}


@contextmanager
def own_ground(smtp_url: str) -> Iterator[Ground]:
    """A ground with servers of its own, stopped and removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="signoff-bench-"))
    home.chmod(0o711)  # as root, PostgreSQL's own user passes through
    try:
        database_url, redis_url = postgres.ensure(home), redis.ensure(home)
        migrate(database_url)
        with pytest.MonkeyPatch.context() as patch, on(patch, home, database_url, redis_url, smtp_url) as ground:
            prepare(ground, ROWS)
            with ground.connect() as connection:
                connection.execute("VACUUM ANALYZE")
            yield ground
    finally:
        remove_home(home)


@contextmanager
def on(
    patch: pytest.MonkeyPatch, directory: Path, database_url: str, redis_url: str, smtp_url: str
) -> Iterator[Ground]:
    """A ground on servers that are there. All its processes are killed at the end."""
    env = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": SECRET_KEY,
        "SIGNOFF_HOME": str(directory / "home"),
        "LC_ALL": "C.UTF-8",
    }
    for name, value in env.items():
        patch.setenv(name, value)
    patch.setenv("SLACK_SIGNING_SECRET", SECRETS["SLACK_SIGNING_SECRET"])
    settings.cache_clear()
    engine.cache_clear()
    logs = directory / "bench-logs"
    logs.mkdir()
    processes = Processes(logs, env)
    try:
        ground = Ground(processes, database_url, redis_url, *declare(smtp_url))
        with ground.connect() as connection:  # Slack has confirmed them all, and their DMs are open
            connection.execute("UPDATE members SET checked_at = now(), dm_channel = 'D' || substr(slack_user_id, 2)")
            # No account may send as much as a bench does: here the limit is far away, and still counted to.
            connection.execute("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_emails_a_day")
            connection.execute(
                "ALTER TABLE accounts ALTER daily_limit_emails SET DEFAULT 1000000,"
                " ALTER spacing_min_minutes SET DEFAULT 0, ALTER spacing_max_minutes SET DEFAULT 0"
            )
            connection.execute("UPDATE accounts SET daily_limit_emails = DEFAULT")
        yield ground
    finally:
        processes.kill_all()
        engine().dispose()
        settings.cache_clear()
        engine.cache_clear()


@dataclass(frozen=True)
class Draft:
    """A draft in review whose cards are drawn: what a click needs."""

    id: UUID
    #: The ts of its card in every DM, and its recipient.
    ts: str
    email: str


_DRAFTS = """
WITH new AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(emails)s::text[], %(stamps)s::text[]) AS new (id, email, ts)
), contact AS (
    INSERT INTO contacts (id, workspace_id, offer_id, email, email_folded, first_name, company)
    SELECT uuidv7(), %(workspace)s, campaigns.offer_id, new.email, lower(new.email), 'Dana', 'Example'
    FROM new, campaigns WHERE campaigns.id = %(campaign)s
    RETURNING id, email
), draft AS (
    INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, drawn_revision, risk)
    SELECT new.id, %(workspace)s, new.email, '', %(campaign)s, contact.id, 'needs_review', 1, 'low'
    FROM new JOIN contact USING (email)
), event AS (
    INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, to_status)
    SELECT uuidv7(), %(workspace)s, 'ingest', 'api', new.id, 'needs_review' FROM new
)
INSERT INTO cards (id, workspace_id, draft_id, place, member_id, channel, ts, drawn_revision)
SELECT uuidv7(), %(workspace)s, new.id, 'dm', members.id, 'D' || substr(members.slack_user_id, 2), new.ts, 1
FROM new, campaign_reviewers JOIN members ON members.id = member_id WHERE campaign_id = %(campaign)s
"""
#: A statement of its own: a text is refused where its draft is not seen to have that version.
_TEXTS = """
INSERT INTO draft_versions (draft_id, version, subject, body, surface)
SELECT id, 1, 'Hello from the bench', %(body)s, 'api' FROM unnest(%(ids)s::uuid[]) id
"""

BODY = "Hi Dana,\n\n" + "this is a sentence of a letter of a usual length, and it says little. " * 12 + "\n\nSam"


def prepare(ground: Ground, count: int, campaign_id: UUID | None = None) -> list[Draft]:
    """`count` new drafts in review, each with a contact of its own and a drawn card for each reviewer."""
    ids = [new_id() for _ in range(count)]
    drafts = [Draft(id_, f"17{id_.int % 10**8:08}.{n:06}", f"dana-{id_.hex}@example.org") for n, id_ in enumerate(ids)]
    with ground.connect() as connection, connection.transaction():
        connection.execute(
            _DRAFTS,
            {
                "ids": ids,
                "emails": [draft.email for draft in drafts],
                "stamps": [draft.ts for draft in drafts],
                "workspace": ground.workspace_id,
                "campaign": campaign_id or ground.campaign_id,
            },
        )
        connection.execute(_TEXTS, {"ids": ids, "body": BODY})
    return drafts


def approved(ground: Ground, drafts: list[Draft]) -> int:
    """How many of these were approved exactly as they should be: one delivery and one event each."""
    with ground.connect() as connection:
        row = connection.execute(
            """
            SELECT count(*) FROM drafts WHERE id = ANY(%s) AND status = 'approved'
                AND (SELECT count(*) FROM send_queue WHERE draft_id = drafts.id) = 1
                AND (SELECT count(*) FROM message_events WHERE draft_id = drafts.id AND verb = 'approve') = 1
            """,
            ([draft.id for draft in drafts],),
        ).fetchone()
    assert row is not None
    return int(str(row[0]))
