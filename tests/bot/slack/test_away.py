"""Postgres or Redis away: a person learns in time what happened, and it is the truth (P5, P6)."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from bot.acts import NOTHING_HAPPENED
from core.db import engine
from core.settings import settings
from jobs import broker
from tests.fixtures.domain_with_slack import ALICE, CAROL, DomainWithSlack
from tests.fixtures.waiting import wait_until

#: A pool that is given up because Postgres went away leaves the connections in use to the garbage collector.
FORGOTTEN = "ignore:.*was deleted while still open:ResourceWarning"
pytestmark = [pytest.mark.filterwarnings(FORGOTTEN), pytest.mark.usefixtures("tidied")]

BLOCKED = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'signoff'"
    " AND wait_event_type = 'Lock'"
)


@pytest.fixture
def tidied(domain_with_slack: DomainWithSlack) -> Iterator[None]:
    """What was forgotten is collected here, and not in whichever test comes next."""
    yield
    domain_with_slack.quiet()
    engine().dispose()
    gc.collect()


@contextmanager
def database_away(domain_with_slack: DomainWithSlack) -> Iterator[None]:
    """No connection lives, and no new one is taken."""
    (name,) = domain_with_slack.rows("SELECT current_database()")[0]
    admin = domain_with_slack.url.replace(f"/{name}?", "/signoff?")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    domain_with_slack.quiet()
    engine().dispose()


@contextmanager
def row_locked(domain_with_slack: DomainWithSlack, table: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else holds every row of a table: our statements wait."""
    with psycopg.connect(domain_with_slack.url) as connection:
        connection.execute(f"SELECT FROM {table} FOR UPDATE")
        yield connection
        connection.rollback()


def in_thread(do: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(do()))
    thread.start()
    return thread, answers


def test_p6_a_click_that_cannot_be_recorded_is_no_200_and_is_told(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    with database_away(domain_with_slack):
        began = time.monotonic()
        result = domain_with_slack.slack.click(ALICE, card, "approve_send")
        assert not result.ok
        assert result.status == 503
        assert result.warning, "Slack shows its own warning, too"
        assert domain_with_slack.wait_told(ALICE, "Nothing happened") == NOTHING_HAPPENED
        assert time.monotonic() - began < 3
    assert domain_with_slack.statuses(draft) == ("needs_review", [])
    assert domain_with_slack.verbs(draft) == ["ingest"]
    assert domain_with_slack.slack.click(ALICE, card, "approve_send").ok


def test_p6_a_connection_that_dies_in_the_middle_of_a_click_leaves_nothing(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    with row_locked(domain_with_slack, "drafts"):
        thread, answers = in_thread(lambda: domain_with_slack.slack.click(ALICE, card, "approve_send"))
        ((pid,),) = wait_until(lambda: domain_with_slack.rows(BLOCKED), what="the click to wait")
        domain_with_slack.rows("SELECT pg_terminate_backend(%s)", pid)
        thread.join(10)
    assert answers[0].status == 503
    assert domain_with_slack.wait_told(ALICE, "Nothing happened") == NOTHING_HAPPENED
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


def test_p6_a_click_that_takes_too_long_is_cut_off_in_time(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    with row_locked(domain_with_slack, "drafts"):
        began = time.monotonic()
        result = domain_with_slack.slack.click(ALICE, card, "approve_send")
        assert time.monotonic() - began < 3
        assert result.status == 503
        assert domain_with_slack.wait_told(ALICE, "Nothing happened") == NOTHING_HAPPENED
    wait_until(lambda: not domain_with_slack.rows(BLOCKED), what="the statement to end")
    assert domain_with_slack.statuses(draft) == ("needs_review", []), "what was cut off never commits later"


def test_p6_a_commit_that_fails_is_not_acked(domain_with_slack: DomainWithSlack) -> None:
    """Everything up to COMMIT goes well; the commit itself does not."""
    draft = domain_with_slack.shown()
    domain_with_slack.sql(
        "CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
    )
    domain_with_slack.sql(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON send_queue DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION fail_late()"
    )
    result = domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    assert result.status == 503
    domain_with_slack.wait_told(ALICE, "the card shows whether it counted")
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


@pytest.mark.parametrize(("action", "field"), [("edit_draft", "body"), ("reject_draft", "reason")])
def test_p6_a_modal_stays_open_with_all_that_was_typed(
    domain_with_slack: DomainWithSlack, action: str, field: str
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), action)
    view = domain_with_slack.modal(ALICE, "Save" if action == "edit_draft" else "Details")
    with database_away(domain_with_slack):
        result = domain_with_slack.slack.submit(ALICE, view, {field: "Typed with care."})
        assert result.ok
        assert result.errors == {field: NOTHING_HAPPENED}
        assert len(domain_with_slack.slack.views(ALICE)) == 1
    assert domain_with_slack.slack.submit(ALICE, view, {field: "Typed with care."}).action == "close"


def test_p6_a_window_without_a_field_says_that_nothing_happened(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(CAROL, draft)
    assert domain_with_slack.slack.click(CAROL, card, "more", option=f"pause:{draft}:1").ok
    view = domain_with_slack.modal(CAROL, "Pause *Autumn launch*?")
    with database_away(domain_with_slack):
        assert domain_with_slack.slack.submit(CAROL, view).action == "update"
        domain_with_slack.modal(CAROL, NOTHING_HAPPENED[:30])
    assert domain_with_slack.rows("SELECT status FROM campaigns") == [("active",)]


def test_a_modal_that_cannot_be_filled_says_so(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    with database_away(domain_with_slack):
        assert domain_with_slack.slack.click(ALICE, card, "edit_draft").ok
        domain_with_slack.modal(ALICE, "Nothing happened")


def test_p6_a_command_is_answered_in_time(domain_with_slack: DomainWithSlack) -> None:
    with database_away(domain_with_slack):
        result = domain_with_slack.slack.command(CAROL, "/outreach pause launch")
        assert result.ok
        assert domain_with_slack.told(CAROL) == [NOTHING_HAPPENED]
        assert domain_with_slack.slack.command(CAROL, "/outreach help").ok, "help needs no database"
    assert domain_with_slack.rows("SELECT status FROM campaigns") == [("active",)]


@pytest.mark.parametrize("refusal", ["stale", "role"])
def test_p10_a_refusal_that_cannot_be_noted_is_no_200(domain_with_slack: DomainWithSlack, refusal: str) -> None:
    draft = domain_with_slack.shown()
    card = domain_with_slack.card(ALICE, draft)
    if refusal == "stale":
        domain_with_slack.edit(draft)
    else:
        domain_with_slack.sql("UPDATE members SET role = 'viewer'")
    with psycopg.connect(domain_with_slack.url) as connection:
        connection.execute("LOCK TABLE message_events IN ACCESS EXCLUSIVE MODE")
        assert domain_with_slack.slack.click(ALICE, card, "approve_send").status == 503


@pytest.fixture
def no_redis(domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    settings.cache_clear()
    monkeypatch.setattr(broker, "broker", broker.make_broker())


@pytest.mark.usefixtures("no_redis")
def test_p5_with_redis_away_every_click_still_counts(domain_with_slack: DomainWithSlack) -> None:
    draft, other = domain_with_slack.shown(), domain_with_slack.shown()
    began = time.monotonic()
    assert domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send").ok
    assert time.monotonic() - began < 2
    assert domain_with_slack.statuses(draft) == ("approved", ["queued"])
    domain_with_slack.slack.click(ALICE, domain_with_slack.card(ALICE, other), "edit_draft")
    view = domain_with_slack.modal(ALICE, "Save")
    assert domain_with_slack.slack.submit(ALICE, view, {"body": "New."}).action == "close"
    assert domain_with_slack.slack.command(CAROL, "/outreach pause launch").ok
    assert domain_with_slack.told(ALICE) == []
