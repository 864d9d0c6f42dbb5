"""What a Home reads does not grow with all that was ever sent: only with what waits, and its member's own month."""

from typing import Any

import pytest
from sqlalchemy.engine import Connection

from core.db import transaction
from core.reviewers.low_risk import read_low_risk
from core.reviewers.review_queue import QueueFilter
from core.surfaces import homes
from core.surfaces.kinds import HOME
from core.surfaces.reconcile import take_behind
from core.views.home import read
from tests.core.views.home_parts import low
from tests.fixtures.big_worlds import big_world, fill, reading
from tests.fixtures.domain import Domain

PAST, OPEN = 12_000, 6
#: Long ago, others decided thousands of drafts, and everything that happened is an event.
FILL = """
INSERT INTO contacts (id, workspace_id, offer_id, email, email_folded, first_name)
    SELECT gen_random_uuid(), %(workspace)s, o.id, 'p' || n || '@example.net', 'p' || n || '@example.net', 'P'
    FROM generate_series(1, %(past)s) n, offers o;
INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, decided_at, decided_by, risk)
    SELECT gen_random_uuid(), %(workspace)s, 'w-' || row_number() OVER (), '', %(campaign)s, c.id, 'approved',
        now() - interval '90 days', m.id, 'low'
    FROM contacts c, members m WHERE c.first_name = 'P' AND m.slack_user_id = 'U02BOB';
INSERT INTO draft_versions (draft_id, version, subject, body, surface)
    SELECT id, 1, 'Hello', 'Hello.', 'api' FROM drafts WHERE key LIKE 'w-%%';
INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id, status)
    SELECT gen_random_uuid(), workspace_id, id, 1, campaign_id, %(account)s, contact_id, 'skipped'
    FROM drafts WHERE key LIKE 'w-%%';
INSERT INTO message_events (id, workspace_id, verb, surface, draft_id, member_id)
    SELECT overlay(gen_random_uuid()::text placing '018f0000-0000-7' from 1 for 15)::uuid, d.workspace_id, v.verb,
        'slack', d.id, CASE v.verb WHEN 'approve' THEN d.decided_by END
    FROM drafts d, (VALUES ('ingest'), ('approve'), ('claim'), ('start'), ('deliver')) v (verb)
    WHERE d.key LIKE 'w-%%';
"""
BIG = {"drafts", "draft_versions", "message_events", "contacts", "send_queue"}


def live(domain: Domain) -> None:
    values = {
        "workspace": domain.workspace_id,
        "campaign": domain.campaign_id,
        "account": domain.account_id,
        "past": PAST,
    }
    fill(domain, FILL, values)
    for _ in range(OPEN):
        low(domain)
    domain.approve(low(domain))
    domain.sql("UPDATE drafts SET waits_since = now() - interval '30 hours' WHERE status = 'needs_review'")
    domain.sql("VACUUM ANALYZE")


#: A domain with a long past, and a few drafts that wait.
years, long_past = big_world("years", live)


@pytest.mark.parametrize("user", ["U01ALICE", "U02BOB", "U03CAROL"])
def test_a_home_reads_what_waits_and_no_more(long_past: Domain, user: str) -> None:
    by = long_past.member(user)
    work = reading(lambda tx: read(tx, by, QueueFilter()))
    assert work.result.queue.total == OPEN
    assert work.scanned & BIG == set()
    assert sum(work.read.values()) < 40 * OPEN, work.read


def test_rows_that_keep_their_places_read_no_more(long_past: Domain) -> None:
    by = long_past.member()
    kept = [draft.draft_id for draft in reading(lambda tx: read(tx, by, QueueFilter())).result.queue.drafts]
    work = reading(lambda tx: read(tx, by, QueueFilter(), None, kept))
    assert work.scanned & BIG == set()
    assert sum(work.read.values()) < 40 * OPEN, work.read


def test_a_list_reads_what_waits_and_no_more(long_past: Domain) -> None:
    by = long_past.member()
    work = reading(lambda tx: read_low_risk(tx, by))
    assert work.result.found == OPEN
    assert work.scanned & BIG == set()
    assert sum(work.read.values()) < 30 * OPEN, work.read


def test_the_clock_finds_who_is_behind_by_one_look_at_the_latest_event(long_past: Domain) -> None:
    with transaction() as tx:
        homes.record_use(tx, long_past.member(), opened=True)

    def look(tx: Connection) -> Any:
        return take_behind(tx, HOME, limit=50)

    work = reading(look)
    assert len(work.result) == 1
    assert work.scanned & BIG == set()
    assert sum(work.read.values()) < 10, work.read
