-- The limit of an account on a day: its daily limit, or less while it warms up.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py limit_on.
CREATE OR REPLACE FUNCTION account_limit_on(account accounts, counted_as text, day date)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT least(
        CASE counted_as
            WHEN 'email' THEN account.daily_limit_emails
            WHEN 'message' THEN account.daily_limit_messages
            ELSE account.daily_limit_connections
        END,
        CASE WHEN account.warmup_start IS NULL OR account.warmup_from IS NULL THEN 1000000
             ELSE greatest(0, account.warmup_start + greatest(0, day - account.warmup_from) * account.warmup_step) END
    )
$$;
