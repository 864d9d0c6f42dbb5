-- An entry that is taken off the suppression list, or corrected, frees the contacts that it named, unless another one
-- names them.
-- Promises: P8.
-- Twin: core/delivery/gates.py not_suppressed, which is told the outcome.
CREATE OR REPLACE FUNCTION lift_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named uuid[];
BEGIN
    named := ARRAY(
        SELECT id FROM contacts WHERE workspace_id = OLD.workspace_id AND suppressed_by IS NOT NULL AND (
            (OLD.kind = 'address' AND email_folded = OLD.value_folded)
            OR (OLD.kind = 'domain' AND OLD.value_folded = ANY (domains_of(email_folded)))
            OR (OLD.kind = 'company' AND fold_text(btrim(company)) = OLD.value_folded)
        ) ORDER BY id FOR NO KEY UPDATE
    );
    UPDATE contacts SET suppressed_by = suppression_of(workspace_id, email_folded, company) WHERE id = ANY (named);
    RETURN NULL;
END $$;
