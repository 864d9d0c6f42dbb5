-- After `guard_draft` by its name, on what that let pass.
-- Promises: P5, P9.
-- Function and twin: functions/ring_draft.sql.
CREATE OR REPLACE TRIGGER ring_draft BEFORE UPDATE OF status, version, review_round ON drafts
    FOR EACH ROW WHEN (NEW.status <> OLD.status OR NEW.version <> OLD.version OR NEW.review_round <> OLD.review_round)
    EXECUTE FUNCTION ring_draft();
