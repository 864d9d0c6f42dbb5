-- What the gates need of a new delivery is drawn once: its kind, what it counts as, its spacing, its priority. Lower
-- goes first: what a person wants gone at once before what may wait for its hour, answers before the rest. What keeps
-- the hours of the recipient has a number of its own: it must not stand behind mail that keeps those of the account.
-- Promises: P8.
-- Twin: core/delivery/queue.py PRIORITIES.
CREATE OR REPLACE FUNCTION prepare_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
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
