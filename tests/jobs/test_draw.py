"""How one card is drawn: which go first when Slack takes no more, and what two jobs do at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from core.db import transaction
from core.ids import UUID
from core.surfaces import reconcile
from core.surfaces.kinds import CARDS, LOOKED_AT, Drawing
from core.surfaces.reconcile import Result
from jobs import draw
from jobs.slack.client import Priority, SlackTrouble, call
from tests.core.reviewers.routing_parts import ALICE, ensure, id_of
from tests.fixtures.domain import Domain
from tests.fixtures.domain_with_slack import DomainWithSlack


@pytest.fixture
def priorities(monkeypatch: pytest.MonkeyPatch) -> list[Priority]:
    """Of every chat.update from here on."""
    told: list[Priority] = []
    leave = call

    def noted(method: str, **arguments: Any) -> dict[str, Any]:
        if method == "chat.update":
            told.append(arguments["priority"])
        return leave(method, **arguments)

    monkeypatch.setattr(draw, "call", noted)
    return told


def test_the_card_that_somebody_has_just_decided_on_goes_first(
    domain_with_slack: DomainWithSlack, priorities: list[Priority]
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.reject(draft)
    assert domain_with_slack.sync(draft)
    assert set(priorities) == {Priority.DECISION}


def test_a_redraw_that_nobody_waits_for_leaves_room_for_one(
    domain_with_slack: DomainWithSlack, priorities: list[Priority]
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.sql(
        "UPDATE drafts SET revision = revision + 1"
    )  # as a pause, or a declaration, does to thousands
    assert domain_with_slack.sync(draft)
    assert set(priorities) == {Priority.CARD}


def test_what_was_decided_a_while_ago_waits_as_others_do(
    domain_with_slack: DomainWithSlack, priorities: list[Priority]
) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.reject(draft)
    domain_with_slack.sql("ALTER TABLE message_events DISABLE TRIGGER ALL")
    domain_with_slack.sql("UPDATE message_events SET at = at - %s", LOOKED_AT)
    domain_with_slack.sql("ALTER TABLE message_events ENABLE TRIGGER ALL")
    assert domain_with_slack.sync(draft)
    assert set(priorities) == {Priority.CARD}


def test_jobs_that_find_the_same_member_gone_do_not_lock_each_other_out(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gives up its own draft, then has all the drafts of that member handed on."""
    drafts = [domain.ingest() for _ in range(2)]
    for draft in drafts:
        ensure(domain, draft)
    both_gave_up, really = threading.Barrier(2), reconcile.give_up

    def give_up(tx: Connection, drawing: Drawing, shows: int | str, reason: str) -> None:
        really(tx, drawing, shows, reason)
        both_gave_up.wait(10)

    def deactivated(*_: object) -> None:
        raise SlackTrouble(draw.DEACTIVATED)

    monkeypatch.setattr(reconcile, "give_up", give_up)
    monkeypatch.setattr(draw, "_update_or_post", deactivated)
    with ThreadPoolExecutor(2) as jobs:
        drawn = [jobs.submit(draw.draw, locked(domain, draft), {}, 99) for draft in drafts]
        assert [job.result(20) for job in drawn] == [Result.CHANGED, Result.CHANGED]
    assert domain.rows("SELECT active FROM members WHERE slack_user_id = %s", ALICE) == [(False,)]


def locked(domain: Domain, draft: UUID) -> Drawing:
    """Alice's card of this draft, ours to draw."""
    cards = "SELECT id FROM cards WHERE draft_id = %s AND member_id = %s"
    [(card,)] = domain.rows(cards, draft, id_of(domain, ALICE))
    with transaction() as tx:
        drawing = reconcile.lock(tx, CARDS, card, 99)
    assert drawing is not None
    return drawing
