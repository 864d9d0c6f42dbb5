-- The only place that counts mail: whoever moves a delivery from `queued` to `claimed` is counted against the limit
-- and the spacing of the account, and refused over them, while the account rests, or for a person who opted out,
-- replied, or was written to within sixty days, or while an earlier mail of the same run has not come to its end. What
-- has not left gives its count back. Takes the lock of the account, then one advisory lock a name of the person.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py account_rested, within_limit, spaced, contactable, sixty_days, after_step_before;
-- core/delivery/claiming.py claim.
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
        today := day_there(account.timezone, clock_timestamp());
        IF account.rest_reason IS NOT NULL
            AND (account.rest_until IS NULL OR account.rest_until > clock_timestamp()) THEN
            RAISE EXCEPTION 'account_rests: this account rests, as its mail server refuses its mail'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
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
            SELECT step_before(sequence_instance_id, created_at, id) INTO said FROM drafts WHERE id = NEW.draft_id;
            IF said IS NOT NULL THEN
                RAISE EXCEPTION 'step_before: an earlier mail of this run is %', said
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
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
            ),
            -- One mail tries a resting account: the next tries later, whatever becomes of this one.
            rest_until = CASE WHEN account.rest_reason IS NOT NULL THEN NEW.lease_until + interval '3 minutes' END
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
