"""A world in which much waits, was tried and decided."""

from tests.core.delivery.claim_parts import ALWAYS, set_account
from tests.fixtures.big_worlds import big_world, fill
from tests.fixtures.domain import Domain

ACCOUNTS, WAITING, CONTACTS, HISTORY = 200, 12_000, 12_000, 20_000
#: Tables that grow with what is sent and with what waits.
BIG = {
    *("send_queue", "contacts", "outreach_history", "drafts", "draft_versions", "send_attempts", "suppressions"),
    "message_events",
}

#: Many accounts and people, and a queue that waits behind the domain's own account and behind all the others.
FILL = """
INSERT INTO accounts (id, workspace_id, address, name, smtp_url, timezone, next_send_at)
    SELECT gen_random_uuid(), %(workspace)s, 'sam' || n || '@example.com', 'Sam', 'smtp://127.0.0.1:9', 'UTC',
        now() + n * interval '1 minute'
    FROM generate_series(1, %(accounts)s) n;
INSERT INTO contacts (id, workspace_id, offer_id, email, email_folded, first_name, linkedin_url, linkedin_folded)
    SELECT gen_random_uuid(), %(workspace)s, o.id, 'p' || n || '@example.net', 'p' || n || '@example.net', 'P',
        'https://linkedin.com/in/p' || n, 'in/p' || n
    FROM generate_series(1, %(contacts)s) n, offers o;
INSERT INTO outreach_history (id, workspace_id, status, email_folded, linkedin_folded, contacted_at)
    SELECT gen_random_uuid(), %(workspace)s, 'sent', 'h' || n || '@example.net', 'in/h' || n,
        now() - interval '70 days' - n * interval '1 minute'
    FROM generate_series(1, %(history)s) n;
INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)
    SELECT gen_random_uuid(), %(workspace)s, 'address', 's' || n || '@example.com', 'asked'
    FROM generate_series(1, %(contacts)s) n;
INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, decided_at)
    SELECT gen_random_uuid(), %(workspace)s, 'w-' || row_number() OVER (), '', %(campaign)s, c.id, 'approved', now()
    FROM contacts c WHERE c.first_name = 'P' LIMIT %(waiting)s;
INSERT INTO draft_versions (draft_id, version, subject, body, surface)
    SELECT id, 1, 'Hello', 'Hello.', 'api' FROM drafts WHERE key LIKE 'w-%%';
INSERT INTO send_queue
    (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id, priority, due_at)
    SELECT gen_random_uuid(), d.workspace_id, d.id, 1, d.campaign_id,
        CASE WHEN n %% 2 = 0 THEN %(account)s ELSE others[1 + n %% %(accounts)s] END, d.contact_id, 20,
        now() - interval '1 hour'
    FROM (SELECT *, row_number() OVER () AS n FROM drafts WHERE key LIKE 'w-%%') d,
        (SELECT array_agg(id) AS others FROM accounts WHERE id <> %(account)s) a;
INSERT INTO send_attempts
    (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256, outcome, finished_at)
    SELECT gen_random_uuid(), workspace_id, id, draft_id, id::text, '', '', 'not_sent', now() FROM send_queue;
INSERT INTO message_events (id, workspace_id, at, verb, surface, draft_id)
    SELECT uuidv7(interval '-2 days'), workspace_id, now() - interval '2 days', 'approve', 'slack', id FROM drafts;
"""


def gather(domain: Domain) -> None:
    values = {
        "workspace": domain.workspace_id,
        "campaign": domain.campaign_id,
        "account": domain.account_id,
        "accounts": ACCOUNTS,
        "contacts": CONTACTS,
        "history": HISTORY,
        "waiting": WAITING,
    }
    fill(domain, FILL, values)
    set_account(domain, **ALWAYS, daily_limit_emails=100)


#: A domain behind whose account, and behind many others, thousands of deliveries wait that are due.
crowd, crowded = big_world("crowd", gather)
