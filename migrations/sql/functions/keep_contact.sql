-- What a contact says of itself follows from its date, its status and the suppression list, whoever writes it. Who
-- replied or asked not to be written to stays so: time heals only the cooling off.
-- Promises: P8.
-- Twin: core/delivery/gates.py sixty_days, not_suppressed; core/contacts/contacts.py refresh_eligibility.
CREATE OR REPLACE FUNCTION keep_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR (NEW.company, NEW.linkedin_url) IS DISTINCT FROM (OLD.company, OLD.linkedin_url) THEN
        NEW.suppressed_by := suppression_of(NEW.workspace_id, fold_text(NEW.email), NEW.company);
        NEW.last_contacted_at := greatest(
            NEW.last_contacted_at,
            last_contacted(NEW.workspace_id, fold_text(NEW.email), fold_linkedin_url(NEW.linkedin_url), NULL)
        );
    END IF;
    IF NEW.status IN ('available', 'cooling_off') THEN
        NEW.status := CASE WHEN NEW.last_contacted_at > clock_timestamp() - interval '60 days'
            THEN 'cooling_off' ELSE 'available' END;
    END IF;
    NEW.eligible_for_outreach := NEW.status = 'available' AND NEW.suppressed_by IS NULL;
    RETURN NEW;
END $$;
