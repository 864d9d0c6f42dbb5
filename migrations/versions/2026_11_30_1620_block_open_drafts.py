"""Open drafts are blocked the moment that it is known that no mail of theirs may leave, and freed when that is lifted."""

import re

import sqlalchemy as sa
from alembic import op

from migrations.load import SQL, drop, load

revision = "block_open_drafts"
down_revision = "hold_what_stands_beside"

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
#: What a draft says where it is blocked because of whom it is for. Until now it stood among its `risk_reasons`.
SENTENCES = {
    "opted_out": "The contact asked not to be written to.",
    "address": "This address is on the suppression list.",
    "domain": "This domain is on the suppression list.",
    "company": "This company is on the suppression list.",
    "replied": "The contact has replied since: answer them instead.",
    "ended": "The campaign has ended.",
}
OPEN = "status IN ('pending', 'needs_review', 'manual_review')"
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
    _bring_open_drafts_up_to_it()


def _bring_open_drafts_up_to_it() -> None:
    """A draft that was blocked for its contact alone was never assessed for its text: its `text_risk` stays unknown."""
    without, by = "risk_reasons", ""
    for code, sentence in SENTENCES.items():
        without = f"array_remove({without}, '{sentence}')"
        by += f" WHEN '{sentence}' = ANY (risk_reasons) THEN '{code}'"
    op.execute(f"""
        UPDATE drafts SET risk_reasons = {without}, blocked_by = CASE{by} END,
            text_risk = CASE WHEN {without} = '{{}}' THEN NULL ELSE risk END
        WHERE {OPEN} AND risk = 'blocked' AND risk_reasons <> {without}
    """)
    op.execute(f"""
        UPDATE drafts SET risk = 'review', risk_reasons = risk_reasons || 'No evidence is given.'::text
        WHERE {OPEN} AND risk = 'low' AND evidence IS NULL AND kind <> 'reply'
    """)
    op.execute(f"""
        SELECT block_drafts(ARRAY(
            SELECT d.id FROM drafts d JOIN contacts c ON c.id = d.contact_id JOIN campaigns a ON a.id = d.campaign_id
            WHERE d.{OPEN} AND (
                d.blocked_by IS NOT NULL
                OR c.suppressed_by IS NOT NULL OR c.status IN ('do_not_contact', 'replied') OR a.status = 'ended'
            )
        ))
    """)


def downgrade() -> None:
    for code, sentence in SENTENCES.items():
        op.execute(f"""
            UPDATE drafts SET risk_reasons = ARRAY['{sentence}'] || CASE text_risk WHEN 'blocked' THEN risk_reasons END
            WHERE {OPEN} AND blocked_by = '{code}'
        """)
    drop("triggers", *TRIGGERS)
    # Its file is of this version: without what it asks of `lasting_refusal`, it is that of the version before.
    rule = (SQL / "functions" / "why_may_not_approve.sql").read_text(encoding="utf-8")
    rule = re.sub(r"    IF lasting_refusal.*?END IF;\n", "", rule, count=1, flags=re.DOTALL)
    op.get_bind().exec_driver_sql(rule, execution_options={"no_parameters": True})
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
