"""Create the tables, with their constraints and indexes, and the one row of `installation`.

This migration and the two after it stand for 26 older ones: they make what those made, to the order of the columns.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.load import drop, load

revision = "squashed_tables"
down_revision = None

#: In the order in which they can be made: whatever a table points at comes before it.
TABLES = (
    "installation",
    "workspaces",
    "accounts",
    "api_keys",
    "members",
    "offers",
    "suppressions",
    "campaigns",
    "contacts",
    "installations",
    "campaign_reviewers",
    "homes",
    "inbound_messages",
    "sequence_instances",
    "drafts",
    "tasks",
    "alerts",
    "cards",
    "draft_versions",
    "task_cards",
    "draft_approvals",
    "send_queue",
    "outreach_history",
    "send_attempts",
    "message_events",
)


def upgrade() -> None:
    load("functions", "fold_text", "percent_decoded", "fold_linkedin_url")  # a column is computed by the last
    op.execute("CREATE SEQUENCE attempt_numbers")
    op.create_table(
        "installation",
        sa.Column("id", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sending_stopped", sa.Text(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.Column("confirmed_number", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("stopped_by IN ('person', 'restore')", name=op.f("ck_installation_stopped_by_known")),
        sa.CheckConstraint("id", name=op.f("ck_installation_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slack_team_id", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("undo_seconds", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("open_cards", sa.SmallInteger(), nullable=True),
        sa.Column("remind_after_hours", sa.SmallInteger(), nullable=True),
        sa.Column("escalate_after_hours", sa.SmallInteger(), nullable=True),
        sa.Column("expire_after_days", sa.SmallInteger(), nullable=True),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.Column("digest_channel", sa.Text(), nullable=True),
        sa.Column("digested_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "escalate_after_hours BETWEEN 1 AND 720", name=op.f("ck_workspaces_escalate_within_a_month")
        ),
        sa.CheckConstraint("expire_after_days BETWEEN 1 AND 365", name=op.f("ck_workspaces_expire_within_a_year")),
        sa.CheckConstraint("open_cards BETWEEN 1 AND 100", name=op.f("ck_workspaces_a_handful_of_cards")),
        sa.CheckConstraint("remind_after_hours BETWEEN 1 AND 720", name=op.f("ck_workspaces_remind_within_a_month")),
        sa.CheckConstraint("undo_seconds BETWEEN 0 AND 120", name=op.f("ck_workspaces_undo_within_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("slack_team_id", name=op.f("uq_workspaces_slack_team_id")),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="email", nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("smtp_url", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("rotation_set", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("opens", sa.Time(), server_default="09:00", nullable=False),
        sa.Column("closes", sa.Time(), server_default="18:00", nullable=False),
        sa.Column(
            "weekdays",
            postgresql.ARRAY(sa.SmallInteger()),
            server_default=sa.text("'{1,2,3,4,5}'::smallint[]"),
            nullable=False,
        ),
        sa.Column("daily_limit_emails", sa.Integer(), server_default="100", nullable=False),
        sa.Column("daily_limit_messages", sa.Integer(), server_default="38", nullable=False),
        sa.Column("daily_limit_connections", sa.Integer(), server_default="20", nullable=False),
        sa.Column("warmup_start", sa.Integer(), nullable=True),
        sa.Column("warmup_step", sa.Integer(), server_default="5", nullable=False),
        sa.Column("warmup_from", sa.Date(), nullable=True),
        sa.Column("spacing_min_minutes", sa.Integer(), server_default="6", nullable=False),
        sa.Column("spacing_max_minutes", sa.Integer(), server_default="16", nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("counted_emails", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_messages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_connections", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_spaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("health_score", sa.Integer(), nullable=True),
        sa.Column(
            "health_reasons", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
        ),
        sa.Column("spam_rate", sa.Double(), nullable=True),
        sa.Column("health_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("watched_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count_holds_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'linkedin')", name=op.f("ck_accounts_channel_known")),
        sa.CheckConstraint("opens < closes OR closes = '00:00'", name=op.f("ck_accounts_opens_before_it_closes")),
        sa.CheckConstraint("status IN ('active', 'paused')", name=op.f("ck_accounts_status_known")),
        sa.CheckConstraint("weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]", name=op.f("ck_accounts_iso_weekdays")),
        sa.CheckConstraint("daily_limit_connections BETWEEN 0 AND 20", name=op.f("ck_accounts_connections_a_day")),
        sa.CheckConstraint("daily_limit_emails BETWEEN 0 AND 100", name=op.f("ck_accounts_emails_a_day")),
        sa.CheckConstraint("daily_limit_messages BETWEEN 0 AND 40", name=op.f("ck_accounts_messages_a_day")),
        sa.CheckConstraint("health_score BETWEEN 0 AND 100", name=op.f("ck_accounts_health_is_a_score")),
        sa.CheckConstraint(
            "spacing_min_minutes BETWEEN 0 AND spacing_max_minutes", name=op.f("ck_accounts_spacing_in_order")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_accounts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("workspace_id", "address", name=op.f("uq_accounts_workspace_id_address")),
    )
    op.create_index("ix_accounts_ready", "accounts", ["next_send_at"], postgresql_where=sa.text("status = 'active'"))
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_api_keys_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_keys_key_sha256")),
    )
    op.create_index(
        "uq_api_keys_name",
        "api_keys",
        ["workspace_id", "name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("slack_user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("dm_channel", sa.Text(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("muted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'reviewer', 'admin', 'owner')", name=op.f("ck_members_role_known")),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name=op.f("ck_members_quiet_from_and_to")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_members_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("workspace_id", "slack_user_id", name=op.f("uq_members_workspace_id_slack_user_id")),
    )
    op.create_index("ix_members_owed", "members", ["workspace_id"], postgresql_where=sa.text("owed"))
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_offers_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("workspace_id", "slug", name=op.f("uq_offers_workspace_id_slug")),
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
        "campaigns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), server_default="review", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("shown_status", sa.Text(), server_default="active", nullable=False),
        sa.Column("slack_channel", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recipient_hours", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("routing", sa.Text(), server_default="everyone", nullable=False),
        sa.Column("quorum", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("self_approval", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("admins_above_risk", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "admins_above_risk IN ('low', 'review', 'blocked')", name=op.f("ck_campaigns_admins_above_risk_known")
        ),
        sa.CheckConstraint("mode IN ('review', 'auto_send')", name=op.f("ck_campaigns_mode_known")),
        sa.CheckConstraint(
            "routing IN ('everyone', 'round_robin', 'least_loaded')", name=op.f("ck_campaigns_routing_known")
        ),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_campaigns_status_known")),
        sa.CheckConstraint("quorum BETWEEN 1 AND 5", name=op.f("ck_campaigns_quorum_of_a_few")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_campaigns_account_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_campaigns_offer_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_campaigns_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("workspace_id", "slug", name=op.f("uq_campaigns_workspace_id_slug")),
    )
    op.create_index("ix_campaigns_to_show", "campaigns", ["id"], postgresql_where=sa.text("shown_status <> status"))
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_folded", sa.Text(), sa.Computed("lower(email)", persisted=True), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="available", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("linkedin_url", sa.Text(), nullable=True),
        sa.Column(
            "linkedin_folded", sa.Text(), sa.Computed("fold_linkedin_url(linkedin_url)", persisted=True), nullable=True
        ),
        sa.Column("last_contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("eligible_for_outreach", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("suppressed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('available', 'cooling_off', 'do_not_contact', 'replied')", name=op.f("ck_contacts_status_known")
        ),
        sa.CheckConstraint(
            "suppressed_by IN ('address', 'domain', 'company')", name=op.f("ck_contacts_suppressed_by_known")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_contacts_offer_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_contacts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("offer_id", "email_folded", name=op.f("uq_contacts_offer_id_email_folded")),
    )
    op.create_index(
        "ix_contacts_domain",
        "contacts",
        ["workspace_id", sa.literal_column("split_part(email_folded, '@', 2)")],
    )
    op.create_index("ix_contacts_email_folded", "contacts", ["workspace_id", "email_folded"])
    op.create_index("ix_contacts_linkedin_folded", "contacts", ["workspace_id", "linkedin_folded"])
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
            "bot_token LIKE 'enc:%' AND refresh_token LIKE 'enc:%'", name=op.f("ck_installations_tokens_are_sealed")
        ),
        sa.CheckConstraint(
            "(refresh_token IS NULL) = (expires_at IS NULL)", name=op.f("ck_installations_refreshed_if_it_expires")
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (bot_token IS NOT NULL)", name=op.f("ck_installations_token_until_revoked")
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (reason IS NULL)", name=op.f("ck_installations_revoked_for_a_reason")
        ),
        sa.ForeignKeyConstraint(["installed_by"], ["members.id"], name=op.f("fk_installations_installed_by")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_installations_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint("slack_team_id", name=op.f("uq_installations_slack_team_id")),
        sa.UniqueConstraint("state_sha256", name=op.f("uq_installations_state_sha256")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_installations_workspace_id")),
    )
    op.create_table(
        "campaign_reviewers",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_reviewers_campaign_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_campaign_reviewers_member_id")),
        sa.PrimaryKeyConstraint("campaign_id", "member_id", name=op.f("pk_campaign_reviewers")),
    )
    op.create_table(
        "homes",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("risk", sa.Text(), nullable=True),
        sa.Column("page", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shows", sa.Text(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sync_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("risk IN ('low', 'review', 'blocked')", name=op.f("ck_homes_risk_known")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_homes_campaign_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_homes_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_homes_workspace_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_homes")),
    )
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_inbound_messages_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_inbound_messages_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
    )
    op.create_index("ix_inbound_messages_contact", "inbound_messages", ["contact_id"])
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
        "drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("inbound_message_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="intro", nullable=False),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("risk", sa.Text(), nullable=True),
        sa.Column("risk_reasons", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_surface", sa.Text(), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("drawn_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sync_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sequence_instance_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("waits_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_by", sa.Uuid(), nullable=True),
        sa.Column("change_note", sa.Text(), nullable=True),
        sa.Column("change_asked_by", sa.Uuid(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_at IS NOT NULL)",
            name=op.f("ck_drafts_decided_when_decision"),
        ),
        sa.CheckConstraint(
            "decided_surface IN ('slack', 'web', 'api', 'cli', 'job', 'provider')",
            name=op.f("ck_drafts_decided_surface_known"),
        ),
        sa.CheckConstraint("kind IN ('intro', 'follow_up', 'reply')", name=op.f("ck_drafts_kind_known")),
        sa.CheckConstraint("risk IN ('low', 'review', 'blocked')", name=op.f("ck_drafts_risk_known")),
        sa.CheckConstraint(
            "snoozed_until IS NULL OR status IN ('needs_review', 'manual_review')",
            name=op.f("ck_drafts_snoozed_while_open"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'needs_review', 'manual_review', 'approved', 'rejected', 'expired')",
            name=op.f("ck_drafts_status_known"),
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_drafts_confidence_is_a_share")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_drafts_version_from_one")),
        sa.ForeignKeyConstraint(["assigned_to"], ["members.id"], name=op.f("fk_drafts_assigned_to")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_drafts_campaign_id")),
        sa.ForeignKeyConstraint(["change_asked_by"], ["members.id"], name=op.f("fk_drafts_change_asked_by")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_drafts_contact_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["members.id"], name=op.f("fk_drafts_decided_by")),
        sa.ForeignKeyConstraint(
            ["inbound_message_id"], ["inbound_messages.id"], name=op.f("fk_drafts_inbound_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["sequence_instance_id"], ["sequence_instances.id"], name=op.f("fk_drafts_sequence_instance_id")
        ),
        sa.ForeignKeyConstraint(["snoozed_by"], ["members.id"], name=op.f("fk_drafts_snoozed_by")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_drafts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_drafts_workspace_id_key")),
    )
    op.create_index(
        "ix_drafts_assigned",
        "drafts",
        ["assigned_to"],
        postgresql_where=sa.text(
            "status IN ('needs_review', 'manual_review') AND snoozed_until IS NULL AND assigned_to IS NOT NULL"
        ),
    )
    op.create_index("ix_drafts_campaign", "drafts", ["campaign_id", "status"])
    op.create_index(
        "ix_drafts_cards_behind",
        "drafts",
        ["sync_after"],
        postgresql_where=sa.text("drawn_revision < revision"),
    )
    op.create_index("ix_drafts_contact", "drafts", ["contact_id"])
    op.create_index(
        "ix_drafts_decided_behind",
        "drafts",
        ["sync_after"],
        postgresql_where=sa.text("drawn_revision < revision AND status NOT IN ('needs_review', 'manual_review')"),
    )
    op.create_index(
        "ix_drafts_open",
        "drafts",
        ["workspace_id", "created_at"],
        postgresql_where=sa.text("status IN ('needs_review', 'manual_review')"),
    )
    op.create_index(
        "ix_drafts_snoozed",
        "drafts",
        ["snoozed_until"],
        postgresql_where=sa.text("snoozed_until IS NOT NULL"),
    )
    op.create_index(
        "ix_drafts_to_deal",
        "drafts",
        [
            "campaign_id",
            sa.literal_column(
                "(\nCASE\n    WHEN risk = 'low' THEN 1\n    WHEN risk = 'review' THEN 2\n    ELSE 3\nEND)"
            ),
            sa.literal_column("confidence DESC NULLS LAST"),
            "created_at",
            "id",
        ],
        postgresql_where=sa.text(
            "status IN ('needs_review', 'manual_review') AND snoozed_until IS NULL AND assigned_to IS NULL"
        ),
    )
    op.create_index(
        "ix_drafts_to_escalate",
        "drafts",
        ["workspace_id", "waits_since"],
        postgresql_where=sa.text(
            "status IN ('needs_review', 'manual_review') AND snoozed_until IS NULL AND escalated_at IS NULL"
        ),
    )
    op.create_index(
        "ix_drafts_undecided_behind",
        "drafts",
        ["sync_after"],
        postgresql_where=sa.text("drawn_revision < revision AND status IN ('needs_review', 'manual_review')"),
    )
    op.create_index(
        "ix_drafts_waiting",
        "drafts",
        ["workspace_id", "waits_since"],
        postgresql_where=sa.text("status = 'needs_review' AND snoozed_until IS NULL"),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sequence_instance_id", sa.Uuid(), nullable=True),
        sa.Column("step_order", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("held_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("offered_to", sa.Uuid(), nullable=True),
        sa.Column("offers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("drawn_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sync_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status IN ('done', 'could_not')) = (done_at IS NOT NULL)", name=op.f("ck_tasks_told_when")
        ),
        sa.CheckConstraint(
            "(status IN ('offered', 'done')) = (counted_on IS NOT NULL)", name=op.f("ck_tasks_counted_while_it_counts")
        ),
        sa.CheckConstraint(
            "held_code IN ('sending_stopped', 'campaign_not_active', 'account_not_active', 'account_unhealthy', 'suppressed', 'opted_out', 'replied', 'sixty_days', 'daily_limit', 'outside_hours', 'spacing')",
            name=op.f("ck_tasks_held_code_known"),
        ),
        sa.CheckConstraint("kind IN ('message', 'connection')", name=op.f("ck_tasks_kind_known")),
        sa.CheckConstraint("status <> 'offered' OR offered_to IS NOT NULL", name=op.f("ck_tasks_offered_to_somebody")),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'done', 'could_not', 'skipped')", name=op.f("ck_tasks_status_known")
        ),
        sa.CheckConstraint(
            "step_order IS NULL OR sequence_instance_id IS NOT NULL", name=op.f("ck_tasks_step_of_a_sequence")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tasks_account_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_tasks_campaign_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_tasks_contact_id")),
        sa.ForeignKeyConstraint(["done_by"], ["members.id"], name=op.f("fk_tasks_done_by")),
        sa.ForeignKeyConstraint(["offered_to"], ["members.id"], name=op.f("fk_tasks_offered_to")),
        sa.ForeignKeyConstraint(
            ["sequence_instance_id"], ["sequence_instances.id"], name=op.f("fk_tasks_sequence_instance_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tasks_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint(
            "sequence_instance_id", "step_order", "kind", name=op.f("uq_tasks_sequence_instance_id_step_order_kind")
        ),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_tasks_workspace_id_key")),
    )
    op.create_index(
        "ix_tasks_cards_behind",
        "tasks",
        ["sync_after"],
        postgresql_where=sa.text("drawn_revision < revision"),
    )
    op.create_index("ix_tasks_offered_for", "tasks", ["contact_id"], postgresql_where=sa.text("status = 'offered'"))
    op.create_index("ix_tasks_offered_in", "tasks", ["campaign_id"], postgresql_where=sa.text("status = 'offered'"))
    op.create_index("ix_tasks_offered_to", "tasks", ["offered_to"], postgresql_where=sa.text("status = 'offered'"))
    op.create_index(
        "ix_tasks_waiting",
        "tasks",
        ["account_id", "kind", "due_at"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("try_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_reason", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="account_paused", nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('account_paused', 'outcome_unknown', 'queue_stuck', 'slack_permissions', 'draft_waiting', 'campaign_switched', 'digest', 'reminder')",
            name=op.f("ck_alerts_kind_known"),
        ),
        sa.CheckConstraint("(member_id IS NULL) <> (channel IS NULL)", name=op.f("ck_alerts_a_member_or_a_channel")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_alerts_account_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_alerts_draft_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_alerts_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_alerts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("channel", "about", name=op.f("uq_alerts_channel_about")),
        sa.UniqueConstraint("member_id", "about", name=op.f("uq_alerts_member_id_about")),
    )
    op.create_index(
        "ix_alerts_to_tell",
        "alerts",
        ["try_after"],
        postgresql_where=sa.text("told_at IS NULL AND gone_reason IS NULL"),
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("drawn_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("thread_ts", sa.Text(), nullable=True),
        sa.Column("thread_shows", sa.Text(), nullable=True),
        sa.Column("asks", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("thread_held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thread_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(place = 'dm') = (member_id IS NOT NULL)", name=op.f("ck_cards_dm_has_member")),
        sa.CheckConstraint("place IN ('dm', 'channel', 'stray')", name=op.f("ck_cards_place_known")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_cards_draft_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_cards_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_cards_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_cards_channel_ts")),
        sa.UniqueConstraint("draft_id", "member_id", name=op.f("uq_cards_draft_id_member_id")),
    )
    op.create_index(
        "ix_cards_asking",
        "cards",
        ["member_id"],
        postgresql_where=sa.text("asks AND gone_reason IS NULL"),
    )
    op.create_index(
        "uq_cards_one_per_channel", "cards", ["draft_id"], unique=True, postgresql_where=sa.text("place = 'channel'")
    )
    op.create_table(
        "draft_versions",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("subject !~ '[\\x01-\\x1f\\x7f]'", name=op.f("ck_draft_versions_subject_is_one_line")),
        sa.CheckConstraint(
            "surface IN ('slack', 'web', 'api', 'cli', 'job', 'provider')", name=op.f("ck_draft_versions_surface_known")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_versions_draft_id")),
        sa.ForeignKeyConstraint(["edited_by"], ["members.id"], name=op.f("fk_draft_versions_edited_by")),
        sa.PrimaryKeyConstraint("draft_id", "version", name=op.f("pk_draft_versions")),
    )
    op.create_table(
        "task_cards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("ts", sa.Text(), nullable=True),
        sa.Column("drawn_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_task_cards_member_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_cards_task_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_task_cards_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_cards")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_task_cards_channel_ts")),
        sa.UniqueConstraint("task_id", "member_id", name=op.f("uq_task_cards_task_id_member_id")),
    )
    op.create_table(
        "draft_approvals",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("timing", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "surface IN ('slack', 'web', 'api', 'cli', 'job', 'provider')",
            name=op.f("ck_draft_approvals_surface_known"),
        ),
        sa.CheckConstraint("timing IN ('earliest', 'next_slot')", name=op.f("ck_draft_approvals_timing_known")),
        sa.ForeignKeyConstraint(
            ["draft_id", "version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_draft_approvals_version",
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_approvals_draft_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_draft_approvals_member_id")),
        sa.PrimaryKeyConstraint("draft_id", "version", "member_id", name=op.f("pk_draft_approvals")),
    )
    op.create_table(
        "send_queue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("timing", sa.Text(), server_default="earliest", nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="100", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), server_default="intro", nullable=False),
        sa.Column("counted_as", sa.Text(), server_default="email", nullable=False),
        sa.Column("held_code", sa.Text(), nullable=True),
        sa.Column("spacing_seconds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(status IN ('claimed', 'sending')) = (lease_until IS NOT NULL)",
            name=op.f("ck_send_queue_lease_while_held"),
        ),
        sa.CheckConstraint(
            "counted_as IN ('email', 'message', 'connection')", name=op.f("ck_send_queue_counted_as_known")
        ),
        sa.CheckConstraint(
            "held_code IN ('sending_stopped', 'campaign_not_active', 'account_not_active', 'account_unhealthy', 'suppressed', 'opted_out', 'replied', 'sixty_days', 'daily_limit', 'outside_hours', 'spacing')",
            name=op.f("ck_send_queue_held_code_known"),
        ),
        sa.CheckConstraint("kind IN ('intro', 'follow_up', 'reply')", name=op.f("ck_send_queue_kind_known")),
        sa.CheckConstraint(
            "status IN ('queued', 'cancelled', 'skipped') OR attempt_id IS NOT NULL",
            name=op.f("ck_send_queue_attempt_once_claimed"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown', 'failed', 'cancelled', 'skipped')",
            name=op.f("ck_send_queue_status_known"),
        ),
        sa.CheckConstraint("timing IN ('earliest', 'next_slot')", name=op.f("ck_send_queue_timing_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_send_queue_account_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_send_queue_campaign_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_send_queue_contact_id")),
        sa.ForeignKeyConstraint(
            ["draft_id", "content_version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_send_queue_approved_version",
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_send_queue_draft_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_send_queue_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_queue")),
        sa.UniqueConstraint("id", "draft_id", name=op.f("uq_send_queue_id_draft_id")),
    )
    op.create_index(
        "ix_send_queue_campaign",
        "send_queue",
        ["campaign_id", "draft_id"],
        postgresql_where=sa.text("status IN ('queued', 'claimed')"),
    )
    op.create_index(
        "ix_send_queue_contact",
        "send_queue",
        ["contact_id"],
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index("ix_send_queue_draft", "send_queue", ["draft_id"])
    op.create_index(
        "ix_send_queue_head",
        "send_queue",
        ["account_id", "priority", "due_at"],
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "ix_send_queue_held",
        "send_queue",
        ["campaign_id", "held_code"],
        postgresql_where=sa.text("status = 'queued' AND held_code IS NOT NULL"),
    )
    op.create_index(
        "ix_send_queue_in_flight",
        "send_queue",
        ["contact_id"],
        postgresql_where=sa.text("status IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_send_queue_leases",
        "send_queue",
        ["lease_until"],
        postgresql_where=sa.text("status IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_send_queue_unknown",
        "send_queue",
        ["draft_id"],
        postgresql_where=sa.text("status = 'outcome_unknown'"),
    )
    op.create_index(
        "uq_send_queue_one_live_delivery",
        "send_queue",
        ["draft_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')"),
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
        sa.Column("task_id", sa.Uuid(), nullable=True),
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
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_outreach_history_task_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_outreach_history_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_history")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_outreach_history_delivery_id")),
        sa.UniqueConstraint("task_id", name=op.f("uq_outreach_history_task_id")),
        sa.UniqueConstraint("workspace_id", "import_key", name=op.f("uq_outreach_history_workspace_id_import_key")),
    )
    op.create_index("ix_outreach_history_account", "outreach_history", ["account_id", "contacted_at"])
    op.create_index("ix_outreach_history_email", "outreach_history", ["workspace_id", "email_folded", "contacted_at"])
    op.create_index(
        "ix_outreach_history_linkedin",
        "outreach_history",
        ["workspace_id", "linkedin_folded", "contacted_at"],
    )
    op.create_index("ix_outreach_history_workspace", "outreach_history", ["workspace_id", "contacted_at"])
    op.create_table(
        "send_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("mime", sa.LargeBinary(), nullable=False),
        sa.Column("mime_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("nextval('attempt_numbers')"), nullable=False),
        sa.Column("overruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overruled_by", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('not_sent', 'sent', 'unknown')", name=op.f("ck_send_attempts_outcome_known")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome = 'not_sent' OR started_at IS NOT NULL",
            name=op.f("ck_send_attempts_sent_only_if_started"),
        ),
        sa.CheckConstraint(
            "phase IN ('connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt', 'start', 'data', 'body', 'dot', 'quit')",
            name=op.f("ck_send_attempts_phase_known"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (finished_at IS NULL)", name=op.f("ck_send_attempts_finished_with_outcome")
        ),
        sa.CheckConstraint(
            "(overruled_at IS NULL) = (overruled_by IS NULL)", name=op.f("ck_send_attempts_overruled_by_a_person")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id", "draft_id"], ["send_queue.id", "send_queue.draft_id"], name="fk_send_attempts_delivery"
        ),
        sa.ForeignKeyConstraint(["overruled_by"], ["members.id"], name=op.f("fk_send_attempts_overruled_by")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_send_attempts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_send_attempts_message_id")),
    )
    op.create_index("ix_send_attempts_delivery", "send_attempts", ["delivery_id"])
    op.create_index("ix_send_attempts_draft", "send_attempts", ["draft_id"])
    op.create_index(
        "ix_send_attempts_to_replay",
        "send_attempts",
        ["finished_at"],
        postgresql_where=sa.text("outcome = 'unknown' AND asked IS NOT NULL"),
    )
    op.create_index(
        "uq_send_attempts_one_that_may_have_left",
        "send_attempts",
        ["draft_id"],
        unique=True,
        postgresql_where=sa.text(
            "started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent' AND overruled_at IS NULL"
        ),
    )
    op.create_table(
        "message_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("surface", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("api_key_id", sa.Uuid(), nullable=True),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column(
            "data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "code IN ('unknown_member', 'role_too_low', 'not_found', 'stale_version', 'already_decided', 'draft_already_sending', 'send_outcome_unknown', 'blocked', 'unknown_campaign', 'unclear_campaign', 'nothing_to_do', 'too_early', 'too_late', 'not_a_reviewer', 'own_work', 'admins_only', 'already_endorsed')",
            name=op.f("ck_message_events_code_known"),
        ),
        sa.CheckConstraint(
            "surface IN ('slack', 'web', 'api', 'cli', 'job', 'provider')", name=op.f("ck_message_events_surface_known")
        ),
        sa.CheckConstraint(
            "verb IN ('ingest', 'submit', 'block', 'edit', 'approve', 'reject', 'expire', 'return', 'endorse', 'undo', 'request_changes', 'snooze', 'wake', 'assign', 'restore', 'remind', 'escalate', 'claim', 'release', 'start', 'deliver', 'retry', 'fail', 'lose', 'confirm', 'resend', 'cancel', 'skip', 'contradict', 'duplicate', 'stop_sending', 'allow_sending', 'bounce', 'complain', 'reply', 'unsubscribe', 'read', 'refuse', 'pause', 'resume', 'mute', 'unmute', 'offer', 'done', 'could_not', 'install', 'uninstall', 'declare')",
            name=op.f("ck_message_events_verb_known"),
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_message_events_api_key_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["send_attempts.id"], name=op.f("fk_message_events_attempt_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_message_events_campaign_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["send_queue.id"], name=op.f("fk_message_events_delivery_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_message_events_draft_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_message_events_member_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_message_events_task_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_message_events_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_events")),
    )
    op.create_index(
        "ix_message_events_bad_news",
        "message_events",
        ["delivery_id"],
        postgresql_where=sa.text("verb IN ('bounce', 'complain')"),
    )
    op.create_index(
        "ix_message_events_decided",
        "message_events",
        ["member_id", "id"],
        postgresql_where=sa.text("verb IN ('approve', 'endorse', 'reject', 'request_changes')"),
    )
    op.create_index("ix_message_events_draft", "message_events", ["draft_id", "id"])
    op.create_index(
        "ix_message_events_switches",
        "message_events",
        ["campaign_id", "id"],
        postgresql_where=sa.text("verb IN ('pause', 'resume')"),
    )
    op.create_index(
        "ix_message_events_task",
        "message_events",
        ["task_id", "id"],
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )
    op.create_index("ix_message_events_workspace", "message_events", ["workspace_id", "id"])
    op.create_index(
        "uq_message_events_feedback",
        "message_events",
        ["draft_id", "verb", sa.literal_column("COALESCE(data ->> 'hard', '')")],
        unique=True,
        postgresql_where=sa.text("verb IN ('bounce', 'complain', 'reply', 'unsubscribe')"),
    )
    op.create_index(
        "uq_message_events_feedback_key",
        "message_events",
        ["workspace_id", sa.literal_column("(data ->> 'key_sha256')")],
        unique=True,
        postgresql_where=sa.text("verb IN ('bounce', 'complain', 'reply', 'unsubscribe')"),
    )
    # A draft and its first version point at each other: checked when the transaction commits.
    op.create_foreign_key(
        "fk_drafts_current_version",
        "drafts",
        "draft_versions",
        ["id", "version"],
        ["draft_id", "version"],
        initially="DEFERRED",
        deferrable=True,
    )
    # A claim writes the delivery before its attempt: likewise.
    op.create_foreign_key(
        "fk_send_queue_attempt",
        "send_queue",
        "send_attempts",
        ["attempt_id"],
        ["id"],
        initially="DEFERRED",
        deferrable=True,
    )
    op.execute("INSERT INTO installation DEFAULT VALUES")


def downgrade() -> None:
    op.drop_constraint("fk_send_queue_attempt", "send_queue")
    op.drop_constraint("fk_drafts_current_version", "drafts")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP SEQUENCE attempt_numbers")
    drop("functions", "fold_text", "percent_decoded", "fold_linkedin_url")
