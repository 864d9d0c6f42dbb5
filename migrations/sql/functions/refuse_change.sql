-- Rows that tell what happened are kept as they were written, whoever comes with which statement.
-- Promises: P4, P10.
-- Twin: core/events.py write, which only ever inserts.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are kept as they were written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
