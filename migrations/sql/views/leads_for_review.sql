-- Open drafts in the order of their review, but for those that were put off. The score is the confidence in percent.
-- Promises: P9.
-- Twin: core/views/leads_for_review.py leads_for_review; core/drafts/order.py REVIEW_ORDER.
CREATE VIEW leads_for_review AS
SELECT d.workspace_id, d.id AS draft_id, d.key, d.campaign_id, d.contact_id, d.kind, d.status, d.risk, d.risk_reasons,
       CASE d.risk WHEN 'low' THEN 1 WHEN 'review' THEN 2 ELSE 3 END AS risk_rank, p.score,
       CASE WHEN p.score >= 80 THEN 'P1' WHEN p.score >= 60 THEN 'P2' WHEN p.score >= 40 THEN 'P3'
            WHEN p.score IS NOT NULL THEN 'P4' END AS tier,
       d.return_reason, d.created_at, d.waits_since, d.version, d.confidence
FROM drafts d
CROSS JOIN LATERAL (SELECT round(100 * d.confidence)::integer AS score) p
WHERE d.status IN ('needs_review', 'manual_review') AND d.snoozed_until IS NULL
ORDER BY risk_rank, d.confidence DESC NULLS LAST, d.created_at, d.id;
