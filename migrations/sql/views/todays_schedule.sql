-- An account's own day: what left, what is leaving, and of what waits no more than it may still send today. Of what
-- waits for somebody's act (9999) the first hundred. Below a health of 30 nothing is sent (HEALTHY in core/delivery/gates.py).
-- Promises: P9.
-- Twin: core/views/todays_schedule.py todays_schedule.
CREATE VIEW todays_schedule AS
SELECT q.workspace_id, a.id AS account_id, a.address, q.id AS delivery_id, q.draft_id, q.campaign_id, q.contact_id,
       h.status, h.contacted_at AS at, NULL::timestamptz AS not_before, NULL::text AS held_code, NULL::text AS reason
FROM accounts a
JOIN outreach_history h ON h.account_id = a.id
     AND h.contacted_at >= day_begins(a.timezone, day_there(a.timezone, now()))
JOIN send_queue q ON q.id = h.delivery_id AND q.status IN ('sent', 'outcome_unknown')
UNION ALL
SELECT q.workspace_id, a.id, a.address, q.id, q.draft_id, q.campaign_id, q.contact_id,
       q.status, NULL, NULL, NULL, NULL
FROM accounts a
JOIN send_queue q ON q.account_id = a.id AND q.status IN ('claimed', 'sending')
UNION ALL
SELECT q.workspace_id, a.id, a.address, q.id, q.draft_id, q.campaign_id, q.contact_id,
       q.status, NULL, CASE WHEN NOT coalesce((a.status <> 'active' OR a.health_score < 30 OR s.sending_stopped IS NOT NULL), false) AND c.status = 'active'
            THEN nullif(greatest(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00') END, q.held_code, q.reason
FROM accounts a
CROSS JOIN installation s
CROSS JOIN LATERAL (SELECT day_there(a.timezone, now()) AS today) d
CROSS JOIN LATERAL (SELECT day_begins(a.timezone, d.today + 1) AS tomorrow) t
CROSS JOIN LATERAL (
    (
        SELECT * FROM send_queue
        WHERE account_id = a.id AND status = 'queued' AND due_at < t.tomorrow
              AND (coalesce((a.status <> 'active' OR a.health_score < 30 OR s.sending_stopped IS NOT NULL), false) OR a.next_send_at IS NULL OR a.next_send_at < t.tomorrow)
        ORDER BY priority, due_at
        LIMIT greatest(0, account_limit_on(a, 'email', d.today) - account_counted_on(a, 'email', d.today))
    )
    UNION ALL
    (
        SELECT * FROM send_queue
        WHERE account_id = a.id AND status = 'queued' AND due_at >= '9999-01-01 00:00:00+00'
        ORDER BY priority, due_at LIMIT 100
    )
) q
JOIN campaigns c ON c.id = q.campaign_id;
