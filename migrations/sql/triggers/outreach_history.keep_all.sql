-- TRUNCATE fires no trigger of a row.
-- Promises: P4, P10.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_all BEFORE TRUNCATE ON outreach_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
