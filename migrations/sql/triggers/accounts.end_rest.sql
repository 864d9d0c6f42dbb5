-- On another mail server or password, and on a resume, of an account that rests.
-- Promises: P2, P9.
-- Function and twin: functions/end_rest.sql.
CREATE OR REPLACE TRIGGER end_rest BEFORE UPDATE OF smtp_url, status ON accounts FOR EACH ROW
    WHEN (OLD.rest_reason IS NOT NULL
        AND (NEW.smtp_url <> OLD.smtp_url OR (OLD.status = 'paused' AND NEW.status = 'active')))
    EXECUTE FUNCTION end_rest();
