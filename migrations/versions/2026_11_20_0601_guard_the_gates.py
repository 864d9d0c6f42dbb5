"""Guard the gates: limits, spacing and the sixty days are held by the database itself, against any client.

`count_delivery` is the only thing that counts: whoever moves a delivery from `queued` to `claimed` is counted, or refused.
"""

from alembic import op

revision = "guard_the_gates"
down_revision = "add_send_engine"

# What was, or may have been, written to a person: by address or LinkedIn URL, in the whole workspace. Failures do not
# count, and neither do the steps of the sequence that asks.
LAST_CONTACTED = """
CREATE FUNCTION last_contacted(workspace uuid, of_email text, of_linkedin text, own_sequence uuid)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT greatest(
        (SELECT max(contacted_at) FROM outreach_history
         WHERE workspace_id = workspace AND email_folded = of_email AND status <> 'failed'
           AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence)),
        (SELECT max(contacted_at) FROM outreach_history
         WHERE workspace_id = workspace AND linkedin_folded = of_linkedin AND status <> 'failed'
           AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence))
    )
$$;
"""

# Whether somebody is writing to this person right now, in another delivery.
BEING_WRITTEN_TO = """
CREATE FUNCTION being_written_to(workspace uuid, of_email text, of_linkedin text, own_delivery uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM contacts c JOIN send_queue q ON q.contact_id = c.id AND q.status IN ('claimed', 'sending')
        WHERE c.workspace_id = workspace AND c.email_folded = of_email AND q.id <> own_delivery
    ) OR EXISTS (
        SELECT FROM contacts c JOIN send_queue q ON q.contact_id = c.id AND q.status IN ('claimed', 'sending')
        WHERE c.workspace_id = workspace AND c.linkedin_folded = of_linkedin AND q.id <> own_delivery
    )
$$;
"""

LIMIT_ON = """
CREATE FUNCTION account_limit_on(account accounts, counted_as text, day date)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT least(
        CASE counted_as
            WHEN 'email' THEN account.daily_limit_emails
            WHEN 'message' THEN account.daily_limit_messages
            ELSE account.daily_limit_connections
        END,
        CASE WHEN account.warmup_start IS NULL OR account.warmup_from IS NULL THEN 1000000
             ELSE greatest(0, account.warmup_start + greatest(0, day - account.warmup_from) * account.warmup_step) END
    )
$$;
"""

COUNTED_ON = """
CREATE FUNCTION account_counted_on(account accounts, counted_as text, day date)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN account.counted_on IS DISTINCT FROM day THEN 0
        ELSE CASE counted_as
            WHEN 'email' THEN account.counted_emails
            WHEN 'message' THEN account.counted_messages
            ELSE account.counted_connections
        END
    END
$$;
"""

# Lower goes first: what a person wants gone at once, before what may wait for its hour; answers before the rest.
PREPARE_DELIVERY = """
CREATE FUNCTION prepare_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE account accounts%ROWTYPE;
BEGIN
    SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id;
    SELECT kind INTO STRICT NEW.kind FROM drafts WHERE id = NEW.draft_id;
    NEW.counted_as := CASE account.channel WHEN 'email' THEN 'email' ELSE 'message' END;
    NEW.priority := CASE NEW.timing WHEN 'earliest' THEN 10 ELSE 30 END + CASE NEW.kind WHEN 'reply' THEN 0 ELSE 10 END;
    NEW.spacing_seconds := round(
        60 * (account.spacing_min_minutes + random() * (account.spacing_max_minutes - account.spacing_min_minutes))
    );
    RETURN NEW;
END $$;
"""

COUNT_DELIVERY = """
CREATE FUNCTION count_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account accounts%ROWTYPE;
    person contacts%ROWTYPE;
    own_sequence uuid;
    today date;
    used integer;
    written timestamptz;
BEGIN
    IF NEW.status = 'claimed' THEN
        SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
        today := (clock_timestamp() AT TIME ZONE account.timezone)::date;
        used := account_counted_on(account, NEW.counted_as, today);
        IF used >= account_limit_on(account, NEW.counted_as, today) THEN
            RAISE EXCEPTION 'daily_limit: this account has used its % of today', used
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NOT (NEW.kind = 'reply' AND NEW.timing = 'earliest') AND account.next_spaced_at > clock_timestamp() THEN
            RAISE EXCEPTION 'spacing: this account rests until %', account.next_spaced_at
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.kind <> 'reply' THEN
            SELECT * INTO STRICT person FROM contacts WHERE id = NEW.contact_id;
            SELECT sequence_instance_id INTO own_sequence FROM drafts WHERE id = NEW.draft_id;
            -- Two accounts that claim for one person at once take turns, and the second sees the first.
            PERFORM pg_advisory_xact_lock(hashtextextended(person.workspace_id::text || person.email_folded, 60));
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
            counted_on = today,
            counted_emails = account_counted_on(account, 'email', today) + (NEW.counted_as = 'email')::int,
            counted_messages = account_counted_on(account, 'message', today) + (NEW.counted_as = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.counted_as = 'connection')::int,
            next_spaced_at = clock_timestamp() + make_interval(secs => NEW.spacing_seconds)
        WHERE id = NEW.account_id;
        NEW.counted_on := today;
        NEW.held_code := NULL;
    ELSIF OLD.counted_on IS NOT NULL AND NEW.status IN ('queued', 'failed') THEN
        -- Nothing left: the count of that day is given back. The spacing stays: the server was spoken to.
        UPDATE accounts SET
            counted_emails = counted_emails - (NEW.counted_as = 'email')::int,
            counted_messages = counted_messages - (NEW.counted_as = 'message')::int,
            counted_connections = counted_connections - (NEW.counted_as = 'connection')::int
        WHERE id = NEW.account_id AND counted_on = OLD.counted_on;
        NEW.counted_on := NULL;
    END IF;
    RETURN NEW;
END $$;
"""

# The clock looks at accounts, not at the queue: whatever makes a delivery ready says so here.
WAKE_ACCOUNT = """
CREATE FUNCTION wake_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts SET next_send_at = NEW.due_at
    WHERE id = NEW.account_id AND (next_send_at IS NULL OR next_send_at > NEW.due_at);
    RETURN NULL;
END $$;
"""

KEEP_HISTORY = """
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outreach_history (id, workspace_id, channel, status, email_folded, linkedin_folded, contacted_at,
                                  delivery_id, account_id, sequence_instance_id)
    SELECT gen_random_uuid(), NEW.workspace_id, a.channel,
           CASE NEW.status WHEN 'sent' THEN 'sent' WHEN 'failed' THEN 'failed' ELSE 'unknown' END,
           c.email_folded, c.linkedin_folded, clock_timestamp(), NEW.id, NEW.account_id, d.sequence_instance_id
    FROM contacts c, drafts d, accounts a
    WHERE c.id = NEW.contact_id AND d.id = NEW.draft_id AND a.id = NEW.account_id
    ON CONFLICT (delivery_id) DO UPDATE SET status = excluded.status;
    RETURN NULL;
END $$;
"""

# Every contact that is the same person, in every offer: by address or by LinkedIn URL.
TELL_CONTACTS = """
CREATE FUNCTION tell_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts c SET
        last_contacted_at = greatest(c.last_contacted_at, said.at),
        status = CASE
            WHEN c.status IN ('do_not_contact', 'replied') THEN c.status
            WHEN NEW.status = 'replied' THEN 'replied'
            WHEN greatest(c.last_contacted_at, said.at) > clock_timestamp() - interval '60 days' THEN 'cooling_off'
            ELSE c.status
        END,
        eligible_for_outreach = c.eligible_for_outreach
            AND c.status NOT IN ('do_not_contact', 'replied')
            AND NEW.status <> 'replied'
            AND coalesce(greatest(c.last_contacted_at, said.at) <= clock_timestamp() - interval '60 days', true)
    FROM (SELECT CASE WHEN NEW.status = 'failed' THEN NULL ELSE NEW.contacted_at END AS at) said
    WHERE c.workspace_id = NEW.workspace_id
      AND (c.email_folded = NEW.email_folded OR c.linkedin_folded = NEW.linkedin_folded)
      AND NEW.status <> 'failed';
    RETURN NULL;
END $$;
"""

REFRESH = """
CREATE FUNCTION refresh_outreach_eligibility() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE changed integer;
BEGIN
    UPDATE contacts SET
        status = CASE WHEN status = 'cooling_off' AND rested THEN 'available'
                      WHEN status = 'available' AND NOT rested THEN 'cooling_off' ELSE status END,
        eligible_for_outreach = rested AND status IN ('available', 'cooling_off') AND suppressed_by IS NULL
    FROM (
        SELECT id AS same, coalesce(last_contacted_at <= clock_timestamp() - interval '60 days', true) AS rested
        FROM contacts
    ) r
    WHERE same = id AND (
        (status = 'cooling_off' AND rested) OR (status = 'available' AND NOT rested)
        OR eligible_for_outreach <> (rested AND status IN ('available', 'cooling_off') AND suppressed_by IS NULL)
    );
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
"""

# A suppression locks and marks the contacts it names: `start` locks the contact too, so one of them comes first (P7, P8).
SUPPRESS = """
CREATE FUNCTION suppression_of(workspace uuid, email text, firm text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT kind FROM suppressions
    WHERE workspace_id = workspace AND (
        (kind = 'address' AND value_folded = email)
        OR (kind = 'domain' AND (split_part(email, '@', 2) = value_folded
            OR split_part(email, '@', 2) LIKE '%.' || replace(replace(value_folded, '%', '\\%'), '_', '\\_')))
        OR (kind = 'company' AND value_folded = lower(btrim(firm)))
    )
    ORDER BY kind LIMIT 1
$$;
CREATE FUNCTION mark_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contacts SET
        suppressed_by = suppression_of(workspace_id, email_folded, company),
        eligible_for_outreach = false
    WHERE workspace_id = NEW.workspace_id AND suppression_of(workspace_id, email_folded, company) IS NOT NULL
      AND suppressed_by IS NULL AND (
        (NEW.kind = 'address' AND email_folded = NEW.value_folded)
        OR (NEW.kind = 'domain' AND (split_part(email_folded, '@', 2) = NEW.value_folded
            OR split_part(email_folded, '@', 2) LIKE '%.' || NEW.value_folded))
        OR (NEW.kind = 'company' AND lower(btrim(company)) = NEW.value_folded)
      );
    RETURN NULL;
END $$;
CREATE FUNCTION look_up_contact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE written timestamptz;
BEGIN
    NEW.suppressed_by := suppression_of(NEW.workspace_id, lower(NEW.email), NEW.company);
    written := last_contacted(NEW.workspace_id, lower(NEW.email), fold_linkedin_url(NEW.linkedin_url), NULL);
    NEW.last_contacted_at := greatest(NEW.last_contacted_at, written);
    IF NEW.status = 'available' AND NEW.last_contacted_at > clock_timestamp() - interval '60 days' THEN
        NEW.status := 'cooling_off';
    END IF;
    NEW.eligible_for_outreach := NEW.suppressed_by IS NULL AND NEW.status = 'available';
    RETURN NEW;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER prepare_delivery BEFORE INSERT ON send_queue
    FOR EACH ROW EXECUTE FUNCTION prepare_delivery();
CREATE TRIGGER count_delivery BEFORE UPDATE OF status ON send_queue
    FOR EACH ROW WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION count_delivery();
CREATE TRIGGER wake_account AFTER INSERT OR UPDATE OF status, due_at ON send_queue
    FOR EACH ROW WHEN (NEW.status = 'queued' AND NEW.due_at < 'infinity') EXECUTE FUNCTION wake_account();
CREATE TRIGGER keep_history AFTER UPDATE OF status ON send_queue FOR EACH ROW
    WHEN (NEW.status IN ('sent', 'outcome_unknown') OR (OLD.status = 'outcome_unknown' AND NEW.status = 'failed'))
    EXECUTE FUNCTION keep_history();
CREATE TRIGGER tell_contacts AFTER INSERT OR UPDATE ON outreach_history
    FOR EACH ROW EXECUTE FUNCTION tell_contacts();
CREATE TRIGGER mark_suppressed AFTER INSERT ON suppressions
    FOR EACH ROW EXECUTE FUNCTION mark_suppressed();
CREATE TRIGGER look_up_contact BEFORE INSERT ON contacts
    FOR EACH ROW EXECUTE FUNCTION look_up_contact();
"""

FUNCTIONS = (
    "prepare_delivery()",
    "count_delivery()",
    "wake_account()",
    "keep_history()",
    "tell_contacts()",
    "mark_suppressed()",
    "look_up_contact()",
    "refresh_outreach_eligibility()",
    "suppression_of(uuid, text, text)",
    "account_counted_on(accounts, text, date)",
    "account_limit_on(accounts, text, date)",
    "being_written_to(uuid, text, text, uuid)",
    "last_contacted(uuid, text, text, uuid)",
)


def upgrade() -> None:
    for statement in (
        LAST_CONTACTED,
        BEING_WRITTEN_TO,
        LIMIT_ON,
        COUNTED_ON,
        PREPARE_DELIVERY,
        COUNT_DELIVERY,
        WAKE_ACCOUNT,
        KEEP_HISTORY,
        TELL_CONTACTS,
        REFRESH,
        SUPPRESS,
        TRIGGERS,
    ):
        op.execute(statement)


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function} CASCADE")
