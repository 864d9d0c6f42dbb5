"""The view `activity_feed` and its readers: what left and what is to leave, each thing once."""

from collections.abc import Callable

import pytest

from core.db import transaction
from core.views.activity import activity, scheduled
from tests.core.delivery.claim_parts import queued, seat, set_account
from tests.core.intake.feedback_parts import tell
from tests.core.tasks.task_parts import tasks_at
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain


def test_the_feed_shows_each_thing_once_whatever_happened_on_the_way(domain: Domain) -> None:
    twice = domain.ingest()
    domain.deliver(twice, REFUSED)
    domain.approve(twice, version=2)
    claimed = domain.claim()
    assert domain.start(claimed)
    domain.finish(claimed, SENT)
    domain.deliver(domain.ingest(), UNKNOWN)
    domain.deliver(domain.ingest(), REFUSED)  # nothing left, and nothing is planned
    waiting = domain.ingest()
    domain.approve(waiting)
    tell(domain, "reply", draft="key-1")
    domain.sql(
        "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at, import_key)"
        " VALUES (gen_random_uuid(), %s, 'sent', 'old@example.org', now() - interval '1 year', 'line 1')",
        domain.workspace_id,
    )
    with transaction() as tx:
        left, planned = activity(tx, domain.workspace_id), scheduled(tx, domain.workspace_id)
    assert [(item.status, item.person) for item in left] == [
        ("unknown", "dana2@example.org"),
        ("replied", "dana1@example.org"),
        ("sent", "old@example.org"),
    ]
    assert [(item.draft_id, item.status, item.campaign) for item in planned] == [(waiting, "queued", "launch")]
    assert domain.rows("SELECT count(*), count(DISTINCT item_id) FROM activity_feed") == [(4, 4)]


def test_what_came_back_before_our_bookkeeping_is_in_the_feed_once(domain: Domain) -> None:
    domain.approve(domain.ingest())
    claimed = domain.claim()
    assert domain.start(claimed)
    tell(domain, "reply", draft="key-1")
    assert domain.rows("SELECT what, status FROM activity_feed") == [("scheduled", "sending")]
    domain.finish(claimed, SENT)
    assert domain.rows("SELECT what, status FROM activity_feed") == [("sent", "replied")]


def test_the_feed_is_read_backwards_in_pages(domain: Domain) -> None:
    for _ in range(5):
        domain.deliver(domain.ingest(), SENT)
    with transaction() as tx:
        whole = activity(tx, domain.workspace_id)
        first = activity(tx, domain.workspace_id, limit=2)
        rest = activity(tx, domain.workspace_id, before=first[-1].at)
    assert first + rest == whole
    assert [item.person for item in whole] == [f"dana{n}@example.org" for n in (5, 4, 3, 2, 1)]


HOLDS: dict[str, Callable[[Domain], object]] = {
    "paused campaign": lambda domain: domain.pause(),
    "paused account": lambda domain: set_account(domain, status="paused", paused_reason="No."),
    "low health": lambda domain: set_account(domain, health_score=29),
    "stopped": lambda domain: domain.sql("UPDATE installation SET sending_stopped = 'Stop.'"),
}


@pytest.mark.parametrize("why", HOLDS)
def test_what_an_act_must_free_first_has_no_time_and_comes_last(domain: Domain, why: str) -> None:
    winter = seat(domain, "winter")
    held = queued(domain)
    domain.sql("UPDATE send_queue SET due_at = due_at - interval '1 hour'")
    free = queued(winter)
    HOLDS[why](domain)
    with transaction() as tx:
        found = [(item.delivery_id, item.at is None) for item in scheduled(tx, domain.workspace_id)]
    assert found[-1] == (held, True) if why != "stopped" else {(held, True), (free, True)} == set(found)


def test_what_is_on_its_way_comes_first_and_has_no_time(domain: Domain) -> None:
    on_its_way, waits = queued(domain), queued(domain)
    assert domain.claim().delivery_id == on_its_way
    with transaction() as tx:
        found = [(item.delivery_id, item.at is None) for item in scheduled(tx, domain.workspace_id)]
    assert found == [(on_its_way, True), (waits, False)]


def test_what_people_do_by_hand_is_in_it_with_its_key_and_page(domain: Domain) -> None:
    tasks = tasks_at(domain)
    task = tasks.ingest_task()
    workspace = domain.workspace_id
    with transaction() as tx:
        [item] = scheduled(tx, workspace)
    assert (item.task_id, item.status, item.channel, item.campaign) == (task, "waiting", "linkedin", "launch")
    assert "linkedin" in item.person or "in/" in item.person
    tasks.offer()
    with transaction() as tx:
        assert [(item.status, item.at) for item in scheduled(tx, workspace)] == [("offered", None)]
    tasks.done(task)
    with transaction() as tx:
        [left] = activity(tx, workspace)
        assert scheduled(tx, workspace) == []
    assert (left.task_id, left.key, left.campaign, left.person) == (task, item.key, item.campaign, item.person)
