"""The engine under load and faults: limits, spacing and one send each, from many workers; and a stop that is obeyed."""

import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis

import jobs.deliver
from core.settings import settings
from tests.fakes.smtp.client import FakeSmtp, running_smtp
from tests.faults.conftest import Open
from tests.faults.stage import ask, count, leases_run_out
from tests.fixtures.cases import rounds
from tests.fixtures.domain import Domain
from tests.fixtures.full_stack import FullStack
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

ACCOUNTS, EACH, WORKERS, THREADS = rounds(50, least=20), rounds(200), 4, 4
#: Seconds by which the event of a claim may be written later than the claim was counted, on a busy machine.
LATE = 0.5

#: Accounts with small limits, and far more mail due than they may send; no reviewers, so that no cards are drawn.
FILL = """
INSERT INTO accounts (id, workspace_id, address, name, smtp_url, timezone, daily_limit_emails,
        spacing_min_minutes, spacing_max_minutes)
    SELECT gen_random_uuid(), a.workspace_id, 'sam' || n || '@example.com', 'Sam Hill', a.smtp_url, 'Europe/London',
        3 + n % 5, 0, 0
    FROM generate_series(1, {accounts}) n, accounts a;
INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name)
    SELECT gen_random_uuid(), a.workspace_id, o.id, a.id, a.address, a.address
    FROM accounts a, offers o WHERE a.address <> 'sam@example.com';
INSERT INTO contacts (id, workspace_id, offer_id, email, first_name)
    SELECT gen_random_uuid(), c.workspace_id, c.offer_id, 'dana-' || n || '-' || c.slug, 'Dana'
    FROM campaigns c, generate_series(1, {each}) n WHERE c.slug <> 'launch';
INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, drawn_revision)
    SELECT gen_random_uuid(), t.workspace_id, t.email, '', c.id, t.id, 'needs_review', 1000000
    FROM contacts t JOIN campaigns c ON t.email LIKE 'dana-%-' || c.slug;
INSERT INTO draft_versions (draft_id, version, subject, body, surface)
    SELECT id, 1, 'Hello number one', 'Hi Dana, this is letter one.', 'api' FROM drafts;
UPDATE drafts SET status = 'approved', decided_at = now(), decided_surface = 'api',
    decided_by = (SELECT id FROM members WHERE slack_user_id = 'U03CAROL');
INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)
    SELECT gen_random_uuid(), d.workspace_id, d.id, 1, d.campaign_id, c.account_id, d.contact_id
    FROM drafts d JOIN campaigns c ON c.id = d.campaign_id
"""
#: Accounts count in minutes; here it must be none or one second.
SPACE = """
ALTER TABLE send_queue DISABLE TRIGGER keep_drawn;
UPDATE send_queue SET spacing_seconds = random()::int;
ALTER TABLE send_queue ENABLE TRIGGER keep_drawn;
ANALYZE
"""


def fill() -> None:
    with psycopg.connect(settings().database_url) as connection:
        for statement in FILL.format(accounts=ACCOUNTS, each=EACH).strip().split(";\n"):
            connection.execute(statement)  # type: ignore[call-overload]  # made of our own numbers
    for statement in SPACE.strip().split(";\n"):
        ask(statement)  # type: ignore[arg-type]  # as above


def test_no_account_goes_over_its_limit_nor_stays_under_it_whatever_dies(own_full_stack: Open) -> None:
    """Sixteen threads in four workers, more mail due than may go, one worker killed and Redis flushed in between."""
    with own_full_stack(webs=0, workers=0, clocks=0) as full_stack:
        fill()
        assert count("SELECT count(*)::int FROM send_queue") == ACCOUNTS * EACH
        workers = [
            full_stack.processes.start("worker", "--threads", str(THREADS), **full_stack.env) for _ in range(WORKERS)
        ]
        full_stack.start_clock()
        the_third(full_stack)
        workers[0].kill()
        with Redis.from_url(settings().redis_url) as client:
            client.flushall()
        leases_run_out()
        wait_until(all_full, seconds=180, what=f"every account to be full: {used()}\n{full_stack.logs()}")
        wait_until(nothing_held, seconds=30, what="nothing to be under way")
        judge(full_stack)
        for worker in workers[1:]:
            worker.signal(signal.SIGTERM)


def the_third(full_stack: FullStack) -> None:
    """A third of what may go is out, and more is under way."""
    wait_until(
        lambda: len(full_stack.accepted()) * 3 > sum(int(str(limit)) for limit, _ in used()),
        seconds=60,
        what=f"a third to be out\n{full_stack.logs()}",
    )


def used() -> list[tuple[object, ...]]:
    """(limit, how many may have left) of each account that has mail."""
    return ask(
        "SELECT a.daily_limit_emails, count(q.id) FILTER (WHERE q.status IN ('sent', 'outcome_unknown'))::int"
        " FROM accounts a JOIN send_queue q ON q.account_id = a.id GROUP BY a.id"
    )


def all_full() -> bool:
    return all(limit == number for limit, number in used())


def nothing_held() -> bool:
    return not count("SELECT count(*)::int FROM send_queue WHERE status IN ('claimed', 'sending')")


def judge(full_stack: FullStack) -> None:
    """By what the mail server took, and by the events: no more than the limit, one each, spaced."""
    accepted = full_stack.accepted()
    assert len({mail["message_id"] for mail in accepted}) == len(accepted)
    assert len({tuple(mail["rcpt_to"]) for mail in accepted}) == len(accepted), "a person got two mails"
    limits = dict(ask("SELECT address, daily_limit_emails FROM accounts"))  # type: ignore[arg-type]  # pairs
    for address, limit in limits.items():
        assert sum(mail["mail_from"] == address for mail in accepted) <= limit  # type: ignore[operator]  # a number
    sent = count("SELECT count(*)::int FROM send_queue WHERE status = 'sent'")
    unknown = count("SELECT count(*)::int FROM send_queue WHERE status = 'outcome_unknown'")
    assert sent <= len(accepted) <= sent + unknown
    for (claims,) in ask(
        "SELECT array_agg(ARRAY[extract(epoch FROM e.at), q.spacing_seconds] ORDER BY e.at)"
        " FROM message_events e JOIN send_queue q ON q.id = e.delivery_id WHERE e.verb = 'claim' GROUP BY q.account_id"
    ):
        assert isinstance(claims, list)
        for (before, spacing), (after, _) in pairwise(claims):
            assert after - before >= float(spacing) - LATE


# --- start: what is connected already obeys ---

HELD = 20
STOPS = {
    "a pause of the campaign": "UPDATE campaigns SET status = 'paused'",
    "a pause of the account": "UPDATE accounts SET status = 'paused'",
    "an entry of the suppression list": "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
    " SELECT gen_random_uuid(), id, 'domain', 'example.org', 'asked' FROM workspaces",
    "the kill switch": "UPDATE installation SET sending_stopped = 'Stopped by Carol.'",
}


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[FakeSmtp]:
    with running_smtp(tmp_path / "accepted.jsonl") as smtp:
        yield smtp


@pytest.mark.parametrize("stop", STOPS)
def test_twenty_mails_at_rcpt_obey_a_stop_that_committed(
    domain: Domain, sink: FakeSmtp, stop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.deliver, "ring_cards", lambda _: True)
    domain.sql("UPDATE accounts SET smtp_url = %s", f"smtp://127.0.0.1:{sink.port}")
    drafts = [domain.ingest() for _ in range(HELD)]
    for draft in drafts:
        domain.approve(draft)
    sink.plan("rcpt", "hold", times=HELD)
    threads = [threading.Thread(target=_deliver, args=(domain,)) for _ in range(HELD)]
    for thread in threads:
        thread.start()
    sink.wait_held("rcpt", HELD, seconds=30)
    domain.sql(STOPS[stop])
    assert sink.release("rcpt") == HELD
    for thread in threads:
        thread.join(60)
    sink.wait_quiet()
    assert sink.accepted() == []
    assert all("DATA" not in session["verbs"] for session in sink.sessions()), "none came to DATA"
    assert domain.rows("SELECT DISTINCT status, tries FROM send_queue") == [("queued", 0)]
    assert domain.rows("SELECT count(*) FROM send_attempts WHERE started_at IS NOT NULL") == [(0,)]
    assert domain.rows("SELECT max(counted_emails) FROM accounts") == [(0,)], "what did not leave is not counted"


def _deliver(domain: Domain) -> Any:
    with suppress(SystemExit):
        return jobs.deliver.deliver_next(domain.account_id)
