-- Each thing once: what left (ours and what was imported) by its line of the history, what is to leave by its delivery
-- or task. Nothing has a time that somebody's act must free first; 9999 means that, too.
-- Promises: P9.
-- Twin: core/views/activity.py activity.
CREATE VIEW activity_feed AS
SELECT h.workspace_id, h.id AS item_id, 'sent'::text AS what, h.status, h.contacted_at AS at, h.channel, h.account_id,
       coalesce(q.campaign_id, t.campaign_id) AS campaign_id, q.draft_id, q.id AS delivery_id, t.id AS task_id,
       coalesce(q.contact_id, t.contact_id) AS contact_id, h.email_folded, h.linkedin_folded
FROM outreach_history h
LEFT JOIN send_queue q ON q.id = h.delivery_id
LEFT JOIN tasks t ON t.id = h.task_id
WHERE h.status <> 'failed' AND (h.delivery_id IS NULL OR q.status IN ('sent', 'outcome_unknown'))
UNION ALL
SELECT q.workspace_id, q.id, 'scheduled', q.status, CASE WHEN q.status = 'queued' THEN CASE WHEN NOT coalesce((a.status <> 'active' OR a.health_score < 30 OR s.sending_stopped IS NOT NULL), false) AND c.status = 'active'
            THEN nullif(greatest(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00') END END,
       a.channel, q.account_id, q.campaign_id, q.draft_id, q.id, NULL, q.contact_id, p.email_folded, p.linkedin_folded
FROM send_queue q
CROSS JOIN installation s
JOIN accounts a ON a.id = q.account_id
JOIN campaigns c ON c.id = q.campaign_id
JOIN contacts p ON p.id = q.contact_id
WHERE q.status IN ('queued', 'claimed', 'sending')
UNION ALL
SELECT t.workspace_id, t.id, 'scheduled', t.status,
       CASE WHEN t.status = 'waiting' AND NOT coalesce((a.status <> 'active' OR a.health_score < 30 OR s.sending_stopped IS NOT NULL), false) AND c.status = 'active' THEN t.due_at END,
       a.channel, t.account_id, t.campaign_id, NULL, NULL, t.id, t.contact_id, p.email_folded, p.linkedin_folded
FROM tasks t
CROSS JOIN installation s
JOIN accounts a ON a.id = t.account_id
JOIN campaigns c ON c.id = t.campaign_id
JOIN contacts p ON p.id = t.contact_id
WHERE t.status IN ('waiting', 'offered');
