"""Keep the installations of the app in Slack teams, with their tokens sealed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "keep_installations"
down_revision = "deal_the_cards"


def upgrade() -> None:
    op.create_table(
        "installations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("slack_team_id", sa.Text(), nullable=False),
        sa.Column("bot_user_id", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("bot_token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_sha256", sa.Text(), nullable=False),
        sa.Column("installed_by", sa.Uuid(), nullable=True),
        sa.Column("installed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (bot_token IS NOT NULL)", name=op.f("ck_installations_token_until_revoked")
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (reason IS NULL)", name=op.f("ck_installations_revoked_for_a_reason")
        ),
        sa.CheckConstraint(
            "(refresh_token IS NULL) = (expires_at IS NULL)", name=op.f("ck_installations_refreshed_if_it_expires")
        ),
        sa.CheckConstraint(
            "bot_token LIKE 'enc:%' AND refresh_token LIKE 'enc:%'", name=op.f("ck_installations_tokens_are_sealed")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_installations_workspace_id")),
        sa.ForeignKeyConstraint(["installed_by"], ["members.id"], name=op.f("fk_installations_installed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_installations_workspace_id")),
        sa.UniqueConstraint("slack_team_id", name=op.f("uq_installations_slack_team_id")),
        sa.UniqueConstraint("state_sha256", name=op.f("uq_installations_state_sha256")),
    )


def downgrade() -> None:
    op.drop_table("installations")
