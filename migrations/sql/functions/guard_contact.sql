-- The address of a contact never changes: what was approved for one address must not reach another.
-- Promises: P3, P4.
-- Twin: core/drafts/ingest.py upsert_contact, by which another address is another contact.
CREATE OR REPLACE FUNCTION guard_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the address of a contact cannot change: another address is another contact'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
