-- On accounts with LinkedIn tasks: a count that went down, or another rule.
-- Promises: P2.
-- Function and twin: functions/wake_tasks.sql.
CREATE OR REPLACE TRIGGER wake_tasks AFTER UPDATE ON accounts FOR EACH ROW WHEN (
    NEW.channel = 'linkedin' AND (
        NEW.counted_messages < OLD.counted_messages OR NEW.counted_connections < OLD.counted_connections
        OR (NEW.daily_limit_messages, NEW.daily_limit_connections, NEW.warmup_start, NEW.warmup_step, NEW.warmup_from,
            NEW.opens, NEW.closes, NEW.weekdays, NEW.timezone, NEW.country)
        IS DISTINCT FROM
           (OLD.daily_limit_messages, OLD.daily_limit_connections, OLD.warmup_start, OLD.warmup_step, OLD.warmup_from,
            OLD.opens, OLD.closes, OLD.weekdays, OLD.timezone, OLD.country)
    )
) EXECUTE FUNCTION wake_tasks();
