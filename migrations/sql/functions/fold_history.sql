-- Lines of the history name people as contacts do: folded address, folded LinkedIn URL, whoever writes them.
-- Promises: P8.
-- Twin: core/intake/history_import.py import_history.
CREATE OR REPLACE FUNCTION fold_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_folded := nullif(fold_text(btrim(NEW.email_folded)), '');
    NEW.linkedin_folded := fold_linkedin_url(NEW.linkedin_folded);
    RETURN NEW;
END $$;
