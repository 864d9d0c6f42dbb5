-- What each account may still send on its own day, of each kind that its channel has.
-- Promises: P8.
-- Twin: core/views/accounts.py capacity.
CREATE VIEW account_capacity AS
SELECT a.workspace_id, a.id AS account_id, a.address, d.today AS day, k.kind,
       account_limit_on(a, k.kind, d.today) AS limit_today,
       account_counted_on(a, k.kind, d.today) AS used_today,
       greatest(0, account_limit_on(a, k.kind, d.today) - account_counted_on(a, k.kind, d.today)) AS left_today,
       a.next_spaced_at
FROM accounts a
CROSS JOIN LATERAL (SELECT day_there(a.timezone, now()) AS today) d
CROSS JOIN LATERAL unnest(
    CASE a.channel WHEN 'email' THEN ARRAY['email'] ELSE ARRAY['message', 'connection'] END
) AS k (kind);
