"""The sandbox's memory: one SQLite file (or none), one connection, one lock."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS teams (id TEXT PRIMARY KEY, name TEXT, bot_user TEXT, bot TEXT);
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, team TEXT, scope TEXT, expires REAL, refresh TEXT, ended TEXT);
CREATE TABLE IF NOT EXISTS members (
    id TEXT PRIMARY KEY, handle TEXT, name TEXT, email TEXT, tz TEXT, deleted INTEGER,
    team TEXT);
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, kind TEXT, name TEXT, member TEXT, is_open INTEGER, archived INTEGER, has_bot INTEGER,
    team TEXT);
CREATE TABLE IF NOT EXISTS messages (
    channel TEXT, ts TEXT, author TEXT, ephemeral_to TEXT, edits INTEGER DEFAULT 0, deleted INTEGER DEFAULT 0,
    body TEXT, thread TEXT, PRIMARY KEY (channel, ts));
CREATE TABLE IF NOT EXISTS versions (channel TEXT, ts TEXT, edit INTEGER, body TEXT, PRIMARY KEY (channel, ts, edit));
CREATE TABLE IF NOT EXISTS notices (channel TEXT, ts TEXT, member TEXT, text TEXT, PRIMARY KEY (channel, ts, member));
CREATE TABLE IF NOT EXISTS reads (member TEXT, channel TEXT, ts TEXT, PRIMARY KEY (member, channel));
CREATE TABLE IF NOT EXISTS triggers (
    id TEXT PRIMARY KEY, member TEXT, expires REAL, used INTEGER DEFAULT 0, view TEXT);
CREATE TABLE IF NOT EXISTS response_urls (
    token TEXT PRIMARY KEY, member TEXT, channel TEXT, ts TEXT, expires REAL, uses INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS views (
    id TEXT PRIMARY KEY, member TEXT, kind TEXT, root TEXT, previous TEXT, hash TEXT, is_open INTEGER, body TEXT,
    opened INTEGER);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, client_id TEXT, redirect_uri TEXT, nonce TEXT, member TEXT, scope TEXT, expires REAL,
    used INTEGER DEFAULT 0, kind TEXT);
CREATE TABLE IF NOT EXISTS user_tokens (token TEXT PRIMARY KEY, member TEXT, scope TEXT);
CREATE TABLE IF NOT EXISTS mails (id INTEGER PRIMARY KEY, at REAL, mail_from TEXT, rcpt_tos TEXT, raw BLOB);
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS replies ON messages (channel, thread) WHERE thread IS NOT NULL;
CREATE INDEX IF NOT EXISTS hidden ON messages (ephemeral_to) WHERE ephemeral_to IS NOT NULL;
"""
TABLES = (
    *("members", "conversations", "messages", "versions", "notices", "reads", "triggers", "response_urls", "views"),
    *("codes", "user_tokens", "mails", "teams", "tokens"),
)


class Store:
    """Rows in, rows out. `revision` grows with every write, so that a page knows when to draw itself again."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(SCHEMA)
        self._add_columns()
        self._db.executescript(INDEXES)
        self.revision = 0

    def write(self, sql: str, *values: Any) -> int:
        """Runs one statement; returns how many rows it changed."""
        with self._lock:
            self.revision += 1
            return self._db.execute(sql, values).rowcount

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Every row."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row, or None."""
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
            return row

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            for table in TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
            self.revision += 1

    def _add_columns(self) -> None:
        """A file from before has every table, but not yet every column."""
        fresh = sqlite3.connect(":memory:")
        fresh.executescript(SCHEMA)
        for table in TABLES:
            ask = f"PRAGMA table_info({table})"
            known = {row[1] for row in self._db.execute(ask)}
            for _, column, kind, _, default, _ in fresh.execute(ask):
                if column not in known:
                    given = f"DEFAULT {default}" if default is not None else ""
                    self._db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} {given}")
        fresh.close()

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._db.close()
