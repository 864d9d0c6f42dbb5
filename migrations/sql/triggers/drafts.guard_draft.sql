-- On a new draft, and on every write to its status, version or round.
-- Promises: P1, P3, P4, P9.
-- Function and twin: functions/guard_draft.sql.
CREATE OR REPLACE TRIGGER guard_draft BEFORE INSERT OR UPDATE OF status, version, review_round ON drafts
    FOR EACH ROW EXECUTE FUNCTION guard_draft();
