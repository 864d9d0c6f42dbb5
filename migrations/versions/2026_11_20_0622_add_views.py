"""Add the views that pages, commands and jobs read: capacity, health, today's schedule, leads, activity."""

from alembic import op

revision = "add_views"
down_revision = "index_feedback"

# What each account may still send on its own day, of each kind that its channel has.
ACCOUNT_CAPACITY = """
CREATE VIEW account_capacity AS
SELECT a.workspace_id, a.id AS account_id, a.address, d.today AS day, k.kind,
       account_limit_on(a, k.kind, d.today) AS limit_today,
       account_counted_on(a, k.kind, d.today) AS used_today,
       greatest(0, account_limit_on(a, k.kind, d.today) - account_counted_on(a, k.kind, d.today)) AS left_today,
       a.next_spaced_at
FROM accounts a
CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE a.timezone)::date AS today) d
CROSS JOIN LATERAL unnest(
    CASE a.channel WHEN 'email' THEN ARRAY['email'] ELSE ARRAY['message', 'connection'] END
) AS k (kind)
"""

# Of the mails that left within a window: how many bounced for good, and how many were reported as spam. `watched` is
# the last seven days, but nothing from before the account was last resumed.
ACCOUNT_HEALTH = """
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
) f
"""

# An account's own day: what left, what is leaving, what is queued to leave today or waits for somebody's act (9999).
TODAYS_SCHEDULE = """
CREATE VIEW todays_schedule AS
SELECT q.workspace_id, a.id AS account_id, a.address, q.id AS delivery_id, q.draft_id, q.campaign_id, q.contact_id,
       q.status, h.contacted_at AS at, NULL::timestamptz AS not_before, NULL::text AS held_code, q.reason
FROM accounts a
JOIN outreach_history h ON h.account_id = a.id
     AND h.contacted_at >= (now() AT TIME ZONE a.timezone)::date::timestamp AT TIME ZONE a.timezone
JOIN send_queue q ON q.id = h.delivery_id AND q.status IN ('sent', 'outcome_unknown')
UNION ALL
SELECT q.workspace_id, a.id, a.address, q.id, q.draft_id, q.campaign_id, q.contact_id,
       q.status, NULL, NULL, NULL, NULL
FROM accounts a
JOIN send_queue q ON q.account_id = a.id AND q.status IN ('claimed', 'sending')
UNION ALL
SELECT q.workspace_id, a.id, a.address, q.id, q.draft_id, q.campaign_id, q.contact_id,
       q.status, NULL, nullif(greatest(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00'), q.held_code, q.reason
FROM accounts a
JOIN send_queue q ON q.account_id = a.id AND q.status = 'queued'
     AND (q.due_at < ((now() AT TIME ZONE a.timezone)::date + 1)::timestamp AT TIME ZONE a.timezone
          OR q.due_at >= '9999-01-01 00:00:00+00')
"""

# Open drafts in the order of their review (CHECKLIST 000.10). The score is the evaluator's confidence in percent.
LEADS_FOR_REVIEW = """
CREATE VIEW leads_for_review AS
SELECT d.workspace_id, d.id AS draft_id, d.key, d.campaign_id, d.contact_id, d.kind, d.status, d.risk, d.risk_reasons,
       CASE d.risk WHEN 'low' THEN 1 WHEN 'review' THEN 2 ELSE 3 END AS risk_rank,
       round(100 * d.confidence)::integer AS score,
       CASE WHEN d.confidence >= 0.8 THEN 'P1' WHEN d.confidence >= 0.6 THEN 'P2' WHEN d.confidence >= 0.4 THEN 'P3'
            WHEN d.confidence IS NOT NULL THEN 'P4' END AS tier,
       d.return_reason, d.created_at, d.version, d.confidence
FROM drafts d
WHERE d.status IN ('needs_review', 'manual_review')
ORDER BY risk_rank, d.confidence DESC NULLS LAST, d.created_at, d.id
"""

# Each thing once: what left (ours and what was imported), by its line in the history; what is to leave, by its delivery.
ACTIVITY_FEED = """
CREATE VIEW activity_feed AS
SELECT h.workspace_id, h.id AS item_id, 'sent'::text AS what, h.status, h.contacted_at AS at, h.channel,
       h.account_id, q.campaign_id, q.draft_id, q.id AS delivery_id, q.contact_id, h.email_folded, h.linkedin_folded
FROM outreach_history h
LEFT JOIN send_queue q ON q.id = h.delivery_id
WHERE h.status <> 'failed' AND (h.delivery_id IS NULL OR q.status IN ('sent', 'outcome_unknown'))
UNION ALL
SELECT q.workspace_id, q.id, 'scheduled', q.status, nullif(greatest(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00'),
       a.channel, q.account_id, q.campaign_id, q.draft_id, q.id, q.contact_id, c.email_folded, c.linkedin_folded
FROM send_queue q
JOIN accounts a ON a.id = q.account_id
JOIN contacts c ON c.id = q.contact_id
WHERE q.status IN ('queued', 'claimed', 'sending')
"""

VIEWS = {
    "account_capacity": ACCOUNT_CAPACITY,
    "account_health": ACCOUNT_HEALTH,
    "todays_schedule": TODAYS_SCHEDULE,
    "leads_for_review": LEADS_FOR_REVIEW,
    "activity_feed": ACTIVITY_FEED,
}


def upgrade() -> None:
    for statement in VIEWS.values():
        op.execute(statement)


def downgrade() -> None:
    for view in reversed(VIEWS):
        op.execute(f"DROP VIEW {view}")
