"""Migrations: what they make is what the models say, both ways."""

import re
from collections import defaultdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg import sql

from core import taxonomy as words
from core.db import engine_for
from core.installation.schema import MIGRATIONS, migrate
from core.models import Base
from tests.fixtures.processes import Processes
from tests.fixtures.waiting import wait_until
from tests.migrations.catalogue import describe

pytestmark = pytest.mark.slow

#: Every column that holds a word of the taxonomy.
WORDS: dict[str, type[StrEnum]] = {
    "ck_accounts_channel_known": words.Channel,
    "ck_accounts_status_known": words.AccountStatus,
    "ck_alerts_kind_known": words.AlertKind,
    "ck_campaigns_admins_above_risk_known": words.Risk,
    "ck_campaigns_mode_known": words.CampaignMode,
    "ck_campaigns_routing_known": words.Routing,
    "ck_campaigns_status_known": words.CampaignStatus,
    "ck_cards_place_known": words.CardPlace,
    "ck_contacts_status_known": words.ContactStatus,
    "ck_contacts_suppressed_by_known": words.SuppressedBy,
    "ck_draft_approvals_surface_known": words.Surface,
    "ck_draft_approvals_timing_known": words.Timing,
    "ck_draft_versions_surface_known": words.Surface,
    "ck_drafts_blocked_by_known": words.BlockedBy,
    "ck_drafts_text_risk_known": words.Risk,
    "ck_drafts_decided_surface_known": words.Surface,
    "ck_drafts_kind_known": words.DraftKind,
    "ck_drafts_risk_known": words.Risk,
    "ck_drafts_status_known": words.DraftStatus,
    "ck_homes_risk_known": words.Risk,
    "ck_installation_stopped_by_known": words.StoppedBy,
    "ck_members_role_known": words.Role,
    "ck_message_events_code_known": words.RefusalCode,
    "ck_message_events_surface_known": words.Surface,
    "ck_message_events_verb_known": words.Verb,
    "ck_outreach_history_channel_known": words.Channel,
    "ck_outreach_history_status_known": words.HistoryStatus,
    "ck_send_attempts_outcome_known": words.AttemptOutcome,
    "ck_send_attempts_phase_known": words.Phase,
    "ck_send_queue_counted_as_known": words.CountedAs,
    "ck_send_queue_held_code_known": words.GateCode,
    "ck_send_queue_kind_known": words.DraftKind,
    "ck_send_queue_status_known": words.DeliveryStatus,
    "ck_send_queue_timing_known": words.Timing,
    "ck_suppressions_kind_known": words.SuppressedBy,
    "ck_tasks_held_code_known": words.GateCode,
    "ck_tasks_kind_known": words.TaskKind,
    "ck_tasks_status_known": words.TaskStatus,
}


def alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def rows_of(url: str, question: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(question.encode()).fetchall()


#: What Alembic does not compare, or not wholly; of tables only.
DESCRIBED = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default, generation_expression"
    " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
    " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype <> 't'",  # constraint triggers are no model's
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    command.check(alembic(database_url))


def test_down_and_up_again_makes_the_same(bare_url: str) -> None:
    empty = describe(bare_url)
    migrate(bare_url)
    whole = describe(bare_url)
    revisions = [script.revision for script in command.ScriptDirectory.from_config(alembic(bare_url)).walk_revisions()]
    for _ in revisions:
        command.downgrade(alembic(bare_url), "-1")
    with psycopg.connect(bare_url) as connection:
        connection.execute("DROP TABLE alembic_version")
    assert describe(bare_url) == empty, "a downgrade leaves something behind"
    for revision in reversed(revisions):
        migrate(bare_url, revision)
    assert describe(bare_url) == whole


def test_every_checked_word_is_the_word_of_the_taxonomy(database_url: str) -> None:
    found = {
        name: set(re.findall(r"'([a-z_]+)'::text", definition))
        for _, name, definition in rows_of(database_url, DESCRIBED["constraints"])
        if name.endswith("_known")
    }
    assert found == {name: set(enumeration) for name, enumeration in WORDS.items()}


def test_the_tables_are_those_of_the_models(bare_url: str, database_url: str) -> None:
    """Alembic compares no check, default or condition: so the models make a schema, and PostgreSQL compares."""
    engine = engine_for(bare_url)
    Base.metadata.create_all(engine)
    engine.dispose()
    for question in DESCRIBED.values():
        ours = [row for row in rows_of(database_url, question) if row[0] != "alembic_version"]
        assert sorted(map(str, ours)) == sorted(map(str, rows_of(bare_url, question)))


def test_every_id_of_another_row_is_a_foreign_key(database_url: str) -> None:
    engine = engine_for(database_url)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        loose = {
            f"{table}.{column['name']}"
            for table in inspector.get_table_names()
            for column in inspector.get_columns(table)
            if column["name"].endswith("_id")
            and not any(column["name"] in key["constrained_columns"] for key in inspector.get_foreign_keys(table))
        }
    engine.dispose()
    # Slack's names and RFC 5322's are not ours.
    names_of_others = {"workspaces.slack_team_id", "members.slack_user_id"}
    names_of_others |= {"installations.slack_team_id", "installations.bot_user_id"}
    message_ids = {"send_attempts.message_id", "inbound_messages.message_id", "send_attempts.provider_id"}
    assert loose == names_of_others | message_ids


LOCK = 0x5160_0FF0  # of `migrations/env.py`
GAVE_UP = "SELECT pid, state_change FROM pg_stat_activity WHERE datname = current_database() AND query = 'ROLLBACK'"


def test_processes_that_migrate_at_once_take_turns(bare_url: str, processes: Processes) -> None:
    together = [processes.start("migrate", DATABASE_URL=bare_url) for _ in range(3)]
    assert [running.process.wait(60) for running in together] == [0, 0, 0]
    command.check(alembic(bare_url))


def test_who_waits_for_its_turn_is_in_no_transaction_for_long(bare_url: str, processes: Processes) -> None:
    """An index that is built concurrently would wait for the end of it, and it for the index."""
    with psycopg.connect(bare_url) as holder, psycopg.connect(bare_url, autocommit=True) as looker:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        waiting = processes.start("migrate", DATABASE_URL=bare_url)
        times = defaultdict[int, set[datetime]](set)

        def again_and_again() -> bool:
            for pid, at in looker.execute(f"{GAVE_UP} AND state = 'idle'"):
                times[pid].add(at)
            return any(len(each) > 3 for each in times.values())

        wait_until(again_and_again, what="asking in one transaction after the other", seconds=30)
    assert waiting.process.wait(60) == 0


#: A migration as an old table needs it. It gives up rather than wait for ever for whoever has a snapshot.
CONCURRENT = """
from alembic import op

revision, down_revision = "index_concurrently", None


def upgrade():
    op.execute("CREATE TABLE old (n int)")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.create_index("ix_old", "old", ["n"], postgresql_concurrently=True)
"""


def test_an_index_is_built_concurrently_under_the_lock(bare_url: str, tmp_path: Path) -> None:
    """Whatever the database has set: a transaction that keeps its snapshot would be waited for."""
    (tmp_path / "index_concurrently.py").write_text(CONCURRENT)
    config = alembic(bare_url)
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(tmp_path))
    with psycopg.connect(bare_url, autocommit=True) as connection:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'").format(database)
        )
    command.upgrade(config, "head")
    assert rows_of(bare_url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_old'::regclass") == [(True,)]


def test_an_end_in_the_middle_of_an_index_is_met_again(bare_url: str) -> None:
    migrate(bare_url, "lease_the_lead_of_the_clock")
    with psycopg.connect(bare_url) as connection:  # what stands where the index failed
        connection.execute("ALTER TABLE send_attempts ADD COLUMN provider_id text")
        connection.execute("CREATE INDEX ix_send_attempts_provider_id ON send_attempts (provider_id)")
    migrate(bare_url)
    command.check(alembic(bare_url))
