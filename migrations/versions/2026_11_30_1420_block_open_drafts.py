"""Open drafts are blocked the moment that it is known that no mail of theirs may leave, and freed when that is lifted."""

import sqlalchemy as sa
from alembic import op

from migrations.load import drop, load

revision = "block_open_drafts"
down_revision = "lease_the_lead_of_the_clock"

FUNCTIONS = (
    "new_id",
    "lasting_refusal",
    "block_drafts",
    "heed_person",
    "heed_campaign",
    "lift_suppression",
)
TRIGGERS = ("campaigns.heed_campaign", "contacts.heed_person", "suppressions.lift_suppression")

RISKS = "('low', 'review', 'blocked')"
BLOCKED_BY = "('ended', 'address', 'domain', 'company', 'opted_out', 'replied')"
#: What a draft said until now where it was blocked because of whom it is for.
SENTENCES = (
    "The contact asked not to be written to.",
    "This address is on the suppression list.",
    "This domain is on the suppression list.",
    "This company is on the suppression list.",
)
VERBS = [
    "ingest",
    "submit",
    "block",
    "unblock",
    "edit",
    "approve",
    "reject",
    "expire",
    "return",
    "endorse",
    "undo",
    "request_changes",
    "snooze",
    "wake",
    "assign",
    "restore",
    "remind",
    "escalate",
    "claim",
    "release",
    "start",
    "deliver",
    "retry",
    "fail",
    "lose",
    "confirm",
    "resend",
    "cancel",
    "skip",
    "contradict",
    "duplicate",
    "stop_sending",
    "allow_sending",
    "bounce",
    "complain",
    "reply",
    "unsubscribe",
    "read",
    "refuse",
    "pause",
    "resume",
    "mute",
    "unmute",
    "offer",
    "done",
    "could_not",
    "install",
    "uninstall",
    "declare",
]


def upgrade() -> None:
    op.add_column("drafts", sa.Column("text_risk", sa.Text(), nullable=True))
    op.add_column("drafts", sa.Column("blocked_by", sa.Text(), nullable=True))
    _check("drafts", "text_risk_known", f"text_risk IN {RISKS}")
    _check("drafts", "blocked_by_known", f"blocked_by IN {BLOCKED_BY}")
    _verbs(VERBS)
    load("functions", *FUNCTIONS, "why_may_not_approve")
    load("triggers", *TRIGGERS)
    # What is open already. A draft that was blocked for its contact alone was never assessed for its text.
    without = "risk_reasons"
    for sentence in SENTENCES:
        without = f"array_remove({without}, '{sentence}')"
    op.execute(f"""
        UPDATE drafts SET risk_reasons = {without}, risk = CASE WHEN {without} = '{{}}' THEN NULL ELSE risk END
        WHERE status IN ('pending', 'needs_review', 'manual_review') AND risk = 'blocked' AND risk_reasons <> {without}
    """)
    op.execute("""
        SELECT block_drafts(ARRAY(
            SELECT d.id FROM drafts d JOIN contacts c ON c.id = d.contact_id JOIN campaigns a ON a.id = d.campaign_id
            WHERE d.status IN ('pending', 'needs_review', 'manual_review')
                AND (c.suppressed_by IS NOT NULL OR c.status IN ('do_not_contact', 'replied') OR a.status = 'ended')
        ))
    """)


def downgrade() -> None:
    drop("triggers", *TRIGGERS)
    drop("functions", *FUNCTIONS)
    # An event is never removed: there may be some of `unblock`, which the check does not look at.
    op.execute("ALTER TABLE message_events DROP CONSTRAINT ck_message_events_verb_known")
    _add_verbs([verb for verb in VERBS if verb != "unblock"])
    op.drop_column("drafts", "blocked_by")
    op.drop_column("drafts", "text_risk")


def _check(table: str, name: str, holds: str) -> None:
    """A check that rows from before pass, as the column is new and empty."""
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({holds}) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def _verbs(verbs: list[str]) -> None:
    op.execute("ALTER TABLE message_events DROP CONSTRAINT ck_message_events_verb_known")
    _add_verbs(verbs)
    op.execute("ALTER TABLE message_events VALIDATE CONSTRAINT ck_message_events_verb_known")


def _add_verbs(verbs: list[str]) -> None:
    known = ", ".join(f"'{verb}'" for verb in verbs)
    op.execute(
        f"ALTER TABLE message_events ADD CONSTRAINT ck_message_events_verb_known CHECK (verb IN ({known})) NOT VALID"
    )
