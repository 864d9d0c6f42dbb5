"""Count the rounds of review beside the versions of a text, hold each status with what must stand beside it, let the
steps of a run wait for each other, and let a message of theirs have one answer."""

from alembic import op

from migrations.load import drop, load

revision = "hold_what_stands_beside"
down_revision = "answer_direct_messages"

FUNCTIONS = (
    "count_delivery",
    "count_task",
    "guard_approval",
    "guard_decision",
    "guard_delivery",
    "guard_draft",
    "guard_overruling",
    "guard_task",
    "take_delivery",
)
NEW_FUNCTIONS = ("guard_version", "keep_promised", "step_before", "wake_run")
TRIGGERS = ("drafts.guard_decision",)
#: They name the new column, or a new function.
NEW_TRIGGERS = (
    "draft_versions.guard_version",
    "drafts.keep_promised",
    "drafts.keep_what_it_is",
    "drafts.wake_run",
    "send_queue.keep_promised",
    "send_queue.wake_run",
)
WITH_ROUNDS = ("drafts.guard_draft", "drafts.ring_draft")

GATES = (
    *("sending_stopped", "campaign_not_active", "account_not_active", "account_unhealthy", "suppressed", "opted_out"),
    *("replied", "step_before", "sixty_days", "daily_limit", "outside_hours", "spacing"),
)
CODES = (
    *("unknown_member", "role_too_low", "not_found", "stale_version", "already_decided", "draft_already_sending"),
    *("send_outcome_unknown", "blocked", "unknown_campaign", "unclear_campaign", "nothing_to_do", "too_early"),
    *("too_late", "not_a_reviewer", "own_work", "admins_only", "already_endorsed", "already_answered"),
)
FEEDBACK = "verb IN ('bounce', 'complain', 'reply', 'unsubscribe')"
#: What tells a message of theirs from every other: as `core/drafts/answers.py` has it.
IDENTITY = """
    coalesce(i.message_id, 'sha256:' || encode(sha256(convert_to(lower(c.email) || E'\\n' || coalesce(
        to_char(i.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), ''
    ) || E'\\n' || i.subject || E'\\n' || i.body, 'UTF8')), 'hex'))
"""


def upgrade() -> None:
    # Whatever stands before the indexes may run twice: a lock that is not to be had ends a migration anywhere.
    op.execute("ALTER TABLE drafts ADD COLUMN IF NOT EXISTS review_round integer DEFAULT 1 NOT NULL")
    op.execute("ALTER TABLE inbound_messages ADD COLUMN IF NOT EXISTS identity text")
    load("functions", "guard_approval")
    _count_approvals_by("review_round")
    _check("send_queue", "held_code", GATES)
    _check("tasks", "held_code", GATES)
    _check("message_events", "code", CODES)
    with op.get_context().autocommit_block():
        for table, column in (("send_queue", "held_code"), ("tasks", "held_code"), ("message_events", "code")):
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{column}_known")
        # Until now a version was both: a click on a card from before names the round by the number of its version.
        op.execute("UPDATE drafts SET review_round = version WHERE review_round < version")
        op.execute(f"""
            UPDATE inbound_messages SET identity = first.identity FROM (
                SELECT DISTINCT ON (i.workspace_id, {IDENTITY}) i.id, {IDENTITY} AS identity
                FROM inbound_messages i JOIN contacts c ON c.id = i.contact_id
                LEFT JOIN drafts d ON d.inbound_message_id = i.id
                ORDER BY i.workspace_id, {IDENTITY}, d.status IN ('rejected', 'expired') NULLS LAST, i.id
            ) first WHERE first.id = inbound_messages.id AND inbound_messages.identity IS NULL
        """)
        _index("uq_inbound_messages_identity", "inbound_messages (workspace_id, identity)", unique=True)
        _index(
            "uq_drafts_one_answer",
            "drafts (inbound_message_id) WHERE status IN ('needs_review', 'manual_review', 'pending', 'approved')",
            unique=True,
        )
        _index("ix_drafts_run", "drafts (sequence_instance_id) WHERE sequence_instance_id IS NOT NULL")
        _index_feedback(f"{FEEDBACK} AND NOT (verb = 'reply' AND data ? 'key_sha256')")
    load("functions", *FUNCTIONS, *NEW_FUNCTIONS)
    load("triggers", *TRIGGERS, *WITH_ROUNDS, *NEW_TRIGGERS)
    # What an older process has edited meanwhile.
    op.execute("UPDATE drafts SET review_round = version WHERE review_round < version")
    op.execute(
        "ALTER TABLE drafts ADD CONSTRAINT ck_drafts_round_of_each_version CHECK (review_round >= version) NOT VALID"
    )
    op.execute("ALTER TABLE drafts VALIDATE CONSTRAINT ck_drafts_round_of_each_version")


def downgrade() -> None:
    drop("triggers", *WITH_ROUNDS, *NEW_TRIGGERS)
    drop("functions", *NEW_FUNCTIONS)
    op.execute("UPDATE send_queue SET held_code = NULL, due_at = now() WHERE held_code = 'step_before'")
    op.execute("UPDATE tasks SET held_code = NULL WHERE held_code = 'step_before'")
    before = {"step_before", "already_answered"}
    for table, column, words in (
        ("send_queue", "held_code", GATES),
        ("tasks", "held_code", GATES),
        ("message_events", "code", CODES),
    ):
        _check(table, column, tuple(word for word in words if word not in before))
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{column}_known")
    _count_approvals_by("version")
    op.execute("ALTER TABLE draft_approvals DROP COLUMN review_round")
    op.drop_index("uq_drafts_one_answer", "drafts")
    op.drop_index("ix_drafts_run", "drafts")
    op.drop_index("uq_inbound_messages_identity", "inbound_messages")
    op.drop_column("inbound_messages", "identity")
    op.drop_column("drafts", "review_round")
    # Their functions are those of a newer version, as `migrations/load.py` says.
    op.execute(
        "CREATE TRIGGER guard_draft BEFORE INSERT OR UPDATE OF status, version ON drafts "
        "FOR EACH ROW EXECUTE FUNCTION guard_draft()"
    )
    op.execute(
        "CREATE TRIGGER ring_draft BEFORE UPDATE OF status, version ON drafts FOR EACH ROW "
        "WHEN (NEW.status <> OLD.status OR NEW.version <> OLD.version) EXECUTE FUNCTION ring_draft()"
    )
    with op.get_context().autocommit_block():
        _index_feedback(FEEDBACK)


def _count_approvals_by(number: str) -> None:
    """Approvals were counted by the version; a round is told apart where one version has several."""
    op.execute("ALTER TABLE draft_approvals ADD COLUMN IF NOT EXISTS review_round integer")
    op.execute("ALTER TABLE draft_approvals DISABLE TRIGGER keep_approvals")
    op.execute("UPDATE draft_approvals SET review_round = version WHERE review_round IS NULL")
    op.execute("ALTER TABLE draft_approvals ENABLE TRIGGER keep_approvals")
    op.execute("ALTER TABLE draft_approvals ALTER COLUMN review_round SET NOT NULL")
    op.execute("ALTER TABLE draft_approvals DROP CONSTRAINT IF EXISTS pk_draft_approvals")
    op.execute(
        f"ALTER TABLE draft_approvals ADD CONSTRAINT pk_draft_approvals PRIMARY KEY (draft_id, {number}, member_id)"
    )


def _check(table: str, column: str, words: tuple[str, ...]) -> None:
    """Have the column hold one of these; validated in a step of its own, which stops nobody."""
    listed = ", ".join(f"'{word}'" for word in words)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}_known")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column}_known CHECK ({column} IN ({listed})) NOT VALID")


def _index(name: str, on: str, *, unique: bool = False) -> None:
    """Build an index while others write; what an earlier try left behind goes first."""
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX CONCURRENTLY {name} ON {on}")


def _index_feedback(which: str) -> None:
    """What came back of a mail once; the index of before goes when this one holds."""
    _index(
        "uq_message_events_feedback_again",
        f"message_events (draft_id, verb, coalesce(data ->> 'hard', '')) WHERE {which}",
        unique=True,
    )
    op.execute("DROP INDEX CONCURRENTLY IF EXISTS uq_message_events_feedback")
    op.execute("ALTER INDEX uq_message_events_feedback_again RENAME TO uq_message_events_feedback")
