"""Create the tables that a draft's way from ingest to its final card needs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "create_tables"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slack_team_id", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
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
        sa.CheckConstraint("channel IN ('email', 'linkedin')", name=op.f("ck_accounts_channel_known")),
        sa.CheckConstraint("status IN ('active', 'paused')", name=op.f("ck_accounts_status_known")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_accounts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("workspace_id", "address", name=op.f("uq_accounts_workspace_id_address")),
    )
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
        sa.CheckConstraint("role IN ('viewer', 'reviewer', 'admin', 'owner')", name=op.f("ck_members_role_known")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_members_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("workspace_id", "slack_user_id", name=op.f("uq_members_workspace_id_slack_user_id")),
    )
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
        sa.CheckConstraint("mode IN ('review', 'auto_send')", name=op.f("ck_campaigns_mode_known")),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_campaigns_status_known")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_campaigns_account_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_campaigns_offer_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_campaigns_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("workspace_id", "slug", name=op.f("uq_campaigns_workspace_id_slug")),
    )
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
        sa.CheckConstraint(
            "status IN ('available', 'cooling_off', 'do_not_contact', 'replied')", name=op.f("ck_contacts_status_known")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_contacts_offer_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_contacts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("offer_id", "email_folded", name=op.f("uq_contacts_offer_id_email_folded")),
    )
    op.create_index("ix_contacts_email_folded", "contacts", ["workspace_id", "email_folded"], unique=False)
    op.create_table(
        "campaign_reviewers",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_reviewers_campaign_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_campaign_reviewers_member_id")),
        sa.PrimaryKeyConstraint("campaign_id", "member_id", name=op.f("pk_campaign_reviewers")),
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
            "status IN ('pending', 'needs_review', 'manual_review', 'approved', 'rejected', 'expired')",
            name=op.f("ck_drafts_status_known"),
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_drafts_confidence_is_a_share")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_drafts_version_from_one")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_drafts_campaign_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_drafts_contact_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["members.id"], name=op.f("fk_drafts_decided_by")),
        sa.ForeignKeyConstraint(
            ["id", "version"],
            ["draft_versions.draft_id", "draft_versions.version"],
            name="fk_drafts_current_version",
            initially="DEFERRED",
            deferrable=True,
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["inbound_message_id"], ["inbound_messages.id"], name=op.f("fk_drafts_inbound_message_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_drafts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_drafts_workspace_id_key")),
    )
    op.create_index("ix_drafts_campaign", "drafts", ["campaign_id", "status"], unique=False)
    op.create_index(
        "ix_drafts_cards_behind",
        "drafts",
        ["sync_after"],
        unique=False,
        postgresql_where=sa.text("drawn_revision < revision"),
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
        sa.CheckConstraint(
            "(status IN ('claimed', 'sending')) = (lease_until IS NOT NULL)",
            name=op.f("ck_send_queue_lease_while_held"),
        ),
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
    op.create_index("ix_send_queue_draft", "send_queue", ["draft_id"], unique=False)
    op.create_index(
        "ix_send_queue_campaign",
        "send_queue",
        ["campaign_id", "draft_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'claimed')"),
    )
    op.create_index(
        "ix_campaigns_to_show", "campaigns", ["id"], unique=False, postgresql_where=sa.text("shown_status <> status")
    )
    op.create_index(
        "ix_send_queue_head",
        "send_queue",
        ["account_id", "priority", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "ix_send_queue_leases",
        "send_queue",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("status IN ('claimed', 'sending')"),
    )
    op.create_index(
        "uq_send_queue_one_live_delivery",
        "send_queue",
        ["draft_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')"),
    )
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
        sa.ForeignKeyConstraint(
            ["delivery_id", "draft_id"], ["send_queue.id", "send_queue.draft_id"], name="fk_send_attempts_delivery"
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_send_attempts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_send_attempts_message_id")),
    )
    op.create_index("ix_send_attempts_delivery", "send_attempts", ["delivery_id"], unique=False)
    op.create_index(
        "uq_send_attempts_one_that_may_have_left",
        "send_attempts",
        ["draft_id"],
        unique=True,
        postgresql_where=sa.text("started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent'"),
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
        sa.CheckConstraint(
            "code IN ('unknown_member', 'role_too_low', 'not_found', 'stale_version', 'already_decided', 'draft_already_sending', 'send_outcome_unknown', 'blocked', 'unknown_campaign', 'unclear_campaign', 'nothing_to_do')",
            name=op.f("ck_message_events_code_known"),
        ),
        sa.CheckConstraint(
            "surface IN ('slack', 'web', 'api', 'cli', 'job', 'provider')", name=op.f("ck_message_events_surface_known")
        ),
        sa.CheckConstraint(
            "verb IN ('ingest', 'submit', 'block', 'edit', 'approve', 'reject', 'expire', 'return', 'claim', 'release', 'start', 'deliver', 'retry', 'fail', 'lose', 'confirm', 'cancel', 'skip', 'read', 'refuse', 'pause', 'resume', 'declare')",
            name=op.f("ck_message_events_verb_known"),
        ),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_message_events_api_key_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["send_attempts.id"], name=op.f("fk_message_events_attempt_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_message_events_campaign_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["send_queue.id"], name=op.f("fk_message_events_delivery_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_message_events_draft_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_message_events_member_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_message_events_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_events")),
    )
    op.create_index("ix_message_events_draft", "message_events", ["draft_id", "id"], unique=False)
    op.create_index("ix_message_events_workspace", "message_events", ["workspace_id", "id"], unique=False)
    # A draft and its first version point at each other: checked when the transaction commits.
    op.create_foreign_key(
        "fk_drafts_current_version",
        "drafts",
        "draft_versions",
        ["id", "version"],
        ["draft_id", "version"],
        deferrable=True,
        initially="DEFERRED",
    )
    # A claim writes the delivery before its attempt: likewise.
    op.create_foreign_key(
        "fk_send_queue_attempt",
        "send_queue",
        "send_attempts",
        ["attempt_id"],
        ["id"],
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    op.drop_constraint("fk_send_queue_attempt", "send_queue", type_="foreignkey")
    op.drop_constraint("fk_drafts_current_version", "drafts", type_="foreignkey")
    op.drop_index("ix_message_events_workspace", table_name="message_events")
    op.drop_index("ix_message_events_draft", table_name="message_events")
    op.drop_table("message_events")
    op.drop_index(
        "uq_send_attempts_one_that_may_have_left",
        table_name="send_attempts",
        postgresql_where=sa.text("started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent'"),
    )
    op.drop_index("ix_send_attempts_delivery", table_name="send_attempts")
    op.drop_table("send_attempts")
    op.drop_index(
        "uq_send_queue_one_live_delivery",
        table_name="send_queue",
        postgresql_where=sa.text("status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')"),
    )
    op.drop_index(
        "ix_send_queue_leases", table_name="send_queue", postgresql_where=sa.text("status IN ('claimed', 'sending')")
    )
    op.drop_index("ix_send_queue_head", table_name="send_queue", postgresql_where=sa.text("status = 'queued'"))
    op.drop_index("ix_send_queue_draft", table_name="send_queue")
    op.drop_table("send_queue")
    op.drop_table("draft_versions")
    op.drop_index("uq_cards_one_per_channel", table_name="cards", postgresql_where=sa.text("place = 'channel'"))
    op.drop_table("cards")
    op.drop_index("ix_drafts_cards_behind", table_name="drafts", postgresql_where=sa.text("drawn_revision < revision"))
    op.drop_index("ix_drafts_campaign", table_name="drafts")
    op.drop_table("drafts")
    op.drop_table("inbound_messages")
    op.drop_table("campaign_reviewers")
    op.drop_index("ix_contacts_email_folded", table_name="contacts")
    op.drop_table("contacts")
    op.drop_table("campaigns")
    op.drop_table("offers")
    op.drop_table("members")
    op.drop_index("uq_api_keys_name", table_name="api_keys", postgresql_where=sa.text("revoked_at IS NULL"))
    op.drop_table("api_keys")
    op.drop_table("accounts")
    op.drop_table("workspaces")
