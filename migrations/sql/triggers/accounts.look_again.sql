-- On every write to what decides when the account may send, changed or not: the look costs little.
-- Promises: P2.
-- Function and twin: functions/look_again.sql.
CREATE OR REPLACE TRIGGER look_again BEFORE UPDATE OF status, health_score, timezone, country, opens, closes, weekdays,
        daily_limit_emails, daily_limit_messages, daily_limit_connections, warmup_start, warmup_step, warmup_from
    ON accounts FOR EACH ROW EXECUTE FUNCTION look_again();
