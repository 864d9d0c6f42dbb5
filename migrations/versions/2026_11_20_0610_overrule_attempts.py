"""Let a person overrule an attempt of unknown outcome, so that its mail is sent again; and say who stopped all sending.

The wall of P1 stays: of all attempts of a draft that nobody overruled, at most one may have left. An overruled attempt
that turns out to have arrived lets no other begin.
"""

import sqlalchemy as sa
from alembic import op

revision = "overrule_attempts"
down_revision = "guard_the_gates"

VERBS = (
    *("ingest", "submit", "block", "edit", "approve", "reject", "expire", "return"),
    *("claim", "release", "start", "deliver", "retry", "fail", "lose", "confirm", "resend", "cancel", "skip"),
    *("contradict", "duplicate", "stop_sending", "allow_sending"),
    *("read", "refuse", "pause", "resume", "declare"),
)
VERBS_BEFORE = tuple(
    verb for verb in VERBS if verb not in ("resend", "contradict", "duplicate", "stop_sending", "allow_sending")
)
CODES = (
    *("unknown_member", "role_too_low", "not_found", "stale_version", "already_decided", "draft_already_sending"),
    *("send_outcome_unknown", "blocked", "unknown_campaign", "unclear_campaign", "nothing_to_do", "too_early"),
)
CODES_BEFORE = CODES[:-1]

MOVES_BEFORE = (
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
MOVES = (*MOVES_BEFORE, "outcome_unknown>queued", "queued>sent", "claimed>sent")

#: Minutes for which nobody may overrule an attempt: its worker may only be slow, and its mail server too.
WAIT = 30

# What may have left, and was not overruled; or has arrived, whoever overruled it.
_IN_THE_WAY = "(overruled_at IS NULL AND outcome IS DISTINCT FROM 'not_sent') OR outcome = 'sent'"
_IN_THE_WAY_BEFORE = "outcome IS DISTINCT FROM 'not_sent'"

_ONLY_OVERRULED = """
    IF OLD.status = 'outcome_unknown' AND NEW.status = 'queued' AND NOT EXISTS (
        SELECT FROM send_attempts WHERE id = OLD.attempt_id AND overruled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot go back to the queue before a person overruled its attempt'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status IN ('queued', 'claimed') AND NEW.status = 'sent' AND NOT EXISTS (
        SELECT FROM send_attempts
        WHERE id = NEW.attempt_id AND delivery_id = NEW.id AND outcome = 'sent' AND overruled_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to sent but by an overruled attempt that arrived', OLD.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;"""


def guard_delivery(moves: tuple[str, ...], in_the_way: str, more: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF NOT (OLD.status || '>' || NEW.status) = ANY (ARRAY{list(moves)}) THEN
        RAISE EXCEPTION 'a delivery cannot go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;{more}
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
            AND started_at IS NOT NULL AND ({in_the_way})
    ) THEN
        RAISE EXCEPTION 'a delivery cannot be % while an attempt may have left', NEW.status
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.changed_at := clock_timestamp();
    RETURN NEW;
END $$;
"""


GUARD_OVERRULING = f"""
CREATE FUNCTION guard_overruling() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.overruled_at IS NOT NULL
        AND (NEW.overruled_at, NEW.overruled_by) IS DISTINCT FROM (OLD.overruled_at, OLD.overruled_by) THEN
        RAISE EXCEPTION 'an attempt is overruled once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.overruled_at IS NULL AND NEW.overruled_at IS NOT NULL AND (
        OLD.outcome IS DISTINCT FROM 'unknown' OR NEW.outcome IS DISTINCT FROM 'unknown'
        OR OLD.finished_at > clock_timestamp() - interval '{WAIT} minutes'
    ) THEN
        RAISE EXCEPTION 'an attempt can be overruled only {WAIT} minutes after its outcome became unknown'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.started_at IS NULL AND NEW.started_at IS NOT NULL AND EXISTS (
        SELECT FROM send_attempts WHERE draft_id = NEW.draft_id AND outcome = 'sent'
    ) THEN
        RAISE EXCEPTION 'an attempt cannot start once another has arrived'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_overruling BEFORE UPDATE ON send_attempts FOR EACH ROW EXECUTE FUNCTION guard_overruling();
"""


# Whom nobody wrote to after all may be written to again, by this very mail too; its date is then the new one.
FORGET_HISTORY = """
CREATE FUNCTION forget_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE outreach_history SET status = 'failed' WHERE delivery_id = NEW.id AND status = 'unknown';
    RETURN NULL;
END $$;
CREATE TRIGGER forget_history AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (OLD.status = 'outcome_unknown' AND NEW.status = 'queued') EXECUTE FUNCTION forget_history();
CREATE FUNCTION date_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.contacted_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER date_history BEFORE UPDATE OF status ON outreach_history FOR EACH ROW
    WHEN (OLD.delivery_id IS NOT NULL AND OLD.status = 'failed' AND NEW.status IN ('sent', 'unknown'))
    EXECUTE FUNCTION date_history();
"""


def words(table: str, column: str, allowed: tuple[str, ...]) -> None:
    """Replace the check of a column's words. New rows are checked at once, old ones without holding up anybody."""
    name = f"ck_{table}_{column}_known"
    listed = ", ".join(f"'{word}'" for word in allowed)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed})) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def one_that_may_have_left(more: str) -> None:
    op.drop_index("uq_send_attempts_one_that_may_have_left", table_name="send_attempts")
    op.create_index(
        "uq_send_attempts_one_that_may_have_left",
        "send_attempts",
        ["draft_id"],
        unique=True,
        postgresql_where=sa.text(f"started_at IS NOT NULL AND outcome IS DISTINCT FROM 'not_sent'{more}"),
    )


def upgrade() -> None:
    words("message_events", "verb", VERBS)
    words("message_events", "code", CODES)
    op.add_column("send_attempts", sa.Column("overruled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("send_attempts", sa.Column("overruled_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_send_attempts_overruled_by"), "send_attempts", "members", ["overruled_by"], ["id"])
    op.create_check_constraint(
        op.f("ck_send_attempts_overruled_by_a_person"),
        "send_attempts",
        "(overruled_at IS NULL) = (overruled_by IS NULL)",
    )
    one_that_may_have_left(" AND overruled_at IS NULL")
    op.create_index(
        "ix_send_queue_unknown", "send_queue", ["draft_id"], postgresql_where=sa.text("status = 'outcome_unknown'")
    )
    op.add_column("installation", sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("installation", sa.Column("stopped_by", sa.Text(), nullable=True))
    op.add_column("installation", sa.Column("confirmed_number", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("ck_installation_stopped_by_known"), "installation", "stopped_by IN ('person', 'restore')"
    )
    op.execute(guard_delivery(MOVES, _IN_THE_WAY, _ONLY_OVERRULED))
    op.execute(GUARD_OVERRULING)
    op.execute(FORGET_HISTORY)


def downgrade() -> None:
    op.execute("DROP FUNCTION date_history() CASCADE")
    op.execute("DROP FUNCTION forget_history() CASCADE")
    op.execute("DROP FUNCTION guard_overruling() CASCADE")
    op.execute(guard_delivery(MOVES_BEFORE, _IN_THE_WAY_BEFORE, ""))
    op.drop_column("installation", "confirmed_number")
    op.drop_column("installation", "stopped_by")
    op.drop_column("installation", "stopped_at")
    op.drop_index("ix_send_queue_unknown", table_name="send_queue")
    one_that_may_have_left("")
    op.drop_column("send_attempts", "overruled_by")
    op.drop_column("send_attempts", "overruled_at")
    words("message_events", "code", CODES_BEFORE)
    words("message_events", "verb", VERBS_BEFORE)
