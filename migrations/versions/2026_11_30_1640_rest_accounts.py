"""Accounts rest: why, since when and until when, while their mail server refuses all of their mail."""

from enum import StrEnum

import sqlalchemy as sa
from alembic import op

from core.taxonomy import AlertKind, GateCode, Verb
from migrations.load import drop, load

revision = "rest_accounts"
down_revision = "thread_answers_name_mails"

#: Checks of words that grow by some, and those that it adds. Events and alerts are never removed, so that a downgrade
#: leaves rows that the narrower check would not pass: it does not look at them.
WORDS: tuple[tuple[str, str, type[StrEnum], set[StrEnum]], ...] = (
    ("message_events", "verb", Verb, {Verb.REST, Verb.TRY_AGAIN, Verb.RECOVER}),
    ("alerts", "kind", AlertKind, {AlertKind.ACCOUNT_RESTS}),
    ("send_queue", "held_code", GateCode, {GateCode.ACCOUNT_RESTS}),
    ("tasks", "held_code", GateCode, {GateCode.ACCOUNT_RESTS}),
)


def upgrade() -> None:
    for name, kind in (
        ("rest_reason", sa.Text()),
        ("rest_code", sa.SmallInteger()),
        ("rest_since", sa.DateTime(timezone=True)),
        ("rest_until", sa.DateTime(timezone=True)),
    ):
        op.add_column("accounts", sa.Column(name, kind, nullable=True))
    op.add_column("accounts", sa.Column("rest_tries", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("rest_shown", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_check_constraint(
        op.f("ck_accounts_rests_since_when"), "accounts", "(rest_reason IS NULL) = (rest_since IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_accounts_rests_for_a_reason"),
        "accounts",
        "rest_reason IS NOT NULL OR (rest_until IS NULL AND rest_code IS NULL AND rest_tries = 0)",
    )
    op.create_check_constraint(op.f("ck_accounts_rest_tries_counted"), "accounts", "rest_tries >= 0")
    op.create_index("ix_accounts_rest_to_show", "accounts", ["id"], postgresql_where=sa.text("NOT rest_shown"))
    for table, column, words, _ in WORDS:
        _check(table, column, list(words))
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{column}_known")
    load("functions", "end_rest", "count_delivery")
    load("triggers", "accounts.end_rest")


def downgrade() -> None:
    drop("triggers", "accounts.end_rest")
    drop("functions", "end_rest")
    op.execute("UPDATE send_queue SET held_code = NULL WHERE held_code = 'account_rests'")
    for table, column, words, new in WORDS:
        _check(table, column, [word for word in words if word not in new])
    op.drop_index("ix_accounts_rest_to_show", table_name="accounts")
    for name in ("rest_shown", "rest_tries", "rest_until", "rest_since", "rest_code", "rest_reason"):
        op.drop_column("accounts", name)


def _check(table: str, column: str, words: list[StrEnum]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}_known")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column}_known CHECK ({column} IN ({listed})) NOT VALID")
