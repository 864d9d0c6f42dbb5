"""Add tasks: steps that a person does, held by the same limits, sixty days and history as any mail.

The pairs of states stand here as they were when this migration was written; a test holds them against core/states.py.
"""

import sqlalchemy as sa
from alembic import op

revision = "add_tasks"
down_revision = "put_decisions_first"

MOVES = (
    "waiting>offered",
    "waiting>skipped",
    "waiting>done",
    "offered>waiting",
    "offered>skipped",
    "offered>could_not",
    "offered>done",
    "skipped>done",
)
STATUSES = ("waiting", "offered", "done", "could_not", "skipped")
KINDS = ("message", "connection")
GATES = (
    *("sending_stopped", "campaign_not_active", "account_not_active", "account_unhealthy", "suppressed", "opted_out"),
    *("replied", "sixty_days", "daily_limit", "outside_hours", "spacing"),
)

GUARD_TASK = f"""
CREATE FUNCTION guard_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'waiting' THEN
            RAISE EXCEPTION 'a task cannot begin as %', NEW.status USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM accounts WHERE id = NEW.account_id AND workspace_id = NEW.workspace_id AND channel = 'linkedin';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a task belongs to a LinkedIn account' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.workspace_id, NEW.campaign_id, NEW.account_id, NEW.contact_id, NEW.kind, NEW.text, NEW.link)
        IS DISTINCT FROM
        (OLD.workspace_id, OLD.campaign_id, OLD.account_id, OLD.contact_id, OLD.kind, OLD.text, OLD.link) THEN
        RAISE EXCEPTION 'what a task asks for cannot change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY{list(MOVES)}) THEN
        RAISE EXCEPTION 'a task cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'done' AND OLD.offers = 0 THEN
        RAISE EXCEPTION 'a task that nobody was offered cannot be done'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;
"""

# Somebody was asked to write to this person, in another task that is not a step of the same sequence.
BEING_ASKED_FOR = """
CREATE FUNCTION being_asked_for(workspace uuid, of_email text, of_linkedin text, own_task uuid, own_sequence uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM tasks WHERE workspace_id = workspace AND status = 'offered') AND EXISTS (
        SELECT FROM contacts_of(workspace, of_email, of_linkedin) c (id)
        JOIN tasks t ON t.contact_id = c.id AND t.status = 'offered'
        WHERE t.id <> own_task AND (own_sequence IS NULL OR t.sequence_instance_id IS DISTINCT FROM own_sequence)
    );
END $$;
"""

# The only thing that counts tasks: whoever offers one is counted, or refused. What was done late has happened, so it is
# counted whatever the limit says. Two that go for one person at once take turns by the same locks as `count_delivery`.
COUNT_TASK = """
CREATE FUNCTION count_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account accounts%ROWTYPE;
    person contacts%ROWTYPE;
    today date;
    used integer;
    written timestamptz;
BEGIN
    IF NEW.status = 'offered' OR (NEW.status = 'done' AND OLD.counted_on IS NULL) THEN
        SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
        today := (clock_timestamp() AT TIME ZONE account.timezone)::date;
        used := account_counted_on(account, NEW.kind, today);
        IF NEW.status = 'offered' THEN
            IF used >= account_limit_on(account, NEW.kind, today) THEN
                RAISE EXCEPTION 'daily_limit: this account has used its % of today', used
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            SELECT * INTO STRICT person FROM contacts WHERE id = NEW.contact_id;
            PERFORM pg_advisory_xact_lock(key) FROM (
                SELECT DISTINCT hashtextextended(person.workspace_id::text || name, 60) AS key
                FROM names_of(person.workspace_id, person.email_folded, person.linkedin_folded) n,
                    LATERAL (VALUES ('email ' || n.email), ('linkedin ' || n.linkedin)) v (name)
                WHERE name IS NOT NULL ORDER BY key
            ) names;
            written := last_contacted(
                person.workspace_id, person.email_folded, person.linkedin_folded, NEW.sequence_instance_id
            );
            IF written > clock_timestamp() - interval '60 days' THEN
                RAISE EXCEPTION 'sixty_days: this person was written to on %', written::date
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF being_written_to(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id)
                OR being_asked_for(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id,
                                   NEW.sequence_instance_id) THEN
                RAISE EXCEPTION 'sixty_days: this person is being written to'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        UPDATE accounts SET
            counted_on = today,
            counted_emails = account_counted_on(account, 'email', today),
            counted_messages = account_counted_on(account, 'message', today) + (NEW.kind = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.kind = 'connection')::int
        WHERE id = NEW.account_id;
        NEW.counted_on := today;
    ELSIF NEW.status <> 'done' AND OLD.counted_on IS NOT NULL THEN
        UPDATE accounts SET
            counted_messages = counted_messages - (NEW.kind = 'message')::int,
            counted_connections = counted_connections - (NEW.kind = 'connection')::int
        WHERE id = NEW.account_id AND counted_on = OLD.counted_on;
        NEW.counted_on := NULL;
    END IF;
    RETURN NEW;
END $$;
"""

# The claim of a mail meets what a person was asked to do: `take_delivery` knows this refusal, and looks again later.
HEED_TASKS = """
CREATE FUNCTION heed_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM contacts c, drafts d WHERE c.id = NEW.contact_id AND d.id = NEW.draft_id
            AND being_asked_for(c.workspace_id, c.email_folded, c.linkedin_folded, NEW.id, d.sequence_instance_id)
    ) THEN
        RAISE EXCEPTION 'sixty_days: somebody was asked to write to this person'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

KEEP_TASK = """
CREATE FUNCTION keep_task() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  task_id, account_id, sequence_instance_id)
    SELECT gen_random_uuid(), NEW.workspace_id, 'linkedin', 'sent', c.email_folded, c.linkedin_folded,
           clock_timestamp(), NEW.id, NEW.account_id, NEW.sequence_instance_id
    FROM contacts c WHERE c.id = NEW.contact_id;
    RETURN NULL;
END $$;
"""

# What a card says of its campaign follows the campaign.
SHOW_CAMPAIGN = """
CREATE FUNCTION show_campaign_on_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET revision = revision + 1 WHERE campaign_id = NEW.id AND status = 'offered';
    RETURN NULL;
END $$;
"""

# What waits for tomorrow, or for the seat to open, is looked at at once when a count is given back or the rules change.
WAKE_TASKS = """
CREATE FUNCTION wake_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET due_at = clock_timestamp() WHERE id IN (
        SELECT id FROM tasks
        WHERE account_id = NEW.id AND status = 'waiting' AND held_code IN ('daily_limit', 'outside_hours')
            AND due_at > clock_timestamp()
        FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER count_task BEFORE UPDATE OF status ON tasks
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION count_task();
CREATE TRIGGER guard_task BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION guard_task();
CREATE TRIGGER keep_task AFTER UPDATE OF status ON tasks
    FOR EACH ROW WHEN (NEW.status = 'done' AND OLD.status <> 'done') EXECUTE FUNCTION keep_task();
CREATE TRIGGER keep_tasks BEFORE DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON tasks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER heed_tasks BEFORE UPDATE OF status ON send_queue
    FOR EACH ROW WHEN (NEW.status = 'claimed' AND OLD.status <> 'claimed' AND NEW.kind <> 'reply')
    EXECUTE FUNCTION heed_tasks();
CREATE TRIGGER wake_tasks AFTER UPDATE ON accounts FOR EACH ROW WHEN (
    NEW.channel = 'linkedin' AND (
        NEW.counted_messages < OLD.counted_messages OR NEW.counted_connections < OLD.counted_connections
        OR (NEW.daily_limit_messages, NEW.daily_limit_connections, NEW.warmup_start, NEW.warmup_step, NEW.warmup_from,
            NEW.opens, NEW.closes, NEW.weekdays, NEW.timezone, NEW.country)
        IS DISTINCT FROM
           (OLD.daily_limit_messages, OLD.daily_limit_connections, OLD.warmup_start, OLD.warmup_step, OLD.warmup_from,
            OLD.opens, OLD.closes, OLD.weekdays, OLD.timezone, OLD.country)
    )
) EXECUTE FUNCTION wake_tasks();
CREATE TRIGGER show_campaign_on_tasks AFTER UPDATE OF status ON campaigns
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION show_campaign_on_tasks();
"""


def upgrade() -> None:
    _tables()
    op.add_column("message_events", sa.Column("task_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_message_events_task_id"), "message_events", "tasks", ["task_id"], ["id"])
    op.create_index(
        "ix_message_events_task", "message_events", ["task_id", "id"], postgresql_where=sa.text("task_id IS NOT NULL")
    )
    op.add_column("outreach_history", sa.Column("task_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_outreach_history_task_id"), "outreach_history", "tasks", ["task_id"], ["id"])
    op.create_unique_constraint(op.f("uq_outreach_history_task_id"), "outreach_history", ["task_id"])
    for statement in (
        GUARD_TASK,
        BEING_ASKED_FOR,
        COUNT_TASK,
        HEED_TASKS,
        KEEP_TASK,
        SHOW_CAMPAIGN,
        WAKE_TASKS,
        TRIGGERS,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER heed_tasks ON send_queue")
    op.execute("DROP TRIGGER show_campaign_on_tasks ON campaigns")
    op.execute("DROP TRIGGER wake_tasks ON accounts")
    op.drop_column("outreach_history", "task_id")
    op.drop_column("message_events", "task_id")
    op.drop_table("task_cards")
    op.drop_table("tasks")
    for function in ("guard_task", "count_task", "heed_tasks", "keep_task", "show_campaign_on_tasks", "wake_tasks"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("DROP FUNCTION being_asked_for(uuid, text, text, uuid, uuid)")


def _tables() -> None:
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
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_tasks_kind_known")),
        sa.CheckConstraint(f"status IN {STATUSES}", name=op.f("ck_tasks_status_known")),
        sa.CheckConstraint(f"held_code IN {GATES}", name=op.f("ck_tasks_held_code_known")),
        sa.CheckConstraint(
            "step_order IS NULL OR sequence_instance_id IS NOT NULL", name=op.f("ck_tasks_step_of_a_sequence")
        ),
        sa.CheckConstraint("status <> 'offered' OR offered_to IS NOT NULL", name=op.f("ck_tasks_offered_to_somebody")),
        sa.CheckConstraint(
            "(status IN ('done', 'could_not')) = (done_at IS NOT NULL)", name=op.f("ck_tasks_told_when")
        ),
        sa.CheckConstraint(
            "(status IN ('offered', 'done')) = (counted_on IS NOT NULL)", name=op.f("ck_tasks_counted_while_it_counts")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_tasks_workspace_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_tasks_campaign_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tasks_account_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_tasks_contact_id")),
        sa.ForeignKeyConstraint(
            ["sequence_instance_id"], ["sequence_instances.id"], name=op.f("fk_tasks_sequence_instance_id")
        ),
        sa.ForeignKeyConstraint(["offered_to"], ["members.id"], name=op.f("fk_tasks_offered_to")),
        sa.ForeignKeyConstraint(["done_by"], ["members.id"], name=op.f("fk_tasks_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_tasks_workspace_id_key")),
        sa.UniqueConstraint(
            "sequence_instance_id", "step_order", "kind", name=op.f("uq_tasks_sequence_instance_id_step_order_kind")
        ),
    )
    for name, columns, where in (
        ("ix_tasks_waiting", ["account_id", "kind", "due_at"], "status = 'waiting'"),
        ("ix_tasks_offered_to", ["offered_to"], "status = 'offered'"),
        ("ix_tasks_offered_in", ["campaign_id"], "status = 'offered'"),
        ("ix_tasks_offered_for", ["contact_id"], "status = 'offered'"),
        ("ix_tasks_cards_behind", ["sync_after"], "drawn_revision < revision"),
    ):
        op.create_index(name, "tasks", columns, postgresql_where=sa.text(where))
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
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_task_cards_workspace_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_cards_task_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_task_cards_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_cards")),
        sa.UniqueConstraint("task_id", "member_id", name=op.f("uq_task_cards_task_id_member_id")),
        sa.UniqueConstraint("channel", "ts", name=op.f("uq_task_cards_channel_ts")),
    )
