-- The only place that counts tasks: whoever offers one is counted, or refused for the limit or the sixty days. A task
-- that is done late has happened, so it is counted whatever the limit says. Two that go for one person at once take
-- turns by the same locks as in `count_delivery`.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py within_limit, sixty_days; core/tasks/offer.py offer_next.
CREATE OR REPLACE FUNCTION count_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account accounts%ROWTYPE;
    person contacts%ROWTYPE;
    today date;
    used integer;
    written timestamptz;
BEGIN
    IF NEW.status = 'offered' OR (NEW.status = 'done' AND OLD.counted_on IS NULL) THEN
        SELECT * INTO STRICT account FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
        today := day_there(account.timezone, clock_timestamp());
        used := account_counted_on(account, NEW.kind, today);
        IF NEW.status = 'offered' THEN
            IF used >= account_limit_on(account, NEW.kind, today) THEN
                RAISE EXCEPTION 'daily_limit: this account has used its % of today', used
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            SELECT * INTO STRICT person FROM contacts WHERE id = NEW.contact_id;
            PERFORM pg_advisory_xact_lock(key) FROM (
                SELECT DISTINCT hashtextextended(person.workspace_id::text || name, 60) AS key
                FROM names_of(person.workspace_id, person.email_folded, person.linkedin_folded) n,
                    LATERAL (VALUES ('email ' || n.email), ('linkedin ' || n.linkedin)) v (name)
                WHERE name IS NOT NULL ORDER BY key
            ) names;
            written := last_contacted(
                person.workspace_id, person.email_folded, person.linkedin_folded, NEW.sequence_instance_id
            );
            IF written > clock_timestamp() - interval '60 days' THEN
                RAISE EXCEPTION 'sixty_days: this person was written to on %', written::date
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF being_written_to(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id)
                OR being_asked_for(person.workspace_id, person.email_folded, person.linkedin_folded, NEW.id,
                                   NEW.sequence_instance_id) THEN
                RAISE EXCEPTION 'sixty_days: this person is being written to'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        UPDATE accounts SET
            counted_on = today,
            counted_emails = account_counted_on(account, 'email', today),
            counted_messages = account_counted_on(account, 'message', today) + (NEW.kind = 'message')::int,
            counted_connections = account_counted_on(account, 'connection', today) + (NEW.kind = 'connection')::int
        WHERE id = NEW.account_id;
        NEW.counted_on := today;
    ELSIF NEW.status <> 'done' AND OLD.counted_on IS NOT NULL THEN
        UPDATE accounts SET
            counted_messages = counted_messages - (NEW.kind = 'message')::int,
            counted_connections = counted_connections - (NEW.kind = 'connection')::int
        WHERE id = NEW.account_id AND counted_on = OLD.counted_on;
        NEW.counted_on := NULL;
    END IF;
    RETURN NEW;
END $$;
