"""What dealing reads does not grow with what waits: a handful of rows, with thousands of drafts and cards of old."""

from core.db import transaction
from core.reviewers import backlog as dealing
from core.surfaces import cards
from tests.core.reviewers.routing_parts import ensure, workspace
from tests.fixtures.big_worlds import big_world, fill, reading
from tests.fixtures.domain import Domain

REVIEWERS, OPEN, OLD, LIMIT = 20, 5_000, 5_000, 10
BIG = {"drafts", "cards", "message_events", "draft_versions"}

#: Twenty who review, what waits for them, and what they decided before.
FILL = """
INSERT INTO members (id, workspace_id, slack_user_id, name, role)
    SELECT gen_random_uuid(), %(workspace)s, 'U' || n, 'U' || n, 'reviewer' FROM generate_series(1, %(reviewers)s) n;
DELETE FROM campaign_reviewers;
INSERT INTO campaign_reviewers (campaign_id, member_id)
    SELECT %(campaign)s, id FROM members WHERE name LIKE 'U%%';
INSERT INTO contacts (id, workspace_id, offer_id, email, email_folded, first_name)
    SELECT gen_random_uuid(), %(workspace)s, o.id, 'p' || n || '@example.net', 'p' || n || '@example.net', 'P'
    FROM generate_series(1, %(open)s + %(old)s) n, offers o;
INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, risk, confidence, decided_at,
        drawn_revision)
    SELECT gen_random_uuid(), %(workspace)s, 'w-' || n, '', %(campaign)s, c.id,
        CASE WHEN n <= %(open)s THEN 'needs_review' ELSE 'rejected' END,
        CASE WHEN n %% 3 = 0 THEN 'review' ELSE 'low' END, (n %% 100) / 100.0,
        CASE WHEN n > %(open)s THEN now() END, 1
    FROM (SELECT id, row_number() OVER () AS n FROM contacts WHERE first_name = 'P') c;
INSERT INTO draft_versions (draft_id, version, subject, body, surface)
    SELECT id, 1, 'Hello', 'Hello.', 'api' FROM drafts WHERE key LIKE 'w-%%';
INSERT INTO cards (id, workspace_id, draft_id, place, member_id, channel, ts, drawn_revision, asks)
    SELECT gen_random_uuid(), %(workspace)s, d.id, 'dm', m.id, 'D', gen_random_uuid()::text, 1, false
    FROM drafts d, members m WHERE d.status = 'rejected' AND m.name LIKE 'U1%%';
UPDATE members SET owed = true WHERE name LIKE 'U%%';
"""


def give_out(domain: Domain) -> None:
    workspace(domain, open_cards=LIMIT)
    values = {
        "workspace": domain.workspace_id,
        "campaign": domain.campaign_id,
        "reviewers": REVIEWERS,
        "open": OPEN,
        "old": OLD,
    }
    fill(domain, FILL, values)
    for _ in range(3):
        with transaction() as tx:
            dealing.distribute_backlog(tx, domain.workspace_id)
    assert domain.rows("SELECT count(*) FROM cards WHERE asks") == [(REVIEWERS * LIMIT,)]
    domain.sql("UPDATE drafts SET drawn_revision = revision")
    domain.sql("VACUUM ANALYZE")


#: Five thousand drafts for twenty reviewers, whose hands are all full; everybody is for everything.
busy, full = big_world("busy", give_out)


def test_a_look_at_full_hands_reads_what_they_hold(full: Domain) -> None:
    for number in range(7):  # also once its statements are prepared
        work = reading(lambda tx: dealing.distribute_backlog(tx, full.workspace_id))
        assert work.result == []
        assert work.scanned & BIG == set(), f"look {number}"
        assert sum(work.read.values()) < 3 * REVIEWERS * LIMIT, work.read


def test_the_next_one_is_found_without_a_look_at_all_that_waits(full: Domain) -> None:
    for number in range(7):
        first = full.rows("SELECT draft_id FROM cards WHERE asks ORDER BY id LIMIT 1")[0][0]
        full.reject(first, user="U1")
        ensure(full, first)
        work = reading(lambda tx: dealing.distribute_backlog(tx, full.workspace_id))
        assert len(work.result) == 1
        assert work.scanned & BIG == set(), f"look {number}"
        assert work.read["drafts"] < 3 * REVIEWERS * LIMIT, work.read
        assert sum(work.read.values()) < 10 * REVIEWERS * LIMIT, work.read


def test_a_job_looks_at_its_own_draft_and_at_who_reviews_it(full: Domain) -> None:
    """One of those that wait was edited: nobody has room, and nothing is searched for."""
    draft = full.rows("SELECT id FROM drafts WHERE status = 'needs_review' ORDER BY confidence LIMIT 1")[0][0]
    view = full.view(draft)
    work = reading(lambda tx: cards.ensure(tx, view))
    assert work.result is False
    assert work.scanned & BIG == set()
    assert work.read.get("drafts", 0) < 2 * REVIEWERS * LIMIT, work.read


def test_while_nobody_is_owed_anything_one_index_is_looked_at(full: Domain) -> None:
    full.sql("UPDATE members SET owed = false")
    full.sql("VACUUM ANALYZE members")
    work = reading(dealing.workspaces_owed)
    assert work.result == []
    assert sum(work.read.values()) <= 2 * REVIEWERS, work.read
