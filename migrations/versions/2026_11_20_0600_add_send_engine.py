"""Add the send engine: limits, hours, spacing, history, suppressions, and the one row that can stop everything.

The rules that are held in the database itself are in the next migration.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "add_send_engine"
down_revision = "guard_the_machines"


# https://uk.linkedin.com/in/Dana-1/?trk=x, linkedin.com/in/dana-1/details/skills: one person.
FOLD_LINKEDIN_URL = """
CREATE FUNCTION fold_linkedin_url(url text) RETURNS text LANGUAGE sql IMMUTABLE RETURN
    nullif(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(lower(btrim(url)), '^((https?:)?//)?([a-z0-9-]+\\.)*linkedin\\.com/+', ''),
                    '[?#].*$', ''
                ),
                '^(mwlite/)?in/([^/]+)/.*$', 'in/\\2'
            ),
            '/+$', ''
        ),
        ''
    );
"""

CHECKS = {
    "accounts": {
        "emails_a_day": "daily_limit_emails BETWEEN 0 AND 100",
        "messages_a_day": "daily_limit_messages BETWEEN 0 AND 40",
        "connections_a_day": "daily_limit_connections BETWEEN 0 AND 20",
        "spacing_in_order": "spacing_min_minutes BETWEEN 0 AND spacing_max_minutes",
        "opens_before_it_closes": "opens < closes OR closes = '00:00'",
        "iso_weekdays": "weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]",
        "health_is_a_score": "health_score BETWEEN 0 AND 100",
    },
    "contacts": {"suppressed_by_known": "suppressed_by IN ('address', 'domain', 'company')"},
    "send_queue": {
        "kind_known": "kind IN ('intro', 'follow_up', 'reply')",
        "counted_as_known": "counted_as IN ('email', 'message', 'connection')",
        "held_code_known": "held_code IN ('sending_stopped', 'campaign_not_active', 'account_not_active', "
        "'account_unhealthy', 'suppressed', 'opted_out', 'replied', 'sixty_days', 'daily_limit', 'outside_hours', "
        "'spacing')",
    },
}


def upgrade() -> None:
    op.execute(FOLD_LINKEDIN_URL)
    op.create_table(
        "installation",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sending_stopped", sa.Text(), nullable=True),
        sa.CheckConstraint("id", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_folded", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('address', 'domain', 'company')", name=op.f("ck_suppressions_kind_known")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_suppressions_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint(
            "workspace_id", "kind", "value_folded", name=op.f("uq_suppressions_workspace_id_kind_value_folded")
        ),
    )
    op.create_table(
        "sequence_instances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_sequence_instances_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_sequence_instances_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_instances")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_sequence_instances_workspace_id_key")),
    )
    op.create_table(
        "outreach_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="email", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), nullable=True),
        sa.Column("linkedin_folded", sa.Text(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("sequence_instance_id", sa.Uuid(), nullable=True),
        sa.Column("import_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'linkedin')", name=op.f("ck_outreach_history_channel_known")),
        sa.CheckConstraint(
            "status IN ('sent', 'unknown', 'failed', 'bounced', 'replied')",
            name=op.f("ck_outreach_history_status_known"),
        ),
        sa.CheckConstraint(
            "email_folded IS NOT NULL OR linkedin_folded IS NOT NULL", name=op.f("ck_outreach_history_names_a_person")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_outreach_history_account_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["send_queue.id"], name=op.f("fk_outreach_history_delivery_id")),
        sa.ForeignKeyConstraint(
            ["sequence_instance_id"], ["sequence_instances.id"], name=op.f("fk_outreach_history_sequence_instance_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_outreach_history_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_history")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_outreach_history_delivery_id")),
        sa.UniqueConstraint("workspace_id", "import_key", name=op.f("uq_outreach_history_workspace_id_import_key")),
    )
    op.create_index("ix_outreach_history_account", "outreach_history", ["account_id", "contacted_at"], unique=False)
    op.create_index(
        "ix_outreach_history_email", "outreach_history", ["workspace_id", "email_folded", "contacted_at"], unique=False
    )
    op.create_index(
        "ix_outreach_history_linkedin",
        "outreach_history",
        ["workspace_id", "linkedin_folded", "contacted_at"],
        unique=False,
    )
    op.add_column("accounts", sa.Column("paused_reason", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("rotation_set", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("accounts", sa.Column("opens", sa.Time(), server_default="09:00", nullable=False))
    op.add_column("accounts", sa.Column("closes", sa.Time(), server_default="18:00", nullable=False))
    op.add_column(
        "accounts",
        sa.Column(
            "weekdays",
            postgresql.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{1,2,3,4,5}'::smallint[]"),
            nullable=False,
        ),
    )
    op.add_column("accounts", sa.Column("daily_limit_emails", sa.Integer(), server_default="100", nullable=False))
    op.add_column("accounts", sa.Column("daily_limit_messages", sa.Integer(), server_default="38", nullable=False))
    op.add_column("accounts", sa.Column("daily_limit_connections", sa.Integer(), server_default="20", nullable=False))
    op.add_column("accounts", sa.Column("warmup_start", sa.Integer(), nullable=True))
    op.add_column("accounts", sa.Column("warmup_step", sa.Integer(), server_default="5", nullable=False))
    op.add_column("accounts", sa.Column("warmup_from", sa.Date(), nullable=True))
    op.add_column("accounts", sa.Column("spacing_min_minutes", sa.Integer(), server_default="6", nullable=False))
    op.add_column("accounts", sa.Column("spacing_max_minutes", sa.Integer(), server_default="16", nullable=False))
    op.add_column("accounts", sa.Column("counted_on", sa.Date(), nullable=True))
    op.add_column("accounts", sa.Column("counted_emails", sa.Integer(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("counted_messages", sa.Integer(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("counted_connections", sa.Integer(), server_default="0", nullable=False))
    op.add_column("accounts", sa.Column("next_spaced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("next_send_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("accounts", sa.Column("health_score", sa.Integer(), nullable=True))
    op.add_column(
        "accounts",
        sa.Column(
            "health_reasons", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
        ),
    )
    op.add_column("accounts", sa.Column("spam_rate", sa.Double(), nullable=True))
    op.add_column("accounts", sa.Column("health_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_accounts_ready", "accounts", ["next_send_at"], unique=False, postgresql_where=sa.text("status = 'active'")
    )
    op.add_column(
        "campaigns", sa.Column("recipient_hours", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("contacts", sa.Column("timezone", sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("linkedin_url", sa.Text(), nullable=True))
    op.add_column(
        "contacts",
        sa.Column(
            "linkedin_folded", sa.Text(), sa.Computed("fold_linkedin_url(linkedin_url)", persisted=True), nullable=True
        ),
    )
    op.add_column("contacts", sa.Column("last_contacted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "contacts", sa.Column("eligible_for_outreach", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column("contacts", sa.Column("suppressed_by", sa.Text(), nullable=True))
    op.create_index(
        "ix_contacts_domain",
        "contacts",
        ["workspace_id", sa.literal_column("split_part(email_folded, '@', 2)")],
        unique=False,
    )
    op.create_index("ix_contacts_linkedin_folded", "contacts", ["workspace_id", "linkedin_folded"], unique=False)
    op.add_column("drafts", sa.Column("sequence_instance_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_drafts_sequence_instance_id"), "drafts", "sequence_instances", ["sequence_instance_id"], ["id"]
    )
    op.add_column("send_queue", sa.Column("kind", sa.Text(), server_default="intro", nullable=False))
    op.add_column("send_queue", sa.Column("counted_as", sa.Text(), server_default="email", nullable=False))
    op.add_column("send_queue", sa.Column("held_code", sa.Text(), nullable=True))
    op.add_column("send_queue", sa.Column("spacing_seconds", sa.Integer(), server_default="0", nullable=False))
    op.add_column("send_queue", sa.Column("counted_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_send_queue_held",
        "send_queue",
        ["campaign_id", "held_code"],
        unique=False,
        postgresql_where=sa.text("status = 'queued' AND held_code IS NOT NULL"),
    )
    op.create_index(
        "ix_send_queue_in_flight",
        "send_queue",
        ["contact_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('claimed', 'sending')"),
    )
    op.execute("CREATE SEQUENCE attempt_numbers")
    op.add_column(
        "send_attempts",
        sa.Column("number", sa.BigInteger(), server_default=sa.text("nextval('attempt_numbers')"), nullable=False),
    )
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.execute("INSERT INTO installation DEFAULT VALUES")


def downgrade() -> None:
    for table, checks in CHECKS.items():
        for name in checks:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.drop_index(
        "ix_send_queue_in_flight", table_name="send_queue", postgresql_where=sa.text("status IN ('claimed', 'sending')")
    )
    op.drop_index(
        "ix_send_queue_held",
        table_name="send_queue",
        postgresql_where=sa.text("status = 'queued' AND held_code IS NOT NULL"),
    )
    op.drop_column("send_queue", "counted_on")
    op.drop_column("send_queue", "spacing_seconds")
    op.drop_column("send_queue", "held_code")
    op.drop_column("send_queue", "counted_as")
    op.drop_column("send_queue", "kind")
    op.drop_constraint(op.f("fk_drafts_sequence_instance_id"), "drafts", type_="foreignkey")
    op.drop_column("drafts", "sequence_instance_id")
    op.drop_index("ix_contacts_linkedin_folded", table_name="contacts")
    op.drop_index("ix_contacts_domain", table_name="contacts")
    op.drop_column("contacts", "suppressed_by")
    op.drop_column("contacts", "eligible_for_outreach")
    op.drop_column("contacts", "last_contacted_at")
    op.drop_column("contacts", "linkedin_folded")
    op.drop_column("contacts", "linkedin_url")
    op.drop_column("contacts", "timezone")
    op.drop_column("campaigns", "recipient_hours")
    op.drop_index("ix_accounts_ready", table_name="accounts", postgresql_where=sa.text("status = 'active'"))
    op.drop_column("accounts", "health_at")
    op.drop_column("accounts", "spam_rate")
    op.drop_column("accounts", "health_reasons")
    op.drop_column("accounts", "health_score")
    op.drop_column("accounts", "next_send_at")
    op.drop_column("accounts", "next_spaced_at")
    op.drop_column("accounts", "counted_connections")
    op.drop_column("accounts", "counted_messages")
    op.drop_column("accounts", "counted_emails")
    op.drop_column("accounts", "counted_on")
    op.drop_column("accounts", "spacing_max_minutes")
    op.drop_column("accounts", "spacing_min_minutes")
    op.drop_column("accounts", "warmup_from")
    op.drop_column("accounts", "warmup_step")
    op.drop_column("accounts", "warmup_start")
    op.drop_column("accounts", "daily_limit_connections")
    op.drop_column("accounts", "daily_limit_messages")
    op.drop_column("accounts", "daily_limit_emails")
    op.drop_column("accounts", "weekdays")
    op.drop_column("accounts", "closes")
    op.drop_column("accounts", "opens")
    op.drop_column("accounts", "country")
    op.drop_column("accounts", "rotation_set")
    op.drop_column("accounts", "paused_reason")
    op.drop_index("ix_outreach_history_linkedin", table_name="outreach_history")
    op.drop_index("ix_outreach_history_email", table_name="outreach_history")
    op.drop_index("ix_outreach_history_account", table_name="outreach_history")
    op.drop_table("outreach_history")
    op.drop_table("sequence_instances")
    op.drop_table("suppressions")
    op.drop_table("installation")
    op.drop_column("send_attempts", "number")
    op.execute("DROP SEQUENCE attempt_numbers")
    op.execute("DROP FUNCTION fold_linkedin_url(text)")
