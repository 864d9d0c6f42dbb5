-- What is on the suppression list is kept folded, a domain without what people write before it.
-- Promises: P8.
-- Twin: core/delivery/gates.py not_suppressed, which is told the outcome.
CREATE OR REPLACE FUNCTION fold_suppression() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.value_folded := fold_text(btrim(NEW.value_folded));
    IF NEW.kind = 'domain' THEN
        NEW.value_folded := ltrim(NEW.value_folded, '@.');
    END IF;
    RETURN NEW;
END $$;
