-- A text is written as the version that its draft has: nothing waits under a number that is still to come.
-- Promises: P3, P4.
-- Twin: core/drafts/versions.py rewrite, which writes none where the text is the same.
CREATE OR REPLACE FUNCTION guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM drafts WHERE id = NEW.draft_id AND version = NEW.version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'version % is not the one that this draft has', NEW.version
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
