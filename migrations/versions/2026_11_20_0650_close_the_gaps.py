"""Close gaps between the gates: a person is asked for and not a row, a day's count outlives a change of its time zone,
only what answers somebody is an answer, and what was written to whom stays written down.
"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op

revision = "close_the_gaps"
down_revision = "look_up_whom_we_write_to"

_BEFORE = import_module("migrations.versions.2026_11_20_0601_guard_the_gates")

# What anybody of the same person has said: whoever opted out or replied did so for all of their contacts, also where
# the contact at hand was not told. One of these two words, the graver first, or nothing.
ANSWER_OF = """
CREATE FUNCTION answer_of(workspace uuid, of_email text, of_linkedin text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT min(c.status) FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT status FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT status FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        WHERE c.status IN ('do_not_contact', 'replied')
    );
END $$;
"""

# Whether this person has ever written to us, so that there is something to answer.
HAS_WRITTEN = """
CREATE FUNCTION has_written(workspace uuid, of_email text, of_linkedin text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT id, status FROM contacts WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL SELECT id, status FROM contacts WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) c
        WHERE c.status = 'replied' OR EXISTS (SELECT FROM inbound_messages WHERE contact_id = c.id)
    ) OR EXISTS (
        SELECT FROM names_of(workspace, of_email, of_linkedin) n
        CROSS JOIN LATERAL (
            SELECT status FROM outreach_history WHERE workspace_id = workspace AND email_folded = n.email
            UNION ALL
            SELECT status FROM outreach_history WHERE workspace_id = workspace AND linkedin_folded = n.linkedin
        ) h
        WHERE h.status = 'replied'
    );
END $$;
"""

# A day that has been counted is not counted anew because the account's clock was set back, and for 24 hours after a
# change of its zone not because it was set forward, either.
COUNTED_ON = """
CREATE OR REPLACE FUNCTION account_counted_on(account accounts, counted_as text, day date)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN account.counted_on IS NULL
            OR (account.counted_on < day AND coalesce(account.count_holds_until <= clock_timestamp(), true)) THEN 0
        ELSE CASE counted_as
            WHEN 'email' THEN account.counted_emails
            WHEN 'message' THEN account.counted_messages
            ELSE account.counted_connections
        END
    END
$$;
"""
HOLD_COUNT = """
CREATE FUNCTION hold_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.counted_on >= (clock_timestamp() AT TIME ZONE OLD.timezone)::date
        OR OLD.count_holds_until > clock_timestamp() THEN
        NEW.count_holds_until := clock_timestamp() + interval '24 hours';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_count BEFORE UPDATE OF timezone ON accounts
    FOR EACH ROW WHEN (NEW.timezone <> OLD.timezone) EXECUTE FUNCTION hold_count();
"""

COUNT_DELIVERY = """
CREATE OR REPLACE FUNCTION count_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account accounts%ROWTYPE;
    person contacts%ROWTYPE;
    own_sequence uuid;
    said text;
    answers boolean;
    today date;
    used integer;
    written timestamptz;
BEGIN
    IF NEW.status = 'claimed' THEN
        SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
        SELECT * INTO STRICT person FROM contacts WHERE id = NEW.contact_id;
        today := (clock_timestamp() AT TIME ZONE account.timezone)::date;
        used := account_counted_on(account, NEW.counted_as, today);
        IF used >= account_limit_on(account, NEW.counted_as, today) THEN
            RAISE EXCEPTION 'daily_limit: this account has used its % of today', used
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        -- An answer is one only to somebody who has written to us; by its name alone it passes nothing.
        answers := NEW.kind = 'reply' AND has_written(person.workspace_id, person.email_folded, person.linkedin_folded);
        IF NOT (answers AND NEW.timing = 'earliest') AND account.next_spaced_at > clock_timestamp() THEN
            RAISE EXCEPTION 'spacing: this account rests until %', account.next_spaced_at
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        said := answer_of(person.workspace_id, person.email_folded, person.linkedin_folded);
        IF said = 'do_not_contact' THEN
            RAISE EXCEPTION 'opted_out: this person asked not to be written to'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF said = 'replied' AND NOT answers THEN
            RAISE EXCEPTION 'replied: this person has replied' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT answers THEN
            -- A sequence writes again by its follow-ups, and not by another beginning.
            SELECT sequence_instance_id INTO own_sequence FROM drafts WHERE id = NEW.draft_id AND NEW.kind = 'follow_up';
            -- Two accounts that claim for one person at once take turns, and the second sees the first.
            PERFORM pg_advisory_xact_lock(key) FROM (
                SELECT DISTINCT hashtextextended(person.workspace_id::text || name, 60) AS key
                FROM names_of(person.workspace_id, person.email_folded, person.linkedin_folded) n,
                    LATERAL (VALUES ('email ' || n.email), ('linkedin ' || n.linkedin)) v (name)
                WHERE name IS NOT NULL ORDER BY key
            ) names;
            written := last_contacted(person.workspace_id, person.email_folded, person.linkedin_folded, own_sequence);
            IF written > clock_timestamp() - interval '60 days' THEN
                RAISE EXCEPTION 'sixty_days: this person was written to on %', written::date
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF being_written_to(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id) THEN
                RAISE EXCEPTION 'sixty_days: this person is being written to'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        UPDATE accounts SET
            counted_on = greatest(account.counted_on, today),
            counted_emails = account_counted_on(account, 'email', today) + (NEW.counted_as = 'email')::int,
            counted_messages = account_counted_on(account, 'message', today) + (NEW.counted_as = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.counted_as = 'connection')::int,
            -- An answer that went in between must not shorten the wait of the mail before it.
            next_spaced_at = greatest(
                account.next_spaced_at, clock_timestamp() + make_interval(secs => NEW.spacing_seconds)
            )
        WHERE id = NEW.account_id;
        NEW.counted_on := greatest(account.counted_on, today);
        NEW.held_code := NULL;
    ELSIF OLD.counted_on IS NOT NULL AND NEW.status IN ('queued', 'failed') THEN
        -- Nothing left: the count of that day is given back, and another mail may go for it at once. The spacing stays:
        -- the server was spoken to.
        UPDATE accounts SET
            counted_emails = counted_emails - (NEW.counted_as = 'email')::int,
            counted_messages = counted_messages - (NEW.counted_as = 'message')::int,
            counted_connections = counted_connections - (NEW.counted_as = 'connection')::int,
            next_send_at = least(next_send_at, clock_timestamp())
        WHERE id = NEW.account_id AND counted_on = OLD.counted_on;
        NEW.counted_on := NULL;
    END IF;
    RETURN NEW;
END $$;
"""

# Between the look at the gates and this, somebody may write to the same person, or that person to us: then it says so
# (false), and the claim looks on.
TAKE_DELIVERY = _BEFORE.TAKE_DELIVERY.replace(
    "IF SQLERRM LIKE 'sixty_days:%' THEN", "IF SQLERRM ~ '^(sixty_days|opted_out|replied):' THEN"
)

# Whoever learns that a contact is somebody who opted out or replied learns it of all contacts of that person.
SPREAD_ANSWER = """
CREATE FUNCTION spread_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same uuid[];
BEGIN
    same := ARRAY(
        SELECT id FROM contacts
        WHERE id IN (SELECT contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded)) AND id <> NEW.id
            AND status NOT IN ('do_not_contact', NEW.status)
        ORDER BY id FOR NO KEY UPDATE
    );
    UPDATE contacts SET status = NEW.status, eligible_for_outreach = false WHERE id = ANY (same);
    RETURN NULL;
END $$;
CREATE TRIGGER spread_answer AFTER INSERT OR UPDATE OF linkedin_url ON contacts
    FOR EACH ROW WHEN (NEW.status IN ('do_not_contact', 'replied')) EXECUTE FUNCTION spread_answer();
"""

# A line of the history says to whom and when: both stay. It may be dated later, when the same mail is sent again.
KEEP_LINES = """
CREATE TRIGGER keep_lines BEFORE UPDATE ON outreach_history FOR EACH ROW
    WHEN (NEW.contacted_at < OLD.contacted_at
        OR (NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded, NEW.sequence_instance_id)
            IS DISTINCT FROM (OLD.workspace_id, OLD.email_folded, OLD.linkedin_folded, OLD.sequence_instance_id))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_written BEFORE DELETE ON outreach_history FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON outreach_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

MARK_SUPPRESSED = """
DROP TRIGGER mark_suppressed ON suppressions;
CREATE TRIGGER mark_suppressed AFTER INSERT OR UPDATE ON suppressions
    FOR EACH ROW EXECUTE FUNCTION mark_suppressed();
"""
MARK_SUPPRESSED_BEFORE = """
DROP TRIGGER mark_suppressed ON suppressions;
CREATE TRIGGER mark_suppressed AFTER INSERT ON suppressions
    FOR EACH ROW EXECUTE FUNCTION mark_suppressed();
"""


def _again(statement: str) -> str:
    return statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("count_holds_until", sa.DateTime(timezone=True), nullable=True))
    for statement in (
        ANSWER_OF,
        HAS_WRITTEN,
        COUNTED_ON,
        HOLD_COUNT,
        COUNT_DELIVERY,
        _again(TAKE_DELIVERY),
        SPREAD_ANSWER,
        KEEP_LINES,
        MARK_SUPPRESSED,
    ):
        op.execute(statement)
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_inbound_messages_contact",
            "inbound_messages",
            ["contact_id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_inbound_messages_contact", table_name="inbound_messages")
    op.execute(MARK_SUPPRESSED_BEFORE)
    for trigger in ("keep_all", "keep_written", "keep_lines"):
        op.execute(f"DROP TRIGGER {trigger} ON outreach_history")
    op.execute("DROP FUNCTION spread_answer() CASCADE")
    for statement in (_BEFORE.TAKE_DELIVERY, _BEFORE.COUNT_DELIVERY, _BEFORE.COUNTED_ON):
        op.execute(_again(statement))
    for function in ("hold_count() CASCADE", "has_written(uuid, text, text)", "answer_of(uuid, text, text)"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("accounts", "count_holds_until")
