-- By which kind of entry of the suppression list a person is named, if by any: address, domain or company.
-- Promises: P8.
-- Twin: core/delivery/gates.py not_suppressed, with the facts of core/delivery/facts.py.
CREATE OR REPLACE FUNCTION suppression_of(workspace uuid, email text, firm text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT min(kind) FROM suppressions WHERE workspace_id = workspace AND (
        (kind = 'address' AND value_folded = email)
        OR (kind = 'domain' AND value_folded = ANY (domains_of(email)))
        OR (kind = 'company' AND value_folded = fold_text(btrim(firm)))
    ));
END $$;
