-- To whom and when stay. A line may be dated later, when the same mail is sent again, and not earlier.
-- Promises: P4, P8.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_lines BEFORE UPDATE ON outreach_history FOR EACH ROW
    WHEN (NEW.contacted_at < OLD.contacted_at
        OR (NEW.workspace_id, NEW.email_folded, NEW.linkedin_folded, NEW.sequence_instance_id)
            IS DISTINCT FROM (OLD.workspace_id, OLD.email_folded, OLD.linkedin_folded, OLD.sequence_instance_id))
    EXECUTE FUNCTION refuse_change();
