-- A contact's names as they are compared, whoever writes it. What somebody else writes there does not stay.
-- Promises: P8.
-- Twin: core/text/folding.py fold_text, fold_linkedin_url.
CREATE OR REPLACE FUNCTION fold_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_folded := fold_text(NEW.email);
    NEW.linkedin_folded := fold_linkedin_url(NEW.linkedin_url);
    RETURN NEW;
END $$;
