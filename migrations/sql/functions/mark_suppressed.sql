-- A suppression locks and marks the contacts that it names. `start` locks the contact too, so that one of the two
-- comes first: nobody who is on the list passes the point before DATA.
-- Promises: P4, P7, P8.
-- Twin: core/delivery/gates.py not_suppressed; core/delivery/starting.py start.
CREATE OR REPLACE FUNCTION mark_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
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
            AND fold_text(btrim(company)) = NEW.value_folded ORDER BY id FOR NO KEY UPDATE);
    END IF;
    UPDATE contacts SET suppressed_by = NEW.kind WHERE id = ANY (named);
    RETURN NULL;
END $$;
