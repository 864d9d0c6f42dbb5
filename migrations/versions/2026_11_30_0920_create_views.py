"""Create the views that pages, commands and jobs read: capacity, health, today's schedule, leads, activity."""

from migrations.load import drop, load

# The id of the last of the 26 migrations that this one and the two before it replace. A database that those made says
# that it is at this revision, and it is: nothing runs there.
revision = "tell_the_day_truly"
down_revision = "squashed_guards"

#: Where a database may stand that has only some of those 26. It is older than this version, and no path leads on from
#: there: `signoff migrate` says what to do (`core/installation/schema.py`).
replaces = (
    "create_tables",
    "guard_the_machines",
    "add_send_engine",
    "guard_the_gates",
    "overrule_attempts",
    "take_feedback",
    "index_feedback",
    "add_views",
    "note_whom_we_asked",
    "look_up_whom_we_write_to",
    "close_the_gaps",
    "add_the_working_day",
    "pace_the_homes",
    "guard_the_review",
    "index_the_review",
    "tell_the_day",
    "deal_the_cards",
    "keep_installations",
    "hold_the_threads",
    "remind_reviewers",
    "put_decisions_first",
    "add_tasks",
    "ring_at_once",
    "expire_what_nobody_answers",
    "index_by_draft_and_person",
)

VIEWS = ("account_capacity", "account_health", "activity_feed", "leads_for_review", "todays_schedule")


def upgrade() -> None:
    load("views", *VIEWS)


def downgrade() -> None:
    drop("views", *VIEWS)
