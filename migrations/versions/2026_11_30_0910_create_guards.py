"""Create the functions and triggers by which the database itself holds the promises, whatever the code above it does (P4)."""

from alembic import op

from migrations.load import drop, load

revision = "squashed_guards"
down_revision = "squashed_tables"

FUNCTIONS = (
    "account_counted_on",
    "account_limit_on",
    "answer_of",
    "being_asked_for",
    "being_written_to",
    "carry_answers",
    "contacts_of",
    "count_delivery",
    "count_task",
    "date_history",
    "day_begins",
    "day_there",
    "domains_of",
    "fold_contact",
    "fold_history",
    "fold_suppression",
    "forget_history",
    "guard_approval",
    "guard_attempt",
    "guard_contact",
    "guard_decision",
    "guard_delivery",
    "guard_draft",
    "guard_overruling",
    "guard_task",
    "has_written",
    "heed_tasks",
    "hold_count",
    "is_time_zone",
    "keep_contact",
    "keep_history",
    "keep_task",
    "keep_what_came_back",
    "last_contacted",
    "look_again",
    "mark_suppressed",
    "names_of",
    "prepare_delivery",
    "refresh_outreach_eligibility",
    "refuse_change",
    "ring_draft",
    "show_campaign_on_tasks",
    "show_delivery",
    "spread_answer",
    "suppression_of",
    "take_delivery",
    "tell_contacts",
    "wake_account",
    "wake_tasks",
    "watch_afresh",
    "why_may_not_approve",
)

TRIGGERS = (
    "accounts.hold_count",
    "accounts.look_again",
    "accounts.wake_tasks",
    "accounts.watch_afresh",
    "campaigns.show_campaign_on_tasks",
    "contacts.carry_answers",
    "contacts.fold_contact",
    "contacts.guard_contact",
    "contacts.keep_contact",
    "contacts.spread_answer",
    "draft_approvals.guard_approval",
    "draft_approvals.keep_all",
    "draft_approvals.keep_approvals",
    "draft_versions.keep_all",
    "draft_versions.keep_versions",
    "drafts.guard_decision",
    "drafts.keep_all",
    "drafts.keep_drafts",
    "message_events.keep_all",
    "message_events.keep_events",
    "outreach_history.date_history",
    "outreach_history.fold_history",
    "outreach_history.keep_all",
    "outreach_history.keep_lines",
    "outreach_history.keep_what_came_back",
    "outreach_history.keep_written",
    "outreach_history.tell_contacts",
    "send_attempts.guard_attempt",
    "send_attempts.guard_overruling",
    "send_attempts.keep_all",
    "send_attempts.keep_attempts",
    "send_queue.count_delivery",
    "send_queue.forget_history",
    "send_queue.guard_delivery",
    "send_queue.heed_tasks",
    "send_queue.keep_all",
    "send_queue.keep_deliveries",
    "send_queue.keep_drawn",
    "send_queue.keep_history",
    "send_queue.prepare_delivery",
    "send_queue.show_claim",
    "send_queue.show_delivery",
    "send_queue.wake_account",
    "suppressions.fold_suppression",
    "suppressions.mark_suppressed",
    "tasks.count_task",
    "tasks.guard_task",
    "tasks.keep_all",
    "tasks.keep_task",
    "tasks.keep_tasks",
)


def upgrade() -> None:
    load("functions", *FUNCTIONS)
    load("triggers", *TRIGGERS)


def downgrade() -> None:
    for trigger in ("guard_draft", "ring_draft"):  # a newer migration makes them, and its downgrade those of before
        op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON drafts")
    drop("triggers", *TRIGGERS)
    drop("functions", *FUNCTIONS)
