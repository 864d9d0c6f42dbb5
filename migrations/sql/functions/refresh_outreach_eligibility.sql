-- Once a day: the cooling off of sixty days ends for whom it is over. Returns how many contacts changed.
-- Promises: P8.
-- Twin: core/contacts/contacts.py refresh_eligibility.
CREATE OR REPLACE FUNCTION refresh_outreach_eligibility() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE changed integer;
BEGIN
    UPDATE contacts SET status = status WHERE status IN ('available', 'cooling_off')
        AND (status = 'cooling_off') <> coalesce(last_contacted_at > clock_timestamp() - interval '60 days', false);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
