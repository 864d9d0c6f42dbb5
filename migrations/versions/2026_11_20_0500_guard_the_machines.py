"""Guard the machines: the database itself refuses what P1, P3 and P10 forbid, whatever the code above it does.

The pairs of states stand here as they were when this migration was written; a test holds them against core/states.py.
"""

from alembic import op

revision = "guard_the_machines"
down_revision = "create_tables"

DRAFT_INITIAL = ("pending", "needs_review", "manual_review")
DRAFT_MOVES = (
    "pending>needs_review",
    "pending>manual_review",
    "needs_review>manual_review",
    "manual_review>needs_review",
    "needs_review>approved",
    "needs_review>rejected",
    "manual_review>rejected",
    "needs_review>expired",
    "approved>needs_review",
)
DELIVERY_MOVES = (
    "queued>claimed",
    "queued>cancelled",
    "queued>skipped",
    "claimed>queued",
    "claimed>failed",
    "claimed>sending",
    "sending>queued",
    "sending>failed",
    "sending>sent",
    "sending>outcome_unknown",
    "outcome_unknown>sent",
    "outcome_unknown>failed",
)

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are kept as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

GUARD_DRAFT = f"""
CREATE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN {DRAFT_INITIAL} OR NEW.version <> 1 THEN
            RAISE EXCEPTION 'a draft cannot begin as % with version %', NEW.status, NEW.version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY{list(DRAFT_MOVES)}) THEN
        RAISE EXCEPTION 'a draft cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.version <> OLD.version AND (
        NEW.version <> OLD.version + 1
        OR NEW.status NOT IN ('needs_review', 'manual_review')
        OR NOT (OLD.status IN ('needs_review', 'manual_review') OR (OLD.status = 'approved' AND NEW.status <> OLD.status))
    ) THEN
        RAISE EXCEPTION 'version % cannot follow version % of a draft that is %', NEW.version, OLD.version, OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'approved' AND NEW.status <> 'approved' AND EXISTS (
        SELECT FROM send_queue WHERE draft_id = OLD.id
            AND status IN ('queued', 'claimed', 'sending', 'sent', 'outcome_unknown')
    ) THEN
        RAISE EXCEPTION 'a draft with a live delivery stays approved'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.revision := OLD.revision + 1;
    RETURN NEW;
END $$;
"""

GUARD_DELIVERY = f"""
CREATE FUNCTION guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'queued' THEN
            RAISE EXCEPTION 'a delivery cannot begin as %', NEW.status
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        PERFORM FROM drafts WHERE id = NEW.draft_id AND status = 'approved' AND version = NEW.content_version FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'version % of this draft is not approved', NEW.content_version
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.draft_id, NEW.content_version, NEW.account_id, NEW.contact_id, NEW.campaign_id)
        IS DISTINCT FROM (OLD.draft_id, OLD.content_version, OLD.account_id, OLD.contact_id, OLD.campaign_id) THEN
        RAISE EXCEPTION 'what a delivery delivers cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY{list(DELIVERY_MOVES)}) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'sending' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id
            AND started_at IS NOT NULL AND outcome IS NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be sending without an attempt that has started'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status = 'sent' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = NEW.attempt_id AND delivery_id = NEW.id AND outcome = 'sent'
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be sent without an attempt that was'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.status IN ('queued', 'failed') AND EXISTS (
        SELECT FROM send_attempts WHERE delivery_id = NEW.id
            AND started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent'
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be % while an attempt may have left', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
"""

SHOW_DELIVERY = """
CREATE FUNCTION show_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drafts SET revision = revision + 1 WHERE id = NEW.draft_id;
    RETURN NULL;
END $$;
"""

GUARD_ATTEMPT = """
CREATE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.delivery_id, NEW.draft_id, NEW.message_id, NEW.mime, NEW.mime_sha256)
        IS DISTINCT FROM (OLD.delivery_id, OLD.draft_id, OLD.message_id, OLD.mime, OLD.mime_sha256) THEN
        RAISE EXCEPTION 'what an attempt hands over cannot change'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NOT NULL AND NEW.started_at IS DISTINCT FROM OLD.started_at THEN
        RAISE EXCEPTION 'an attempt starts once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.outcome IS DISTINCT FROM OLD.outcome AND OLD.outcome IN ('sent', 'not_sent') THEN
        RAISE EXCEPTION 'an attempt that ended as % cannot become %', OLD.outcome, NEW.outcome
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL AND OLD.outcome IS NOT NULL THEN
        RAISE EXCEPTION 'an attempt that has ended cannot start' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

GUARD_CONTACT = """
CREATE FUNCTION guard_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the address of a contact cannot change: another address is another contact'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

TRIGGERS = """
CREATE TRIGGER guard_contact BEFORE UPDATE OF email ON contacts
    FOR EACH ROW WHEN (NEW.email <> OLD.email) EXECUTE FUNCTION guard_contact();
CREATE TRIGGER guard_draft BEFORE INSERT OR UPDATE OF status, version ON drafts
    FOR EACH ROW EXECUTE FUNCTION guard_draft();
CREATE TRIGGER guard_delivery BEFORE INSERT OR UPDATE ON send_queue
    FOR EACH ROW EXECUTE FUNCTION guard_delivery();
CREATE TRIGGER show_delivery AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status NOT IN ('claimed', 'sending')) EXECUTE FUNCTION show_delivery();
CREATE TRIGGER guard_attempt BEFORE UPDATE ON send_attempts
    FOR EACH ROW EXECUTE FUNCTION guard_attempt();
CREATE TRIGGER keep_versions BEFORE UPDATE OR DELETE ON draft_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_events BEFORE UPDATE OR DELETE ON message_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_drafts BEFORE DELETE ON drafts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_deliveries BEFORE DELETE ON send_queue FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_attempts BEFORE DELETE ON send_attempts FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""

#: TRUNCATE fires no trigger for rows.
KEPT = ("drafts", "draft_versions", "send_queue", "send_attempts", "message_events")


def upgrade() -> None:
    for statement in (
        REFUSE_CHANGE,
        GUARD_DRAFT,
        GUARD_DELIVERY,
        SHOW_DELIVERY,
        GUARD_ATTEMPT,
        GUARD_CONTACT,
        TRIGGERS,
    ):
        op.execute(statement)
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER keep_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in KEPT:
        op.execute(f"DROP TRIGGER keep_all ON {table}")
    for table, triggers in {
        "drafts": ("guard_draft", "keep_drafts"),
        "send_queue": ("guard_delivery", "show_delivery", "keep_deliveries"),
        "send_attempts": ("guard_attempt", "keep_attempts"),
        "contacts": ("guard_contact",),
        "draft_versions": ("keep_versions",),
        "message_events": ("keep_events",),
    }.items():
        for trigger in triggers:
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
    for function in (
        "refuse_change",
        "guard_draft",
        "guard_delivery",
        "show_delivery",
        "guard_attempt",
        "guard_contact",
    ):
        op.execute(f"DROP FUNCTION {function}()")
