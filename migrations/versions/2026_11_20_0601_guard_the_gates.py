"""Guard the gates: limits, spacing and the sixty days are held by the database itself, against any client.

`count_delivery` is the only thing that counts: whoever moves a delivery from `queued` to `claimed` is counted, or refused.
"""

from alembic import op

revision = "guard_the_gates"
down_revision = "add_send_engine"

# All that one person goes by: the address and LinkedIn URL asked for, and those of the contacts that share either.
NAMES_OF = """
CREATE FUNCTION names_of(workspace uuid, of_email text, of_linkedin text)
RETURNS TABLE (email text, linkedin text) LANGUAGE sql STABLE AS $$
    SELECT of_email, of_linkedin
    UNION SELECT email_folded, linkedin_folded FROM contacts WHERE workspace_id = workspace AND email_folded = of_email
    UNION SELECT email_folded, linkedin_folded FROM contacts
        WHERE workspace_id = workspace AND linkedin_folded = of_linkedin
$$;
CREATE FUNCTION contacts_of(workspace uuid, of_email text, of_linkedin text)
RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT c.id FROM names_of(workspace, of_email, of_linkedin) n
    JOIN contacts c ON c.workspace_id = workspace AND c.email_folded = n.email
    UNION SELECT c.id FROM names_of(workspace, of_email, of_linkedin) n
    JOIN contacts c ON c.workspace_id = workspace AND c.linkedin_folded = n.linkedin
$$;
"""

# What was, or may have been, written to a person, in the whole workspace. Failures do not count, and neither do the
# steps of the sequence that asks. In plpgsql, as that keeps its plans from call to call.
LAST_CONTACTED = """
CREATE FUNCTION last_contacted(workspace uuid, of_email text, of_linkedin text, own_sequence uuid)
RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT max(greatest(
            (SELECT max(contacted_at) FROM outreach_history
             WHERE workspace_id = workspace AND email_folded = n.email AND status <> 'failed'
               AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence)),
            (SELECT max(contacted_at) FROM outreach_history
             WHERE workspace_id = workspace AND linkedin_folded = n.linkedin AND status <> 'failed'
               AND (own_sequence IS NULL OR sequence_instance_id IS DISTINCT FROM own_sequence))
        )) FROM names_of(workspace, of_email, of_linkedin) n
    );
END $$;
"""

# Whether somebody is writing to this person right now, in another delivery.
BEING_WRITTEN_TO = """
CREATE FUNCTION being_written_to(workspace uuid, of_email text, of_linkedin text, own_delivery uuid)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM contacts_of(workspace, of_email, of_linkedin) c (id)
        JOIN send_queue q ON q.contact_id = c.id AND q.status IN ('claimed', 'sending')
        WHERE q.id <> own_delivery
    );
END $$;
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

# Lower goes first: what a person wants gone at once, before what may wait for its hour; answers before the rest. What
# keeps the recipient's hours has a number of its own: it must not stand behind mail that keeps the account's.
PREPARE_DELIVERY = """
CREATE FUNCTION prepare_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE account accounts%ROWTYPE;
BEGIN
    SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id;
    SELECT kind INTO STRICT NEW.kind FROM drafts WHERE id = NEW.draft_id;
    NEW.counted_as := CASE account.channel WHEN 'email' THEN 'email' ELSE 'message' END;
    NEW.priority := CASE NEW.timing WHEN 'earliest' THEN 10 ELSE 30 END + CASE NEW.kind WHEN 'reply' THEN 0 ELSE 10 END;
    IF NEW.timing <> 'earliest' AND EXISTS (
        SELECT FROM campaigns c, contacts t WHERE c.id = NEW.campaign_id AND t.id = NEW.contact_id
            AND c.recipient_hours AND t.timezone IS NOT NULL
    ) THEN
        NEW.priority := NEW.priority + 1;
    END IF;
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
            counted_on = today,
            counted_emails = account_counted_on(account, 'email', today) + (NEW.counted_as = 'email')::int,
            counted_messages = account_counted_on(account, 'message', today) + (NEW.counted_as = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.counted_as = 'connection')::int,
            -- An answer that went in between must not shorten the wait of the mail before it.
            next_spaced_at = greatest(
                account.next_spaced_at, clock_timestamp() + make_interval(secs => NEW.spacing_seconds)
            )
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

# What a claim does to its delivery. Somebody may write to the same person between the look at the gates and this:
# then it says so (false), and the claim looks on. Every other refusal is an error.
TAKE_DELIVERY = """
CREATE FUNCTION take_delivery(delivery uuid, attempt uuid, lease interval) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE send_queue SET
        status = 'claimed', attempt_id = attempt, lease_until = clock_timestamp() + lease, reason = NULL
    WHERE id = delivery AND status = 'queued';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this delivery is not queued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN true;
EXCEPTION WHEN integrity_constraint_violation THEN
    IF SQLERRM LIKE 'sixty_days:%' THEN
        RETURN false;
    END IF;
    RAISE;
END $$;
"""

# The clock looks at accounts, not at the queue: whatever makes a delivery ready says so here. The account is locked in
# any case, so that no claim that cannot see this delivery yet lays the account to rest (a new delivery's foreign key
# does that for an insert, without making approvals wait for each other).
WAKE_ACCOUNT = """
CREATE FUNCTION wake_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    END IF;
    UPDATE accounts SET next_send_at = NEW.due_at
    WHERE id = NEW.account_id AND (next_send_at IS NULL OR next_send_at > NEW.due_at);
    RETURN NULL;
END $$;
CREATE FUNCTION look_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.next_send_at := clock_timestamp();
    RETURN NEW;
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
    -- Who bounced or replied has had the mail, whatever its server says late.
    ON CONFLICT (delivery_id) DO UPDATE SET status = excluded.status
        WHERE outreach_history.status NOT IN ('bounced', 'replied');
    RETURN NULL;
END $$;
CREATE FUNCTION fold_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_folded := nullif(lower(btrim(NEW.email_folded)), '');
    NEW.linkedin_folded := fold_linkedin_url(NEW.linkedin_folded);
    RETURN NEW;
END $$;
"""

# Every contact that is the same person, in every offer. Locked in order: two that tell of one person do not cross.
TELL_CONTACTS = """
CREATE FUNCTION tell_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same uuid[];
BEGIN
    same := ARRAY(
        SELECT id FROM contacts
        WHERE id IN (SELECT contacts_of(NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded))
        ORDER BY id FOR NO KEY UPDATE
    );
    IF NEW.status <> 'failed' THEN
        UPDATE contacts SET
            last_contacted_at = greatest(last_contacted_at, NEW.contacted_at),
            status = CASE WHEN NEW.status = 'replied' AND status <> 'do_not_contact' THEN 'replied' ELSE status END
        WHERE id = ANY (same);
    ELSIF TG_OP = 'UPDATE' AND OLD.status <> 'failed' THEN
        -- What was counted has not left after all.
        UPDATE contacts SET last_contacted_at = last_contacted(workspace_id, email_folded, linkedin_folded, NULL)
        WHERE id = ANY (same) AND last_contacted_at = OLD.contacted_at;
    END IF;
    RETURN NULL;
END $$;
"""

# What a contact's row says of itself follows from its date, its status and the suppression list, whoever writes it.
# Who replied or asked not to be written to stays so: time heals only the cooling off.
KEEP_CONTACT = """
CREATE FUNCTION keep_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (NEW.company, NEW.linkedin_url) IS DISTINCT FROM (OLD.company, OLD.linkedin_url) THEN
        NEW.suppressed_by := suppression_of(NEW.workspace_id, lower(NEW.email), NEW.company);
        NEW.last_contacted_at := greatest(
            NEW.last_contacted_at,
            last_contacted(NEW.workspace_id, lower(NEW.email), fold_linkedin_url(NEW.linkedin_url), NULL)
        );
    END IF;
    IF NEW.status IN ('available', 'cooling_off') THEN
        NEW.status := CASE WHEN NEW.last_contacted_at > clock_timestamp() - interval '60 days'
            THEN 'cooling_off' ELSE 'available' END;
    END IF;
    NEW.eligible_for_outreach := NEW.status = 'available' AND NEW.suppressed_by IS NULL;
    RETURN NEW;
END $$;
"""

REFRESH = """
CREATE FUNCTION refresh_outreach_eligibility() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE changed integer;
BEGIN
    UPDATE contacts SET status = status WHERE status IN ('available', 'cooling_off')
        AND (status = 'cooling_off') <> coalesce(last_contacted_at > clock_timestamp() - interval '60 days', false);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
"""

# A suppression locks and marks the contacts it names: `start` locks the contact too, so one of them comes first (P7, P8).
SUPPRESS = """
CREATE FUNCTION domains_of(email text) RETURNS text[] LANGUAGE sql IMMUTABLE RETURN ARRAY(
    SELECT array_to_string((string_to_array(split_part(email, '@', 2), '.'))[n:], '.')
    FROM generate_series(1, 1 + length(email) - length(replace(email, '.', ''))) n
);
CREATE FUNCTION suppression_of(workspace uuid, email text, firm text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT min(kind) FROM suppressions WHERE workspace_id = workspace AND (
        (kind = 'address' AND value_folded = email)
        OR (kind = 'domain' AND value_folded = ANY (domains_of(email)))
        OR (kind = 'company' AND value_folded = lower(btrim(firm)))
    ));
END $$;
CREATE FUNCTION fold_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.value_folded := lower(btrim(NEW.value_folded));
    IF NEW.kind = 'domain' THEN
        NEW.value_folded := ltrim(NEW.value_folded, '@.');
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION mark_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named uuid[];
BEGIN
    IF NEW.kind = 'address' THEN
        named := ARRAY(SELECT id FROM contacts WHERE workspace_id = NEW.workspace_id AND suppressed_by IS NULL
            AND email_folded = NEW.value_folded ORDER BY id FOR NO KEY UPDATE);
    ELSIF NEW.kind = 'domain' THEN
        named := ARRAY(SELECT id FROM contacts WHERE workspace_id = NEW.workspace_id AND suppressed_by IS NULL
            AND NEW.value_folded = ANY (domains_of(email_folded)) ORDER BY id FOR NO KEY UPDATE);
    ELSE
        named := ARRAY(SELECT id FROM contacts WHERE workspace_id = NEW.workspace_id AND suppressed_by IS NULL
            AND lower(btrim(company)) = NEW.value_folded ORDER BY id FOR NO KEY UPDATE);
    END IF;
    UPDATE contacts SET suppressed_by = NEW.kind WHERE id = ANY (named);
    RETURN NULL;
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
CREATE TRIGGER keep_contact BEFORE INSERT OR UPDATE ON contacts
    FOR EACH ROW EXECUTE FUNCTION keep_contact();
CREATE TRIGGER fold_history BEFORE INSERT OR UPDATE OF email_folded, linkedin_folded ON outreach_history
    FOR EACH ROW EXECUTE FUNCTION fold_history();
CREATE TRIGGER fold_suppression BEFORE INSERT OR UPDATE ON suppressions
    FOR EACH ROW EXECUTE FUNCTION fold_suppression();
CREATE TRIGGER keep_drawn BEFORE UPDATE OF kind, counted_as, spacing_seconds ON send_queue FOR EACH ROW
    WHEN ((NEW.kind, NEW.counted_as, NEW.spacing_seconds) IS DISTINCT FROM (OLD.kind, OLD.counted_as, OLD.spacing_seconds))
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER look_again BEFORE UPDATE OF status, health_score, timezone, country, opens, closes, weekdays,
        daily_limit_emails, daily_limit_messages, daily_limit_connections, warmup_start, warmup_step, warmup_from
    ON accounts FOR EACH ROW EXECUTE FUNCTION look_again();
"""

FUNCTIONS = (
    "prepare_delivery()",
    "count_delivery()",
    "take_delivery(uuid, uuid, interval)",
    "wake_account()",
    "look_again()",
    "keep_history()",
    "fold_history()",
    "tell_contacts()",
    "keep_contact()",
    "mark_suppressed()",
    "fold_suppression()",
    "refresh_outreach_eligibility()",
    "suppression_of(uuid, text, text)",
    "domains_of(text)",
    "account_counted_on(accounts, text, date)",
    "account_limit_on(accounts, text, date)",
    "being_written_to(uuid, text, text, uuid)",
    "last_contacted(uuid, text, text, uuid)",
    "contacts_of(uuid, text, text)",
    "names_of(uuid, text, text)",
)


def upgrade() -> None:
    for statement in (
        NAMES_OF,
        LAST_CONTACTED,
        BEING_WRITTEN_TO,
        LIMIT_ON,
        COUNTED_ON,
        PREPARE_DELIVERY,
        COUNT_DELIVERY,
        TAKE_DELIVERY,
        WAKE_ACCOUNT,
        KEEP_HISTORY,
        TELL_CONTACTS,
        KEEP_CONTACT,
        REFRESH,
        SUPPRESS,
        TRIGGERS,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_drawn ON send_queue")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function} CASCADE")
