-- To whom a draft is, for which campaign, and what it answers was read with its text.
-- Promises: P3, P4.
-- Function and twin: functions/refuse_change.sql.
CREATE OR REPLACE TRIGGER keep_what_it_is
    BEFORE UPDATE OF workspace_id, key, campaign_id, contact_id, kind, sequence_instance_id, inbound_message_id ON drafts
    FOR EACH ROW WHEN (
        (NEW.workspace_id, NEW.key, NEW.campaign_id, NEW.contact_id, NEW.kind)
        IS DISTINCT FROM (OLD.workspace_id, OLD.key, OLD.campaign_id, OLD.contact_id, OLD.kind)
        OR (OLD.sequence_instance_id IS NOT NULL AND NEW.sequence_instance_id IS DISTINCT FROM OLD.sequence_instance_id)
        OR (OLD.inbound_message_id IS NOT NULL AND NEW.inbound_message_id IS DISTINCT FROM OLD.inbound_message_id)
    ) EXECUTE FUNCTION refuse_change();
