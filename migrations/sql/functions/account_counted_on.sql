-- How much of one limit an account has used on a day of its own. What was counted is not counted anew because the
-- clock of the account was set back, and for 24 hours after a change of its zone not because it was set forward
-- either.
-- Promises: P4, P8.
-- Twin: core/delivery/gates.py within_limit, with the facts of core/delivery/facts.py.
CREATE OR REPLACE FUNCTION account_counted_on(account accounts, counted_as text, day date)
RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN account.counted_on IS NULL
            OR (account.counted_on < day AND coalesce(account.count_holds_until <= clock_timestamp(), true)) THEN 0
        ELSE CASE counted_as
            WHEN 'email' THEN account.counted_emails
            WHEN 'message' THEN account.counted_messages
            ELSE account.counted_connections
        END
    END
$$;
