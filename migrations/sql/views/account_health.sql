-- Of the mails that left within a window: how many bounced for good, and how many were reported as spam. `watched` is
-- the last seven days, but nothing from before the account was last resumed.
-- Promises: P12.
-- Twin: core/accounts/deliverability.py health_of; core/accounts/health.py score.
CREATE VIEW account_health AS
SELECT a.workspace_id, a.id AS account_id, a.address, a.status = 'paused' AS is_paused, a.paused_reason,
       a.health_score, a.health_reasons, a.health_at, a.spam_rate,
       f.sent_7, f.bounced_7, f.complained_7,
       f.bounced_7::float8 / nullif(f.sent_7, 0) AS bounce_rate_7,
       f.complained_7::float8 / nullif(f.sent_7, 0) AS complaint_rate_7,
       f.sent_30, f.bounced_30, f.complained_30,
       f.bounced_30::float8 / nullif(f.sent_30, 0) AS bounce_rate_30,
       f.complained_30::float8 / nullif(f.sent_30, 0) AS complaint_rate_30,
       f.sent_watched, f.bounced_watched, f.complained_watched
FROM accounts a
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE lately) AS sent_7,
           count(*) FILTER (WHERE lately AND bounced) AS bounced_7,
           count(*) FILTER (WHERE lately AND complained) AS complained_7,
           count(*) AS sent_30,
           count(*) FILTER (WHERE bounced) AS bounced_30,
           count(*) FILTER (WHERE complained) AS complained_30,
           count(*) FILTER (WHERE watched) AS sent_watched,
           count(*) FILTER (WHERE watched AND bounced) AS bounced_watched,
           count(*) FILTER (WHERE watched AND complained) AS complained_watched
    FROM (
        SELECT h.contacted_at > now() - interval '7 days' AS lately,
               h.contacted_at > greatest(now() - interval '7 days', a.watched_from) AS watched,
               coalesce(e.bounced, false) AS bounced, coalesce(e.complained, false) AS complained
        FROM outreach_history h
        LEFT JOIN LATERAL (
            SELECT bool_or(verb = 'bounce' AND data ->> 'hard' = 'true') AS bounced,
                   bool_or(verb = 'complain') AS complained
            FROM message_events WHERE delivery_id = h.delivery_id AND verb IN ('bounce', 'complain')
        ) e ON true
        WHERE h.account_id = a.id AND h.contacted_at > now() - interval '30 days'
          AND h.delivery_id IS NOT NULL AND h.status IN ('sent', 'bounced', 'replied')
    ) m
) f;
