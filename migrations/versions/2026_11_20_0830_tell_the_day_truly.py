"""Views of the day, the feed and the review that say of what is held back that it is, and read no whole backlog.

`todays_schedule` shows of an account no more than it may still send today, and of what waits for somebody's act the
first hundred. Nothing has a time that an act must free first: a pause, a stop or a low health is not on each row.
`activity_feed` has what people do by hand. `leads_for_review` leaves out what was put off.
"""

from importlib import import_module

from alembic import op

revision = "tell_the_day_truly"
down_revision = "index_by_draft_and_person"

_BEFORE = import_module("migrations.versions.2026_11_20_0622_add_views")

# Below this health nothing is sent (`core/gates.py`). `a` is the account, `c` the campaign, `s` the installation.
HELD = "(a.status <> 'active' OR a.health_score < 30 OR s.sending_stopped IS NOT NULL)"
# When a queued row `q` may leave at the earliest, as far as was known when somebody looked last; NULL: after an act.
NOT_BEFORE = f"""CASE WHEN NOT coalesce({HELD}, false) AND c.status = 'active'
            THEN nullif(greatest(q.due_at, a.next_send_at), '9999-01-01 00:00:00+00') END"""

TODAYS_SCHEDULE = f"""
CREATE VIEW todays_schedule AS
SELECT q.workspace_id, a.id AS account_id, a.address, q.id AS delivery_id, q.draft_id, q.campaign_id, q.contact_id,
       h.status, h.contacted_at AS at, NULL::timestamptz AS not_before, NULL::text AS held_code, NULL::text AS reason
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
       q.status, NULL, {NOT_BEFORE}, q.held_code, q.reason
FROM accounts a
CROSS JOIN installation s
CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE a.timezone)::date AS today) d
CROSS JOIN LATERAL (SELECT (d.today + 1)::timestamp AT TIME ZONE a.timezone AS tomorrow) t
CROSS JOIN LATERAL (
    (
        SELECT * FROM send_queue
        WHERE account_id = a.id AND status = 'queued' AND due_at < t.tomorrow
              AND (coalesce({HELD}, false) OR a.next_send_at IS NULL OR a.next_send_at < t.tomorrow)
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
JOIN campaigns c ON c.id = q.campaign_id
"""

LEADS_FOR_REVIEW = """
CREATE VIEW leads_for_review AS
SELECT d.workspace_id, d.id AS draft_id, d.key, d.campaign_id, d.contact_id, d.kind, d.status, d.risk, d.risk_reasons,
       CASE d.risk WHEN 'low' THEN 1 WHEN 'review' THEN 2 ELSE 3 END AS risk_rank, p.score,
       CASE WHEN p.score >= 80 THEN 'P1' WHEN p.score >= 60 THEN 'P2' WHEN p.score >= 40 THEN 'P3'
            WHEN p.score IS NOT NULL THEN 'P4' END AS tier,
       d.return_reason, d.created_at, d.waits_since, d.version, d.confidence
FROM drafts d
CROSS JOIN LATERAL (SELECT round(100 * d.confidence)::integer AS score) p
WHERE d.status IN ('needs_review', 'manual_review') AND d.snoozed_until IS NULL
ORDER BY risk_rank, d.confidence DESC NULLS LAST, d.created_at, d.id
"""

ACTIVITY_FEED = f"""
CREATE VIEW activity_feed AS
SELECT h.workspace_id, h.id AS item_id, 'sent'::text AS what, h.status, h.contacted_at AS at, h.channel, h.account_id,
       coalesce(q.campaign_id, t.campaign_id) AS campaign_id, q.draft_id, q.id AS delivery_id, t.id AS task_id,
       coalesce(q.contact_id, t.contact_id) AS contact_id, h.email_folded, h.linkedin_folded
FROM outreach_history h
LEFT JOIN send_queue q ON q.id = h.delivery_id
LEFT JOIN tasks t ON t.id = h.task_id
WHERE h.status <> 'failed' AND (h.delivery_id IS NULL OR q.status IN ('sent', 'outcome_unknown'))
UNION ALL
SELECT q.workspace_id, q.id, 'scheduled', q.status, CASE WHEN q.status = 'queued' THEN {NOT_BEFORE} END,
       a.channel, q.account_id, q.campaign_id, q.draft_id, q.id, NULL, q.contact_id, p.email_folded, p.linkedin_folded
FROM send_queue q
CROSS JOIN installation s
JOIN accounts a ON a.id = q.account_id
JOIN campaigns c ON c.id = q.campaign_id
JOIN contacts p ON p.id = q.contact_id
WHERE q.status IN ('queued', 'claimed', 'sending')
UNION ALL
SELECT t.workspace_id, t.id, 'scheduled', t.status,
       CASE WHEN t.status = 'waiting' AND NOT coalesce({HELD}, false) AND c.status = 'active' THEN t.due_at END,
       a.channel, t.account_id, t.campaign_id, NULL, NULL, t.id, t.contact_id, p.email_folded, p.linkedin_folded
FROM tasks t
CROSS JOIN installation s
JOIN accounts a ON a.id = t.account_id
JOIN campaigns c ON c.id = t.campaign_id
JOIN contacts p ON p.id = t.contact_id
WHERE t.status IN ('waiting', 'offered')
"""

VIEWS = {
    "todays_schedule": TODAYS_SCHEDULE,
    "leads_for_review": LEADS_FOR_REVIEW,
    "activity_feed": ACTIVITY_FEED,
}


def upgrade() -> None:
    for view, statement in VIEWS.items():
        op.execute(f"DROP VIEW {view}")
        op.execute(statement)


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
        op.execute(_BEFORE.VIEWS[view])
